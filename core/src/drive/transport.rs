//! A byte stream that never blocks.

/// What came of trying to move bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// So many bytes, at least one.
    Bytes(usize),
    /// None now; perhaps later.
    Blocked,
    /// None ever again: the stream has ended, or is lost.
    Over,
}

/// A byte stream that never blocks.
pub trait Transport {
    /// Takes what has arrived, at most as much as fits.
    fn receive(&mut self, into: &mut [u8]) -> Moved;

    /// Hands over bytes, as many as are taken.
    fn send(&mut self, from: &[u8]) -> Moved;
}
