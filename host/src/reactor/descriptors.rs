//! Open files: every connection is one.

use std::io;
use std::ops::RangeInclusive;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Those of a server that are no connection.
const RESERVED: usize = 64;

/// Sees to it that this process may have so many connections, as far as the system lets it.
pub fn allow(connections: usize) -> io::Result<()> {
    allow_some(connections..=connections, RESERVED).map(drop)
}

/// Sees to it that this process may have as many connections of these numbers as the system lets it, beside so many
/// open files that are `reserved` for the rest: how many connections.
pub(crate) fn allow_some(connections: RangeInclusive<usize>, reserved: usize) -> io::Result<usize> {
    let limit = raise(connections.end() + reserved)?;
    let room =
        limit.map_or(*connections.end(), |limit| limit.saturating_sub(reserved).min(*connections.end()));
    if room < *connections.start() {
        let (needed, limit) = (connections.start() + reserved, limit.unwrap_or_default());
        return Err(io::Error::other(format!(
            "so many connections need {needed} open files, and a process may have {limit} here (ulimit -Hn)"
        )));
    }
    Ok(room)
}

/// Raises the limit on open files, if it is lower, as far as the system lets this process: what it is then.
fn raise(needed: usize) -> io::Result<Option<usize>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| needed as u64 <= limit);
    let limit = if is_enough(current) { current } else { maximum };
    if limit != current {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)))
}
