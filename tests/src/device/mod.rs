//! Devices on an Ethernet in memory.

mod board;
mod lan;
mod stack;
mod stage;

pub use board::{GUESSERS, LINKS, Player, Playing, Screen, SharedClock, Virtual, board};
pub use lan::Lan;
pub use p2pm_fw::settings::Faults;
pub use stack::{Neighbourly, SEARCHERS, Stack, Wire, ip, neighbourly, newcomer, stack};
pub use stage::{BUFFER, SOCKETS, Stage};
