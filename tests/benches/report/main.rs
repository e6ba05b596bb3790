//! Cost of the product, measured in one run and compared within it: `cargo bench`.
//!
//! Comparisons are made in interleaved rounds, so that other load on the machine affects both sides equally.
//! Nothing fails here: times differ between machines, and the reader judges them.

mod circle;
mod codec;
mod device;
mod handshake;
mod line;
mod link;
mod node;
mod processors;
mod registry;
mod round_trip;
mod sampler;
mod screen;
mod sealed_frame;
mod table;
mod transfer;
mod year_2015;

/// Parts of the report.
const PARTS: [(&str, fn()); 12] = [
    ("codec", codec::report),
    ("sealed_frame", sealed_frame::report),
    ("handshake", handshake::report),
    ("registry", registry::report),
    ("round_trip", round_trip::report),
    ("link", link::report),
    ("circle", circle::report),
    ("screen", screen::report),
    ("transfer", transfer::report),
    ("transfer_nodes", transfer::nodes::report),
    ("device", device::report),
    ("year_2015", year_2015::report),
];

/// Prints the parts that are named on the command line, or all.
fn main() {
    // Cargo adds options of its own.
    let named: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    for (name, report) in PARTS {
        if named.is_empty() || named.iter().any(|it| it == name) {
            report();
        }
    }
}
