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

    /// Lets the peer at `from` in if `proves` says that it knows the password. An address that has guessed
    /// too often is not even listened to until its wait is over.
    pub(super) fn admit(
        &mut self,
        now: Instant,
        from: IpAddr,
        proves: impl FnOnce(&Password) -> bool,
    ) -> Result<(), Close> {
        if let Some(seconds) = self.guesses.wait(now, from) {
            return Err(Close::TooManyGuesses { seconds: seconds.get() });
        }
        if proves(&self.password) {
            self.guesses.forgive(from);
            Ok(())
        } else {
            self.guesses.record(now, from);
            Err(Close::WrongPassword)
        }
    }
}
