//! Advisory locks on files.

use std::fs::{File, TryLockError};
use std::io;

/// A file that no other [`Lock`] has, in this process or another, for as long as this exists.
#[derive(Debug)]
pub struct Lock(File);

impl Lock {
    /// Locks a file. [`TryLockError::WouldBlock`] if another one has it.
    pub fn of(file: File) -> Result<Self, TryLockError> {
        file.try_lock()?;
        Ok(Self(file))
    }

    /// Locks a file, once no other one has it.
    pub fn wait(file: File) -> io::Result<Self> {
        file.lock()?;
        Ok(Self(file))
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.0
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // To close it is not enough: a child of another thread, between fork and exec, has it open still, and so locked.
        _ = self.0.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_unlocked_whoever_has_the_file_open() {
        let dir = tempfile::TempDir::new().unwrap();
        let open = || File::create(dir.path().join("lock")).unwrap();
        let file = open();
        let of_a_child = file.try_clone().unwrap();
        let lock = Lock::of(file).unwrap();
        assert!(matches!(Lock::of(open()), Err(TryLockError::WouldBlock)));
        drop(lock);
        assert!(Lock::of(open()).is_ok());
        drop(of_a_child);
    }
}
