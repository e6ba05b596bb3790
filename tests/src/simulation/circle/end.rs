//! One end of a connection between two nodes, from the dial or the accept to the link.

use std::net::IpAddr;
use std::{fmt, mem};

use p2pm_core::channel::{Acceptor, AcceptorEvent, Ended};
use p2pm_core::drive::Pumped;
use p2pm_core::link::{Incoming, Link, Opening, Outgoing};
use p2pm_core::node::{ContactId, Dial, LinkEvent, Node, OpeningEvent};
use p2pm_core::suite::{Entropy, aead};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Introduction, Scope};
use p2pm_transcript::Action;

use super::cast::Heap;
use crate::simulation::link::{Link as Cable, Side};
use crate::simulation::port::Port;
use crate::simulation::tap::{Ends, Record};
use crate::simulation::tape::Spot;
use crate::simulation::world::Wake;
use crate::watched::Watched;

type Aead = Watched<aead::Portable>;

/// One end of a connection.
pub struct End {
    pub port: Port,
    stage: Stage,
    /// The parts of a text so far.
    draft: String,
}

enum Stage {
    Accepting(Box<Acceptor>),
    Incoming(Box<Incoming<Aead>>),
    Outgoing(Box<Outgoing<Aead>>),
    Linked(Box<Link<Aead>>),
    /// Placeholder during a transition.
    Between,
}

/// What an end has reported.
pub enum Report {
    Asked,
    Introduced(Introduction),
    Named,
    /// A text is whole.
    Said(Heard),
    /// A part of a text, and there is more to come.
    Part,
    Ended(Ended),
}

/// A whole text, as it was received.
pub struct Heard {
    pub contact: ContactId,
    pub scope: Scope,
    pub sequence: u32,
    pub missed: bool,
    pub text: String,
}

impl fmt::Debug for Heard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, sequence, text, .. } = self;
        write!(f, "text {sequence} of {} bytes for {scope:?}", text.len())
    }
}

/// Works on the machine of a stage.
macro_rules! with_machine {
    ($stage:expr, $node:expr, $machine:ident => $work:expr) => {
        match $stage {
            Stage::Accepting(acceptor) => {
                let $machine = &mut **acceptor;
                $work
            }
            Stage::Incoming(incoming) => {
                let $machine = &mut incoming.at($node);
                $work
            }
            Stage::Outgoing(outgoing) => {
                let $machine = &mut outgoing.at($node);
                $work
            }
            Stage::Linked(link) => {
                let $machine = &mut link.at($node);
                $work
            }
            Stage::Between => unreachable!("a transition is over before anything else happens"),
        }
    };
}

impl End {
    fn new(side: Side, stage: Stage) -> Self {
        Self { port: Port::new(side, Spot::NOWHERE), stage, draft: String::new() }
    }

    pub fn dialled(node: &mut Node<Heap>, now: Instant, dial: Dial, entropy: Entropy) -> Self {
        let outgoing = node.dialled(now, dial, entropy).expect("no node leaves a circle");
        Self::new(Side::Connecting, Stage::Outgoing(outgoing.into()))
    }

    pub fn accepted(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        Self::new(Side::Listening, Stage::Accepting(Acceptor::new(now, from, entropy).into()))
    }

    pub fn is_linked(&self) -> bool {
        matches!(self.stage, Stage::Linked(_)) && self.port.ended().is_none()
    }

    pub fn wake(&mut self, cable: &Cable, node: &mut Node<Heap>, now: Instant) -> Option<Wake> {
        with_machine!(&mut self.stage, node, machine => self.port.wake(cable, machine, now))
    }

    pub fn pump(
        &mut self,
        cable: &mut Cable,
        node: &mut Node<Heap>,
        now: Instant,
    ) -> (Option<Report>, Vec<Record>) {
        let Self { port, stage, draft } = self;
        let pumped = with_machine!(stage, node, machine => {
            port.pump(cable, machine, now, |event| Reporting::report(event, draft))
        });
        let report = if let Pumped::Event(report) = pumped { Some(report) } else { None };
        (report, port.take_records())
    }

