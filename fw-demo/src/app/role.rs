//! Interface of a role, and the loop that plays it.

use p2pm_core::channel::Ended;
use p2pm_core::limits::LINGER_TIMEOUT;
use p2pm_core::time::{Instant, earliest};

use super::{Board, Clock, Network, Platform};

/// Activity of a device.
pub trait Role<P: Platform> {
    /// Does what is possible now, without blocking.
    fn poll(&mut self, board: &mut Board<P>) -> Polled;

    /// When to poll even without an event.
    fn deadline(&self) -> Option<Instant>;

    /// Sends every peer a goodbye. Polls until the end follow.
    fn stop(&mut self, board: &mut Board<P>);
}

/// A role can be played in place, since there may be no room to move it.
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

/// Result of a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polled {
    /// There may be more to do at once.
    Again,
    /// There is nothing more to do before an event.
    Idle,
    /// The role has ended.
    Over(Outcome),
}

/// How a role ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it was started for.
    Done,
    /// The peer refused.
    Refused,
    /// Failure of the network, the peer or this device.
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

/// Most polls of a busy role before the network is polled again.
const POLLS_PER_STEP: usize = 16;

/// A role in progress.
pub struct Performance<R> {
    role: R,
    outcome: Option<Outcome>,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Step again when a packet has arrived, when input has arrived that is asked for (see
    /// [`Console::is_awaited`](super::Console::is_awaited)), or at this moment.
    Wait(Option<Instant>),
    /// The role has ended.
    Over(Outcome),
}

impl<R> Performance<R> {
    /// Starts a role.
    pub fn new(role: R) -> Self {
        Self { role, outcome: None }
    }

    /// Does a bounded part of what is possible now.
    pub fn step<P: Platform>(&mut self, board: &mut Board<P>) -> Next
    where
        R: Role<P>,
    {
        let now = board.clock.now();
        board.network.poll(now);
        if self.outcome.is_none() {
            match self.poll_role(board) {
                // Not at once: the caller must see signals even while a peer sends without end.
                Polled::Again => return Next::Wait(Some(now)),
                Polled::Idle => return Next::Wait(earliest(self.role.deadline(), board.network.deadline())),
                Polled::Over(outcome) => {
                    self.outcome = Some(outcome);
                    board.network.close_by(now + LINGER_TIMEOUT);
                }
            }
        }
        match self.outcome {
            // After the role's end, its last bytes are still being sent.
            Some(outcome) if board.network.is_quiet() => Next::Over(outcome),
            _ => Next::Wait(board.network.deadline()),
        }
    }

    /// Polls the role repeatedly, so that its output is sent in as few packets as possible.
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

    /// Asks the role to stop. Steps until its end follow.
    pub fn stop<P: Platform>(&mut self, board: &mut Board<P>)
    where
        R: Role<P>,
    {
        if self.outcome.is_none() {
            self.role.stop(board);
        }
    }
}

/// Plays a role to its end. `wait` waits for what [`Next::Wait`] says, or returns earlier; true asks the role
/// to stop.
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
