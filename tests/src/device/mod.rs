//! Devices on an Ethernet in memory.

mod board;
mod circle;
mod lan;
mod mesh;
mod model;
mod stack;
mod stage;

pub use board::{Player, Playing, Screen, SharedClock, Virtual, board};
pub use circle::{CIRCLE_PORT, Member, PASSPHRASE, Person, identity, tag};
pub use lan::Lan;
pub use mesh::{GUEST, Mesh, Size, Usage};
pub use model::{GUESSERS, InUse, LINKS, Large, Middle, Model, Sight, Small};
pub use p2pm_fw::settings::Faults;
pub use stack::{Neighbourly, SEARCHERS, Stack, Wire, ip, neighbourly, newcomer, stack};
pub use stage::{BUFFER, SOCKETS, Stage};
