//! Open files: every connection is one.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// For all that is not a connection.
const RESERVED: usize = 64;

/// Sees to it that this process may have so many connections, as far as the system lets it.
pub fn allow(connections: usize) -> io::Result<()> {
    let needed = (connections + RESERVED) as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if maximum.is_some_and(|maximum| needed > maximum) {
        let maximum = maximum.unwrap_or_default();
        return Err(io::Error::other(format!(
            "so many connections need {needed} open files, and a process may have {maximum} here (ulimit -Hn)"
        )));
    }
    if current.is_some_and(|current| needed > current) {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(())
}
