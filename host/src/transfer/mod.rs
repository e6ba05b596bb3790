//! Transfers on Linux: the connection of each in a thread of its own, and the files at both ends.

mod control;
mod crossing;
pub mod disk;
mod line;
mod opening;
mod worker;

pub use self::control::{Control, Wish};
pub use self::worker::{Begin, Begun, Cargo, Report, Worker};
