//! One connection of a node, from the dial or the accept on.

use std::collections::HashSet;
use std::net::{IpAddr, Shutdown, SocketAddr};
use std::os::fd::OwnedFd;

use mio::net::TcpStream;
use p2pm_core::channel::{Acceptor, AcceptorEvent, Ended, Machine};
use p2pm_core::chat::{Callee, CalleeEvent};
use p2pm_core::drive::{Framing, Pumped, pump};
use p2pm_core::link::{Incoming, Link, Outgoing};
use p2pm_core::node::{LinkEvent, Meeting, MeetingEvent, Node, OpeningEvent, is_final};
use p2pm_core::time::Instant;
use p2pm_core::wire::Close;

use super::call::{Chat, ChatEvent};
use super::storage::Boxed;
use crate::discovery::Description;
use crate::reactor::dial::Dial;
use crate::reactor::pool::{Held, Pool};
use crate::reactor::transport::StdTransport;
use crate::suite::{Fast, Sealed};

/// Content of a slot.
#[allow(clippy::large_enum_variant, reason = "the largest one is the one that lasts")]
pub enum Connection {
    /// A connection attempt.
    Dialing {
        dial: Dial,
        /// What the node has asked for.
        order: p2pm_core::node::Dial,
    },
    /// A connection.
    Peer(Peer),
    /// A tool of UPnP asks what this is.
    Describing(Description),
}

impl Connection {
    /// When to poll it even without an event.
    pub(super) fn deadline(&mut self, node: &mut Node<Boxed>) -> Option<Instant> {
        match self {
            Self::Dialing { dial, .. } => Some(dial.deadline()),
            Self::Peer(peer) => peer.deadline(node),
            Self::Describing(description) => Some(description.deadline()),
        }
    }
}

/// A connection, which holds frames of its own only while some are under way.
pub struct Peer {
    stream: StdTransport<TcpStream>,
    framing: Framing,
    held: Held,
    stage: Stage,
    /// What has come of a text that is not whole yet.
    text: String,
    pub(super) address: IpAddr,
    /// The address that was dialled, if the user has named it.
    pub(super) named: Option<Named>,
}

/// An address that the user has named.
#[derive(Clone, Copy)]
pub(super) struct Named {
    pub(super) address: SocketAddr,
    /// Whether the user has not been told yet that nobody is there.
    pub(super) is_first: bool,
}

impl Named {
    /// Whether a connection that has ended like this, without a link, is news: the first one, and one after which there is
    /// no other.
    pub(super) fn is_news(self, ended: Ended) -> bool {
        self.is_first || is_final(ended)
    }
}

/// Stage of a connection. The first ones pass, so they are in boxes: a link takes no more memory for them.
#[allow(clippy::large_enum_variant, reason = "the largest one is the one that lasts")]
pub enum Stage {
    Accepting(Box<Acceptor>),
    Incoming(Box<Incoming<Fast>>),
    Outgoing(Box<Outgoing<Fast>>),
    /// With a community server. There are few of them.
    Meeting(Box<Meeting<Fast>>),
    /// Called by a program of the first generation. There are few of these, too.
    Called(Box<Callee<Sealed>>),
    Chat(Box<Chat>),
    Link(Link<Fast>),
}

const _: () = assert!(size_of::<Option<Connection>>() <= 416);

/// What a connection reports, without its frame.
pub(super) enum Report {
    Accepting(AcceptorEvent),
    Opening(OpeningEvent),
    Meeting(MeetingEvent),
    Called(CalleeEvent),
    Chat(ChatEvent),
    /// A part of a text that others follow.
    Part,
    Link(LinkEvent<'static>),
    /// A whole text.
    Said(Said),
}

/// A text that a contact has said.
pub(super) struct Said {
    pub(super) contact: p2pm_core::node::ContactId,
    pub(super) sequence: u32,
    pub(super) scope: p2pm_core::wire::Scope,
    pub(super) missed: bool,
    pub(super) text: String,
}

impl Peer {
    pub(super) fn new(stream: TcpStream, stage: Stage, address: IpAddr) -> Self {
        let (framing, held) = (Framing::default(), Held::default());
        let text = String::new();
        Self { stream: StdTransport(stream), framing, held, stage, text, address, named: None }
    }

