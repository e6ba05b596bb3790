//! One connection of a node, from the dial or the accept on.

use core::mem;
use core::net::IpAddr;

use heapless::String;
use p2pm_core::channel::{Acceptor, AcceptorEvent, Ended};
use p2pm_core::drive::Pumped;
use p2pm_core::limits::PART_MAX;
use p2pm_core::link::{Incoming, Link, Outgoing};
use p2pm_core::node::{ContactId, Dial as Order, LinkEvent, Node, OpeningEvent};
use p2pm_core::time::Instant;
use p2pm_core::wire::Close;

use super::Parts;
use crate::app::board::SocketOf;
use crate::app::dial::{Dial, Unreached};
use crate::app::peer::Peer;

/// A connection. Like a [`Peer`], it must be polled to its end or hung up.
pub(super) struct Connection<P: Parts> {
    pub(super) from: IpAddr,
    /// What was dialled, if it was.
    pub(super) order: Option<Order>,
    pub(super) stage: Stage<P>,
}

/// Stage of a connection.
pub(super) enum Stage<P: Parts> {
    Dialing(Dial<P>),
    Accepting(Peer<P>, Acceptor),
    Incoming(Peer<P>, Incoming<P::Common>),
    Outgoing(Peer<P>, Outgoing<P::Common>),
    Linked(Peer<P>, Link<P::Common>),
    /// It is over, or belongs to a transfer now.
    Over,
}

/// What a connection reports, without its frame.
pub(super) enum Report<P: Parts> {
    Dialled(Peer<P>),
    Unreached(Unreached<P>),
    Accepting(AcceptorEvent),
    Opening(OpeningEvent),
    Said(Said),
    LinkEnded(Ended),
    /// Something that a device does nothing about.
    Other,
}

/// A text that a contact has said, or a part of it.
pub(super) struct Said {
    pub(super) contact: ContactId,
    pub(super) text: String<PART_MAX>,
    /// Number of the text that is whole with it.
    pub(super) whole: Option<u32>,
}

impl<P: Parts> Connection<P> {
    pub(super) fn new(from: IpAddr, order: Option<Order>, stage: Stage<P>) -> Self {
        Self { from, order, stage }
    }

    /// Does what is possible now.
    pub(super) fn poll(
        &mut self,
        network: &mut P::Network,
        node: &mut Node<P::Storage>,
        now: Instant,
    ) -> Pumped<Report<P>> {
        match &mut self.stage {
            Stage::Dialing(dial) => match dial.attempt(network, now) {
                Ok(None) => Pumped::Blocked,
                Ok(Some(peer)) => Pumped::Event(Report::Dialled(peer)),
                Err(why) => Pumped::Event(Report::Unreached(why)),
            },
            Stage::Accepting(peer, acceptor) => peer.poll(network, acceptor, now, Report::Accepting),
            Stage::Incoming(peer, incoming) => {
                peer.poll(network, &mut incoming.at(node), now, Report::Opening)
            }
            Stage::Outgoing(peer, outgoing) => {
                peer.poll(network, &mut outgoing.at(node), now, Report::Opening)
            }
            Stage::Linked(peer, link) => peer.poll(network, &mut link.at(node), now, |event| report(&event)),
            Stage::Over => Pumped::Closed,
        }
    }

    /// Puts it into another stage.
    pub(super) fn change(&mut self, change: impl FnOnce(Stage<P>) -> Stage<P>) {
        self.stage = change(mem::replace(&mut self.stage, Stage::Over));
    }

    /// When to poll it even without an event.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Dialing(dial) => dial.deadline(),
            Stage::Accepting(peer, _)
            | Stage::Incoming(peer, _)
            | Stage::Outgoing(peer, _)
            | Stage::Linked(peer, _) => peer.deadline(),
            Stage::Over => None,
        }
    }

    /// Whether its peer has not proved that it knows the passphrase.
    pub(super) fn is_half_open(&self) -> bool {
        match &self.stage {
            Stage::Accepting(..) => true,
            Stage::Incoming(_, incoming) => !incoming.is_authenticated(),
            Stage::Dialing(_) | Stage::Outgoing(..) | Stage::Linked(..) | Stage::Over => false,
        }
    }

    /// Says goodbye where there is somebody to say it to, and drops the connection elsewhere.
    pub(super) fn leave(&mut self, network: &mut P::Network, node: &mut Node<P::Storage>, now: Instant) {
        match &mut self.stage {
            Stage::Linked(_, link) => _ = link.at(node).close(now, Close::Goodbye),
            _ => self.hang_up(network),
        }
    }

    /// Drops the connection.
    pub(super) fn hang_up(&mut self, network: &mut P::Network) {
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Dialing(mut dial) => dial.hang_up(network),
            Stage::Accepting(mut peer, _)
            | Stage::Incoming(mut peer, _)
            | Stage::Outgoing(mut peer, _)
            | Stage::Linked(mut peer, _) => peer.hang_up(network),
            Stage::Over => {}
        }
    }

    /// The socket and the acceptor of a connection whose Hello was read; it is over then.
    pub(super) fn take_accepted(&mut self) -> Option<(SocketOf<P>, Acceptor)> {
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Accepting(peer, acceptor) => Some((peer.into_socket()?, acceptor)),
            stage => {
                self.stage = stage;
                None
            }
        }
    }
}

fn report<P: Parts>(event: &LinkEvent<'_>) -> Report<P> {
    match *event {
        LinkEvent::Said { contact, part, .. } => Report::Said(Said {
            contact,
            // A part is no longer.
            text: String::try_from(part.text).unwrap_or_default(),
            whole: part.is_last().then_some(part.sequence),
        }),
        LinkEvent::Ended { ended, .. } => Report::LinkEnded(ended),
        LinkEvent::Named { .. } | LinkEvent::AsksReception { .. } | LinkEvent::Reception { .. } => {
            Report::Other
        }
    }
}
