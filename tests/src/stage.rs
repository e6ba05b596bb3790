//! One end of a connection between two nodes at any stage, from the dial or the accept to the link, as one machine.

use std::mem;

use p2pm_core::channel::{Acceptor, AcceptorEvent, Direction, Ended, Machine};
use p2pm_core::link::{Incoming, Link, Opening, Outgoing};
use p2pm_core::node::{ContactId, LinkEvent, Node, OpeningEvent, Storage};
use p2pm_core::suite::aead::Aead;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Introduction};

/// Stage of a connection of a node.
#[allow(clippy::large_enum_variant, reason = "some who use it must not allocate")]
pub enum Stage<A: Aead> {
    /// Accepted, and its Hello is awaited.
    Accepting(Acceptor),
    /// Accepted, for a circle of the node.
    Incoming(Incoming<A>),
    /// Dialled.
    Outgoing(Outgoing<A>),
    /// Both ends are introduced to each other.
    Linked(Link<A>),
    /// Placeholder during a transition.
    Between,
}

/// Event of a connection at any stage.
#[derive(Debug)]
pub enum StageEvent<'f> {
    /// See [`AcceptorEvent::Asked`]: continue with [`Stage::answer`].
    Asked,
    /// See [`OpeningEvent::Introduced`]: continue with [`Stage::introduce`].
    Introduced(Introduction),
    /// Of a link, except for its end.
    Link(LinkEvent<'f>),
    /// The connection is over.
    Ended(Ended),
}

impl From<AcceptorEvent> for StageEvent<'_> {
    fn from(event: AcceptorEvent) -> Self {
        match event {
            AcceptorEvent::Asked(_) => Self::Asked,
            AcceptorEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}

impl From<OpeningEvent> for StageEvent<'_> {
    fn from(event: OpeningEvent) -> Self {
        match event {
            OpeningEvent::Introduced(introduction) => Self::Introduced(introduction),
            OpeningEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}

impl<'f> From<LinkEvent<'f>> for StageEvent<'f> {
    fn from(event: LinkEvent<'f>) -> Self {
        match event {
            LinkEvent::Ended { ended, .. } => Self::Ended(ended),
            event => Self::Link(event),
        }
    }
}

impl<A: Aead> Stage<A> {
    /// The machine, which borrows the node.
    pub fn at<'a, M: Storage>(&'a mut self, node: &'a mut Node<M>) -> StageAt<'a, A, M> {
        StageAt { stage: self, node }
    }

    /// Whether it is a link.
    pub fn is_linked(&self) -> bool {
        matches!(self, Self::Linked(_))
    }

    /// The Hello has come: the node takes the connection, or refuses it. Returns how it ended, if it did.
    ///
    /// # Panics
    ///
    /// If the connection does not wait for a Hello.
    pub fn answer<M: Storage>(&mut self, node: &mut Node<M>, now: Instant) -> Option<Ended> {
        let Self::Accepting(acceptor) = mem::replace(self, Self::Between) else {
            panic!("only an acceptor is asked")
        };
        let (stage, ended) = match node.accepted(acceptor, now) {
            Ok((incoming, event)) => (Self::Incoming(incoming), event.map(StageEvent::from)),
            Err(acceptor) => {
                let reason = acceptor.closing().expect("an acceptor that comes back is closed");
                (Self::Accepting(acceptor), Some(StageEvent::Ended(Ended::ByUs(reason))))
            }
        };
        *self = stage;
        ended.map(|event| event.ended().expect("nothing but its end"))
    }

    /// Both ends are introduced: the contact, or why the node makes no link of the connection.
    ///
    /// # Panics
    ///
    /// If the connection is at another stage.
    #[allow(clippy::missing_errors_doc, reason = "said in the first sentence")]
    pub fn introduce<M: Storage>(
        &mut self,
        node: &mut Node<M>,
        now: Instant,
        theirs: &Introduction,
    ) -> Result<ContactId, Close> {
        match mem::replace(self, Self::Between) {
            Self::Incoming(incoming) => self.link(node.introduce(now, incoming, theirs), Self::Incoming),
            Self::Outgoing(outgoing) => self.link(node.introduce(now, outgoing, theirs), Self::Outgoing),
            _ => panic!("only a connection that is no link yet is introduced"),
        }
    }

    fn link<H>(
        &mut self,
        introduced: Result<Link<A>, Opening<A, H>>,
        back: fn(Opening<A, H>) -> Self,
    ) -> Result<ContactId, Close> {
        match introduced {
            Ok(link) => {
                let contact = link.contact();
                *self = Self::Linked(link);
                Ok(contact)
            }
            Err(opening) => {
                let reason = opening.closing().expect("a connection that comes back is closed");
                *self = back(opening);
                Err(reason)
            }
        }
    }
}

impl StageEvent<'_> {
    /// How the connection ended, if it did.
    pub fn ended(&self) -> Option<Ended> {
        if let Self::Ended(ended) = self { Some(*ended) } else { None }
    }
}

/// A connection together with its node: a [`Machine`].
pub struct StageAt<'a, A: Aead, M: Storage> {
    stage: &'a mut Stage<A>,
    node: &'a mut Node<M>,
}

/// Works on the machine of the stage.
macro_rules! with_machine {
    ($self:expr, $machine:ident => $work:expr) => {
        match &mut *$self.stage {
            Stage::Accepting($machine) => $work,
            Stage::Incoming(incoming) => {
                let $machine = &mut incoming.at($self.node);
                $work
            }
            Stage::Outgoing(outgoing) => {
                let $machine = &mut outgoing.at($self.node);
                $work
            }
            Stage::Linked(link) => {
                let $machine = &mut link.at($self.node);
                $work
            }
            Stage::Between => unreachable!("a transition is over before anything else happens"),
        }
    };
}