    /// Pumps the connection until it reports something or blocks.
    pub(super) fn pump(&mut self, node: &mut Node<Boxed>, pool: &mut Pool, now: Instant) -> Pumped<Report> {
        let Self { stream, framing, held, stage, text, .. } = self;
        let buffers = pool.lend(held);
        match stage {
            Stage::Accepting(acceptor) => {
                pump(framing, buffers, stream, &mut **acceptor, now, Report::Accepting)
            }
            Stage::Incoming(incoming) => {
                pump(framing, buffers, stream, &mut incoming.at(node), now, Report::Opening)
            }
            Stage::Outgoing(outgoing) => {
                pump(framing, buffers, stream, &mut outgoing.at(node), now, Report::Opening)
            }
            Stage::Meeting(meeting) => {
                pump(framing, buffers, stream, &mut meeting.at(node), now, Report::Meeting)
            }
            Stage::Called(callee) => match node.call_door() {
                Some(door) => pump(framing, buffers, stream, &mut callee.at(door), now, Report::Called),
                None => Pumped::Closed,
            },
            Stage::Chat(chat) => {
                pump(framing, buffers, stream, &mut **chat, now, |event| Report::Chat(event.into()))
            }
            Stage::Link(link) => {
                pump(framing, buffers, stream, &mut link.at(node), now, |event| report(&event, text))
            }
        }
    }

    /// Whether this machine has lost the address that the connection is from.
    pub(super) fn is_stranded(&self, ours: &HashSet<IpAddr>) -> bool {
        let ip = self.stream.0.local_addr().map(|address| address.ip().to_canonical());
        ip.is_ok_and(|ip| !ip.is_loopback() && !ours.contains(&ip))
    }

    /// Has the connection end, with what the system then reports of it.
    pub(super) fn shut_down(&self) {
        // One that has ended already reports that.
        let _ = self.stream.0.shutdown(Shutdown::Both);
    }

    /// The connection in another stage.
    pub(super) fn change(self, change: impl FnOnce(Stage) -> Stage) -> Self {
        Self { stage: change(self.stage), ..self }
    }

    /// Says goodbye.
    pub(super) fn leave(&mut self, node: &mut Node<Boxed>, now: Instant) {
        match &mut self.stage {
            Stage::Link(link) => drop(link.at(node).close(now, Close::Goodbye)),
            Stage::Meeting(meeting) => drop(meeting.at(node).leave(now)),
            Stage::Chat(chat) => chat.quit(now),
            Stage::Accepting(_) | Stage::Incoming(_) | Stage::Outgoing(_) | Stage::Called(_) => {}
        }
    }

    /// Ends a call, with `reason` if it was not accepted yet, and else with a goodbye.
    pub(super) fn refuse_call(&mut self, now: Instant, reason: Close) {
        match &mut self.stage {
            Stage::Called(callee) => drop(callee.refuse(now, reason)),
            Stage::Chat(chat) => chat.quit(now),
            _ => {}
        }
    }

    /// The chat, if a call was accepted.
    pub(super) fn chat_mut(&mut self) -> Option<&mut Chat> {
        match &mut self.stage {
            Stage::Chat(chat) => Some(chat),
            _ => None,
        }
    }

    /// Whether it is a call that was accepted.
    pub(super) fn is_chat(&self) -> bool {
        matches!(self.stage, Stage::Chat(_))
    }

    /// The connection to a community server, if it is one.
    pub(super) fn meeting(&self) -> Option<&Meeting<Fast>> {
        match &self.stage {
            Stage::Meeting(meeting) => Some(meeting),
            _ => None,
        }
    }

