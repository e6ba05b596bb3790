//! A connection from the handshake to the introduction of both ends.

use core::net::IpAddr;

use crate::channel::{Channel, CircleNumber, Ended, InitiatorHandshake, Request, ResponderHandshake};
use crate::error::Fault;
use crate::identity::{self, Identity};
use crate::limits::CONNECT_TIMEOUT;
use crate::suite::aead::Aead;
use crate::suite::{Entropy, Password, SealedWith, Side};
use crate::time::Instant;
use crate::wire::{Close, Introduction, LinkMessage, Message, Proof};

/// A connection whose ends are not introduced to each other yet, in handshake stage `H`.
pub struct Opening<A: Aead, H> {
    pub(crate) channel: Channel<SealedWith<A>, H>,
    side: Side,
    /// Address of the other node: the one that was dialled, or that the connection comes from.
    pub(crate) peer: IpAddr,
    /// Index of the circle.
    pub(crate) circle: u8,
    /// Index of the target that was dialled.
    pub(crate) target: Option<u16>,
    /// Whether our introduction is sent.
    pub(crate) introduced: bool,
    /// Time limit for the introduction of the other node.
    pub(crate) deadline: Instant,
}

/// A connection that this node has dialled.
pub type Outgoing<A> = Opening<A, InitiatorHandshake<SealedWith<A>>>;

/// A connection that this node has accepted.
pub type Incoming<A> = Opening<A, ResponderHandshake<SealedWith<A>>>;

impl<A: Aead> Outgoing<A> {
    pub(crate) fn new(
        now: Instant,
        peer: IpAddr,
        (circle, number, password): (u8, CircleNumber, Password),
        target: u16,
        entropy: Entropy,
    ) -> Self {
        let channel = Channel::initiate(now, Request::link(number, &entropy), password, entropy);
        Self {
            channel,
            side: Side::Initiator,
            peer,
            circle,
            target: Some(target),
            introduced: false,
            deadline: now + CONNECT_TIMEOUT,
        }
    }
}

impl<A: Aead> Incoming<A> {
    pub(crate) fn new(
        channel: Channel<SealedWith<A>, ResponderHandshake<SealedWith<A>>>,
        accepted: Instant,
        circle: u8,
    ) -> Self {
        Self {
            side: Side::Responder,
            peer: channel.from(),
            channel,
            circle,
            target: None,
            introduced: false,
            deadline: accepted + CONNECT_TIMEOUT,
        }
    }
}

impl<A: Aead, H> Opening<A, H> {
    /// Address of the other node.
    pub fn peer(&self) -> IpAddr {
        self.peer
    }

    /// Whether the other node has proved that it knows the passphrase, and the connection has not ended.
    pub fn is_authenticated(&self) -> bool {
        self.channel.is_open()
    }

    /// Why the node has closed it, for example instead of making a link of it.
    pub fn closing(&self) -> Option<Close> {
        self.channel.closing()
    }

    /// Side of the connection that this node is.
    pub(crate) fn side(&self) -> Side {
        self.side
    }

    /// The proof of our identity for this channel; `None` if it is not open.
    pub(crate) fn prove(&self, identity: &Identity) -> Option<Proof> {
        let exporter = self.channel.exporter(self.side)?;
        Some(identity::prove(identity, self.side, &exporter))
    }

    /// Verifies the first message of the other node: its introduction, with a proof for this channel.
    pub(crate) fn verify_introduction(&self, message: &Message<'_>) -> Result<Introduction, Fault> {
        let LinkMessage::Introduce(introduction) = LinkMessage::parse(message)? else {
            return Err(Fault::State);
        };
        let exporter = self.channel.exporter(self.side).ok_or(Fault::State)?;
        if identity::is_proof(&introduction.proof, &introduction.key, self.side.other(), &exporter) {
            Ok(introduction)
        } else {
            Err(Fault::Proof)
        }
    }

    /// Closes the connection with `reason`.
    pub(crate) fn close(&mut self, now: Instant, reason: Close) -> Option<Ended> {
        self.channel.close(now, reason)
    }
}
