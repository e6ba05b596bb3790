//! A stream that crosses a connection, in either direction.

use std::{io, thread};

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::drive::Pumped;
use p2pm_core::suite::aead::Aead;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{ReceiverEvent, Receiving, SenderEvent, Sending, Sink, Source, Told};
use p2pm_core::wire::Close;

use super::control::Wish;
use super::line::Line;

/// The machine of one end of a stream.
pub(super) trait Crossing: for<'f> Machine<Event<'f> = Self::Tells> {
    type Tells: Into<Told>;

    /// Bytes that have crossed.
    fn position(&self) -> Option<u64>;

    /// Ends the connection.
    fn close(&mut self, now: Instant, reason: Close);
}

impl<A: Aead, R: Source> Crossing for Sending<'_, A, R> {
    type Tells = SenderEvent;

    fn position(&self) -> Option<u64> {
        Sending::position(self)
    }

    fn close(&mut self, now: Instant, reason: Close) {
        Sending::close(self, now, reason);
    }
}

impl<A: Aead, W: Sink> Crossing for Receiving<'_, A, W> {
    type Tells = ReceiverEvent;

    fn position(&self) -> Option<u64> {
        Receiving::position(self)
    }

    fn close(&mut self, now: Instant, reason: Close) {
        Receiving::close(self, now, reason);
    }
}

/// Drives a machine until its connection is over. `None` if the stream is stored; otherwise how it has ended first, after
/// which the connection stays until the other end can know.
pub(super) fn cross(line: &mut Line<'_>, machine: &mut impl Crossing) -> io::Result<Option<Ended>> {
    let mut ended = None;
    let mut is_stored = false;
    loop {
        if ended.is_none() {
            let reason = match line.control.asked() {
                None => None,
                // All that is left is that the other end hangs up.
                Some(_) if is_stored => return Ok(None),
                Some(Wish::Drop) => return Ok(Some(Ended::Lost)),
                Some(Wish::Pause) => Some(Close::Paused),
                Some(Wish::Cancel) => Some(Close::Cancelled),
            };
            if let Some(reason) = reason {
                machine.close(line.now(), reason);
                ended = Some(Ended::ByUs(reason));
            }
        }
        // What the node has to do, like a message, is done between two frames, not after a time slice.
        thread::yield_now();
        match line.pump(machine, Into::into) {
            Pumped::Event(Told::Stored) => is_stored = true,
            Pumped::Event(Told::Ended(how)) => ended = ended.or(Some(how)),
            Pumped::Event(Told::Differed) | Pumped::Again => {}
            Pumped::Closed if is_stored => return Ok(None),
            Pumped::Closed => return Ok(Some(ended.unwrap_or(Ended::Lost))),
            Pumped::Blocked => line.wait(machine)?,
        }
        if let Some(position) = machine.position() {
            line.control.moved_to(position);
        }
    }
}
