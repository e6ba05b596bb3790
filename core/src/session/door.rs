//! What a listening side asks of whoever comes: the password, and patience of those who guess it.

use core::net::IpAddr;

use super::Guesses;
use crate::suite::Password;
use crate::time::Instant;
use crate::wire::Close;

/// The password of a service and the memory of who guessed it wrong. One for all its connections.
pub struct Door {
    password: Password,
    guesses: Guesses,
}

impl Door {
    /// A door with this password.
    pub fn new(password: Password) -> Self {
        Self { password, guesses: Guesses::new() }
    }

    pub(super) fn password(&self) -> &Password {
        &self.password
    }

    /// Lets the peer at `from` in if `verify` finds that it knows the password. An address that has guessed
    /// too often is not even listened to until its wait is over.
    pub(super) fn admit<T>(
        &mut self,
        now: Instant,
        from: IpAddr,
        verify: impl FnOnce(&Password) -> Result<T, Close>,
    ) -> Result<T, Close> {
        if let Some(seconds) = self.guesses.wait(now, from) {
            return Err(Close::TooManyGuesses { seconds: seconds.get() });
        }
        let verified = verify(&self.password);
        match verified {
            Ok(_) => self.guesses.forgive(from),
            Err(Close::WrongPassword) => self.guesses.record(now, from),
            Err(_) => {}
        }
        verified
    }
}
