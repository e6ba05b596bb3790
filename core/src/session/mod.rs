//! What every conversation has in common: its machine's shape, authentication, keepalive and the way it ends.

mod admission;
mod channel;
mod door;
mod ended;
mod guesses;
mod half_open;
mod initiation;
mod machine;
mod network;
mod tally;

pub(crate) use admission::Admission;
pub(crate) use channel::{Channel, Established, Received};
pub use door::Door;
pub use ended::Ended;
use guesses::Guesses;
pub use half_open::HalfOpen;
pub(crate) use initiation::Initiation;
pub use machine::{Direction, Machine};
pub use tally::ManyGuesses;
use tally::Tally;
