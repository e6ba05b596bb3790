//! Sending end of a transfer.

use super::{Chain, Opened, Source};
use crate::channel::{Channel, Conversing, Ended, Established, Received};
use crate::error::Fault;
use crate::limits::{PROOF_PER_POLL, STALL_TIMEOUT, stall_timeout};
use crate::suite::SealedWith;
use crate::suite::aead::Aead;
use crate::time::Instant;
use crate::wire::{Close, Extent, Message, TransferMessage, emit_data};

/// Machine of the end that sends a stream, on one connection.
///
/// It is a [`Machine`](crate::channel::Machine) together with the [`Source`] of the stream: see [`Sender::at`].
pub struct Sender<A: Aead> {
    channel: Channel<SealedWith<A>, Established>,
    /// Length of the whole stream.
    length: u64,
    /// What is proved of the stream, or sent.
    chain: Chain,
    /// The longest beginning that the receiver has proved to have, over all connections.
    proved: Chain,
    /// The most that the receiver may say it has.
    most: u64,
    step: Step,
    /// While it waits for the receiver: until when.
    until: Option<Instant>,
    failure: Option<Close>,
}

/// What a sender does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// It waits for what the receiver has.
    Wait,
    /// It reads the source up to there, and compares.
    Prove(Extent),
    /// It says that what the receiver has is another stream.
    Differ,
    /// It says that it goes on.
    Proceed,
    /// It sends the rest.
    Send,
    /// It says that the stream is over.
    End,
    /// It waits until the stream is stored.
    Finish,
}

/// A sender together with its source.
pub struct Sending<'a, A: Aead, R: ?Sized> {
    sender: &'a mut Sender<A>,
    source: &'a mut R,
}

/// Events of a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SenderEvent {
    /// The stream is whole at the other end, and stored there.
    Stored,
    /// The connection is over. The transfer goes on over another one, unless the stream is stored.
    Ended(Ended),
}

impl<A: Aead> Sender<A> {
    /// The sender of a stream of `length` bytes. `proved` is what another connection has led to.
    pub fn new(now: Instant, opened: Opened<A>, length: u64, proved: Chain) -> Self {
        Self {
            channel: opened.0,
            length,
            chain: Chain::default(),
            proved,
            most: length,
            step: Step::Wait,
            until: Some(now + STALL_TIMEOUT),
            failure: None,
        }
    }

    /// The machine, which borrows the source.
    pub fn at<'a, R: Source + ?Sized>(&'a mut self, source: &'a mut R) -> Sending<'a, A, R> {
        Sending { sender: self, source }
    }

    /// What the next connection can go on from.
    pub fn into_proved(self) -> Chain {
        self.proved
    }

    /// What the receiver has is to be compared.
    fn prove(&mut self, have: Extent, source: &mut (impl Source + ?Sized)) {
        // What is proved need not be read again.
        self.chain = if have.length < self.proved.length() { Chain::default() } else { self.proved.clone() };
        (self.step, self.until) = (Step::Prove(have), None);
        if let Err(reason) = source.seek(self.chain.length()) {
            self.failure = Some(reason);
        }
    }

    /// Reads the next part of what is to be compared, with `room` to read into.
    fn read_proof(
        &mut self,
        have: Extent,
        source: &mut (impl Source + ?Sized),
        room: &mut [u8],
    ) -> Result<(), Close> {
        let mut left = PROOF_PER_POLL;
        while self.chain.length() < have.length && left > 0 {
            let read = read(source, room, have.length.saturating_sub(self.chain.length()))?;
            self.chain.update(room.get(..read).unwrap_or_default());
            left = left.saturating_sub(read);
        }
        if self.chain.length() >= have.length {
            // Everything begins with nothing, whatever the hash of nothing is said to be.
            let is_begun = have.length == 0 || self.chain.extent() == have;
            self.step = if is_begun { Step::Proceed } else { Step::Differ };
            self.most = have.length.saturating_sub(1);
        }
        Ok(())
    }

    /// The next bytes of the stream, in a frame.
    fn emit_data(&mut self, source: &mut (impl Source + ?Sized), out: &mut [u8]) -> Result<(), Close> {
        let left = self.length.saturating_sub(self.chain.length());
        emit_data(out, |room| {
            let read = read(source, room, left)?;
            self.chain.update(room.get(..read).unwrap_or_default());
            Ok::<_, Close>(read)
        })?;
        self.end_if_over();
        Ok(())
    }

