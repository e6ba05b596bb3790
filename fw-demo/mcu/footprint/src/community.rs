//! Both sides of a community connection.

use core::hint::black_box;
use core::iter::repeat_with;

use p2pm_core::community::{Client, ClientEvent, Hall, Session, SessionEvent};
use p2pm_core::door::{HalfOpen, LogLimit};
use p2pm_core::drive::{Connection, Pumped};
use p2pm_core::error::SendError;
use p2pm_core::registry::Storage;
use p2pm_core::suite::Suite;
use p2pm_core::wire::{Change, Close, User};

use crate::outside::{address, entropy, name, now, password, port, show, unknown, wire};

/// A client.
pub struct Member<S: Suite> {
    client: Client<S>,
    connection: Connection,
}

impl<S: Suite> Member<S> {
    pub fn new() -> Self {
        Self { client: Client::new(now(), password(), entropy()), connection: Connection::default() }
    }

    pub fn poll(&mut self) {
        let Self { client, connection } = self;
        if let Pumped::Closed = connection.pump(&mut wire(), client, now(), show_client_event) {
            *self = Self::new();
            return;
        }
        if let Err(error) = self.command() {
            show(error);
        }
        black_box((self.connection.interest(&self.client), self.connection.deadline(&self.client)));
    }

    /// A command of the user's.
    fn command(&mut self) -> Result<(), SendError> {
        let Self { client, connection } = self;
        match unknown::<u8>() {
            0 => _ = client.leave(now()).map(show_client_event),
            1 => return connection.send(&mut wire(), now(), |out| client.request_list(now(), out)),
            2 => return connection.send(&mut wire(), now(), |out| client.subscribe(now(), out)),
            _ => {
                let Some(name) = name() else { return Ok(()) };
                return connection.send(&mut wire(), now(), |out| client.join(now(), name, port(), out));
            }
        }
        black_box((client.is_joined(), connection.can_send()));
        Ok(())
    }
}

fn show_client_event(event: ClientEvent<'_>) {
    match event {
        ClientEvent::Welcome => show("welcome"),
        ClientEvent::Joined { endpoint, online } => {
            _ = black_box(endpoint);
            show(online);
        }
        ClientEvent::JoinRefused(refusal) => _ = black_box(refusal),
        ClientEvent::ListPage(page) => page.users.for_each(|user| show_user(&user)),
        ClientEvent::Presence(presence) => {
            show(presence.missed);
            presence.changes.for_each(|change| match change {
                Change::Joined(user) => show_user(&user),
                Change::Left(name) => show(name),
            });
        }
        ClientEvent::Ended(ended) => show(ended),
    }
}

fn show_user(user: &User) {
    _ = black_box(user.endpoint);
    show(&user.name);
}

/// A session.
pub struct Meeting<S: Suite> {
    session: Session<S>,
    connection: Connection,
    allowance: LogLimit,
}

impl<S: Suite> Meeting<S> {
    pub fn new() -> Self {
        Self {
            session: Session::new(now(), address(), entropy()),
            connection: Connection::default(),
            allowance: LogLimit::default(),
        }
    }

    pub fn poll<M: Storage>(&mut self, hall: &mut Hall<M>) {
        let Self { session, connection, allowance } = self;
        let may_show = allowance.take_line(now());
        let show_event = |event| {
            if may_show {
                show_session_event(event);
            }
        };
        if let Pumped::Closed = connection.pump(&mut wire(), &mut session.at(hall), now(), show_event) {
            *self = Self::new();
            return;
        }
        black_box((session.is_authenticated(), session.is_subscribed()));
        black_box((connection.interest(&session.at(hall)), connection.deadline(&session.at(hall))));
        if unknown() {
            _ = session.at(hall).close(now(), Close::Full).map(show_session_event);
        }
        Self::look_around(hall);
    }

    /// Queries of the operator.
    fn look_around<M: Storage>(hall: &mut Hall<M>) {
        if let Some(warning) = hall.take_warning() {
            show(warning);
        }
        let registry = hall.registry();
        show(registry.len());
        if let Some(id) = name().and_then(|name| registry.lookup(&name))
            && let Some(user) = registry.get(id)
        {
            show_user(user);
        }
        let there = repeat_with(|| (address(), unknown::<usize>())).take(unknown());
        let half_open: HalfOpen<usize> = there.collect();
        black_box(half_open.room_for(address(), false, || None));
    }
}

fn show_session_event(event: SessionEvent) {
    match event {
        SessionEvent::Joined(user) => show_user(&user),
        SessionEvent::Ended { user, ended } => {
            if let Some(user) = user {
                show_user(&user);
            }
            show(ended.reason());
        }
    }
}
