//! The door of a program: with room for as many guessing networks as the protocol has.

use std::io;

use p2pm_core::door::{Door, Guesser};
use p2pm_core::limits::GUESSERS_MAX;
use p2pm_core::suite::Password;

/// Memory for guessing networks, 1.5 MiB.
pub type Guessers = Box<[Guesser]>;

/// A door with this password. Fails if the system has no random bytes.
pub fn new(password: Password) -> io::Result<Door<Guessers>> {
    let guessers = vec![Guesser::EMPTY; GUESSERS_MAX].into_boxed_slice();
    Ok(Door::with_guessers(password, guessers, p2pm_posix::random::bytes()?))
}
