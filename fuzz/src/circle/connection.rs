//! A connection between two nodes.

use std::collections::VecDeque;
use std::mem;

use p2pm_core::channel::{Acceptor, Ended, Machine};
use p2pm_core::link::Outgoing;
use p2pm_core::node::LinkEvent;
use p2pm_core::suite::{Entropy, aead};
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Frame, Introduction};

use super::book::Heard;
use super::host::OurNode;
use crate::address;
use crate::stage::{self, StageEvent};
use crate::watched::Watched;

type Aead = Watched<aead::Portable>;
type Stage = stage::Stage<Aead>;

/// Most frames on their way to one end.
const WINDOW: usize = 16;

/// A connection, by side: that of the host that has dialled is the first one.
pub struct Connection {
    pub hosts: [usize; 2],
    /// Runs of their nodes.
    pub lives: [u32; 2],
    /// Those that have not ended.
    pub ends: [Option<End>; 2],
    /// Frames on their way to each end.
    cables: [VecDeque<Frame>; 2],
    /// Whether nothing crosses any more, not even the end of the other side.
    is_cut: bool,
}

/// One end of a connection.
pub struct End {
    pub stage: Stage,
    /// The parts of a text so far.
    draft: String,
}

/// What an end has reported.
pub enum Report {
    Nothing,
    Asked,
    Introduced(Introduction),
    Said(Heard),
    Ended(Ended),
}

impl Connection {
    pub fn new(
        now: Instant,
        hosts: [usize; 2],
        lives: [u32; 2],
        outgoing: Outgoing<Aead>,
        entropy: Entropy,
    ) -> Self {
        let acceptor = Acceptor::new(now, address(1), entropy);
        let stages = [Stage::Outgoing(outgoing), Stage::Accepting(acceptor)];
        let ends = stages.map(|stage| Some(End { stage, draft: String::new() }));
        Self { hosts, lives, ends, cables: Default::default(), is_cut: false }
    }

    pub fn is_between(&self, one: usize, other: usize) -> bool {
        self.hosts == [one, other] || self.hosts == [other, one]
    }

    /// Whether it is a link at both ends, over which frames cross.
    pub fn is_link(&self) -> bool {
        !self.is_cut && self.ends.iter().all(|end| end.as_ref().is_some_and(|end| end.stage.is_linked()))
    }

    pub fn cut(&mut self) {
        self.is_cut = true;
        self.cables = Default::default();
    }

    /// Whether an end has a timer that is due.
    pub fn is_due(&mut self, side: usize, node: &mut OurNode, now: Instant) -> bool {
        let Some(end) = &mut self.ends[side] else { return false };
        let machine = end.stage.at(node);
        !machine.wants_send() && machine.deadline().is_some_and(|deadline| deadline <= now)
    }

    /// An end is told the time.
    pub fn tick(&mut self, side: usize, node: &mut OurNode, now: Instant) -> Report {
        let Some(End { stage, draft }) = &mut self.ends[side] else { return Report::Nothing };
        Report::of(stage.at(node).handle_timeout(now).as_ref(), draft)
    }

    /// An end sends a frame, if it has one. Returns whether it has.
    pub fn send(&mut self, side: usize, node: &mut OurNode, now: Instant) -> bool {
        let is_read = !self.is_cut && self.ends[1 - side].is_some();
        let (Some(end), cable) = (&mut self.ends[side], &mut self.cables[1 - side]) else { return false };
        let mut frame = EMPTY_FRAME;
        if cable.len() >= WINDOW || !end.stage.at(node).poll_frame(now, &mut frame) {
            return false;
        }
        if is_read {
            cable.push_back(frame);
        }
        true
    }

    /// An end receives a frame, or the end of the other side. `None` if there is nothing to receive.
    pub fn receive(&mut self, side: usize, node: &mut OurNode, now: Instant) -> Option<Report> {
        let has_other = self.is_cut || self.ends[1 - side].is_some();
        let End { stage, draft } = self.ends[side].as_mut()?;
        let mut machine = stage.at(node);
        if !machine.can_receive() {
            return None;
        }
        match self.cables[side].pop_front() {
            Some(mut frame) => Some(Report::of(machine.handle_frame(now, &mut frame).as_ref(), draft)),
            None if has_other => None,
            None => Some(Report::of(machine.handle_eof(now).as_ref(), draft)),
        }
    }

    /// An end notices that the connection is lost.
    pub fn lose(&mut self, side: usize, node: &mut OurNode, now: Instant) -> Report {
        let Some(End { stage, draft }) = &mut self.ends[side] else { return Report::Nothing };
        Report::of(stage.at(node).handle_eof(now).as_ref(), draft)
    }

    /// An end that is closed is dropped.
    pub fn drop_closed(&mut self, side: usize, node: &mut OurNode) {
        self.ends[side].take_if(|end| end.stage.at(node).is_closed());
    }
}

impl Report {
    /// What an event comes to: parts are put together in the draft.
    fn of(event: Option<&StageEvent<'_>>, draft: &mut String) -> Self {
        match event {
            Some(StageEvent::Asked) => Self::Asked,
            Some(StageEvent::Introduced(introduction)) => Self::Introduced(*introduction),
            Some(StageEvent::Ended(ended)) => Self::Ended(*ended),
            Some(StageEvent::Link(LinkEvent::Said { contact, keeper, missed, part })) => {
                if part.offset == 0 {
                    draft.clear();
                }
                assert_eq!(usize::from(part.offset), draft.len(), "a part is out of order");
                draft.push_str(part.text);
                if !part.is_last() {
                    return Self::Nothing;
                }
                let text = mem::take(draft);
                Self::Said(Heard {
                    contact: *contact,
                    keeper: *keeper,
                    scope: part.scope,
                    sequence: part.sequence,
                    missed: *missed,
                    text,
                })
            }
            Some(StageEvent::Link(_)) | None => Self::Nothing,
        }
    }
}
