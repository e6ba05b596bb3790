//! Connection of a transfer up to the end of its handshake.

use crate::channel::{
    Acceptor, Asked, Channel, Conversing, Ended, Established, InitiatorHandshake, Received, Request,
    ResponderHandshake, transfer_marker,
};
use crate::door::Door;
use crate::error::Fault;
use crate::suite::aead::Aead;
use crate::suite::{Entropy, SealedWith};
use crate::time::Instant;
use crate::wire::{FrameLen, Hello, Message, Service, SuiteId, TransferId, TransferSecret};

/// Handshake on a connection that this node has dialled: a [`Machine`](crate::channel::Machine), with frames of
/// [`FRAME_LEN`](crate::limits::FRAME_LEN) bytes. It reads nothing more once it is [authenticated](Self::is_authenticated): a
/// [`Sender`](super::Sender) or a [`Receiver`](super::Receiver) takes its place then.
pub struct Outgoing<A: Aead> {
    channel: Channel<SealedWith<A>, InitiatorHandshake<SealedWith<A>>>,
}

/// Handshake on a connection that this node has accepted: like [`Outgoing`], but its last frame must have left before another
/// machine takes its place.
pub struct Incoming<A: Aead> {
    channel: Channel<SealedWith<A>, ResponderHandshake<SealedWith<A>>>,
    door: Door,
}

/// A connection whose other end has proved that it knows the secret.
pub struct Opened<A: Aead>(pub(super) Channel<SealedWith<A>, Established>);

/// What opens a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Number of the transfer.
    pub id: TransferId,
    /// Secret of the connection.
    pub secret: TransferSecret,
    /// Length of its frames after the handshake.
    pub frame_len: FrameLen,
}

impl Ticket {
    /// Whether the Hello of a connection asks for this transfer, to cross in this suite and in these frames.
    pub fn is_for(&self, asked: &Asked, suite: SuiteId) -> bool {
        let hello = asked.hello();
        let wanted = Hello::new(suite, Service::Transfer(self.frame_len), hello.random);
        hello.to_bytes() == wanted.to_bytes() && asked.marker() == Ok(transfer_marker(&hello.random, self.id))
    }
}

impl<A: Aead> Outgoing<A> {
    /// The handshake on a connection that was dialled.
    pub fn new(now: Instant, ticket: &Ticket, entropy: Entropy) -> Self {
        let request = Request::transfer(ticket.id, ticket.frame_len, &entropy);
        Self { channel: Channel::initiate(now, request, (&ticket.secret).into(), entropy) }
    }

    /// Whether the other end has proved that it knows the secret, and the connection has not ended.
    pub fn is_authenticated(&self) -> bool {
        self.channel.is_open()
    }

    /// The connection after its handshake; the handshake again if that is not over.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn into_opened(self) -> Result<Opened<A>, Self> {
        if self.is_authenticated() { Ok(Opened(self.channel.into_established())) } else { Err(self) }
    }
}

impl<A: Aead> Incoming<A> {
    /// The handshake on a connection whose Hello an [`Acceptor`] has read, and how it ended if the Hello was refused. Returns
    /// the acceptor if no Hello has arrived.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn of_acceptor(
        acceptor: Acceptor,
        now: Instant,
        ticket: &Ticket,
    ) -> Result<(Self, Option<Ended>), Acceptor> {
        let door = Door::new((&ticket.secret).into());
        let (channel, ended) = acceptor.into_channel(now, Service::Transfer(ticket.frame_len), &door)?;
        Ok((Self { channel, door }, ended))
    }

    /// See [`Outgoing::is_authenticated`].
    pub fn is_authenticated(&self) -> bool {
        self.channel.is_open()
    }

    /// See [`Outgoing::into_opened`].
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn into_opened(self) -> Result<Opened<A>, Self> {
        if self.is_authenticated() { Ok(Opened(self.channel.into_established())) } else { Err(self) }
    }
}

impl<A: Aead> Conversing for Outgoing<A> {
    type Suite = SealedWith<A>;
    type Stage = InitiatorHandshake<SealedWith<A>>;
    type Event<'f> = Ended;

    fn channel(&self) -> &Channel<Self::Suite, Self::Stage> {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<Self::Suite, Self::Stage> {
        &mut self.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.channel.receive(now, frame)
    }

    fn on_message(&mut self, _now: Instant, _message: Message<'_>) -> Result<Option<Ended>, Fault> {
        Err(Fault::State)
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        ended
    }

    /// What follows is in frames of another length.
    fn can_receive(&self) -> bool {
        !self.channel.wants_frame() && !self.channel.is_open()
    }
}

impl<A: Aead> Conversing for Incoming<A> {
    type Suite = SealedWith<A>;
    type Stage = ResponderHandshake<SealedWith<A>>;
    type Event<'f> = Ended;

    fn channel(&self) -> &Channel<Self::Suite, Self::Stage> {
        &self.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<Self::Suite, Self::Stage> {
        &mut self.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.channel.receive(now, frame, &mut self.door)
    }

    fn on_message(&mut self, _now: Instant, _message: Message<'_>) -> Result<Option<Ended>, Fault> {
        Err(Fault::State)
    }

    fn on_ended<'f>(&mut self, _now: Instant, ended: Ended) -> Self::Event<'f> {
        ended
    }

    /// What follows is in frames of another length.
    fn can_receive(&self) -> bool {
        !self.channel.wants_frame() && !self.channel.is_open()
    }
}
