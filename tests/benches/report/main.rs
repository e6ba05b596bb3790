//! Cost of the product, measured in one run and compared within it: `cargo bench`.
//!
//! Comparisons are made in interleaved rounds, so that other load on the machine affects both sides equally.
//! Nothing fails here: times differ between machines, and the reader judges them.

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
mod sealed_frame;
mod table;
mod year_2015;

fn main() {
    codec::report();
    sealed_frame::report();
    handshake::report();
    registry::report();
    round_trip::report();
    link::report();
    device::report();
    year_2015::report();
}
