//! Transfer: one stream of bytes, such as a file, from one node to another, over a connection of its own.
//!
//! Over their [link](crate::link), one node offers it and the other one takes it. The node that has dialled the link dials the
//! connection, which a secret of one time opens:
//!
//! ```text
//! sender                                    receiver
//!        ◀────────────────────────────────── Have: length and hash of what it has
//! Proceed, or Differs and it has less ─────▶
//! Data … ──────────────────────────────────▶
//! End: length and hash ────────────────────▶
//!        ◀────────────────────────────────── Stored
//! ```
//!
//! A connection that is cut costs nothing but what was on its way: the next one goes on from what the receiver has. The file
//! and the disk are lent by the shell, as a [`Source`] and a [`Sink`].

mod chain;
mod opening;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;
mod told;
mod unpack;

pub use self::chain::{Chain, Mark};
pub use self::opening::{Incoming, Opened, Outgoing, Ticket};
pub use self::receiver::{Receiver, ReceiverEvent, Receiving};
pub use self::sender::{Sender, SenderEvent, Sending};
pub use self::told::Told;
pub use self::unpack::{Unpacked, Unpacker};
use crate::wire::Close;

/// Where a stream comes from. An error is the reason to close the connection, for example [`Close::Failed`].
pub trait Source {
    /// Goes to a place of the stream, in bytes from its beginning. It is at most the length of the stream.
    fn seek(&mut self, offset: u64) -> Result<(), Close>;

    /// Reads the next bytes of the stream, and returns how many; none only at its end.
    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close>;

    /// Fails with [`Close::Changed`] if the source is not what it was when it was offered.
    fn check(&mut self) -> Result<(), Close>;
}

/// Where a stream goes to. An error is the reason to close the connection, for example [`Close::NoSpace`].
pub trait Sink {
    /// Appends the next bytes of the stream. After an error it may have some of them, and is opened anew before it is used
    /// again.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close>;

    /// Another piece is whole. The sink may keep the mark, to go on from there in another run, once everything before it
    /// would outlast a power cut.
    fn mark(&mut self, mark: Mark) -> Result<(), Close>;

    /// Goes back: what the sink has is not the beginning of the stream. Returns the beginning that is left, which is shorter.
    fn retreat(&mut self) -> Result<Chain, Close>;

    /// The stream is whole. Stores it so that it outlasts a power cut.
    fn finish(&mut self) -> Result<(), Close>;
}
