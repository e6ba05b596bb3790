//! A thread for each picture: a decoder that panics ends that alone, and one that is led astray opens no file.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::panic;
use std::path::Path;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread::{self, Builder};

use landlock::{ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetError};
use p2pm_posix::file;

use super::{FILE_MAX, Fit, PIXELS_MAX, Picture, decode};

/// Name of these threads.
const THREAD: &str = "picture";

/// One picture at a time, so that the memory of one is all that is taken.
static ALONE: Mutex<()> = Mutex::new(());

/// The picture in the file at a path. A FIFO is not waited for.
pub fn open(path: &Path, fit: Fit) -> Option<Picture> {
    read(&Arc::new(file::open(path).ok()?), fit)
}

/// The picture in a file, as [`decode`] finds it. Takes its time.
pub fn read(file: &Arc<File>, fit: Fit) -> Option<Picture> {
    let about = file.metadata().ok()?;
    if !about.is_file() || !(1..=FILE_MAX).contains(&about.len()) {
        return None;
    }
    let mut file = Arc::clone(file);
    alone(move || {
        file.seek(SeekFrom::Start(0)).ok()?;
        // It may grow.
        decode(BufReader::new(file.take(FILE_MAX)), fit, PIXELS_MAX)
    })
}

/// Does something on a thread that can open no file. `None` if it panics.
pub(super) fn alone<T: Send + 'static>(work: impl FnOnce() -> Option<T> + Send + 'static) -> Option<T> {
    keep_quiet();
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let confined = move || {
        // A kernel that cannot confine it lets it be.
        let _ = confine();
        work()
    };
    Builder::new().name(THREAD.to_owned()).spawn(confined).ok()?.join().ok()?
}

/// Confines the calling thread for good: from now on it opens no file (Landlock).
fn confine() -> Result<(), RulesetError> {
    let ruleset = Ruleset::default().handle_access(AccessFs::from_all(ABI::V5))?.create()?;
    ruleset.restrict_self().map(drop)
}

/// Has no panic of these threads written on a screen that shows something else.
fn keep_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let tell = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if thread::current().name() != Some(THREAD) {
                tell(panic);
            }
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decoder_that_panics_has_found_no_picture() {
        assert_eq!(alone::<()>(|| panic!("a mistake in a decoder")), None);
        assert_eq!(alone(|| Some(7)), Some(7), "the next one is decoded");
    }

    #[test]
    fn a_decoder_opens_no_file() {
        let opened = alone(|| Some(File::open("/proc/self/stat").is_ok()));
        let is_confined = alone(|| Some(confine().is_ok())).unwrap();
        assert_eq!(opened, Some(!is_confined));
        assert!(File::open("/proc/self/stat").is_ok(), "but all others do");
    }
}
