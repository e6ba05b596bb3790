//! Admission of peers that a listening side does not know yet: the password, and the rate limits on guessing it, on
//! half-open connections and on log lines.

mod guesses;
mod half_open;
mod log_limit;
mod network;
mod tally;

use core::net::IpAddr;

use self::guesses::Guesses;
pub use self::half_open::{HalfOpen, Room};
pub use self::log_limit::LogLimit;
pub use self::tally::ManyGuesses;
use self::tally::Tally;
use crate::suite::{Password, Rejection};
use crate::time::Instant;
use crate::wire::Close;

/// The password of a service and the memory of who guessed it wrong. One for all its connections.
pub struct Door {
    password: Password,
    guesses: Guesses,
    tally: Tally,
    warning: Option<ManyGuesses>,
}

impl Door {
    /// A door with this password.
    pub fn new(password: Password) -> Self {
        Self { password, guesses: Guesses::new(), tally: Tally::default(), warning: None }
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
            Some(seconds) => Err(Close::TooManyGuesses { seconds: seconds.get() }),
            None => Ok(()),
        }
    }

    /// Lets the peer at `from` in if `verify` finds that it knows the password, and it need not wait.
    ///
    /// Who knows it makes up for nobody's wrong guesses: others may guess behind the same address.
    pub(crate) fn admit<T>(
        &mut self,
        now: Instant,
        from: IpAddr,
        verify: impl FnOnce(&Password) -> Result<T, Rejection>,
    ) -> Result<T, Close> {
        // Many can have come before the first of them has guessed.
        self.check_patience(now, from)?;
        let verified = verify(&self.password);
        if matches!(verified, Err(Rejection::WrongPassword)) {
            self.guesses.record(now, from);
            self.warning = self.tally.record(now).or(self.warning);
        }
        Ok(verified?)
    }
}
