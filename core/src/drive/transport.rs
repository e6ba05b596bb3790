//! Non-blocking byte stream.

/// Result of a non-blocking read or write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Number of bytes moved, at least one.
    Bytes(usize),
    /// Nothing moved, since the call would block.
    Blocked,
    /// Nothing will move again: the stream has ended or is lost.
    Over,
}

/// Non-blocking byte stream.
pub trait Transport {
    /// Reads what has arrived, up to the length of `into`.
    fn receive(&mut self, into: &mut [u8]) -> Moved;

    /// Writes as much of `from` as the stream takes.
    fn send(&mut self, from: &[u8]) -> Moved;
}
