//! One end of one connection.

use core::mem;

use p2pm_core::chat::{Callee, Caller, CallerEvent, Conversation};
use p2pm_core::community::{Client, Hall, Session};
use p2pm_core::door::Door;
use p2pm_core::drive::{Connection, Pumped, Transport};
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Turns};

use crate::part::Borrowed;
use crate::{Action, Error};

/// State shared by all lines of a device.
pub(crate) struct Shared<'m> {
    pub(crate) door: Door,
    pub(crate) hall: Hall<Borrowed<'m>>,
}

pub(crate) enum Machine<S: Suite> {
    Client(Client<S>),
    Session(Session<S>),
    Caller(Caller<S>),
    Callee(Callee<S>),
    Conversation(Conversation<S>),
    /// Placeholder during a transition.
    Between,
}

/// A machine and its connection's frames.
pub(crate) struct Line<S: Suite> {
    machine: Machine<S>,
    connection: Connection,
}

impl<S: Suite> Line<S> {
    pub(crate) fn new(machine: Machine<S>) -> Self {
        Self { machine, connection: Connection::default() }
    }

    /// Does what is possible now; true if it has ended.
    pub(crate) fn poll(
        &mut self,
        now: Instant,
        shared: &mut Shared<'_>,
        transport: &mut impl Transport,
    ) -> bool {
        let Self { machine, connection } = self;
        let pumped = match machine {
            Machine::Client(client) => connection.pump(transport, client, now, |_| false),
            Machine::Session(session) => {
                connection.pump(transport, &mut session.at(&mut shared.hall), now, |_| false)
            }
            Machine::Caller(caller) => {
                connection.pump(transport, caller, now, |event| matches!(event, CallerEvent::Accepted(_)))
            }
            Machine::Callee(callee) => {
                connection.pump(transport, &mut callee.at(&mut shared.door), now, |_| false)
            }
            Machine::Conversation(conversation) => connection.pump(transport, conversation, now, |_| false),
            Machine::Between => Pumped::Closed,
        };
        if pumped == Pumped::Event(true) {
            self.begin();
        }
        pumped == Pumped::Closed
    }

    /// Turns an accepted caller into a conversation.
    fn begin(&mut self) {
        if let Machine::Caller(caller) = mem::replace(&mut self.machine, Machine::Between) {
            self.machine = caller.into_conversation().map_or_else(Machine::Caller, Machine::Conversation);
        }
    }

    /// Accepts a call; false if none is ringing.
    fn accept(&mut self, turns: Turns) -> bool {
        let Machine::Callee(callee) = mem::replace(&mut self.machine, Machine::Between) else { return false };
        let conversation = callee.accept(turns);
        let accepted = conversation.is_ok();
        self.machine = conversation.map_or_else(Machine::Callee, Machine::Conversation);
        accepted
    }

    /// Performs an action.
    pub(crate) fn act(
        &mut self,
        now: Instant,
        action: Action<'_>,
        shared: &mut Shared<'_>,
        transport: &mut impl Transport,
    ) -> Result<(), Error> {
        let done = match action {
            Action::Accept(turns) => self.accept(turns),
            Action::Quit => self.quit(now),
            Action::Refuse => self.refuse(now, Close::Refused, shared),
            Action::Busy => self.refuse(now, Close::Busy, shared),
            action => return self.say(now, action, transport),
        };
        if done { Ok(()) } else { Err(Error::Misplaced) }
    }

    fn say(&mut self, now: Instant, action: Action<'_>, transport: &mut impl Transport) -> Result<(), Error> {
        let Self { machine, connection } = self;
        let sent = match (machine, action) {
            (Machine::Client(client), Action::Join { name, port }) => {
                connection.send(transport, now, |out| client.join(now, name, port, out))
            }
            (Machine::Client(client), Action::Subscribe) => {
                connection.send(transport, now, |out| client.subscribe(now, out))
            }
            (Machine::Client(client), Action::List) => {
                connection.send(transport, now, |out| client.request_list(now, out))
            }
            (Machine::Conversation(conversation), Action::Text(text)) => {
                connection.send(transport, now, |out| conversation.send_text(now, text, out))
            }
            _ => return Err(Error::Misplaced),
        };
        sent.map_err(Error::Refused)
    }

    /// Leaves; false if this kind of end cannot.
    fn quit(&mut self, now: Instant) -> bool {
        match &mut self.machine {
            Machine::Client(client) => client.leave(now).is_some(),
            Machine::Caller(caller) => caller.hang_up(now).is_some(),
            Machine::Conversation(conversation) => conversation.quit(now).is_some(),
            Machine::Session(_) | Machine::Callee(_) | Machine::Between => false,
        }
    }

    /// Refuses the peer; false if this kind of end cannot.
    fn refuse(&mut self, now: Instant, reason: Close, shared: &mut Shared<'_>) -> bool {
        match &mut self.machine {
            Machine::Session(session) => session.at(&mut shared.hall).close(now, reason).is_some(),
            Machine::Callee(callee) => callee.refuse(now, reason).is_some(),
            _ => false,
        }
    }
}