    /// The stream and the acceptor of a connection whose Hello was read.
    pub(super) fn into_accepted(self) -> Option<(std::net::TcpStream, Box<Acceptor>)> {
        match self.stage {
            Stage::Accepting(acceptor) => Some((OwnedFd::from(self.stream.0).into(), acceptor)),
            _ => None,
        }
    }

    /// Returns frames that are not in use to the pool.
    pub(super) fn return_idle(&mut self, key: crate::reactor::Key, pool: &mut Pool) {
        pool.return_idle(key, &mut self.held, &self.framing);
    }

    /// Returns all frames to the pool.
    pub(super) fn return_all(&mut self, key: crate::reactor::Key, pool: &mut Pool) {
        pool.return_all(key, &mut self.held);
    }

    /// See [`Framing::deadline`].
    fn deadline(&mut self, node: &mut Node<Boxed>) -> Option<Instant> {
        let Self { framing, stage, .. } = self;
        match stage {
            Stage::Accepting(acceptor) => framing.deadline(&**acceptor),
            Stage::Incoming(incoming) => framing.deadline(&incoming.at(node)),
            Stage::Outgoing(outgoing) => framing.deadline(&outgoing.at(node)),
            Stage::Meeting(meeting) => framing.deadline(&meeting.at(node)),
            Stage::Called(callee) => node.call_door().and_then(|door| framing.deadline(&callee.at(door))),
            Stage::Chat(chat) => framing.deadline(&**chat),
            Stage::Link(link) => framing.deadline(&link.at(node)),
        }
    }

    /// Whether it is a link with something to send, or that must be closed.
    pub(super) fn is_stirred(&mut self, node: &mut Node<Boxed>, now: Instant) -> bool {
        let Stage::Link(link) = &mut self.stage else { return false };
        let machine = link.at(node);
        machine.wants_send() || machine.deadline().is_some_and(|deadline| now >= deadline)
    }

    /// Whether it is more than an attempt: a link, a connection to a community server, or a chat.
    pub(super) fn is_lasting(&self) -> bool {
        matches!(self.stage, Stage::Link(_) | Stage::Meeting(_) | Stage::Chat(_))
    }

    /// Whether its peer has not proved to know the passphrase.
    pub(super) fn is_half_open(&self) -> bool {
        match &self.stage {
            Stage::Accepting(_) => true,
            Stage::Incoming(incoming) => !incoming.is_authenticated(),
            Stage::Called(callee) => !callee.is_authenticated(),
            Stage::Outgoing(_) | Stage::Meeting(_) | Stage::Chat(_) | Stage::Link(_) => false,
        }
    }
}

fn report(event: &LinkEvent<'_>, text: &mut String) -> Report {
    match *event {
        LinkEvent::Said { contact, missed, part, .. } => {
            if part.offset == 0 {
                text.clear();
            }
            text.push_str(part.text);
            if !part.is_last() {
                return Report::Part;
            }
            let text = std::mem::take(text);
            Report::Said(Said { contact, sequence: part.sequence, scope: part.scope, missed, text })
        }
        LinkEvent::Named { contact, ref was, taken_from } => {
            Report::Link(LinkEvent::Named { contact, was: was.clone(), taken_from })
        }
        LinkEvent::AsksReception { contact } => Report::Link(LinkEvent::AsksReception { contact }),
        LinkEvent::Reception { contact, reception } => {
            Report::Link(LinkEvent::Reception { contact, reception })
        }
        LinkEvent::Ended { contact, ended } => Report::Link(LinkEvent::Ended { contact, ended }),
    }
}

impl AsMut<TcpStream> for Connection {
    fn as_mut(&mut self) -> &mut TcpStream {
        match self {
            Self::Dialing { dial, .. } => dial.as_mut(),
            Self::Peer(peer) => &mut peer.stream.0,
            Self::Describing(description) => description.as_mut(),
        }
    }
}
