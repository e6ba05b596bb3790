//! A node on the list of a community while it waits for a chat.

use p2pm_core::suite::Suite;
use p2pm_core::time::{Instant, earliest};

use super::{Board, Member, Node, Outcome, Platform, Polled, Role};

/// A node and its membership. It leaves the community when a chat begins, so that others do not try to call,
/// and joins again when the chat is over.
pub struct Online<'a, S: Suite, P: Platform, const DOOR: usize> {
    node: &'a mut Node<S, P, DOOR>,
    member: &'a mut Member<S, P>,
    /// How the membership ended, once it has.
    left: Option<Outcome>,
}

impl<'a, S: Suite, P: Platform, const DOOR: usize> Online<'a, S, P, DOOR> {
    /// Combines a node and a member. Both stay in place, since there may be no room to move them.
    pub fn new(node: &'a mut Node<S, P, DOOR>, member: &'a mut Member<S, P>) -> Self {
        Self { node, member, left: None }
    }
}

impl<S: Suite, P: Platform, const DOOR: usize> Role<P> for Online<'_, S, P, DOOR> {
    fn poll(&mut self, board: &mut Board<P>) -> Polled {
        let was_busy = self.node.is_busy();
        let node = self.node.poll(board);
        match (was_busy, self.node.is_busy()) {
            (false, true) => self.member.leave(board),
            (true, false) => self.member.come_back(),
            _ => {}
        }
        let member = match self.left {
            Some(outcome) => Polled::Over(outcome),
            None => self.member.poll(board),
        };
        match (node, member) {
            (Polled::Over(_), Polled::Over(outcome)) => Polled::Over(outcome),
            // Not on the list any more: no caller can find the node.
            (_, Polled::Over(outcome)) if self.left.is_none() => {
                self.left = Some(outcome);
                self.node.stop(board);
                Polled::Again
            }
            (Polled::Again, _) | (_, Polled::Again) => Polled::Again,
            _ => Polled::Idle,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(self.node.deadline(), self.member.deadline())
    }

    fn stop(&mut self, board: &mut Board<P>) {
        // Both at once, so that neither waits for the peers of the other.
        self.member.stop(board);
        self.node.stop(board);
    }
}
