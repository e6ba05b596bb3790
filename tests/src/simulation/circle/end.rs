//! One end of a connection between two nodes, from the dial or the accept to the link.

use std::mem;
use std::net::IpAddr;

use p2pm_core::channel::{Acceptor, Ended};
use p2pm_core::drive::Pumped;
use p2pm_core::node::{ContactId, Dial, LinkEvent, Node};
use p2pm_core::suite::{Entropy, aead};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Introduction, Reception};
use p2pm_transcript::Action;

use super::book::Heard;
use super::cast::Heap;
use crate::simulation::link::{Link as Cable, Side};
use crate::simulation::port::Port;
use crate::simulation::tap::Record;
use crate::simulation::tape::Spot;
use crate::simulation::world::Wake;
use crate::stage::{self, StageEvent};
use crate::watched::Watched;

type Stage = stage::Stage<Watched<aead::Portable>>;

/// One end of a connection.
pub struct End {
    pub port: Port,
    stage: Stage,
    /// The parts of a text so far.
    draft: String,
}

/// What an end has reported.
pub enum Report {
    Asked,
    Introduced(Introduction),
    Named,
    /// A contact asks what is heard of its discovery, or tells what it hears of ours.
    AsksReception(ContactId),
    Reception(Reception),
    /// A text is whole.
    Said(Heard),
    /// A part of a text, and there is more to come.
    Part,
    Ended(Ended),
}

impl End {
    fn new(side: Side, stage: Stage) -> Self {
        Self { port: Port::new(side, Spot::NOWHERE), stage, draft: String::new() }
    }

    pub fn dialled(node: &mut Node<Heap>, now: Instant, dial: Dial, entropy: Entropy) -> Self {
        let outgoing = node.dialled(now, dial, entropy).expect("no node leaves a circle");
        Self::new(Side::Connecting, Stage::Outgoing(outgoing))
    }

    pub fn accepted(now: Instant, from: IpAddr, entropy: Entropy) -> Self {
        Self::new(Side::Listening, Stage::Accepting(Acceptor::new(now, from, entropy)))
    }

    pub fn is_linked(&self) -> bool {
        self.stage.is_linked() && self.port.ended().is_none()
    }

    pub fn wake(&mut self, cable: &Cable, node: &mut Node<Heap>, now: Instant) -> Option<Wake> {
        self.port.wake(cable, &self.stage.at(node), now)
    }

    pub fn pump(
        &mut self,
        cable: &mut Cable,
        node: &mut Node<Heap>,
        now: Instant,
    ) -> (Option<Report>, Vec<Record>) {
        let Self { port, stage, draft } = self;
        let pumped = port.pump(cable, &mut stage.at(node), now, |event| report(&event, draft));
        let report = if let Pumped::Event(report) = pumped { Some(report) } else { None };
        (report, port.take_records())
    }

    /// The Hello is there: the node takes the connection, or refuses it.
    pub fn answer(&mut self, node: &mut Node<Heap>, now: Instant) {
        let ended = self.stage.answer(node, now).map(StageEvent::Ended);
        self.port.heard(now, &Action::Poll, ended.as_ref());
    }

    /// Both ends are introduced: the contact, or why the node makes no link of the connection.
    pub fn introduce(
        &mut self,
        node: &mut Node<Heap>,
        now: Instant,
        theirs: &Introduction,
    ) -> Result<ContactId, Close> {
        let introduced = self.stage.introduce(node, now, theirs);
        let ended = introduced.err().map(|reason| StageEvent::Ended(Ended::ByUs(reason)));
        self.port.heard(now, &Action::Poll, ended.as_ref());
        introduced
    }

    /// The shell ends the link with a goodbye.
    pub fn leave(&mut self, node: &mut Node<Heap>, now: Instant) {
        if let Stage::Linked(link) = &mut self.stage {
            let ended = link.at(node).close(now, Close::Goodbye).map(StageEvent::from);
            self.port.heard(now, &Action::Poll, ended.as_ref());
        }
    }
}

/// What an event comes to: parts are put together in the draft.
fn report(event: &StageEvent<'_>, draft: &mut String) -> Report {
    match *event {
        StageEvent::Asked => Report::Asked,
        StageEvent::Introduced(introduction) => Report::Introduced(introduction),
        StageEvent::Link(LinkEvent::Said { contact, keeper, missed, part }) => {
            if part.offset == 0 {
                draft.clear();
            }
            assert_eq!(usize::from(part.offset), draft.len(), "a part is out of order");
            draft.push_str(part.text);
            if part.is_last() {
                let text = mem::take(draft);
                let (scope, sequence) = (part.scope, part.sequence);
                Report::Said(Heard { contact, keeper, scope, sequence, missed, text })
            } else {
                Report::Part
            }
        }
        StageEvent::Link(LinkEvent::AsksReception { contact }) => Report::AsksReception(contact),
        StageEvent::Link(LinkEvent::Reception { reception, .. }) => Report::Reception(reception),
        StageEvent::Link(_) => Report::Named,
        StageEvent::Ended(ended) => Report::Ended(ended),
    }
}
