//! Admission of peers that a listening side does not know yet: the password, and the rate limits on guessing it, on
//! half-open connections and on log lines.

mod bucket;
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

/// The password of a service and the memory of who guessed it wrong. One for all its connections.
///
/// `G` is the memory for guessing networks, which belongs to the caller. The default is the array that a small device
/// has room for.
pub struct Door<G = [Guesser; GUESSER_WAYS]> {
    password: Password,
    guesses: Guesses<G>,
    tally: Tally,
    warning: Option<ManyGuesses>,
}

impl Door {
    /// A door with this password that remembers [`GUESSER_WAYS`] networks.
    pub fn new(password: Password) -> Self {
        // A table of one set needs no secret.
        Self::with_guessers(password, [Guesser::EMPTY; GUESSER_WAYS], [0; 16])
    }
}

impl<G: Guessers> Door<G> {
    /// A door with this password that remembers as many networks as there are slots: at most
    /// [`GUESSERS_MAX`](crate::limits::GUESSERS_MAX) make sense. The `key` must be 16 random bytes that nobody else
    /// knows: whoever knew it could choose networks that leave no room for one another.
    pub const fn with_guessers(password: Password, guessers: G, key: [u8; 16]) -> Self {
        Self { password, guesses: Guesses::new(guessers, key), tally: Tally::new(), warning: None }
    }

    /// A warning that has not been taken yet, for whoever runs the service.
    pub fn take_warning(&mut self) -> Option<ManyGuesses> {
        self.warning.take()
    }

    pub(crate) fn password(&self) -> &Password {
        &self.password
    }

    /// Whether somebody at `from` may guess now. A network that has guessed wrong too often is not even
    /// listened to until its wait is over.
    pub(crate) fn check_patience(&self, now: Instant, from: IpAddr) -> Result<(), Close> {
        match self.guesses.wait(now, from) {
            // Whoever has proved the password charges their site without waiting for it: it can owe any amount.
            Some(seconds) => Err(Close::TooManyGuesses { seconds: seconds.get() }.plausible()),
            None => Ok(()),
        }
    }

    /// Lets the peer at `from` in if `verify` finds that it knows the password, and it need not wait.
    ///
    /// Who knows it makes up for nobody's wrong guesses: others may guess behind the same address. From then on their
    /// network waits for its own guesses alone.
    pub(crate) fn admit<T>(
        &mut self,
        now: Instant,
        from: IpAddr,
        verify: impl FnOnce(&Password) -> Result<T, Rejection>,
    ) -> Result<T, Close> {
        // Many can have come before the first of them has guessed.
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
    fn a_crowd_of_networks_is_limited_too() {
        let mut door = Door::new(Password::new(b"sesame").unwrap());
        let guess = |(from, millis): (u32, u64)| {
            let from = Ipv4Addr::from_bits(from).into();
            door.admit(Instant::from_millis(millis), from, |_| Err::<(), _>(Rejection::WrongPassword))
        };
        // Seventy, one after the other, each of them eight times within 0.6 s.
        let guesses = (0..8).flat_map(|_| 1..=70).zip(0..);
        let looked_at = |answer: &Result<(), Close>| *answer == Err(Close::WrongPassword);
        assert_eq!(guesses.map(guess).filter(looked_at).count(), 64 * 5 + 6 * 8);
    }

    #[test]
    fn nobody_is_asked_to_wait_for_longer_than_ten_seconds() {
        let mut door = Door::new(Password::new(b"sesame").unwrap());
        let now = Instant::from_millis(0);
        let host = |network: u16| IpAddr::from(Ipv6Addr::new(0x2001, 0xdb8, 0, network, 0, 0, 0, 1));
        // Those who have proved the password charge their site although it owes too much already.
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
