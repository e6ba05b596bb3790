//! Admission of unauthenticated peers: the password, and the limits on guesses, half-open connections and log
//! lines.

mod guesses;
mod half_open;
mod log_limit;
mod network;
mod tally;

use core::net::IpAddr;

use self::guesses::Guesses;
pub use self::guesses::{Guesser, Guessers};
pub use self::half_open::{HalfOpen, Room};
pub use self::log_limit::LogLimit;
pub use self::tally::ManyGuesses;
use self::tally::Tally;
use crate::limits::GUESSER_WAYS;
use crate::suite::{Password, Rejection};
use crate::time::Instant;
use crate::wire::Close;

/// Password of a service and the rate limits on guessing it; one door for all connections of a service.
///
/// `G` is the storage for guessing networks, which the caller owns. The default is an array of the size that
/// a small device has room for.
pub struct Door<G = [Guesser; GUESSER_WAYS]> {
    password: Password,
    guesses: Guesses<G>,
    tally: Tally,
    warning: Option<ManyGuesses>,
}

impl Door {
    /// A door that remembers [`GUESSER_WAYS`] networks.
    pub fn new(password: Password) -> Self {
        // A table of a single set does not use the hash, so its key need not be secret.
        Self::with_guessers(password, [Guesser::EMPTY; GUESSER_WAYS], [0; 16])
    }
}

impl<G: Guessers> Door<G> {
    /// A door that remembers as many networks as there are slots; more than
    /// [`GUESSERS_MAX`](crate::limits::GUESSERS_MAX) are of no use. The `key` must be 16 secret random bytes:
    /// an attacker that knew it could choose networks that fill one set.
    pub const fn with_guessers(password: Password, guessers: G, key: [u8; 16]) -> Self {
        Self { password, guesses: Guesses::new(guessers, key), tally: Tally::new(), warning: None }
    }

    /// Takes the pending warning for the operator of the service, if there is one.
    pub fn take_warning(&mut self) -> Option<ManyGuesses> {
        self.warning.take()
    }

    pub(crate) fn password(&self) -> &Password {
        &self.password
    }

    /// Whether a peer at `from` may guess now. Otherwise its credentials are not even read.
    pub(crate) fn check_patience(&self, now: Instant, from: IpAddr) -> Result<(), Close> {
        match self.guesses.wait(now, from) {
            // A proved network overdraws its site's bucket without waiting, so the debt has no bound.
            Some(seconds) => Err(Close::TooManyGuesses { seconds: seconds.get() }.plausible()),
            None => Ok(()),
        }
    }

    /// Admits the peer at `from` if it may guess and `verify` accepts its credentials.
    ///
    /// The right password cancels no debt, since other peers may be guessing behind the same address. From
    /// then on the network is limited by its own guesses only.
    pub(crate) fn admit<T>(
        &mut self,
        now: Instant,
        from: IpAddr,
        verify: impl FnOnce(&Password) -> Result<T, Rejection>,
    ) -> Result<T, Close> {
        // Checked again: many connections may have passed the first check before one of them guessed.
        self.check_patience(now, from)?;
        let verified = verify(&self.password);
        match verified {
            Ok(_) => self.guesses.record_right(now, from),
            Err(Rejection::WrongPassword) => {
                self.guesses.record_wrong(now, from);
                self.warning = self.tally.record(now).or(self.warning);
            }
            Err(_) => {}
        }
        Ok(verified?)
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    #[test]
    fn guesses_of_many_networks_are_limited() {
        let mut door = Door::new(Password::new(b"sesame").unwrap());
        let guess = |(from, millis): (u32, u64)| {
            let from = Ipv4Addr::from_bits(from).into();
            door.admit(Instant::from_millis(millis), from, |_| Err::<(), _>(Rejection::WrongPassword))
        };
        // Seventy networks in turn, each of them eight times within 0.6 s.
        let guesses = (0..8).flat_map(|_| 1..=70).zip(0..);
        let looked_at = |answer: &Result<(), Close>| *answer == Err(Close::WrongPassword);
        assert_eq!(guesses.map(guess).filter(looked_at).count(), 64 * 5 + 6 * 8);
    }

    #[test]
    fn no_wait_is_longer_than_ten_seconds() {
        let mut door = Door::new(Password::new(b"sesame").unwrap());
        let now = Instant::from_millis(0);
        let host = |network: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, 1));
        // Proved networks charge their site although it is overdrawn already.
        for network in 1..=16 {
            assert_eq!(door.admit(now, host(network), |_| Ok(())), Ok(()));
        }
        for network in 1..=16 {
            for _ in 0..5 {
                let wrong = door.admit(now, host(network), |_| Err::<(), _>(Rejection::WrongPassword));
                assert_eq!(wrong, Err(Close::WrongPassword));
            }
        }
        let neighbour = door.admit(now, host(17), |_| Ok(()));
        assert_eq!(neighbour, Err(Close::TooManyGuesses { seconds: 10 }));
    }
}
