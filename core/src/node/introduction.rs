//! Connections of a node up to the introduction.

use core::net::SocketAddr;

use super::{Address, Circle, Node, Source, Storage};
use crate::channel::{
    Acceptor, Asked, Channel, Conversing, Ended, InitiatorHandshake, Received, ResponderHandshake, Stage,
    marker_of,
};
use crate::door::{Door, Guessers};
use crate::error::Fault;
use crate::limits::LINK_TEXT_MAX;
use crate::link::{Incoming, Opening, Outgoing};
use crate::suite::aead::Aead;
use crate::suite::{Entropy, SealedWith};
use crate::time::Instant;
use crate::wire::{Close, Introduction, LinkMessage, Message, Service};

/// A connection together with its node: a [`Machine`](crate::channel::Machine).
pub struct NodeOpening<'a, A: Aead, H, M: Storage> {
    opening: &'a mut Opening<A, H>,
    node: &'a mut Node<M>,
}

/// Events of a connection that is not a link yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpeningEvent {
    /// Both ends are introduced: continue with [`Node::introduce`].
    Introduced(Introduction),
    /// The connection is over.
    Ended(Ended),
}

/// An address to dial.
#[derive(Clone, Copy, Debug)]
pub struct Dial {
    pub(super) target: u16,
    pub(super) address: Address,
    source: Source,
    is_first: bool,
}

impl Dial {
    /// The address.
    pub fn address(&self) -> SocketAddr {
        self.address.endpoint.into()
    }

    /// Where the address is from.
    pub fn source(&self) -> Source {
        self.source
    }

    /// Whether it is the first attempt, or the first since one has led to something: the one whose failure is worth telling.
    pub fn is_first(&self) -> bool {
        self.is_first
    }
}

impl<A: Aead, H> Opening<A, H> {
    /// The machine, which borrows the node.
    pub fn at<'a, M: Storage>(&'a mut self, node: &'a mut Node<M>) -> NodeOpening<'a, A, H, M> {
        NodeOpening { opening: self, node }
    }
}

impl<M: Storage> Node<M> {
    /// The next address to dial, if one is due.
    pub fn next_dial(&mut self, now: Instant) -> Option<Dial> {
        let Self { dialer, contacts, .. } = self;
        let (target, address) = dialer.next(now, |address| contacts.demand(address))?;
        let (source, is_first) = (dialer.source(target)?, dialer.has_not_failed(target));
        Some(Dial { target, address, source, is_first })
    }

    /// When [`Node::next_dial`] may have an address.
    pub fn dial_deadline(&self, now: Instant) -> Option<Instant> {
        self.dialer.deadline(now)
    }

    /// Nobody answered there.
    pub fn dial_failed(&mut self, now: Instant, dial: Dial) {
        self.dialer.ended(now, dial.target, super::Outcome::Failed);
    }

    /// The connection that was dialled; `None` if its circle was left.
    pub fn dialled<A: Aead>(&self, now: Instant, dial: Dial, entropy: Entropy) -> Option<Outgoing<A>> {
        let Dial { target, address, .. } = dial;
        let circle = self.circles().nth(address.circle.into())?;
        let secrets = (address.circle, circle.number, circle.door.password().clone());
        Some(Outgoing::new(now, address.endpoint.ip(), secrets, target, entropy))
    }

