//! Either side of a chat before a peer that says anything at any time, and both sides before each other.

use std::collections::VecDeque;

use arbitrary::Arbitrary;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Frame, Turns};

use crate::party::{Command, Party, fault_of};
use crate::password;
use crate::witness::Act;

/// Who is there, and what happens to them.
#[derive(Arbitrary, Debug)]
pub enum Input<'a> {
    /// Somebody who calls.
    Caller {
        /// Offers free turns, or else linear ones.
        free: bool,
        /// Who says so, if they do.
        from: Option<u8>,
        /// What happens.
        commands: Vec<Command<'a>>,
    },
    /// Somebody who is called.
    Callee(Vec<Command<'a>>),
    /// One who calls the other.
    Both {
        /// The caller has the right password.
        right: bool,
        /// The caller offers free turns, or else linear ones.
        free: bool,
        /// What happens, and on which side.
        moves: Vec<(Side, Command<'a>)>,
    },
}

/// One side of a chat.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum Side {
    /// Who calls.
    Caller,
    /// Who is called.
    Callee,
}

/// Plays it with suite `S`.
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

/// Both sides of a chat, and the frames on their way between them.
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
        // What one side hears is what the other has said, whatever the input would have it hear.
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
