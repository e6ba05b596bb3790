//! A node of a circle, and both ends of a link.

use core::hint::black_box;
use core::mem::replace;

use p2pm_core::channel::{Acceptor, AcceptorEvent};
use p2pm_core::door::{Door, Guesser};
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::identity::Identity;
use p2pm_core::link::{Incoming, Link, Outgoing};
use p2pm_core::node::{
    CircleId, ContactId, Inline, LinkEvent, Node, OpeningEvent, Policy, Rows, Setup, Storage, To, Trust,
};
use p2pm_core::suite::aead::Portable;
use p2pm_core::wire::{Endpoint, Introduction};

use crate::outside::{address, entropy, name, now, password, port, show, show_text, text, unknown, wire};

/// Networks that guess and are remembered: those of a small board.
pub(crate) const GUESSERS: usize = 24;

/// Memory of a node with four links, that of a small board, and as many transfers.
pub type Memory<const TRANSFERS: usize> = Inline<4, 8, 8, 1024, TRANSFERS, 1, GUESSERS>;

/// A node, and one of its connections, which is of either side.
pub struct Circle<const TRANSFERS: usize> {
    pub(crate) node: Node<Memory<TRANSFERS>>,
    end: End,
    connection: Connection,
}

enum End {
    Accepting(Acceptor),
    Incoming(Incoming<Portable>),
    Outgoing(Outgoing<Portable>),
    Linked(Link<Portable>),
    Over,
}

enum Told {
    Asked,
    Introduced(Introduction),
    Said(ContactId, u32),
    Other,
}

/// A node of one circle.
pub(crate) fn node<M: Storage<Guessers = [Guesser; GUESSERS]>>(policy: Policy) -> Node<M>
where
    Rows<M>: Default,
{
    let name = loop {
        if let Some(name) = name() {
            break name;
        }
    };
    let setup = Setup {
        identity: Identity::from_seed(&black_box([0; _])),
        name,
        port: Some(port()),
        policy,
        run: unknown(),
        seed: unknown(),
    };
    let mut node = Node::new(now(), setup, Rows::default());
    let door = Door::with_guessers(password(), [Guesser::EMPTY; GUESSERS], [0; _]);
    if let Err(error) = node.join(black_box(None), door) {
        show(error);
    }
    node
}

impl<const TRANSFERS: usize> Circle<TRANSFERS> {
    /// A node of one circle.
    pub fn new() -> Self {
        let node = node(if unknown() { Policy::Ask } else { Policy::All });
        Self { node, end: End::Over, connection: Connection::default() }
    }

    /// Polls the connection, with every command of a user.
    pub fn poll(&mut self) {
        let Self { node, end, connection } = self;
        let pumped = match end {
            End::Accepting(it) => connection.pump(&mut wire(), it, now(), |event| match event {
                AcceptorEvent::Asked(_) => Told::Asked,
                AcceptorEvent::Ended(ended) => shown(ended),
            }),
            End::Incoming(it) => connection.pump(&mut wire(), &mut it.at(node), now(), opened),
            End::Outgoing(it) => connection.pump(&mut wire(), &mut it.at(node), now(), opened),
            End::Linked(it) => {
                black_box((connection.interest(&it.at(node)), connection.deadline(&it.at(node))));
                connection.pump(&mut wire(), &mut it.at(node), now(), |event| linked(&event))
            }
            End::Over => Pumped::Closed,
        };
        match pumped {
            Pumped::Closed => self.begin(),
            Pumped::Event(told) => self.hear(told),
            Pumped::Again | Pumped::Blocked => {}
        }
        self.command();
        while let Some(news) = self.node.poll_news() {
            black_box(news);
        }
    }

    /// Dials whom the node wants to dial, or accepts a connection.
    fn begin(&mut self) {
        self.connection = Connection::default();
        let Some(order) = self.node.next_dial(now()) else {
            self.end = End::Accepting(Acceptor::new(now(), address(), entropy()));
            return;
        };
        if unknown() {
            return self.node.dial_failed(now(), order);
        }
        self.end = self.node.dialled(now(), order, entropy()).map_or(End::Over, End::Outgoing);
    }

    fn hear(&mut self, told: Told) {
        let node = &mut self.node;
        self.end = match (told, replace(&mut self.end, End::Over)) {
            (Told::Asked, End::Accepting(it)) => {
                node.accepted(it, now()).map_or_else(End::Accepting, |(it, _)| End::Incoming(it))
            }
            (Told::Introduced(by), End::Incoming(it)) => {
                node.introduce(now(), it, &by).map_or_else(End::Incoming, End::Linked)
            }
            (Told::Introduced(by), End::Outgoing(it)) => {
                node.introduce(now(), it, &by).map_or_else(End::Outgoing, End::Linked)
            }
            (Told::Said(contact, sequence), end) => {
                node.confirm(contact, sequence);
                end
            }
            (_, end) => end,
        };
    }

    /// Commands of the user's.
    fn command(&mut self) {
        let contact = self.node.contacts().nth(unknown()).map(|(id, _)| id);
        let said = match (unknown::<u8>(), contact) {
            (0, Some(contact)) => self.node.say(To::One(contact), text()),
            (1, Some(contact)) => {
                self.node.set_trust(now(), contact, if unknown() { Trust::Denied } else { Trust::Accepted });
                return;
            }
            (2, _) => {
                let endpoint = Endpoint::new(address(), port());
                black_box(self.node.connect(now(), endpoint, CircleId::FIRST));
                return;
            }
            _ => self.node.say(To::All(CircleId::FIRST), text()),
        };
        if let Err(error) = said {
            show(error);
        }
        black_box(self.node.dial_deadline(now()));
    }
}

impl<const TRANSFERS: usize> Default for Circle<TRANSFERS> {
    fn default() -> Self {
        Self::new()
    }
}

fn shown(what: impl core::fmt::Display) -> Told {
    show(what);
    Told::Other
}

fn opened(event: OpeningEvent) -> Told {
    match event {
        OpeningEvent::Introduced(introduction) => Told::Introduced(introduction),
        OpeningEvent::Ended(ended) => shown(ended),
    }
}

fn linked(event: &LinkEvent<'_>) -> Told {
    match event {
        LinkEvent::Said { contact, part, .. } => {
            show_text(part.text);
            Told::Said(*contact, part.sequence)
        }
        LinkEvent::Ended { ended, .. } => shown(ended),
        _ => Told::Other,
    }
}
