//! Stream of a file.

use std::fs::File;
use std::os::unix::fs::FileExt;

use super::super::facts::Facts;
use super::super::trouble::Trouble;

/// Reads a file.
#[derive(Debug)]
pub(super) struct FileSource {
    file: File,
    /// What it was when it was offered.
    facts: Facts,
    position: u64,
}

impl FileSource {
    pub(super) fn new(file: File, facts: Facts) -> Self {
        Self { file, facts, position: 0 }
    }

    pub(super) fn seek(&mut self, offset: u64) {
        self.position = offset;
    }

    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, Trouble> {
        let read = self.file.read_at(into, self.position).map_err(Trouble::of("read the file"))?;
        self.position += read as u64;
        Ok(read)
    }

    pub(super) fn check(&self) -> Result<(), Trouble> {
        let facts = Facts::of(&self.file).map_err(Trouble::of("look at the file"))?;
        if facts == self.facts { Ok(()) } else { Err(Trouble::Changed("the file".to_owned())) }
    }
}
