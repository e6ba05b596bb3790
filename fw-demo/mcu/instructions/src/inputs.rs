//! What both sides are given.

use p2pm_core::suite::{Entropy, Password, PasswordError};

/// What both sides know.
pub(crate) fn password() -> Result<Password, PasswordError> {
    Password::new(b"correct horse battery staple")
}

/// What would be random on one of the sides.
pub(crate) fn entropy(side: u8) -> Entropy {
    Entropy::new([side; _])
}
