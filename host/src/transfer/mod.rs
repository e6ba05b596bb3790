//! Transfers on Linux: the connection of each in a thread of its own, and the files at both ends.

pub mod disk;
mod line;
mod worker;

pub use self::worker::{Begin, Cargo, Control, Report, Worker};
