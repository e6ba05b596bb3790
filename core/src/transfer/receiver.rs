//! Receiving end of a transfer.

use super::{Chain, Opened, Sink};
use crate::channel::{Channel, Conversing, Ended, Established, Received};
use crate::error::Fault;
use crate::limits::{STALL_TIMEOUT, stall_timeout};
use crate::suite::SealedWith;
use crate::suite::aead::Aead;
use crate::time::Instant;
use crate::wire::{Close, Extent, Message, TransferMessage};

/// Machine of the end that receives a stream, on one connection.
///
/// It is a [`Machine`](crate::channel::Machine) together with the [`Sink`] of the stream: see [`Receiver::at`].
pub struct Receiver<A: Aead> {
    channel: Channel<SealedWith<A>, Established>,
    /// Length of the whole stream.
    length: u64,
    /// What the sink has.
    chain: Chain,
    step: Step,
    /// While it waits for the sender: until when.
    until: Option<Instant>,
    failure: Option<Close>,
}

/// What a receiver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It says what it has.
    Tell,
    /// It waits for whether the sender goes on from there.
    Wait,
    /// It receives the rest.
    Receive,
    /// It says that the stream is stored.
    Confirm,
    /// It has said so.
    Done,
}

/// A receiver together with its sink.
pub struct Receiving<'a, A: Aead, W: ?Sized> {
    receiver: &'a mut Receiver<A>,
    sink: &'a mut W,
}

/// Events of a receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiverEvent {
    /// What the sink had was the beginning of another stream, so it has less now.
    Differed,
    /// The stream is whole, and stored.
    Stored,
    /// The connection is over. The transfer goes on over another one, unless the stream is stored.
    Ended(Ended),
}

impl<A: Aead> Receiver<A> {
    /// The receiver of a stream of `length` bytes, the beginning of which the sink has.
    pub fn new(opened: Opened<A>, length: u64, has: Chain) -> Self {
        Self { channel: opened.0, length, chain: has, step: Step::Tell, until: None, failure: None }
    }

    /// The machine, which borrows the sink.
    pub fn at<'a, W: Sink + ?Sized>(&'a mut self, sink: &'a mut W) -> Receiving<'a, A, W> {
        Receiving { receiver: self, sink }
    }

    /// What the sink has, for the next connection.
    pub fn into_chain(self) -> Chain {
        self.chain
    }

    /// Goes back to what the sink had before.
    fn retreat(&mut self, sink: &mut (impl Sink + ?Sized)) -> Result<Option<ReceiverEvent>, Fault> {
        let had = self.chain.length();
        if had == 0 {
            // Everything begins with nothing.
            return Err(Fault::Value);
        }
        self.step = Step::Tell;
        let kept = sink
            .retreat()
            .and_then(|chain| if chain.length() < had { Ok(chain) } else { Err(Close::Failed) });
        match kept {
            Ok(chain) => self.chain = chain,
            Err(reason) => self.failure = Some(reason),
        }
        Ok(Some(ReceiverEvent::Differed))
    }

    fn receive(&mut self, bytes: &[u8], sink: &mut (impl Sink + ?Sized)) -> Result<(), Fault> {
        if bytes.len() as u64 > self.length.saturating_sub(self.chain.length()) {
            return Err(Fault::Length);
        }
        let mark = self.chain.mark();
        let written = sink.write(bytes).and_then(|()| {
            self.chain.update(bytes);
            if self.chain.mark() == mark { Ok(()) } else { sink.mark(self.chain.mark()) }
        });
        if let Err(reason) = written {
            self.failure = Some(reason);
        }
        Ok(())
    }

    fn end(
        &mut self,
        extent: Extent,
        sink: &mut (impl Sink + ?Sized),
    ) -> Result<Option<ReceiverEvent>, Fault> {
        if extent.length != self.length || extent != self.chain.extent() {
            return Err(Fault::Value);
        }
        match sink.finish() {
            Ok(()) => {
                self.step = Step::Confirm;
                Ok(Some(ReceiverEvent::Stored))
            }
            Err(reason) => {
                self.failure = Some(reason);
                Ok(None)
            }
        }
    }
}

impl<A: Aead, W: Sink + ?Sized> Receiving<'_, A, W> {
    /// Bytes of the stream that the sink has; `None` before these are proved.
    pub fn position(&self) -> Option<u64> {
        let is_receiving = matches!(self.receiver.step, Step::Receive | Step::Confirm | Step::Done);
        is_receiving.then(|| self.receiver.chain.length())
    }

    /// Ends the connection with `reason`.
    pub fn close(&mut self, now: Instant, reason: Close) -> Option<ReceiverEvent> {
        self.end(now, reason)
    }
}

impl<A: Aead, W: Sink + ?Sized> Conversing for Receiving<'_, A, W> {
    type Suite = SealedWith<A>;
    type Stage = Established;
    type Event<'f> = ReceiverEvent;

    fn channel(&self) -> &Channel<SealedWith<A>, Established> {
        &self.receiver.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<SealedWith<A>, Established> {
        &mut self.receiver.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.receiver.channel.receive(now, frame)
    }

    fn on_message(&mut self, now: Instant, message: Message<'_>) -> Result<Option<ReceiverEvent>, Fault> {
        let Self { receiver, sink } = self;
        if receiver.failure.is_some() {
            // What follows a failure is of no use.
            return Ok(None);
        }
        receiver.until = Some(now + STALL_TIMEOUT);
        match (receiver.step, TransferMessage::parse(&message)?) {
            (Step::Wait, TransferMessage::Proceed) => {
                receiver.step = Step::Receive;
                Ok(None)
            }
            (Step::Wait, TransferMessage::Differs) => receiver.retreat(*sink),
            (Step::Receive, TransferMessage::Data(bytes)) => receiver.receive(bytes, *sink).map(|()| None),
            (Step::Receive, TransferMessage::End(extent)) => receiver.end(extent, *sink),
            _ => Err(Fault::State),
        }
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        ReceiverEvent::Ended(ended)
    }

    fn due(&self) -> Option<Instant> {
        self.receiver.failure.map(|_| Instant::default()).or(self.receiver.until)
    }

    fn on_due(&mut self) -> Option<Close> {
        self.receiver.failure.or(Some(Close::TimedOut))
    }

    fn wants_message(&self) -> bool {
        matches!(self.receiver.step, Step::Tell | Step::Confirm)
    }

    fn emit_message(&mut self, now: Instant, out: &mut [u8]) -> bool {
        let Self { receiver, .. } = self;
        match receiver.step {
            Step::Tell => {
                // The sender reads as much, to compare.
                let patience = stall_timeout(receiver.chain.length());
                (receiver.step, receiver.until) = (Step::Wait, Some(now + patience));
                TransferMessage::Have(receiver.chain.extent()).emit(out);
            }
            Step::Confirm => {
                (receiver.step, receiver.until) = (Step::Done, Some(now + STALL_TIMEOUT));
                TransferMessage::Stored.emit(out);
            }
            Step::Wait | Step::Receive | Step::Done => return false,
        }
        true
    }
}
