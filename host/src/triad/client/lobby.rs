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
use crate::wait::Waiter;

/// A connection to a community server.
pub struct Lobby<S: Suite> {
    peer: Peer,
    client: Client<S>,
    /// Commands to be sent once the connection has room.
    orders: VecDeque<Order>,
    /// Pages of the list received so far.
    list: Vec<User>,
    /// Mailbox for our node's notices that it has begun a chat.
    mailbox: Option<Mailbox>,
}

enum Order {
    Join(Name, NonZeroU16),
    Subscribe,
    List,
}

/// Events of the lobby.
#[derive(Debug)]
pub enum LobbyEvent {
    /// The handshake is over: the password was right.
    Welcome,
    /// The join was accepted; our node can be called at this endpoint.
    Joined(Endpoint),
    /// The join was refused.
    JoinRefused(JoinRefusal),
    /// The whole list, without duplicates.
    List(Vec<User>),
    /// Presence changes, and the number of changes missed.
    Presence(Vec<Change>, u32),
    /// Our node is in a chat.
    NodeIsInChat,
    /// The connection has ended.
    Ended(Ended),
}

impl<S: Suite> Lobby<S> {
    /// A lobby on a socket just connected.
    pub fn new(socket: Socket, password: Password, now: Instant) -> io::Result<Self> {
        let client = Client::new(now, password, entropy()?);
        Ok(Self { peer: Peer::new(socket), client, orders: VecDeque::new(), list: Vec::new(), mailbox: None })
    }

    /// Queues a join request. Our node listens on `port`.
    pub fn join(&mut self, name: Name, port: NonZeroU16) {
        self.order(Order::Join(name, port));
    }

    /// After joining: subscribes to changes, and opens a mailbox for our node on `port`.
    ///
    /// Fails if the mailbox cannot be opened; the subscription is made all the same.
    pub fn subscribe(&mut self, port: NonZeroU16) -> io::Result<()> {
        self.order(Order::Subscribe);
        self.mailbox = Some(Rendezvous::of_user()?.open_mailbox(port.get())?);
        Ok(())
    }

    /// Queues a request for the whole list.
    pub fn request_list(&mut self) {
        self.order(Order::List);
    }

    /// Sends a goodbye: see [`crate::triad::shell::Shell::drain`].
    pub fn leave(&mut self, now: Instant) {
        self.client.leave(now);
    }

    fn order(&mut self, order: Order) {
        self.orders.push_back(order);
    }

    /// Sends the queued commands while there is room.
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
            // A refused command is obsolete: the connection has ended, or a list is already being received.
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

/// Removes duplicates: a user that rejoined while the list was sent is on two pages, of which the later one
/// counts.
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
    fn a_user_listed_twice_has_the_endpoint_of_the_later_page() {
        let [before, after, other] = [user("abdul", 1), user("abdul", 2), user("katie", 3)];
        assert_eq!(latest(vec![before, other.clone(), after.clone()]), [other, after]);
    }
}
