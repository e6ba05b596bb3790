//! Calls of the first generation on a node's port: chats, whose password is the circle's passphrase.
//!
//! Who calls gives a name and no key, so a call is no contact: it is known as long as it lasts.

use super::{Node, Policy, Storage};
use crate::channel::Acceptor;
use crate::chat::{Callee, CalleeEvent};
use crate::door::Door;
use crate::suite::SealedWith;
use crate::suite::aead::Aead;
use crate::time::Instant;
use crate::wire::Service;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum CallAnswer {
    /// The user is asked.
    Ask,
    /// It is refused.
    Refuse,
    /// It is accepted.
    Accept,
}

impl<M: Storage> Node<M> {
    /// A connection whose Hello an [`Acceptor`] has read, and how it ended if the Hello was refused. Returns the acceptor
    /// if no Hello has arrived; also, refused, if it does not ask for a chat. The circle is the first one: a call names
    /// none.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn called<A: Aead>(
        &self,
        mut acceptor: Acceptor,
        now: Instant,
    ) -> Result<(Callee<SealedWith<A>>, Option<CalleeEvent>), Acceptor> {
        let checked = acceptor.check(now, |asked| asked.check::<SealedWith<A>>(Service::Chat));
        match self.circles().next().filter(|_| checked.is_some()) {
            Some(circle) => Callee::of_acceptor(acceptor, now, &circle.door),
            None => Err(acceptor),
        }
    }

    /// The door at which callers are authenticated; `None` if the node is in no circle.
    pub fn call_door(&mut self) -> Option<&mut Door<M::Guessers>> {
        self.circle_mut(0).map(|circle| &mut circle.door)
    }

    /// What becomes of the call of somebody who knows the passphrase. Who is not known cannot become so by a call, which
    /// proves no key.
    pub fn call_answer(&self) -> CallAnswer {
        match self.policy {
            Policy::Ask => CallAnswer::Ask,
            Policy::Known => CallAnswer::Refuse,
            Policy::All => CallAnswer::Accept,
        }
    }
}
