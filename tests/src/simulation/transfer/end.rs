//! One end of a connection, at any stage.

use std::mem;

use p2pm_core::channel::{Acceptor, AcceptorEvent, Asked, Ended, Machine};
use p2pm_core::drive::{Buffers, Framing, Pumped, pump};
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::node::{Node, TransferKey};
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::transfer::{Chain, Incoming, Opened, Outgoing, Receiver, ReceiverEvent, Sender, SenderEvent};
use p2pm_core::wire::{Close, FrameLen, Introduction};

use super::host::Heap;
use super::job::Job;
use crate::simulation::link::{Link as Cable, Side};
use crate::simulation::world::Wake;
use crate::stage::{self, StageEvent};

/// One end of a connection.
pub struct End {
    pub stage: Stage,
    framing: Framing,
    incoming: Vec<u8>,
    outgoing: Vec<u8>,
    /// Something has happened that the cable does not know of.
    pub is_poked: bool,
    /// How it has ended first.
    pub ended: Option<Ended>,
}

#[allow(clippy::large_enum_variant, reason = "there are few of them")]
pub enum Stage {
    /// A link, or what becomes one.
    Link(stage::Stage<Portable>),
    Accepting(Acceptor),
    Outgoing(Outgoing<Portable>, Transferred),
    Incoming(Incoming<Portable>, Transferred),
    Sending(Sender<Portable>, Transferred),
    Receiving(Receiver<Portable>, Transferred),
    Between,
}

/// What a connection carries.
#[derive(Clone, Copy)]
pub struct Transferred {
    pub key: TransferKey,
    pub job: usize,
    pub is_sent: bool,
    pub frame_len: FrameLen,
    /// What the receiver had at first, as far as this end knows.
    pub began: Option<u64>,
    /// How far the stream is here.
    pub reached: u64,
    pub is_stored: bool,
}

/// What an end has reported.
pub enum Report {
    LinkAsked,
    Introduced(Introduction),
    TransferAsked(Asked),
    /// The handshake of a transfer is over.
    Opened,
    Stored,
    Ended(Ended),
    Closed,
    Other,
}

/// Works on the machine of a stage.
macro_rules! with {
    ($end:expr, $node:expr, $jobs:expr, $machine:ident => $work:expr) => {
        match &mut $end.stage {
            Stage::Link(link) => {
                let $machine = &mut link.at($node);
                $work
            }
            Stage::Accepting(acceptor) => {
                let $machine = acceptor;
                $work
            }
            Stage::Outgoing(outgoing, _) => {
                let $machine = outgoing;
                $work
            }
            Stage::Incoming(incoming, _) => {
                let $machine = incoming;
                $work
            }
            Stage::Sending(sender, it) => {
                let $machine = &mut sender.at(&mut $jobs[it.job]);
                $work
            }
            Stage::Receiving(receiver, it) => {
                let $machine = &mut receiver.at(&mut $jobs[it.job].disk);
                $work
            }
            Stage::Between => unreachable!("a transition is over before anything else happens"),
        }
    };
}

impl End {
    pub fn new(stage: Stage) -> Self {
        let frame = || vec![0; FRAME_LEN];
        let framing = Framing::default();
        Self { stage, framing, incoming: frame(), outgoing: frame(), is_poked: true, ended: None }
    }

    pub fn transferred(&self) -> Option<Transferred> {
        match &self.stage {
            Stage::Outgoing(_, it)
            | Stage::Incoming(_, it)
            | Stage::Sending(_, it)
            | Stage::Receiving(_, it) => Some(*it),
            Stage::Link(_) | Stage::Accepting(_) | Stage::Between => None,
        }
    }

    fn transferred_mut(&mut self) -> Option<&mut Transferred> {
        match &mut self.stage {
            Stage::Outgoing(_, it)
            | Stage::Incoming(_, it)
            | Stage::Sending(_, it)
            | Stage::Receiving(_, it) => Some(it),
            Stage::Link(_) | Stage::Accepting(_) | Stage::Between => None,
        }
    }

    /// What a shell would wait for.
    pub fn wake(
        &mut self,
        cable: &Cable,
        side: Side,
        node: &mut Node<Heap>,
        jobs: &mut [Job],
        now: Instant,
    ) -> Wake {
        let is_owing = !self.framing.writer.is_idle();
        let (deadline, wants_read, wants_write) = with!(self, node, jobs, machine => {
            (self.framing.deadline(machine), machine.can_receive(), machine.wants_send() || is_owing)
        });
        let ready = self.is_poked
            || deadline.is_some_and(|deadline| now >= deadline)
            || wants_read && cable.is_readable(side, now)
            || wants_write && cable.is_writable(side, now);
        Wake { ready, deadline, honest: true }
    }

