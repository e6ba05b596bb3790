//! The connections of a node, up to the link.

use embedded_nal::{TcpClientStack, TcpFullStack};
use p2pm_core::channel::{Acceptor, AcceptorEvent, Asked, Ended};
use p2pm_core::door::{HalfOpen, Room};
use p2pm_core::drive::Pumped;
use p2pm_core::node::{Dial as Order, OpeningEvent, Source, is_final};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Introduction, Service};

use super::connection::{Connection, Report, Stage};
use super::{Circle, Parts, Slot};
use crate::app::dial::Dial;
use crate::app::{Board, Outcome};

impl<P: Parts, const PLACES: usize, const FRAME: usize> Circle<'_, P, PLACES, FRAME> {
    /// Accepts one connection; true if there was one.
    #[inline(never)] // it has a connection on the stack, which should not be there during every poll
    pub(super) fn admit(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let Some(listener) = &mut self.listener else { return false };
        // A connection that cannot be accepted now waits until a socket is free.
        let Ok((socket, address)) = board.network.accept(listener) else { return false };
        let from = address.ip();
        let connections = self.connections.iter().enumerate();
        let strangers = connections.filter(|(_, connection)| connection.is_half_open());
        let half_open: HalfOpen<_, PLACES> =
            strangers.map(|(index, connection)| (connection.from, index)).collect();
        match half_open.room_for(from, self.connections.is_full(), || None) {
            Room::Free => {}
            Room::InPlaceOf(index) => {
                if let Some(connection) = self.connections.get_mut(index) {
                    connection.hang_up(&mut board.network);
                }
                self.drop_those_over();
            }
            Room::None => {
                // There is no remedy for a socket that cannot be closed.
                _ = board.network.close(socket);
                return true;
            }
        }
        let acceptor = Acceptor::new(now, from, board.entropy());
        // There is room.
        _ = self.connections.push(Connection::accepted(from, socket, acceptor));
        true
    }

    /// They are moved in place: there may be no room on the stack.
    fn drop_those_over(&mut self) {
        self.connections.retain(|connection| !connection.is_over());
    }

    /// Dials one address that is due; true if there was one.
    #[inline(never)] // as above
    pub(super) fn dial(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        if self.connections.is_full() {
            return false;
        }
        let Some(order) = self.node.next_dial(now) else { return false };
        match Dial::new(board, order.address()) {
            // There is room.
            Ok(dial) => _ = self.connections.push(Connection::dialled(order, dial)),
            Err(_) => self.node.dial_failed(now, order),
        }
        true
    }

    /// Polls every connection; true if there may be more to do at once.
    pub(super) fn attend(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let mut again = false;
        let mut index = 0;
        while let Some(connection) = self.connections.get_mut(index) {
            let pumped = connection.poll(&mut board.network, self.node, &mut self.heard, now);
            again |= !matches!(pumped, Pumped::Blocked);
            match pumped {
                Pumped::Closed => connection.hang_up(&mut board.network),
                Pumped::Event(report) => self.handle(board, now, index, report),
                Pumped::Again | Pumped::Blocked => {}
            }
            index += 1;
        }
        self.drop_those_over();
        again | self.node.poll_stirred()
    }

    fn handle(&mut self, board: &mut Board<P>, now: Instant, index: usize, report: Report<P>) {
        let order = self.connections.get(index).and_then(|connection| connection.order);
        match report {
            Report::Dialled => self.dialled(board, now, index),
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
            Report::LinkEnded(contact, ended) => {
                self.forget_if_refused(contact);
                // They do not want us.
                if let Ended::ByPeer(Close::Refused | Close::Full) = ended {
                    self.not_linked(board, order, ended);
                }
            }
            Report::Said(said) => self.said(board, said),
            Report::Accepting(AcceptorEvent::Ended(_)) | Report::Other => {}
        }
    }

    fn dialled(&mut self, board: &mut Board<P>, now: Instant, index: usize) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        let outgoing = connection.order.and_then(|order| self.node.dialled(now, order, board.entropy()));
        match outgoing {
            Some(outgoing) => connection.stage = Stage::Outgoing(outgoing),
            // Its circle is always there.
            None => connection.hang_up(&mut board.network),
        }
    }

    fn answer_hello(&mut self, board: &mut Board<P>, now: Instant, index: usize, asked: &Asked) {
        let Some(connection) = self.connections.get_mut(index) else { return };
        if asked.hello().service == Service::TRANSFER
            && self.crossing.get().is_none()
            && let Some(passage) = self.node.expect_transfer(asked, |_| true)
        {
            let accepted = connection.take_accepted();
            return self.accept_passage(board, now, passage, accepted);
        }
        let node = &self.node;
        connection.change(|stage| match stage {
            Stage::Accepting(acceptor) => match node.accepted(acceptor, now) {
                Ok((incoming, _)) => Stage::Incoming(incoming),
                Err(acceptor) => Stage::Accepting(acceptor),
            },
            stage => stage,
        });
    }

    fn introduce(&mut self, now: Instant, index: usize, introduction: &Introduction) {
        let (Some(connection), node) = (self.connections.get_mut(index), &mut self.node) else { return };
        connection.change(|stage| match stage {
            Stage::Incoming(incoming) => match node.introduce(now, incoming, introduction) {
                Ok(link) => Stage::Linked(link),
                Err(incoming) => Stage::Incoming(incoming),
            },
            Stage::Outgoing(outgoing) => match node.introduce(now, outgoing, introduction) {
                Ok(link) => Stage::Linked(link),
                Err(outgoing) => Stage::Outgoing(outgoing),
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
}

/// Whether the user is told that this dial has failed.
fn is_news(order: &Order) -> bool {
    order.source() == Source::Typed && order.is_first()
}
