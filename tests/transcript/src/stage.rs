//! One end of a connection between two nodes at any stage, from the dial or the accept to the link, as one machine.

use core::mem;

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
    ///
    /// # Panics
    ///
    /// During a transition.
    pub fn at<'a, M: Storage>(
        &'a mut self,
        node: &'a mut Node<M>,
    ) -> impl for<'f> Machine<Event<'f> = StageEvent<'f>> + use<'a, A, M> {
        match self {
            Self::Accepting(acceptor) => StageMachine::Accepting(acceptor),
            Self::Incoming(incoming) => StageMachine::Incoming(incoming.at(node)),
            Self::Outgoing(outgoing) => StageMachine::Outgoing(outgoing.at(node)),
            Self::Linked(link) => StageMachine::Linked(link.at(node)),
            Self::Between => unreachable!("a transition is over before anything else happens"),
        }
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

/// The machine of a stage.
enum StageMachine<'a, I, O, L> {
    Accepting(&'a mut Acceptor),
    Incoming(I),
    Outgoing(O),
    Linked(L),
}

/// Works on the machine of a stage.
macro_rules! with {
    ($any:expr, $machine:ident => $work:expr) => {
        match $any {
            StageMachine::Accepting($machine) => $work,
            StageMachine::Incoming($machine) => $work,
            StageMachine::Outgoing($machine) => $work,
            StageMachine::Linked($machine) => $work,
        }
    };
}

impl<I, O, L> Machine for StageMachine<'_, I, O, L>
where
    I: for<'f> Machine<Event<'f> = OpeningEvent>,
    O: for<'f> Machine<Event<'f> = OpeningEvent>,
    L: for<'f> Machine<Event<'f> = LinkEvent<'f>>,
{
    type Event<'f> = StageEvent<'f>;

    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Option<StageEvent<'f>> {
        with!(self, machine => machine.handle_frame(now, frame).map(StageEvent::from))
    }

    fn handle_eof(&mut self, now: Instant) -> Option<StageEvent<'static>> {
        with!(self, machine => machine.handle_eof(now).map(StageEvent::from))
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<StageEvent<'static>> {
        with!(self, machine => machine.handle_timeout(now).map(StageEvent::from))
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<StageEvent<'static>> {
        with!(self, machine => machine.handle_stall(now, direction).map(StageEvent::from))
    }

    fn wants_send(&self) -> bool {
        with!(self, machine => machine.wants_send())
    }

    fn can_receive(&self) -> bool {
        with!(self, machine => machine.can_receive())
    }

    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        with!(self, machine => machine.poll_frame(now, out))
    }

    fn deadline(&self) -> Option<Instant> {
        with!(self, machine => machine.deadline())
    }

    fn is_closed(&self) -> bool {
        with!(self, machine => machine.is_closed())
    }
}
