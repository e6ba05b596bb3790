//! Shared parts of the fuzz targets: an arbitrary peer, a side of a chat, and a witness that checks a
//! machine.

pub mod chat;
pub mod circle;
pub mod community;
pub mod file;
pub mod link;
pub mod node;
pub mod party;
pub mod speech;
pub mod voice;
// Shared with the simulation.
#[path = "../../tests/transcript/src/stage.rs"]
pub mod stage;
#[path = "../../tests/src/watched.rs"]
pub mod watched;
pub mod witness;

use std::net::{IpAddr, Ipv4Addr};
use std::num::{NonZeroU16, NonZeroU32};

use p2pm_core::channel::CircleNumber;
use p2pm_core::limits::ENTROPY_LEN;
use p2pm_core::suite::{Entropy, Password};
use p2pm_core::wire::{Endpoint, Name};

/// The circle of a peer, unless it is in another one.
pub const CIRCLE: CircleNumber = NonZeroU32::new(47);

/// The right password.
pub fn password() -> Password {
    Password::new(speech::PASSWORD).expect("a password")
}

/// Constant entropy, so that a run can be repeated; a different one for each number.
pub fn entropy(number: u8) -> Entropy {
    Entropy::new([number; ENTROPY_LEN])
}

/// One of eight names, half of them of the greatest length.
pub fn name(number: u8) -> Name {
    let letter = b'a' + number % 8;
    let name = if number.is_multiple_of(2) { Name::new(&[letter; 32]) } else { Name::new(&[letter]) };
    name.expect("letters are a name")
}

/// An address in the loopback network.
pub fn address(number: u8) -> IpAddr {
    Ipv4Addr::new(127, 0, 0, number).into()
}

/// An endpoint of a node.
pub fn endpoint(port: u16) -> Endpoint {
    Endpoint::new(address(1), NonZeroU16::new(port).unwrap_or(NonZeroU16::MAX))
}