    #[allow(clippy::redundant_closure_for_method_calls, reason = "the event of a link borrows its frame")]
    pub fn pump(
        &mut self,
        cable: &mut Cable,
        side: Side,
        node: &mut Node<Heap>,
        jobs: &mut [Job],
        now: Instant,
    ) -> Report {
        let buffers = Buffers { incoming: &mut self.incoming, outgoing: &mut self.outgoing };
        let (framing, mut transport) = (&mut self.framing, cable.end(side, now));
        let pumped = with!(self, node, jobs, machine => {
            pump(framing, buffers, &mut transport, machine, now, |event| event.into())
        });
        self.is_poked = matches!(pumped, Pumped::Event(_) | Pumped::Again);
        self.look_at_position(jobs);
        match pumped {
            Pumped::Closed => Report::Closed,
            Pumped::Event(Report::Ended(ended)) => {
                self.ended = self.ended.or(Some(ended));
                Report::Ended(ended)
            }
            Pumped::Event(Report::Stored) => {
                self.transferred_mut().expect("a transfer").is_stored = true;
                Report::Stored
            }
            Pumped::Event(report) => report,
            _ if self.is_opened() => Report::Opened,
            _ => Report::Other,
        }
    }

    fn look_at_position(&mut self, jobs: &mut [Job]) {
        let (position, it) = match &mut self.stage {
            Stage::Sending(sender, it) => (sender.at(&mut jobs[it.job]).position(), it),
            Stage::Receiving(receiver, it) => (receiver.at(&mut jobs[it.job].disk).position(), it),
            _ => return,
        };
        if let Some(position) = position {
            assert!(position <= jobs[it.job].length() && position >= it.reached, "it goes one way");
            it.began = it.began.or(Some(position));
            it.reached = position;
        }
    }

    /// The handshake of a transfer is over, and its last frame has left.
    fn is_opened(&self) -> bool {
        let is_authenticated = match &self.stage {
            Stage::Outgoing(outgoing, _) => outgoing.is_authenticated(),
            Stage::Incoming(incoming, _) => incoming.is_authenticated(),
            _ => false,
        };
        is_authenticated && self.framing.writer.is_idle()
    }

    /// The stream begins, or goes on: the receiver has this already, and the sender knows it of this.
    pub fn open(&mut self, now: Instant, length: u64, has: Chain) {
        let (opened, mut it): (Opened<Portable>, _) = match mem::replace(&mut self.stage, Stage::Between) {
            Stage::Outgoing(outgoing, it) => (outgoing.into_opened().ok().expect("it is open"), it),
            Stage::Incoming(incoming, it) => (incoming.into_opened().ok().expect("it is open"), it),
            _ => panic!("it is not open"),
        };
        self.incoming.resize(it.frame_len.bytes(), 0);
        self.outgoing.resize(it.frame_len.bytes(), 0);
        self.is_poked = true;
        self.stage = if it.is_sent {
            Stage::Sending(Sender::new(now, opened, length, has), it)
        } else {
            (it.began, it.reached) = (Some(has.length()), has.length());
            Stage::Receiving(Receiver::new(opened, length, has), it)
        };
    }

    /// The user, or what has come over the link, ends a transfer. False if its handshake is not over.
    pub fn close(&mut self, jobs: &mut [Job], now: Instant, reason: Close) -> bool {
        let ended = match &mut self.stage {
            Stage::Sending(sender, it) => sender.at(&mut jobs[it.job]).close(now, reason).is_some(),
            Stage::Receiving(receiver, it) => {
                receiver.at(&mut jobs[it.job].disk).close(now, reason).is_some()
            }
            _ => return false,
        };
        if ended {
            self.ended = self.ended.or(Some(Ended::ByUs(reason)));
        }
        self.is_poked = true;
        true
    }
}

impl From<StageEvent<'_>> for Report {
    fn from(event: StageEvent<'_>) -> Self {
        match event {
            StageEvent::Asked => Self::LinkAsked,
            StageEvent::Introduced(introduction) => Self::Introduced(introduction),
            StageEvent::Link(_) => Self::Other,
            StageEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}

impl From<AcceptorEvent> for Report {
    fn from(event: AcceptorEvent) -> Self {
        match event {
            AcceptorEvent::Asked(asked) => Self::TransferAsked(asked),
            AcceptorEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}

impl From<Ended> for Report {
    fn from(ended: Ended) -> Self {
        Self::Ended(ended)
    }
}

impl From<SenderEvent> for Report {
    fn from(event: SenderEvent) -> Self {
        match event {
            SenderEvent::Stored => Self::Stored,
            SenderEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}

impl From<ReceiverEvent> for Report {
    fn from(event: ReceiverEvent) -> Self {
        match event {
            ReceiverEvent::Stored => Self::Stored,
            ReceiverEvent::Differed => panic!("what was received is what was sent"),
            ReceiverEvent::Ended(ended) => Self::Ended(ended),
        }
    }
}
