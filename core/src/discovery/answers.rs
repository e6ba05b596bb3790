//! Answers that wait for their time.

use core::net::{IpAddr, SocketAddr};

use super::interface::InterfaceId;
use super::target::{Target, Wanted};
use crate::time::Instant;

/// Answers to a search, one for each target.
#[derive(Clone, Copy, Debug)]
pub struct Answer(Option<Pending>);

/// Where answers go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Question {
    pub(super) interface: InterfaceId,
    pub(super) to: SocketAddr,
    /// Our address on the searcher's subnet.
    pub(super) ours: IpAddr,
    pub(super) wanted: Wanted,
}

#[derive(Clone, Copy, Debug)]
struct Pending {
    question: Question,
    due: Instant,
    /// The next target.
    step: usize,
}

/// The answers that wait.
pub(super) struct Answers<R>(R);

impl Answer {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self(None);
}

impl<R: AsRef<[Answer]> + AsMut<[Answer]>> Answers<R> {
    pub(super) fn new(mut rows: R) -> Self {
        rows.as_mut().fill(Answer::EMPTY);
        Self(rows)
    }

    /// Whether the same is asked already.
    pub(super) fn is_pending(&self, question: &Question) -> bool {
        self.pending().any(|pending| pending.question == *question)
    }

    /// Keeps an answer until it is due; false if there is no room.
    pub(super) fn add(&mut self, question: Question, due: Instant) -> bool {
        let free = self.0.as_mut().iter_mut().find(|row| row.0.is_none());
        free.map(|row| row.0 = Some(Pending { question, due, step: 0 })).is_some()
    }

    pub(super) fn has_room(&self) -> bool {
        self.0.as_ref().iter().any(|row| row.0.is_none())
    }

    /// The next datagram that is due.
    pub(super) fn next(&mut self, now: Instant) -> Option<(Question, Target)> {
        for row in self.0.as_mut() {
            let Some(pending) = row.0.as_mut().filter(|pending| pending.due <= now) else { continue };
            let (question, step) = (pending.question, pending.step);
            pending.step = step.saturating_add(1);
            match question.wanted.get(step) {
                Some(target) => return Some((question, target)),
                None => row.0 = None,
            }
        }
        None
    }

    /// Drops those that this does not hold of.
    pub(super) fn retain(&mut self, holds: impl Fn(&Question) -> bool) {
        for row in self.0.as_mut() {
            row.0 = row.0.filter(|pending| holds(&pending.question));
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.pending().map(|pending| pending.due).min()
    }

    fn pending(&self) -> impl Iterator<Item = &Pending> {
        self.0.as_ref().iter().filter_map(|row| row.0.as_ref())
    }
}
