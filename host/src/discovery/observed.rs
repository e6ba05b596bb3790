//! What discovery has seen on each interface, from which can be told why nobody is found.

use std::collections::HashMap;
use std::io;

use p2pm_core::discovery::{Arrival, GROUPS_IPV4, Heard, InterfaceId, LocalPort, Message, Outgoing, Reach};
use p2pm_core::limits::BROADCAST_PORT;
use serde::{Deserialize, Serialize};

use super::purpose::Purpose;
use super::sockets::Open;

/// What was seen on an interface since it is served.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Name of the interface.
    pub interface: String,
    /// Our own IPv4 address there.
    pub address: Option<String>,
    /// Whether our own search, which the system gives back to us, was heard.
    pub own_search: bool,
    /// Number of announcements of nodes.
    pub announcements: u64,
    /// Number of announcements of nodes that were broadcast.
    pub broadcasts: u64,
    /// Number of answers to our searches of a group.
    pub answers: u64,
    /// Number of searches of others.
    pub searches: u64,
    /// Number of messages of other devices.
    pub others: u64,
    /// Why the port of SSDP cannot be used.
    pub port: Option<String>,
    /// Why the last datagram that could not be sent was not.
    pub unsent: Option<String>,
}

/// What was seen on all interfaces.
#[derive(Default)]
pub(super) struct Observed(HashMap<InterfaceId, Seen>);

impl Observed {
    pub(super) fn forget(&mut self, id: InterfaceId) {
        self.0.remove(&id);
    }

    pub(super) fn received(&mut self, arrival: &Arrival, heard: Heard<'_>) {
        let Heard { message, is_ours, is_of_host } = heard;
        let seen = self.0.entry(arrival.interface).or_default();
        match (message, is_ours) {
            (Message::Search(_), true) if arrival.reach == Reach::Group => seen.own_search = true,
            (_, true) => {}
            // From another program on this machine, past every firewall.
            (_, false) if is_of_host => {}
            (Message::Search(_), false) => seen.searches += 1,
            // Others are let in by a firewall that has seen the search.
            (Message::Answer(advert), false)
                if advert.node_port.is_some() && arrival.from.port() != BROADCAST_PORT =>
            {
                seen.answers += 1;
            }
            (Message::Alive(advert), false) if advert.node_port.is_some() => {
                if arrival.reach == Reach::Broadcast {
                    seen.broadcasts += 1;
                } else {
                    seen.announcements += 1;
                }
            }
            _ => seen.others += 1,
        }
    }

    pub(super) fn unsent(&mut self, outgoing: &Outgoing, error: &io::Error) {
        // There is no socket for it, for a reason that is told elsewhere.
        if error.kind() != io::ErrorKind::NotConnected || outgoing.port != LocalPort::Shared {
            let seen = self.0.entry(outgoing.interface).or_default();
            seen.unsent = Some(error.to_string());
        }
    }

    pub(super) fn seen(&self, open: &Open) -> Seen {
        let seen = self.0.get(&open.interface.id).cloned().unwrap_or_default();
        let port = open.socket(Purpose::Group(GROUPS_IPV4[0].into()));
        Seen {
            interface: open.interface.name.clone(),
            address: open.interface.addresses.ipv4.map(|subnet| subnet.address().to_string()),
            port: port.and_then(|socket| socket.as_ref().err()).map(ToString::to_string),
            ..seen
        }
    }
}
