//! A file in memory.

use p2pm_core::transfer::{Chain, Mark, Sink, Source};
use p2pm_core::wire::Close;

/// The hash of a stream, or of the beginning of one.
pub fn chain_of(bytes: &[u8]) -> Chain {
    let mut chain = Chain::default();
    chain.update(bytes);
    chain
}

/// A file, at either end of its stream.
#[derive(Default)]
pub struct File {
    /// Its content, or the beginning of it.
    pub bytes: Vec<u8>,
    at: usize,
    /// Whether the disk fails.
    pub fails: bool,
    /// Whether it was finished.
    pub is_whole: bool,
}

impl File {
    /// A file of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), ..Self::default() }
    }

    fn check(&self, reason: Close) -> Result<(), Close> {
        if self.fails { Err(reason) } else { Ok(()) }
    }

    /// The hash of it.
    pub fn chain(&self) -> Chain {
        chain_of(&self.bytes)
    }
}

impl Source for File {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.at = usize::try_from(offset).expect("it fits");
        assert!(self.at <= self.bytes.len(), "beyond the end");
        Self::check(self, Close::Failed)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        Self::check(self, Close::Failed)?;
        let rest = &self.bytes[self.at..];
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }

    fn check(&mut self) -> Result<(), Close> {
        Self::check(self, Close::Changed)
    }
}

impl Sink for File {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        assert!(!self.is_whole, "what is whole grows");
        Self::check(self, Close::NoSpace)?;
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn mark(&mut self, _: Mark) -> Result<(), Close> {
        Self::check(self, Close::Failed)
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        self.bytes.truncate(self.bytes.len() / 2);
        Self::check(self, Close::Failed).map(|()| self.chain())
    }

    fn finish(&mut self) -> Result<(), Close> {
        Self::check(self, Close::Failed)?;
        self.is_whole = true;
        Ok(())
    }
}
