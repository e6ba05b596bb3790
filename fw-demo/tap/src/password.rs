//! Where a password comes from: the environment, never the command line, which all on the machine can read.

use std::env;
use std::os::unix::ffi::OsStrExt;

use p2pm_core::suite::Password;

use crate::exit::Stop;

/// The password in this environment variable. `whose` says in a complaint what it is for.
pub(crate) fn given(variable: &str, whose: &str) -> Result<Password, Stop> {
    let value = env::var_os(variable)
        .ok_or_else(|| Stop::Usage(format!("set {variable} in the environment: {whose}")))?;
    Password::new(value.as_bytes())
        .map_err(|error| Stop::Usage(format!("environment variable {variable}: {error}")))
}
