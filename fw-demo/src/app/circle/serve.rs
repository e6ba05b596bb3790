//! The connections of a node, up to the link.

use embedded_nal::TcpFullStack;
use p2pm_core::channel::{Acceptor, AcceptorEvent, Asked, Ended};
use p2pm_core::door::{HalfOpen, Room};
use p2pm_core::drive::Pumped;
use p2pm_core::node::{Dial as Order, OpeningEvent, Source, is_final};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Introduction, Service, sanitise};

use super::connection::{Connection, Report, Said, Stage};
use super::{Circle, Parts};
use crate::app::dial::Dial;
use crate::app::peer::Peer;
use crate::app::{Board, Outcome};

impl<P: Parts, const PLACES: usize, const FRAME: usize> Circle<P, PLACES, FRAME> {
    /// Accepts one connection; true if there was one.
    pub(super) fn admit(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let Some(listener) = &mut self.listener else { return false };
        // A connection that cannot be accepted now waits until a socket is free.
        let Ok((socket, address)) = board.network.accept(listener) else { return false };
        let (from, mut peer) = (address.ip(), Peer::new(socket));
        let connections = self.connections.iter().enumerate();
        let strangers = connections.filter(|(_, connection)| connection.is_half_open());
        let half_open: HalfOpen<_, PLACES> =
            strangers.map(|(index, connection)| (connection.from, index)).collect();
        match half_open.room_for(from, self.connections.is_full(), || None) {
            Room::Free => {}
            Room::InPlaceOf(index) => self.connections.remove(index).hang_up(&mut board.network),
            Room::None => {
                peer.hang_up(&mut board.network);
                return true;
            }
        }
        let acceptor = Acceptor::new(now, from, board.entropy());
        // There is room.
        _ = self.connections.push(Connection::new(from, None, Stage::Accepting(peer, acceptor)));
        true
    }

    /// Dials one address that is due; true if there was one.
    pub(super) fn dial(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        if self.connections.is_full() {
            return false;
        }
        let Some(order) = self.node.next_dial(now) else { return false };
        let address = order.address();
        match Dial::new(board, address) {
            Ok(dial) => {
                let connection = Connection::new(address.ip(), Some(order), Stage::Dialing(dial));
                // There is room.
                _ = self.connections.push(connection);
            }
            Err(_) => self.node.dial_failed(now, order),
        }
        true
    }

    /// Polls every connection; true if there may be more to do at once.
    pub(super) fn attend(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let mut again = false;
        let mut index = 0;
        while let Some(connection) = self.connections.get_mut(index) {
            let pumped = connection.poll(&mut board.network, &mut self.node, now);
            again |= !matches!(pumped, Pumped::Blocked);
            match pumped {
                Pumped::Closed => {
                    self.connections.remove(index);
                    continue;
                }
                Pumped::Event(report) => self.handle(board, now, index, report),
                Pumped::Again | Pumped::Blocked => {}
            }
            index += 1;
        }
        again
    }

    fn handle(&mut self, board: &mut Board<P>, now: Instant, index: usize, report: Report<P>) {
        let order = self.connections.get(index).and_then(|connection| connection.order);
        match report {
            Report::Dialled(peer) => self.dialled(board, now, index, peer),
            Report::Unreached(why) => {
                if let Some(order) = order {
                    if is_news(&order) {
                        board.console.say(format_args!("no connection to {}: {why}", order.address()));
                    }
                    self.node.dial_failed(now, order);
                }
                if let Some(connection) = self.connections.get_mut(index) {
                    connection.hang_up(&mut board.network);
                }
            }
            Report::Accepting(AcceptorEvent::Asked(asked)) => self.answer_hello(board, now, index, &asked),
            Report::Opening(OpeningEvent::Introduced(introduction)) => {
                self.introduce(now, index, &introduction);
            }
            Report::Opening(OpeningEvent::Ended(ended)) => self.not_linked(board, order, ended),
            // They do not want us.
            Report::LinkEnded(ended @ Ended::ByPeer(Close::Refused | Close::Full)) => {
                self.not_linked(board, order, ended);
            }
            Report::Said(said) => self.said(board, said),
            Report::Accepting(AcceptorEvent::Ended(_)) | Report::LinkEnded(_) | Report::Other => {}
        }
    }

    fn dialled(&mut self, board: &mut Board<P>, now: Instant, index: usize, mut peer: Peer<P>) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        let outgoing = connection.order.and_then(|order| self.node.dialled(now, order, board.entropy()));
        connection.stage = if let Some(outgoing) = outgoing {
            Stage::Outgoing(peer, outgoing)
        } else {
            // Its circle is always there.
            peer.hang_up(&mut board.network);
            Stage::Over
        };
    }

    fn answer_hello(&mut self, board: &mut Board<P>, now: Instant, index: usize, asked: &Asked) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        if asked.hello().service == Service::TRANSFER
            && self.crossing.is_none()
            && let Some(passage) = self.node.expect_transfer(asked, |_| true)
        {
            let accepted = connection.take_accepted();
            return self.accept_passage(board, now, passage, accepted);
        }
        let node = &self.node;
        connection.change(|stage| match stage {
            Stage::Accepting(peer, acceptor) => match node.accepted(acceptor, now) {
                Ok((incoming, _)) => Stage::Incoming(peer, incoming),
                Err(acceptor) => Stage::Accepting(peer, acceptor),
            },
            stage => stage,
        });
    }

    fn introduce(&mut self, now: Instant, index: usize, introduction: &Introduction) {
        let (Some(connection), node) = (self.connections.get_mut(index), &mut self.node) else { return };
        connection.change(|stage| match stage {
            Stage::Incoming(peer, incoming) => match node.introduce(now, incoming, introduction) {
                Ok(link) => Stage::Linked(peer, link),
                Err(incoming) => Stage::Incoming(peer, incoming),
            },
            Stage::Outgoing(peer, outgoing) => match node.introduce(now, outgoing, introduction) {
                Ok(link) => Stage::Linked(peer, link),
                Err(outgoing) => Stage::Outgoing(peer, outgoing),
            },
            stage => stage,
        });
    }

    /// Whoever was dialled is not to be linked with.
    fn not_linked(&mut self, board: &mut Board<P>, order: Option<Order>, ended: Ended) {
        let Some(order) = order.filter(|order| order.source() == Source::Typed) else { return };
        if is_news(&order) || is_final(ended) {
            board.console.say(format_args!("not linked with {}: {ended}", order.address()));
        }
        if is_final(ended) {
            self.end_of_sending(board, Outcome::from(ended));
        }
    }

    /// A text is shown part by part, and confirmed once it is whole.
    fn said(&mut self, board: &mut Board<P>, said: Said) {
        let Said { contact, text, whole } = said;
        board.console.say(format_args!("{}: {}", self.who(contact), sanitise(&text)));
        if let Some(sequence) = whole {
            self.node.confirm(contact, sequence);
        }
    }
}

/// Whether the user is told that this dial has failed.
fn is_news(order: &Order) -> bool {
    order.source() == Source::Typed && order.is_first()
}
