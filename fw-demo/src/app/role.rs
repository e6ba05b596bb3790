//! What a role is, and how it is played.

use p2pm_core::session::Ended;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::Close;

use super::{Board, Clock, Network, Platform};

/// Something that a device does.
pub trait Role<P: Platform> {
    /// Does what can be done now, without waiting.
    fn turn(&mut self, board: &mut Board<P>) -> Turn;

    /// When the next turn is due although nothing happens.
    fn deadline(&self) -> Option<Instant>;

    /// Says goodbye to everybody. What follows are the turns to the end.
    fn stop(&mut self, board: &mut Board<P>);
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
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
        match ended {
            Ended::ByUs(Close::Goodbye) | Ended::ByPeer(Close::Goodbye) => Self::Done,
            Ended::ByPeer(
                Close::WrongPassword
                | Close::TooManyGuesses { .. }
                | Close::Busy
                | Close::Refused
                | Close::Full,
            ) => Self::Refused,
            Ended::ByUs(_) | Ended::ByPeer(_) | Ended::Lost => Self::Failed,
        }
    }
}

/// Plays a role to its end.
///
/// `wait` is to return when a packet has arrived, or something typed that is asked for (see
/// [`Console::is_awaited`](super::Console::is_awaited)), at the given moment, or earlier; true asks the role to
/// stop.
pub fn run<P: Platform>(
    board: &mut Board<P>,
    role: &mut impl Role<P>,
    mut wait: impl FnMut(&mut Board<P>, Option<Instant>) -> bool,
) -> Outcome {
    let mut outcome = None;
    loop {
        board.network.poll(board.clock.now());
        board.console.begin_turn();
        if outcome.is_none() {
            match role.turn(board) {
                Turn::Again => continue,
                Turn::Idle => {}
                Turn::Over(how) => outcome = Some(how),
            }
        }
        // Over, it is still to be sent to its end.
        if let Some(outcome) = outcome
            && board.network.is_quiet()
        {
            return outcome;
        }
        let due = if outcome.is_some() { None } else { role.deadline() };
        let until = earliest(due, board.network.deadline());
        if wait(board, until) && outcome.is_none() {
            role.stop(board);
        }
    }
}
