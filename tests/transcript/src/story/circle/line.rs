//! A connection between two of them.

use embedded_io::Write;
use p2pm_core::channel::Acceptor;
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::link::Outgoing;
use p2pm_core::node::{ContactId, LinkEvent, Node};
use p2pm_core::suite::Entropy;
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Close, Introduction, Reached, Reception};

use super::super::Log;
use super::super::pipe::{Pipe, PipeEnd};
use super::party::{Memory, Parties, Who};
use crate::stage::{Stage, StageEvent};

/// What each who is asked says that it hears of the other's discovery.
const RECEPTION: Reception =
    Reception::Looking(Reached { multicasts: true, broadcasts: false, answers: true });

/// A connection, with both of its ends.
pub(super) struct Line {
    dialled: End,
    accepted: End,
    there: Pipe,
    back: Pipe,
}

#[derive(Clone, Copy)]
pub(super) enum Side {
    Dialled,
    Accepted,
}

struct End {
    who: Who,
    stage: Stage<Portable>,
    connection: Connection,
    is_over: bool,
}

/// What is done about an event.
enum Task {
    Answer,
    Introduce(Introduction),
    Confirm(ContactId, u32),
    TellReception(ContactId),
    Nothing,
}

impl End {
    fn new(who: Who, stage: Stage<Portable>) -> Self {
        Self { who, stage, connection: Connection::default(), is_over: false }
    }

    /// Does what is possible now; whether anything was.
    fn pump<W: Write>(
        &mut self,
        node: &mut Node<Memory>,
        (outgoing, incoming): (&mut Pipe, &mut Pipe),
        now: Instant,
        log: &mut Log<'_, W>,
    ) -> bool {
        if self.is_over {
            return false;
        }
        let Self { who, stage, connection, .. } = self;
        let sent = outgoing.content().len();
        let mut transport = PipeEnd { outgoing, incoming };
        let pumped = connection.pump(&mut transport, &mut stage.at(node), now, |event| {
            log.tell(*who, &event);
            Task::of(&event)
        });
        let sent = outgoing.content().get(sent..).unwrap_or_default();
        log.put(sent);
        let mut has_moved = !sent.is_empty() | incoming.take_moved();
        match pumped {
            Pumped::Event(task) => {
                self.act(&task, node, now, log);
                has_moved = true;
            }
            Pumped::Again => has_moved = true,
            Pumped::Blocked => {}
            Pumped::Closed => {
                outgoing.end();
                self.is_over = true;
                has_moved = true;
            }
        }
        has_moved
    }

    fn act<W: Write>(&mut self, task: &Task, node: &mut Node<Memory>, now: Instant, log: &mut Log<'_, W>) {
        let Self { who, stage, .. } = self;
        match task {
            Task::Answer => log.tell(*who, stage.answer(node, now)),
            Task::Introduce(theirs) => log.tell(*who, stage.introduce(node, now, theirs)),
            Task::Confirm(contact, sequence) => node.confirm(*contact, *sequence),
            Task::TellReception(contact) => node.tell_reception(*contact, RECEPTION),
            Task::Nothing => {}
        }
    }

    fn deadline(&mut self, node: &mut Node<Memory>) -> Option<Instant> {
        (!self.is_over).then(|| self.connection.deadline(&self.stage.at(node))).flatten()
    }
}

impl Task {
    fn of(event: &StageEvent<'_>) -> Self {
        match event {
            StageEvent::Asked => Self::Answer,
            StageEvent::Introduced(introduction) => Self::Introduce(*introduction),
            StageEvent::Link(LinkEvent::Said { contact, part, .. }) if part.is_last() => {
                Self::Confirm(*contact, part.sequence)
            }
            StageEvent::Link(LinkEvent::AsksReception { contact }) => Self::TellReception(*contact),
            StageEvent::Link(_) | StageEvent::Ended(_) => Self::Nothing,
        }
    }
}

impl Line {
    pub(super) fn new(
        now: Instant,
        (from, outgoing): (Who, Outgoing<Portable>),
        (to, entropy): (Who, Entropy),
    ) -> Self {
        let acceptor = Acceptor::new(now, from.endpoint().ip(), entropy);
        Self {
            dialled: End::new(from, Stage::Outgoing(outgoing)),
            accepted: End::new(to, Stage::Accepting(acceptor)),
            there: Pipe::EMPTY,
            back: Pipe::EMPTY,
        }
    }

    /// Does what is possible now at one end; whether anything was.
    pub(super) fn pump<W: Write>(
        &mut self,
        side: Side,
        parties: &mut Parties<'_>,
        now: Instant,
        log: &mut Log<'_, W>,
    ) -> bool {
        let Self { dialled, accepted, there, back } = self;
        let (end, pipes) = match side {
            Side::Dialled => (dialled, (there, back)),
            Side::Accepted => (accepted, (back, there)),
        };
        let node = parties.of(end.who);
        end.pump(node, pipes, now, log)
    }

    pub(super) fn deadline(&mut self, parties: &mut Parties<'_>) -> Option<Instant> {
        let Self { dialled, accepted, .. } = self;
        let theirs = accepted.deadline(parties.of(accepted.who));
        earliest(dialled.deadline(parties.of(dialled.who)), theirs)
    }

    /// Whether both of its ends are over.
    pub(super) fn is_over(&self) -> bool {
        self.dialled.is_over && self.accepted.is_over
    }

    /// Whether it is between these two.
    pub(super) fn is_between(&self, one: Who, other: Who) -> bool {
        let ends = (self.dialled.who, self.accepted.who);
        ends == (one, other) || ends == (other, one)
    }

    /// What is on its way is lost, and so is the connection.
    pub(super) fn cut(&mut self) {
        self.there.cut();
        self.back.cut();
    }

    /// Says goodbye, if it is a link of this one.
    pub(super) fn leave<W: Write>(
        &mut self,
        who: Who,
        parties: &mut Parties<'_>,
        now: Instant,
        log: &mut Log<'_, W>,
    ) {
        for end in [&mut self.dialled, &mut self.accepted] {
            if let (true, Stage::Linked(link)) = (end.who == who, &mut end.stage) {
                log.tell(who, link.at(parties.of(who)).close(now, Close::Goodbye));
            }
        }
    }
}
