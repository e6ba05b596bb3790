//! What a node has heard and was told, and whether the one follows from the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use p2pm_core::discovery::{Advert, Arrival};
use p2pm_core::discovery::{Event, Found, Heard, InterfaceId, Message, Uuid};
use p2pm_core::limits::{MAX_AGE, MAX_AGE_MIN};
use p2pm_core::time::Instant;

use super::addresses::{self, Host};

/// An endpoint on an interface.
pub type Place = (InterfaceId, SocketAddr);

/// A node that was told of.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub id: Uuid,
    /// Found while more endpoints were heard of than there are rows, or somebody else says that the place is his: it may
    /// have been pushed out.
    pub is_uncertain: bool,
}

/// What was heard of an endpoint and a UUID.
#[derive(Clone, Copy)]
struct Trace {
    expires: Instant,
    /// When it was said last that it leaves.
    bye: Option<Instant>,
}

pub struct Ledger {
    pub known: BTreeMap<Place, Known>,
    traces: BTreeMap<(Place, Uuid), Trace>,
    /// When an interface of the node has changed last.
    changed: Option<Instant>,
    rows: usize,
    /// Number of events.
    pub told: usize,
}

impl Ledger {
    /// Of a node with that many rows for others.
    pub fn new(rows: usize) -> Self {
        Self { known: BTreeMap::new(), traces: BTreeMap::new(), changed: None, rows, told: 0 }
    }

    pub fn change_interface(&mut self, now: Instant) {
        self.changed = Some(now);
    }

    /// Whether there were more endpoints than rows at some time.
    pub fn is_crowded(&self) -> bool {
        self.traces.len() > self.rows
    }

    /// Whether a node was found there, or at an IPv4 address of the same interface that it has had.
    pub fn is_known(&self, place: &Place, id: Uuid) -> bool {
        let is_it = |(other, known): (&Place, &Known)| {
            known.id == id && (other == place || other.0 == place.0 && other.1.is_ipv4() && place.1.is_ipv6())
        };
        self.known.iter().any(is_it)
    }

    pub fn hear(&mut self, now: Instant, arrival: &Arrival, heard: &Heard<'_>) {
        let (advert, is_bye) = match &heard.message {
            Message::Alive(advert) | Message::Answer(advert) => (advert, false),
            Message::ByeBye(advert) => (advert, true),
            Message::Search(_) | Message::Update(_) => return,
        };
        let Some(place) = place(arrival, advert).filter(|_| !heard.is_ours) else { return };
        if let Some(known) = self.known.get_mut(&place.0) {
            known.is_uncertain |= known.id != place.1;
        }
        let trace = self.traces.entry(place).or_insert(Trace { expires: now, bye: None });
        if is_bye {
            trace.bye = Some(now);
        } else {
            trace.expires = now + advert.max_age.unwrap_or(MAX_AGE).clamp(MAX_AGE_MIN, MAX_AGE);
        }
    }

    pub fn tell(&mut self, now: Instant, event: &Event) {
        self.told += 1;
        match event {
            Event::Found(found) => self.tell_found(now, found),
            Event::Gone(found) => self.tell_gone(now, found),
        }
    }

    /// When an interface has changed, all that were found are on the links that there are now.
    pub fn check_interfaces(&self, now: Instant, host: &Host) {
        let known = self.known.iter().filter(|(_, known)| self.changed == Some(now) && !known.is_uncertain);
        for ((interface, endpoint), known) in known {
            let interface = host.interface(*interface);
            let is_near = interface.is_some_and(|it| addresses::is_on_link(&it, endpoint.ip()));
            assert!(is_near, "{known:?} at {endpoint} is on no link any more");
        }
    }

    fn tell_found(&mut self, now: Instant, found: &Found) {
        let is_uncertain = self.is_crowded();
        let trace = self.trace(found);
        assert!(trace.expires > now, "{found:?} was found, and has not said that it is there");
        let known = Known { id: found.id, is_uncertain };
        let before = self.known.insert((found.interface, found.endpoint.into()), known);
        if let Some(before) = before.filter(|before| before.id == found.id && !before.is_uncertain) {
            let has_left = trace.bye == Some(now);
            assert!(has_left || self.changed == Some(now), "{before:?} was pushed out, and is found again");
        }
    }

    fn tell_gone(&mut self, now: Instant, found: &Found) {
        let trace = self.trace(found);
        let is_over = trace.bye == Some(now) || trace.expires <= now || self.changed == Some(now);
        assert!(is_over, "{found:?} is gone without a reason at {now:?}");
        let known = self.known.remove(&(found.interface, found.endpoint.into()));
        assert!(known.is_some(), "{found:?} is gone, and was not found");
    }

    fn trace(&self, found: &Found) -> Trace {
        let trace = self.traces.get(&((found.interface, found.endpoint.into()), found.id));
        *trace.unwrap_or_else(|| panic!("{found:?} was never heard"))
    }
}

fn place(arrival: &Arrival, advert: &Advert<'_>) -> Option<(Place, Uuid)> {
    let endpoint = SocketAddr::new(arrival.from.ip(), advert.node_port?.get());
    Some(((arrival.interface, endpoint), advert.id()?))
}