    /// The Hello is there: the node takes the connection, or refuses it.
    pub fn answer(&mut self, node: &mut Node<Heap>, now: Instant) {
        let Stage::Accepting(acceptor) = mem::replace(&mut self.stage, Stage::Between) else {
            unreachable!("only an acceptor is asked")
        };
        self.stage = match node.accepted(*acceptor, now) {
            Ok((incoming, ended)) => {
                self.port.heard(now, &Action::Poll, ended.as_ref());
                Stage::Incoming(incoming.into())
            }
            Err(acceptor) => {
                let ended = AcceptorEvent::Ended(Ended::ByUs(Close::OtherCircle));
                self.port.heard(now, &Action::Poll, Some(&ended));
                Stage::Accepting(acceptor.into())
            }
        };
    }

    /// Both ends are introduced: the contact, or why the node makes no link of the connection.
    pub fn introduce(
        &mut self,
        node: &mut Node<Heap>,
        now: Instant,
        theirs: &Introduction,
    ) -> Result<ContactId, Close> {
        match mem::replace(&mut self.stage, Stage::Between) {
            Stage::Incoming(incoming) => {
                self.become_link(now, node.introduce(now, *incoming, theirs), Stage::Incoming)
            }
            Stage::Outgoing(outgoing) => {
                self.become_link(now, node.introduce(now, *outgoing, theirs), Stage::Outgoing)
            }
            _ => unreachable!("only a connection that is no link yet is introduced"),
        }
    }

    fn become_link<H>(
        &mut self,
        now: Instant,
        introduced: Result<Link<Aead>, Opening<Aead, H>>,
        back: fn(Box<Opening<Aead, H>>) -> Stage,
    ) -> Result<ContactId, Close> {
        match introduced {
            Ok(link) => {
                let contact = link.contact();
                self.stage = Stage::Linked(link.into());
                self.port.poke();
                Ok(contact)
            }
            Err(opening) => {
                let reason = opening.closing().expect("a connection that comes back is closed");
                let ended = OpeningEvent::Ended(Ended::ByUs(reason));
                self.port.heard(now, &Action::Poll, Some(&ended));
                self.stage = back(opening.into());
                Err(reason)
            }
        }
    }

    /// The shell ends the link with a goodbye.
    pub fn leave(&mut self, node: &mut Node<Heap>, now: Instant) {
        if let Stage::Linked(link) = &mut self.stage {
            let ended = link.at(node).close(now, Close::Goodbye);
            self.port.heard(now, &Action::Poll, ended.as_ref());
        }
    }
}

/// An event that an end reports.
trait Reporting: Ends {
    fn report(self, draft: &mut String) -> Report;
}

impl Reporting for AcceptorEvent {
    fn report(self, _: &mut String) -> Report {
        match self {
            Self::Asked(_) => Report::Asked,
            Self::Ended(ended) => Report::Ended(ended),
        }
    }
}

impl Reporting for OpeningEvent {
    fn report(self, _: &mut String) -> Report {
        match self {
            Self::Introduced(introduction) => Report::Introduced(introduction),
            Self::Ended(ended) => Report::Ended(ended),
        }
    }
}

impl Reporting for LinkEvent<'_> {
    /// Parts are put together in the draft.
    fn report(self, draft: &mut String) -> Report {
        match self {
            Self::Named { .. } => Report::Named,
            Self::Said { contact, missed, part } => {
                if part.offset == 0 {
                    draft.clear();
                }
                assert_eq!(usize::from(part.offset), draft.len(), "a part is out of order");
                draft.push_str(part.text);
                if part.is_last() {
                    let text = mem::take(draft);
                    Report::Said(Heard { contact, scope: part.scope, sequence: part.sequence, missed, text })
                } else {
                    Report::Part
                }
            }
            Self::Ended { ended, .. } => Report::Ended(ended),
        }
    }
}
