//! Passwords from the environment, never from the command line, which every user of the machine can read.

use std::env;
use std::os::unix::ffi::OsStrExt;

use p2pm_core::channel::CircleNumber;
use p2pm_core::suite::Password;
use p2pm_fw::settings::field::{self, Expected};

use crate::stop::Stop;

/// The password in this environment variable. `whose` describes its purpose in an error.
pub(crate) fn given(variable: &str, whose: &str) -> Result<Password, Stop> {
    parsed(variable, whose, field::password)
}

/// The passphrase of the circle, with its number.
pub(crate) fn passphrase() -> Result<(CircleNumber, Password), Stop> {
    parsed("P2PM_PASSPHRASE", "the passphrase of the circle", field::passphrase)
}

fn parsed<T>(
    variable: &str,
    whose: &str,
    parse: impl FnOnce(&[u8]) -> Result<T, Expected>,
) -> Result<T, Stop> {
    let value = env::var_os(variable)
        .ok_or_else(|| Stop::Usage(format!("set {variable} in the environment: {whose}")))?;
    parse(value.as_bytes())
        .map_err(|expected| Stop::Usage(format!("environment variable {variable} {expected}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_password_is_a_complaint_that_names_the_variable() {
        let name = "P2PM_TEST_PASSWORD_THAT_NOBODY_SETS";
        let Err(Stop::Usage(why)) = given(name, "for a test") else { panic!("there is none") };
        assert!(why.contains(name) && why.contains("for a test"), "{why}");
        // Cargo sets this one for every test.
        assert!(given("CARGO_PKG_NAME", "for a test").is_ok());
    }
}
