//! The client's connection to a community server.

use std::collections::{HashSet, VecDeque};
use std::io;
use std::num::NonZeroU16;

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::community::{Client, ClientEvent};
use p2pm_core::error::SendError;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Change, Endpoint, JoinRefusal, Name, User};

use crate::triad::net::{Socket, Stack};
use crate::triad::peer::{Peer, entropy};
use crate::triad::rendezvous::{Mailbox, Rendezvous};
use crate::triad::shell::Background;
use crate::triad::wait::Waiter;

/// A connection to a community server.
pub struct Lobby<S: Suite> {
    peer: Peer,
    client: Client<S>,
    /// What is to be sent as soon as the connection has room for it.
    orders: VecDeque<Order>,
    /// The pages of the list that have come so far.
    list: Vec<User>,
    /// Where our own node notifies us that it has begun a chat.
    mailbox: Option<Mailbox>,
}

enum Order {
    Join(Name, NonZeroU16),
    Subscribe,
    List,
}

/// What happened in the lobby.
#[derive(Debug)]
pub enum LobbyEvent {
    /// The password was right.
    Welcome,
    /// We are on the list, to be called here.
    Joined(Endpoint),
    /// We are not on the list.
    JoinRefused(JoinRefusal),
    /// The whole list, with everybody on it once.
    List(Vec<User>),
    /// Who came and went, and how many changes nobody told us of.
    Presence(Vec<Change>, u32),
    /// Our node is in a chat.
    NodeIsInChat,
    /// The connection is over.
    Ended(Ended),
}

impl<S: Suite> Lobby<S> {
    /// Over a socket just connected.
    pub fn new(socket: Socket, password: Password, now: Instant) -> io::Result<Self> {
        let client = Client::new(now, password, entropy()?);
        Ok(Self { peer: Peer::new(socket), client, orders: VecDeque::new(), list: Vec::new(), mailbox: None })
    }

    /// Asks to be put on the list. Our node listens on `port`.
    pub fn join(&mut self, name: Name, port: NonZeroU16) {
        self.order(Order::Join(name, port));
    }

    /// Once joined: tell us of changes, and let our node on `port` find us.
    ///
    /// Fails if the node could not find us; the rest is done all the same.
    pub fn subscribe(&mut self, port: NonZeroU16) -> io::Result<()> {
        self.order(Order::Subscribe);
        self.mailbox = Some(Rendezvous::of_user()?.open_mailbox(port.get())?);
        Ok(())
    }

    /// Asks for the whole list.
    pub fn request_list(&mut self) {
        self.order(Order::List);
    }

    /// Says goodbye: see [`crate::triad::shell::Shell::drain`].
    pub fn leave(&mut self, now: Instant) {
        self.client.leave(now);
    }

    fn order(&mut self, order: Order) {
        self.orders.push_back(order);
    }

    /// Sends what was ordered, as far as there is room.
    fn send_orders(&mut self, stack: &mut Stack, now: Instant) {
        let Self { peer, client, orders, .. } = self;
        while let Some(order) = orders.front() {
            let sent = peer.send(stack, now, |out| match order {
                Order::Join(name, port) => client.join(now, name.clone(), *port, out),
                Order::Subscribe => client.subscribe(now, out),
                Order::List => client.request_list(now, out),
            });
            if sent == Err(SendError::Busy) {
                return;
            }
            // One that is refused is moot: the connection is over, or a list is on its way already.
            orders.pop_front();
        }
    }
}

impl<S: Suite> Background for Lobby<S> {
    type Event = LobbyEvent;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        self.peer.wait_for(&self.client, waiter);
        if !self.orders.is_empty() {
            self.peer.wait_to_send(waiter);
        }
        waiter.read(self.mailbox.as_ref().map(Mailbox::as_fd));
    }

    fn deadline(&mut self) -> Option<Instant> {
        self.peer.deadline(&self.client)
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<LobbyEvent> {
        if self.mailbox.as_ref().is_some_and(Mailbox::take_notice) {
            return Some(LobbyEvent::NodeIsInChat);
        }
        self.send_orders(stack, now);
        let Self { peer, client, list, .. } = self;
        peer.poll(stack, client, now, |event| match event {
            ClientEvent::Welcome => Some(LobbyEvent::Welcome),
            ClientEvent::Joined { endpoint, .. } => Some(LobbyEvent::Joined(endpoint)),
            ClientEvent::JoinRefused(refusal) => Some(LobbyEvent::JoinRefused(refusal)),
            ClientEvent::ListPage(page) => {
                list.extend(page.users);
                page.last.then(|| LobbyEvent::List(latest(std::mem::take(list))))
            }
            ClientEvent::Presence(presence) => {
                Some(LobbyEvent::Presence(presence.changes.collect(), presence.missed))
            }
            ClientEvent::Ended(ended) => Some(LobbyEvent::Ended(ended)),
        })
        .flatten()
    }

    fn is_over(&mut self) -> bool {
        self.client.is_closed()
    }
}

/// Whoever came back while the list was on its way is on two pages of it: the later one counts.
fn latest(listed: Vec<User>) -> Vec<User> {
    let mut names = HashSet::new();
    let mut users: Vec<_> = listed.into_iter().rev().filter(|user| names.insert(user.name.clone())).collect();
    users.reverse();
    users
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str, port: u16) -> User {
        let endpoint = Endpoint::new([192, 0, 2, 1].into(), NonZeroU16::new(port).unwrap());
        User { name: name.parse().unwrap(), endpoint }
    }

    #[test]
    fn who_is_listed_twice_is_where_the_later_page_says() {
        let [before, after, other] = [user("abdul", 1), user("abdul", 2), user("katie", 3)];
        assert_eq!(latest(vec![before, other.clone(), after.clone()]), [other, after]);
    }
}
