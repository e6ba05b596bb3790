//! Numbers of the transfers that are whole, which outlast the node: a sender that does not know it yet is told so.

use std::fs::File;
use std::io::{self, Read, Write};

use p2pm_core::limits::TRANSFER_ID_LEN;
use p2pm_core::wire::TransferId;
use rustix::fs::{Mode, OFlags, renameat};

use super::beneath;
use crate::lock::Lock;

/// Name of the file, which is in the folder of what is unfinished.
const WHOLE: &str = "whole";
/// One that is being written.
const NEW_WHOLE: &str = "whole.new";
/// Locked by whoever writes that. The folder may be that of several nodes.
const LOCK: &str = "whole.lock";
const PRIVATE: Mode = Mode::RUSR.union(Mode::WUSR);
/// Most numbers that are kept. The oldest go first.
const WHOLE_MAX: usize = 1024;

/// Whether the transfer with this number is whole.
pub(super) fn has(unfinished: &File, id: TransferId) -> bool {
    read(unfinished).is_ok_and(|ids| ids.as_chunks().0.contains(&id.0))
}

/// Records that it is.
pub(super) fn record(unfinished: &File, id: TransferId) -> io::Result<()> {
    let _alone = Lock::wait(beneath::open(unfinished, LOCK, OFlags::RDWR | OFlags::CREATE, PRIVATE)?)?;
    let mut ids = read(unfinished)?;
    ids.extend(id.0);
    let surplus = ids.len().saturating_sub(WHOLE_MAX * TRANSFER_ID_LEN);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC;
    let mut file = beneath::open(unfinished, NEW_WHOLE, flags, PRIVATE)?;
    file.write_all(&ids[surplus..])?;
    file.sync_data()?;
    renameat(unfinished, NEW_WHOLE, unfinished, WHOLE)?;
    unfinished.sync_all()
}

fn read(unfinished: &File) -> io::Result<Vec<u8>> {
    let mut ids = Vec::new();
    match beneath::open(unfinished, WHOLE, OFlags::RDONLY, Mode::empty()) {
        Ok(file) => {
            file.take((WHOLE_MAX * TRANSFER_ID_LEN) as u64).read_to_end(&mut ids)?;
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    ids.truncate(ids.len() / TRANSFER_ID_LEN * TRANSFER_ID_LEN);
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use std::thread;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn the_last_numbers_are_kept() {
        let dir = TempDir::new().unwrap();
        let folder = File::open(dir.path()).unwrap();
        let id = |number: usize| TransferId((number as u64).to_be_bytes());
        assert!(!has(&folder, id(0)));
        for number in 0..WHOLE_MAX + 2 {
            record(&folder, id(number)).unwrap();
        }
        assert!(!has(&folder, id(1)) && has(&folder, id(2)) && has(&folder, id(WHOLE_MAX + 1)));
    }

    /// As by several nodes: nothing but the file system is common to two of them.
    #[test]
    fn whoever_records_one_at_the_same_time_loses_none() {
        const WRITERS: u64 = 8;
        const EACH: u64 = 8;
        let dir = TempDir::new().unwrap();
        let open = || File::open(dir.path()).unwrap();
        let id = |number: u64| TransferId(number.to_be_bytes());
        thread::scope(|scope| {
            for writer in 0..WRITERS {
                scope.spawn(move || {
                    for it in 0..EACH {
                        record(&open(), id(writer * EACH + it)).unwrap();
                    }
                });
            }
        });
        assert!((0..WRITERS * EACH).all(|number| has(&open(), id(number))));
    }
}
