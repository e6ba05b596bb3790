//! Inputs of both sides.

use p2pm_core::suite::{Entropy, Password, PasswordError};

/// The shared password.
pub(crate) fn password() -> Result<Password, PasswordError> {
    Password::new(b"correct horse battery staple")
}

/// Constant entropy of one side.
pub(crate) fn entropy(side: u8) -> Entropy {
    Entropy::new([side; _])
}
