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
    /// Its socket, once it has one, and its frames, which are the most of it. So they stay where they are.
    peer: Peer<P>,
    pub(super) stage: Stage<P>,
}

/// Stage of a connection.
pub(super) enum Stage<P: Parts> {
    Dialing(Dial<P>),
    Accepting(Acceptor),
    Incoming(Incoming<P::Common>),
    Outgoing(Outgoing<P::Common>),
    Linked(Link<P::Common>),
    /// It is over, or belongs to a transfer now.
    Over,
}

/// What a connection reports, without its frame.
pub(super) enum Report<P: Parts> {
    Dialled,
    Unreached(Unreached<P>),
    Accepting(AcceptorEvent),
    Opening(OpeningEvent),
    Said(Said),
    LinkEnded(ContactId, Ended),
    /// Something that a device does nothing about.
    Other,
}

/// A contact has said a text, or a part of it, which was put where there is room for it.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub(super) contact: ContactId,
    /// Number of the text that is whole with it.
    pub(super) whole: Option<u32>,
    /// Whether the text begins with it.
    pub(super) is_first: bool,
}

impl<P: Parts> Connection<P> {
    /// A connection that was accepted.
    pub(super) fn accepted(from: IpAddr, socket: SocketOf<P>, acceptor: Acceptor) -> Self {
        Self { from, order: None, peer: Peer::new(socket), stage: Stage::Accepting(acceptor) }
    }

    /// A connection that is dialled.
    pub(super) fn dialled(order: Order, dial: Dial<P>) -> Self {
        let from = order.address().ip();
        Self { from, order: Some(order), peer: Peer::unconnected(), stage: Stage::Dialing(dial) }
    }

    /// Does what is possible now.
    pub(super) fn poll(
        &mut self,
        network: &mut P::Network,
        node: &mut Node<P::Storage>,
        heard: &mut String<PART_MAX>,
        now: Instant,
    ) -> Pumped<Report<P>> {
        let Self { peer, stage, .. } = self;
        match stage {
            Stage::Dialing(dial) => match dial.attempt(network, now) {
                Ok(None) => Pumped::Blocked,
                Ok(Some(socket)) => {
                    peer.connect(socket);
                    Pumped::Event(Report::Dialled)
                }
                Err(why) => Pumped::Event(Report::Unreached(why)),
            },
            Stage::Accepting(acceptor) => peer.poll(network, acceptor, now, Report::Accepting),
            Stage::Incoming(incoming) => peer.poll(network, &mut incoming.at(node), now, Report::Opening),
            Stage::Outgoing(outgoing) => peer.poll(network, &mut outgoing.at(node), now, Report::Opening),
            Stage::Linked(link) => peer.poll(network, &mut link.at(node), now, |event| report(&event, heard)),
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
            Stage::Accepting(_) | Stage::Incoming(_) | Stage::Outgoing(_) | Stage::Linked(_) => {
                self.peer.deadline()
            }
            Stage::Over => None,
        }
    }

    /// Whether its peer has not proved that it knows the passphrase.
    pub(super) fn is_half_open(&self) -> bool {
        match &self.stage {
            Stage::Accepting(_) => true,
            Stage::Incoming(incoming) => !incoming.is_authenticated(),
            Stage::Dialing(_) | Stage::Outgoing(_) | Stage::Linked(_) | Stage::Over => false,
        }
    }

    /// Whether there is nothing left of it.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// Says goodbye where there is somebody to say it to, and drops the connection elsewhere.
    pub(super) fn leave(&mut self, network: &mut P::Network, node: &mut Node<P::Storage>, now: Instant) {
        match &mut self.stage {
            Stage::Linked(link) => _ = link.at(node).close(now, Close::Goodbye),
            _ => self.hang_up(network),
        }
    }

    /// Drops the connection.
    pub(super) fn hang_up(&mut self, network: &mut P::Network) {
        if let Stage::Dialing(dial) = &mut self.stage {
            dial.hang_up(network);
        }
        self.peer.hang_up(network);
        self.stage = Stage::Over;
    }

    /// The socket and the acceptor of a connection whose Hello was read; it is over then.
    pub(super) fn take_accepted(&mut self) -> Option<(SocketOf<P>, Acceptor)> {
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::Accepting(acceptor) => Some((self.peer.take_socket()?, acceptor)),
            stage => {
                self.stage = stage;
                None
            }
        }
    }
}

fn report<P: Parts>(event: &LinkEvent<'_>, heard: &mut String<PART_MAX>) -> Report<P> {
    match *event {
        LinkEvent::Said { contact, part, .. } => {
            heard.clear();
            // A part is no longer.
            _ = heard.push_str(part.text);
            let whole = part.is_last().then_some(part.sequence);
            Report::Said(Said { contact, whole, is_first: part.offset == 0 })
        }
        LinkEvent::Ended { contact, ended } => Report::LinkEnded(contact, ended),
        LinkEvent::Named { .. } | LinkEvent::AsksReception { .. } | LinkEvent::Reception { .. } => {
            Report::Other
        }
    }
}
