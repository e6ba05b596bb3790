//! Door of a program on Linux, with the protocol's largest table of guessing networks.

use std::io;

use p2pm_core::door::{Door, Guesser};
use p2pm_core::limits::GUESSERS_MAX;
use p2pm_core::suite::Password;

/// Storage for guessing networks, 1.5 MiB.
pub type Guessers = Box<[Guesser]>;

/// A door with this password. Fails if the system has no random bytes.
pub fn new(password: Password) -> io::Result<Door<Guessers>> {
    let guessers = vec![Guesser::EMPTY; GUESSERS_MAX].into_boxed_slice();
    Ok(Door::with_guessers(password, guessers, p2pm_posix::random::bytes()?))
}
