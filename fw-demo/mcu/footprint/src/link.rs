//! A link alone: a node that listens for one, accepts whoever knows the passphrase, hears texts and answers them. It
//! dials nobody.

use core::hint::black_box;
use core::mem::replace;

use p2pm_core::channel::{Acceptor, AcceptorEvent};
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::link::{Incoming, Link};
use p2pm_core::node::{ContactId, Inline, LinkEvent, Node, OpeningEvent, Policy, To};
use p2pm_core::suite::aead::Portable;
use p2pm_core::wire::Introduction;

use crate::circle::{GUESSERS, node};
use crate::outside::{address, entropy, now, show, show_text, text, wire};

/// A node with one link, and its connection.
pub struct Alone {
    node: Node<Inline<1, 1, 1, 1024, 0, 1, GUESSERS>>,
    end: End,
    connection: Connection,
}

enum End {
    Accepting(Acceptor),
    Incoming(Incoming<Portable>),
    Linked(Link<Portable>),
    Over,
}

enum Told {
    Asked,
    Introduced(Introduction),
    Said(ContactId, u32),
    Other,
}

impl Alone {
    /// A node that waits for a connection.
    pub fn new() -> Self {
        Self { node: node(Policy::All), end: End::Over, connection: Connection::default() }
    }

    /// Polls the connection.
    pub fn poll(&mut self) {
        let Self { node, end, connection } = self;
        let pumped = match end {
            End::Accepting(it) => connection.pump(&mut wire(), it, now(), |event| match event {
                AcceptorEvent::Asked(_) => Told::Asked,
                AcceptorEvent::Ended(ended) => shown(ended),
            }),
            End::Incoming(it) => connection.pump(&mut wire(), &mut it.at(node), now(), |event| match event {
                OpeningEvent::Introduced(introduction) => Told::Introduced(introduction),
                OpeningEvent::Ended(ended) => shown(ended),
            }),
            End::Linked(it) => {
                black_box((connection.interest(&it.at(node)), connection.deadline(&it.at(node))));
                connection.pump(&mut wire(), &mut it.at(node), now(), |event| match event {
                    LinkEvent::Said { contact, part, .. } => {
                        show_text(part.text);
                        Told::Said(contact, part.sequence)
                    }
                    LinkEvent::Ended { ended, .. } => shown(ended),
                    _ => Told::Other,
                })
            }
            End::Over => Pumped::Closed,
        };
        match pumped {
            Pumped::Closed => {
                *connection = Connection::default();
                *end = End::Accepting(Acceptor::new(now(), address(), entropy()));
            }
            Pumped::Event(told) => self.hear(told),
            Pumped::Again | Pumped::Blocked => {}
        }
        while let Some(news) = self.node.poll_news() {
            black_box(news);
        }
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
            (Told::Said(contact, sequence), end) => {
                node.confirm(contact, sequence);
                if let Err(error) = node.say(To::One(contact), text()) {
                    show(error);
                }
                end
            }
            (_, end) => end,
        };
    }
}

impl Default for Alone {
    fn default() -> Self {
        Self::new()
    }
}

fn shown(what: impl core::fmt::Display) -> Told {
    show(what);
    Told::Other
}
