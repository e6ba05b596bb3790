//! Either side of a chat with an arbitrary peer, and both sides with each other.

use std::collections::VecDeque;

use arbitrary::Arbitrary;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Frame, Turns};

use crate::party::{Command, Party, fault_of};
use crate::password;
use crate::witness::Act;

/// Parties and operations.
#[derive(Arbitrary, Debug)]
pub enum Input<'a> {
    /// A caller.
    Caller {
        /// Offers free turns, else linear ones.
        free: bool,
        /// Its name, if it gives one.
        from: Option<u8>,
        /// The operations.
        commands: Vec<Command<'a>>,
    },
    /// A callee.
    Callee(Vec<Command<'a>>),
    /// A caller and a callee, connected to each other.
    Both {
        /// Whether the caller has the right password.
        right: bool,
        /// Whether the caller offers free turns, else linear ones.
        free: bool,
        /// The operations, each on one side.
        moves: Vec<(Side, Command<'a>)>,
    },
}

/// Side of a chat.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Side {
    /// The caller.
    Caller,
    /// The callee.
    Callee,
}

/// Plays an input with suite `S`.
pub fn play<S: Suite>(input: Input<'_>) {
    match input {
        Input::Caller { free, from, commands } => {
            alone::<S>(Party::caller(password(), free, from), &commands);
        }
        Input::Callee(commands) => alone::<S>(Party::callee(), &commands),
        Input::Both { right, free, moves } => {
            let mut both = Both::<S>::new(right, free);
            for (side, command) in &moves {
                both.happen(*side, command);
                both.check();
            }
        }
    }
}

fn alone<S: Suite>(mut party: Party<S>, commands: &[Command<'_>]) {
    let mut now = Instant::default();
    for command in commands {
        party.happen(&mut now, command);
    }
}

/// Both sides of a chat, and the frames in flight between them.
struct Both<S: Suite> {
    caller: Party<S>,
    callee: Party<S>,
    to_caller: VecDeque<Frame>,
    to_callee: VecDeque<Frame>,
    now: Instant,
}

impl<S: Suite> Both<S> {
    fn new(right: bool, free: bool) -> Self {
        let password = if right { password() } else { Password::new(b"guess").expect("a password") };
        Self {
            caller: Party::caller(password, free, None),
            callee: Party::callee(),
            to_caller: VecDeque::new(),
            to_callee: VecDeque::new(),
            now: Instant::default(),
        }
    }

    fn happen(&mut self, side: Side, command: &Command<'_>) {
        let Self { caller, callee, to_caller, to_callee, now } = self;
        let (party, incoming, outgoing) = match side {
            Side::Caller => (caller, to_caller, to_callee),
            Side::Callee => (callee, to_callee, to_caller),
        };
        // Each side receives the frames of the other only, so arbitrary frames of the input are ignored.
        if !matches!(command, Command::Act(Act::Hear(_) | Act::Ask(_) | Act::Greet)) {
            outgoing.extend(party.happen(now, command));
        } else if party.listens()
            && let Some(mut frame) = incoming.pop_front()
        {
            party.hear(*now, &mut frame);
        }
    }

    fn check(&self) {
        let (caller, callee) = (self.caller.talk(), self.callee.talk());
        assert!(callee.sent.starts_with(&caller.heard), "the caller heard what nobody said");
        assert!(caller.sent.starts_with(&callee.heard), "the callee heard what nobody said");
        assert!(caller.agreed.is_none() || caller.agreed == callee.agreed, "no agreement");
        if caller.agreed == Some(Turns::Linear) {
            let ahead = caller.sent.len().checked_sub(callee.sent.len());
            assert!(matches!(ahead, Some(0 | 1)), "out of turn");
        }
        assert_eq!([caller.ended, callee.ended].map(fault_of), [None; 2], "both keep to the protocol");
    }
}