    /// A connection whose Hello an [`Acceptor`] has read, and how it ended if the Hello was refused. Returns the acceptor
    /// if no Hello has arrived; also, refused, if it asks for something else than a link, or for a circle that the node
    /// is not in.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn accepted<A: Aead>(
        &self,
        mut acceptor: Acceptor,
        now: Instant,
    ) -> Result<(Incoming<A>, Option<OpeningEvent>), Acceptor> {
        let found = acceptor.check(now, |asked| {
            asked.check::<SealedWith<A>>(Service::Link)?;
            self.circle_of(asked)
        });
        let Some((index, circle)) = found else { return Err(acceptor) };
        let accepted = acceptor.accepted();
        let (channel, ended) = acceptor.into_channel(now, Service::Link, &circle.door)?;
        Ok((Incoming::new(channel, accepted, index), ended.map(OpeningEvent::Ended)))
    }

    /// The circle that a Hello for a link asks for, with its index, or why it is refused.
    fn circle_of(&self, asked: &Asked) -> Result<(u8, &Circle<M::Guessers>), Close> {
        let marker = asked.marker().map_err(Close::Fault)?;
        let random = asked.hello().random;
        let mut circles = (0..).zip(self.circles());
        circles.find(|(_, it)| marker == marker_of(&random, it.number)).ok_or(Close::OtherCircle)
    }
}

/// Handshake stage of a connection that is not a link yet.
trait OpeningStage<A: Aead>: Stage<SealedWith<A>> {
    /// Hands a frame to the channel. The accepting side authenticates the other one at the door of the circle.
    fn receive<'f, G: Guessers>(
        channel: &mut Channel<SealedWith<A>, Self>,
        now: Instant,
        frame: &'f mut [u8],
        door: &mut Door<G>,
    ) -> Received<'f>;
}

impl<A: Aead> OpeningStage<A> for InitiatorHandshake<SealedWith<A>> {
    fn receive<'f, G: Guessers>(
        channel: &mut Channel<SealedWith<A>, Self>,
        now: Instant,
        frame: &'f mut [u8],
        _door: &mut Door<G>,
    ) -> Received<'f> {
        channel.receive(now, frame)
    }
}

impl<A: Aead> OpeningStage<A> for ResponderHandshake<SealedWith<A>> {
    fn receive<'f, G: Guessers>(
        channel: &mut Channel<SealedWith<A>, Self>,
        now: Instant,
        frame: &'f mut [u8],
        door: &mut Door<G>,
    ) -> Received<'f> {
        channel.receive(now, frame, door)
    }
}

impl<A: Aead, H: OpeningStage<A>, M: Storage> Conversing for NodeOpening<'_, A, H, M> {
    type Suite = SealedWith<A>;
    type Stage = H;
    type Event<'f> = OpeningEvent;

    fn channel(&self) -> &Channel<SealedWith<A>, H> {
        &self.opening.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<SealedWith<A>, H> {
        &mut self.opening.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        match self.node.circle_mut(self.opening.circle) {
            Some(circle) => H::receive(&mut self.opening.channel, now, frame, &mut circle.door),
            None => Received::Nothing,
        }
    }

    fn on_message(&mut self, _now: Instant, message: Message<'_>) -> Result<Option<OpeningEvent>, Fault> {
        let introduction = self.opening.verify_introduction(&message)?;
        Ok(Some(OpeningEvent::Introduced(introduction)))
    }

    fn on_ended<'f>(&mut self, now: Instant, ended: Ended) -> Self::Event<'f> {
        if let Some(target) = self.opening.target {
            self.node.dialer.ended(now, target, super::admission::outcome(ended));
        }
        OpeningEvent::Ended(ended)
    }

    fn due(&self) -> Option<Instant> {
        Some(self.opening.deadline)
    }

    fn on_due(&mut self) -> Option<Close> {
        Some(Close::TimedOut)
    }

    fn wants_message(&self) -> bool {
        !self.opening.introduced
    }

    fn emit_message(&mut self, _now: Instant, out: &mut [u8]) -> bool {
        let Self { opening, node: Node { identity, key, port, run, .. } } = self;
        if opening.introduced {
            return false;
        }
        let Some(proof) = opening.prove(identity) else { return false };
        let text_max = u16::try_from(LINK_TEXT_MAX).unwrap_or(u16::MAX);
        let introduction = Introduction { key: *key, port: *port, text_max, run: *run, proof };
        LinkMessage::Introduce(introduction).emit(out);
        opening.introduced = true;
        true
    }
}
