//! Call of a node, from the connection to an accepted chat.

use std::io;

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Caller, CallerEvent};
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Name, Turns};

use crate::triad::chat::{Chat, Side};
use crate::triad::net::{Socket, Stack};
use crate::triad::peer::{Peer, entropy};
use crate::triad::shell::Background;
use crate::wait::Waiter;

/// A call in progress.
pub struct Call<S: Suite> {
    peer: Peer,
    caller: Caller<S>,
}

/// Outcome of a call.
#[derive(Clone, Copy, Debug)]
pub enum CallEvent {
    /// The chat begins: see [`Call::into_chat`].
    Accepted,
    /// There is no chat.
    Ended(Ended),
}

impl<S: Suite> Call<S> {
    /// A call on a socket just connected.
    pub fn new(
        socket: Socket,
        password: Password,
        offer: Turns,
        from: Option<Name>,
        now: Instant,
    ) -> io::Result<Self> {
        let caller = Caller::new(now, password, offer, from, entropy()?);
        Ok(Self { peer: Peer::new(socket), caller })
    }

    /// The chat, once the call is accepted.
    pub fn into_chat(self) -> Option<Chat<S>> {
        let conversation = self.caller.into_conversation().ok()?;
        Some(Chat::new(self.peer, conversation, Side::Caller))
    }

    /// Cancels the call: see [`crate::triad::shell::Shell::drain`].
    pub fn hang_up(&mut self, now: Instant) {
        self.caller.hang_up(now);
    }
}

impl<S: Suite> Background for Call<S> {
    type Event = CallEvent;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        self.peer.wait_for(&self.caller, waiter);
    }

    fn deadline(&mut self) -> Option<Instant> {
        self.peer.deadline(&self.caller)
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<CallEvent> {
        let event = self.peer.poll(stack, &mut self.caller, now, |event| match event {
            CallerEvent::Ringing => None,
            CallerEvent::Accepted(_) => Some(CallEvent::Accepted),
            CallerEvent::Ended(ended) => Some(CallEvent::Ended(ended)),
        });
        event.flatten()
    }

    fn is_over(&mut self) -> bool {
        self.caller.is_closed()
    }
}
