//! A look at the network, with sockets of its own for a few seconds.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io;
use std::ops::ControlFlow;
use std::time::Duration;

use p2pm_core::discovery::{Advert, Event, Message, SearchFor, Uuid};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Endpoint, sanitise};
use p2pm_posix::interfaces;
use serde::Serialize;

use crate::discovery::{Choice, Finder, SEARCH_TIME, Seen};
use crate::reactor::dial::Dial;
use crate::reactor::{self, Key, Reactor, Source, Tenant};

/// How long to look for devices, which may take their time to answer.
const DEVICES_TIME: Duration = Duration::from_secs(4);
/// Most devices that are listed, since their number is up to others.
const DEVICES_MAX: usize = 1024;

/// What was seen.
pub(super) struct Look {
    pub(super) seen: Vec<Seen>,
    /// Number of nodes on other machines.
    pub(super) found: usize,
}

/// A device of UPnP. All of it is what the device says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Device {
    /// Its name, without a type.
    pub usn: String,
    /// Where its description is.
    pub location: String,
    /// Its software.
    pub server: String,
    /// Types of the device and of its services.
    pub targets: BTreeSet<String>,
}

/// Looks for nodes.
pub(super) fn nodes(choice: Choice) -> io::Result<Look> {
    let looked = Looking::run(choice, SearchFor::Nodes, SEARCH_TIME)?;
    let ours: Vec<_> = interfaces::all()?.into_iter().flat_map(|interface| interface.addresses).collect();
    let is_ours = |endpoint: Endpoint| ours.iter().any(|(ip, _)| *ip == endpoint.ip());
    Ok(Look { seen: looked.finder.seen(), found: count(looked.found, is_ours) })
}

/// Number of nodes, each of which is found at several addresses, without those of this machine.
fn count(found: impl IntoIterator<Item = (Uuid, Endpoint)>, is_ours: impl Fn(Endpoint) -> bool) -> usize {
    let others = found.into_iter().filter(|(_, endpoint)| !is_ours(*endpoint));
    others.map(|(id, _)| id).collect::<HashSet<_>>().len()
}

/// Looks for devices.
pub(super) fn devices(choice: Choice) -> io::Result<Vec<Device>> {
    Ok(Looking::run(choice, SearchFor::All, DEVICES_TIME)?.devices.into_values().collect())
}

struct Looking {
    reactor: Reactor<Dial>,
    finder: Finder,
    end: Instant,
    found: HashSet<(Uuid, Endpoint)>,
    devices: BTreeMap<String, Device>,
}

impl Looking {
    fn run(choice: Choice, what: SearchFor, time: Duration) -> io::Result<Self> {
        let reactor = Reactor::new(0)?;
        let id = Uuid::from_random(p2pm_posix::random::bytes()?);
        let mut finder = Finder::start(&reactor, Source(0), id, None, choice)?;
        let now = reactor.now();
        finder.search(now, what);
        let mut looking =
            Self { reactor, finder, end: now + time, found: HashSet::new(), devices: BTreeMap::new() };
        reactor::run(&mut looking)?;
        Ok(looking)
    }
}

fn add(devices: &mut BTreeMap<String, Device>, advert: &Advert<'_>) {
    let name = advert.usn.split("::").next().unwrap_or_default();
    if devices.len() == DEVICES_MAX && !devices.contains_key(name) {
        return;
    }
    let text = |value: &str| sanitise(value).to_string();
    let device = devices.entry(name.to_owned()).or_insert_with(|| Device {
        usn: text(name),
        location: text(advert.location.unwrap_or_default()),
        server: text(advert.server.unwrap_or_default()),
        targets: BTreeSet::new(),
    });
    if device.targets.len() < DEVICES_MAX {
        device.targets.insert(text(advert.target));
    }
}

impl Tenant for Looking {
    type Connection = Dial;

    fn reactor(&mut self) -> &mut Reactor<Dial> {
        &mut self.reactor
    }

    fn handle_ready(&mut self, now: Instant, source: Source) {
        self.finder.set_ready(now, source);
    }

    fn poll_connection(&mut self, _now: Instant, _key: Key) {}

    fn connection_deadline(&mut self, _key: Key) -> Option<Instant> {
        None
    }

    fn end_poll(&mut self, now: Instant) -> ControlFlow<()> {
        let devices = &mut self.devices;
        self.finder.poll(&self.reactor, now, |message| match message {
            Message::Alive(advert) | Message::Answer(advert) => add(devices, advert),
            _ => {}
        });
        while let Some(event) = self.finder.poll_event() {
            if let Event::Found(found) = event {
                self.found.insert((found.id, found.endpoint));
            }
        }
        if now >= self.end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn deadline(&self) -> Option<Instant> {
        earliest(Some(self.end), self.finder.deadline())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_counts_once_at_however_many_addresses() {
        let found = [(1, "192.0.2.1:1"), (2, "192.0.2.2:1"), (2, "[2001:db8::2]:1"), (2, "[fe80::2]:1")];
        let found = found.map(|(id, endpoint)| {
            let endpoint: std::net::SocketAddr = endpoint.parse().unwrap();
            let port = endpoint.port().try_into().unwrap();
            (Uuid::from_random([id; 16]), Endpoint::new(endpoint.ip(), port))
        });
        assert_eq!(count(found, |endpoint| endpoint == found[0].1), 1);
        assert_eq!(count(found, |_| false), 2);
    }
}
