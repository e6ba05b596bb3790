//! The community server as its clients see it: real sockets, with every byte chosen by the test.

mod crowd;
mod members;
mod peer;
mod program;
mod running;
mod strangers;
