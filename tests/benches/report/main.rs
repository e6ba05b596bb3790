//! What the product costs, measured in one run and compared within it: `cargo bench`.
//!
//! A comparison is made in interleaved rounds, so that whatever else the machine does meets both sides alike.
//! Nothing fails here: times differ from machine to machine, and a reader judges them.

mod codec;
mod device;
mod handshake;
mod line;
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
    device::report();
    year_2015::report();
}
