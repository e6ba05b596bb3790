//! Wrapper of a machine that checks the contract between it and its shell.

use p2pm_core::channel::{Direction, Ended, Machine};
use p2pm_core::chat::{CalleeEvent, CallerEvent, ConversationEvent};
use p2pm_core::community::{ClientEvent, SessionEvent};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Frame, Message};

use crate::stage::StageEvent;
use crate::watched::plain_form;

/// An event that may be the last one.
pub trait Ends {
    fn ended(&self) -> Option<Ended>;
}

macro_rules! ends {
    ($($event:ty: $pattern:pat => $ended:expr;)*) => {
        $(impl Ends for $event {
            fn ended(&self) -> Option<Ended> {
                match self {
                    $pattern => Some($ended),
                    _ => None,
                }
            }
        })*
    };
}

ends! {
    ClientEvent<'_>: Self::Ended(ended) => *ended;
    SessionEvent: Self::Ended { ended, .. } => *ended;
    CallerEvent: Self::Ended(ended) => *ended;
    CalleeEvent: Self::Ended(ended) => *ended;
    ConversationEvent<'_>: Self::Ended(ended) => *ended;
    StageEvent<'_>: Self::Ended(ended) => *ended;
}

/// A frame that a machine received before its end, or that it emitted.
pub struct Record {
    pub at: Instant,
    pub emitted: bool,
    /// In plain form.
    pub plain: Box<Frame>,
}

impl Record {
    fn new(at: Instant, emitted: bool, frame: &[u8]) -> Self {
        Self { at, emitted, plain: Box::new(plain_form(frame)) }
    }
}

/// What a machine has done.
#[derive(Default)]
pub struct Log {
    ended: Option<Ended>,
    close: Option<Close>,
    frames_heard: usize,
    pub records: Vec<Record>,
}

impl Log {
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    pub fn has_heard_two_frames(&self) -> bool {
        self.frames_heard >= 2
    }

    /// Records an event.
    pub fn heard(&mut self, ended: Option<Ended>) {
        assert!(self.ended.is_none(), "{ended:?} after {:?}", self.ended);
        self.ended = ended;
    }

    /// Records an emitted frame.
    pub fn emitted(&mut self, now: Instant, frame: &[u8]) {
        let record = Record::new(now, true, frame);
        let message = Message::parse(&*record.plain).expect("a machine emits what can be parsed");
        assert!(self.close.is_none(), "{message:?} after {:?}", self.close);
        match (self.ended, &message) {
            (Some(Ended::ByUs(reason)), Message::Close(close)) => {
                assert_eq!(reason, *close, "told another reason than we heard");
                self.close = Some(*close);
            }
            (ended, Message::Close(_)) => panic!("{message:?}, but ended as {ended:?}"),
            (Some(ended), _) => panic!("{message:?} after {ended:?}"),
            (None, _) => {}
        }
        self.records.push(record);
    }
}

/// A machine under observation.
pub struct Tapped<'a, M> {
    machine: &'a mut M,
    log: &'a mut Log,
}

impl<'a, M> Tapped<'a, M> {
    pub fn new(machine: &'a mut M, log: &'a mut Log) -> Self {
        Self { machine, log }
    }
}

impl<M: Machine> Machine for Tapped<'_, M>
where
    for<'f> M::Event<'f>: Ends,
{
    type Event<'f> = M::Event<'f>;

    fn handle_frame<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Option<M::Event<'f>> {
        assert!(self.machine.can_receive(), "a machine that cannot receive was handed a frame");
        let had_ended = self.log.ended.is_some();
        let travelled = frame.to_vec();
        let event = self.machine.handle_frame(now, frame);
        if !had_ended {
            self.log.frames_heard += 1;
            self.log.records.push(Record::new(now, false, &travelled));
        }
        let event = event?;
        self.log.heard(event.ended());
        Some(event)
    }

    fn handle_eof(&mut self, now: Instant) -> Option<M::Event<'static>> {
        let event = self.machine.handle_eof(now)?;
        self.log.heard(event.ended());
        Some(event)
    }

    fn handle_timeout(&mut self, now: Instant) -> Option<M::Event<'static>> {
        let event = self.machine.handle_timeout(now)?;
        self.log.heard(event.ended());
        Some(event)
    }

    fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<M::Event<'static>> {
        let event = self.machine.handle_stall(now, direction)?;
        self.log.heard(event.ended());
        Some(event)
    }

    fn wants_send(&self) -> bool {
        self.machine.wants_send()
    }

    fn can_receive(&self) -> bool {
        self.machine.can_receive()
    }

    fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        let wanted = self.machine.wants_send();
        let emitted = self.machine.poll_frame(now, out);
        assert_eq!(wanted, emitted, "a machine does what it wants");
        if emitted {
            self.log.emitted(now, out);
        }
        emitted
    }

    fn deadline(&self) -> Option<Instant> {
        self.machine.deadline()
    }

    fn is_closed(&self) -> bool {
        self.machine.is_closed()
    }
}
