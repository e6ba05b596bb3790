//! What a role is, and how it is played.

use p2pm_core::channel::Ended;
use p2pm_core::limits::LINGER_TIMEOUT;
use p2pm_core::time::{Instant, earliest};

use super::{Board, Clock, Network, Platform};

/// Something that a device does.
pub trait Role<P: Platform> {
    /// Does what can be done now, without waiting.
    fn poll(&mut self, board: &mut Board<P>) -> Polled;

    /// When the next poll is due although nothing happens.
    fn deadline(&self) -> Option<Instant>;

    /// Says goodbye to everybody. What follows are the polls to the end.
    fn stop(&mut self, board: &mut Board<P>);
}

/// A role can be played where it is: there may be no room to move it.
impl<P: Platform, R: Role<P>> Role<P> for &mut R {
    fn poll(&mut self, board: &mut Board<P>) -> Polled {
        (**self).poll(board)
    }

    fn deadline(&self) -> Option<Instant> {
        (**self).deadline()
    }

    fn stop(&mut self, board: &mut Board<P>) {
        (**self).stop(board);
    }
}

/// What came of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// There may be more to do at once.
    Again,
    /// There is nothing more to do before something happens.
    Idle,
    /// There will be nothing more to do.
    Over(Outcome),
}

/// How a role ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was there for.
    Done,
    /// The peer said no.
    Refused,
    /// The network, the peer or this device stood in the way.
    Failed,
}

impl From<Ended> for Outcome {
    fn from(ended: Ended) -> Self {
        if ended.is_goodbye() {
            Self::Done
        } else if ended.is_refusal() {
            Self::Refused
        } else {
            Self::Failed
        }
    }
}

/// Polls of a busy role before the network is polled again.
const POLLS_PER_STEP: usize = 16;

/// A role that is being played.
pub struct Performance<R> {
    role: R,
    outcome: Option<Outcome>,
}

/// What is to come next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Another step: when a packet has arrived, or something typed that is asked for (see
    /// [`Console::is_awaited`](super::Console::is_awaited)), or at this moment.
    Wait(Option<Instant>),
    /// Nothing: this is how it ended.
    Over(Outcome),
}

impl<R> Performance<R> {
    /// It begins.
    pub fn new(role: R) -> Self {
        Self { role, outcome: None }
    }

    /// Does something of what can be done now.
    pub fn step<P: Platform>(&mut self, board: &mut Board<P>) -> Next
    where
        R: Role<P>,
    {
        let now = board.clock.now();
        board.network.poll(now);
        if self.outcome.is_none() {
            match self.poll_role(board) {
                // Not at once: whoever waits is to hear of signals even while a peer talks without end.
                Polled::Again => return Next::Wait(Some(now)),
                Polled::Idle => return Next::Wait(earliest(self.role.deadline(), board.network.deadline())),
                Polled::Over(outcome) => {
                    self.outcome = Some(outcome);
                    board.network.close_by(now + LINGER_TIMEOUT);
                }
            }
        }
        match self.outcome {
            // Over, it is still to be sent to its end.
            Some(outcome) if board.network.is_quiet() => Next::Over(outcome),
            _ => Next::Wait(board.network.deadline()),
        }
    }

    /// Does what can be done with what the network has brought, or much of it: what comes of it goes out in as few
    /// packets as hold it.
    fn poll_role<P: Platform>(&mut self, board: &mut Board<P>) -> Polled
    where
        R: Role<P>,
    {
        for _ in 0..POLLS_PER_STEP {
            board.console.begin_poll();
            match self.role.poll(board) {
                Polled::Again => {}
                polled => return polled,
            }
        }
        Polled::Again
    }

    /// Asks for its end. Steps to it follow.
    pub fn stop<P: Platform>(&mut self, board: &mut Board<P>)
    where
        R: Role<P>,
    {
        if self.outcome.is_none() {
            self.role.stop(board);
        }
    }
}

/// Plays a role to its end. `wait` waits for what [`Next::Wait`] says, or returns earlier; true asks the role to
/// stop.
pub fn run<P: Platform>(
    board: &mut Board<P>,
    role: impl Role<P>,
    mut wait: impl FnMut(&mut Board<P>, Option<Instant>) -> bool,
) -> Outcome {
    let mut performance = Performance::new(role);
    loop {
        match performance.step(board) {
            Next::Over(outcome) => return outcome,
            Next::Wait(until) => {
                if wait(board, until) {
                    performance.stop(board);
                }
            }
        }
    }
}
