//! Limit on open files (`RLIMIT_NOFILE`): every connection is one.

use std::io;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Open files of a server besides its connections, and whatever else it counts itself.
const RESERVED: usize = 64;

/// Open files that this process keeps for something else than what it counts below.
static KEPT: AtomicUsize = AtomicUsize::new(0);

/// Raises the limit far enough for `files` that this process keeps from now on, whatever else is [allowed](allow) to it before or
/// after; fails if the system does not allow it.
pub fn keep(files: usize) -> io::Result<()> {
    KEPT.fetch_add(files, Ordering::Relaxed);
    allow(0, 0)
}

/// Raises this process's limit on open files far enough for `connections` and `others`, files that it keeps for something
/// else; fails if the system does not allow it.
pub fn allow(connections: usize, others: usize) -> io::Result<()> {
    allow_some(connections..=connections, others + RESERVED).map(drop)
}

/// Raises this process's limit on open files as far as needed and allowed, for a number of connections in the
/// range and `reserved` other files. Returns the number of connections; fails if it is below the range.
pub(crate) fn allow_some(connections: RangeInclusive<usize>, reserved: usize) -> io::Result<usize> {
    let reserved = reserved + KEPT.load(Ordering::Relaxed);
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

/// Raises the soft limit, if it is lower than `needed`, to the hard one. Returns the limit; `None` is
/// unlimited.
fn raise(needed: usize) -> io::Result<Option<usize>> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let is_enough = |limit: Option<u64>| limit.is_none_or(|limit| needed as u64 <= limit);
    let limit = if is_enough(current) { current } else { maximum };
    if limit != current {
        setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;
    }
    Ok(limit.map(|limit| usize::try_from(limit).unwrap_or(usize::MAX)))
}