    fn end_if_over(&mut self) {
        self.step = if self.chain.length() < self.length { Step::Send } else { Step::End };
    }

    /// Emits the next message; false if there is none, or only after more of the source is read.
    fn emit(
        &mut self,
        now: Instant,
        source: &mut (impl Source + ?Sized),
        out: &mut [u8],
    ) -> Result<bool, Close> {
        match self.step {
            Step::Wait | Step::Finish => return Ok(false),
            Step::Prove(have) => {
                self.read_proof(have, source, out)?;
                return Ok(false);
            }
            Step::Differ => {
                (self.step, self.until) = (Step::Wait, Some(now + STALL_TIMEOUT));
                TransferMessage::Differs.emit(out);
            }
            Step::Proceed => {
                self.proved = self.chain.clone();
                self.end_if_over();
                TransferMessage::Proceed.emit(out);
            }
            Step::Send => self.emit_data(source, out)?,
            Step::End => {
                source.check()?;
                (self.step, self.until) = (Step::Finish, Some(now + stall_timeout(self.length)));
                TransferMessage::End(self.chain.extent()).emit(out);
            }
        }
        Ok(true)
    }
}

/// Reads at most `left` bytes, and at least one.
fn read(source: &mut (impl Source + ?Sized), room: &mut [u8], left: u64) -> Result<usize, Close> {
    let len = usize::try_from(left).map_or(room.len(), |left| left.min(room.len()));
    match source.read(room.get_mut(..len).unwrap_or_default())? {
        // It was longer when it was offered.
        0 => Err(Close::Changed),
        read => Ok(read.min(len)),
    }
}

impl<A: Aead, R: Source + ?Sized> Sending<'_, A, R> {
    /// Bytes of the stream that the receiver has, or that are on their way to it; `None` before it has proved what it has.
    pub fn position(&self) -> Option<u64> {
        let is_sending = matches!(self.sender.step, Step::Send | Step::End | Step::Finish);
        is_sending.then(|| self.sender.chain.length())
    }

    /// Ends the connection with `reason`.
    pub fn close(&mut self, now: Instant, reason: Close) -> Option<SenderEvent> {
        self.end(now, reason)
    }
}

impl<A: Aead, R: Source + ?Sized> Conversing for Sending<'_, A, R> {
    type Suite = SealedWith<A>;
    type Stage = Established;
    type Event<'f> = SenderEvent;

    fn channel(&self) -> &Channel<SealedWith<A>, Established> {
        &self.sender.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<SealedWith<A>, Established> {
        &mut self.sender.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.sender.channel.receive(now, frame)
    }

    fn on_message(&mut self, now: Instant, message: Message<'_>) -> Result<Option<SenderEvent>, Fault> {
        match (self.sender.step, TransferMessage::parse(&message)?) {
            (Step::Wait, TransferMessage::Have(have)) if have.length <= self.sender.most => {
                self.sender.prove(have, self.source);
                Ok(None)
            }
            (Step::Wait, TransferMessage::Have(_)) => Err(Fault::Value),
            (Step::Finish, TransferMessage::Stored) => {
                self.sender.channel.close(now, Close::Goodbye);
                Ok(Some(SenderEvent::Stored))
            }
            _ => Err(Fault::State),
        }
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        SenderEvent::Ended(ended)
    }

    fn due(&self) -> Option<Instant> {
        self.sender.failure.map(|_| Instant::default()).or(self.sender.until)
    }

    fn on_due(&mut self) -> Option<Close> {
        self.sender.failure.or(Some(Close::TimedOut))
    }

    fn wants_message(&self) -> bool {
        self.sender.failure.is_none() && !matches!(self.sender.step, Step::Wait | Step::Finish)
    }

    fn emit_message(&mut self, now: Instant, out: &mut [u8]) -> bool {
        if self.sender.failure.is_some() {
            return false;
        }
        self.sender.emit(now, self.source, out).unwrap_or_else(|reason| {
            self.sender.failure = Some(reason);
            false
        })
    }

    /// The receiver says little, and is heard while the stream is sent.
    fn can_receive(&self) -> bool {
        true
    }
}
