//! What goes out on one network interface, and when.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::datagram::LocalPort;
use super::interface::{Interface, InterfaceId};
use super::series::Series;
use super::target::{SearchFor, Target};
use crate::limits::{
    ANSWER_DELAY, BROADCAST_PORT, ECHO_INTERVAL, FAREWELL_INTERVAL, FIRST_ROUND_DELAY, MAX_AGE,
    ROUND_INTERVAL_MAX, ROUND_INTERVAL_MIN, ROUNDS, SSDP_PORT,
};
use crate::time::{Instant, Jitter, earliest};

/// Group of SSDP over IPv4.
pub(super) const GROUP_IPV4: Ipv4Addr = Ipv4Addr::new(239, 255, 255, 250);
/// Group of SSDP over IPv6 on one link.
pub(super) const GROUP_IPV6: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xc);

/// A network interface in use.
#[derive(Clone, Copy, Debug)]
pub struct Segment(pub(super) Option<Attached>);

impl Segment {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self(None);
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Attached {
    pub(super) id: InterfaceId,
    pub(super) addresses: Interface,
    /// `BOOTID` of the last announcement; `None` if there was none.
    pub(super) boot_id: Option<u32>,
    alive: Series,
    byebye: Series,
    update: Series,
    /// Announcements beside answers, which a firewall may keep from the searcher.
    echo: Series,
    /// When the next echo may be.
    echo_after: Instant,
    search: Series,
    search_for: SearchFor,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    ByeBye(Target),
    Update(Target),
    Alive(Target),
    Search(SearchFor),
}

/// Where it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) to: SocketAddr,
    pub(super) port: LocalPort,
    /// Our address there.
    pub(super) ours: IpAddr,
}

/// Whom a datagram is for that is not for one host.
#[derive(Clone, Copy, Debug)]
enum Crowd {
    GroupIpv4,
    Broadcast,
    GroupIpv6,
}

/// A round for everybody. Only nodes listen for broadcasts, and one target is enough for them.
const FULL: [(Crowd, Target); 7] = [
    (Crowd::Broadcast, Target::Type),
    (Crowd::GroupIpv4, Target::Root),
    (Crowd::GroupIpv4, Target::Device),
    (Crowd::GroupIpv4, Target::Type),
    (Crowd::GroupIpv6, Target::Root),
    (Crowd::GroupIpv6, Target::Device),
    (Crowd::GroupIpv6, Target::Type),
];
/// A round for those who look for nodes.
const BRIEF: [(Crowd, Target); 3] =
    [(Crowd::Broadcast, Target::Type), (Crowd::GroupIpv4, Target::Type), (Crowd::GroupIpv6, Target::Type)];

impl Attached {
    pub(super) fn new(now: Instant, id: InterfaceId, addresses: Interface) -> Self {
        Self {
            id,
            addresses,
            boot_id: None,
            alive: Series::IDLE,
            byebye: Series::IDLE,
            update: Series::IDLE,
            echo: Series::IDLE,
            echo_after: now,
            search: Series::IDLE,
            search_for: SearchFor::Nodes,
        }
    }

    /// Announces the node at `at`, and some times more.
    pub(super) fn announce(&mut self, at: Instant) {
        self.alive.begin_by(at, ROUNDS);
    }

    /// Searches at `at`, and some times more.
    pub(super) fn search(&mut self, at: Instant, what: SearchFor) {
        self.search_for = what;
        self.search.begin(at, ROUNDS);
    }

    /// The node gets another `BOOTID`, which is said before it is used.
    pub(super) fn update(&mut self, now: Instant, jitter: &mut Jitter) {
        if self.boot_id.is_some() {
            self.update.begin(now, 1);
            self.announce(now + ROUND_INTERVAL_MIN + jitter.up_to(FIRST_ROUND_DELAY));
        }
    }

    /// Says that the node is not at the old addresses any more, and later that it is at the new ones.
    pub(super) fn readdress(&mut self, now: Instant, addresses: Interface, jitter: &mut Jitter) {
        let is_announced = self.boot_id.is_some();
        *self = Self { boot_id: self.boot_id, ..Self::new(now, self.id, addresses) };
        if is_announced {
            self.byebye.begin(now, 1);
        }
        let at = now + ROUND_INTERVAL_MIN + jitter.up_to(FIRST_ROUND_DELAY);
        self.search(at, SearchFor::Nodes);
    }

    /// Says that the node leaves, and nothing else from now on.
    pub(super) fn leave(&mut self, now: Instant) {
        let is_announced = self.boot_id.is_some();
        *self = Self { boot_id: self.boot_id, ..Self::new(now, self.id, self.addresses) };
        if is_announced {
            self.byebye.begin(now, ROUNDS);
        }
    }

    pub(super) fn has_left(&self) -> bool {
        self.byebye.is_over()
    }

    /// Announces the node beside an answer.
    pub(super) fn echo(&mut self, now: Instant, jitter: &mut Jitter) {
        let at = now + jitter.up_to(ANSWER_DELAY);
        self.echo.begin_by(at.max(self.echo_after), 1);
    }

    pub(super) fn handle_timeout(&mut self, now: Instant, boot_id: u32, jitter: &mut Jitter) {
        let interval = jitter.between(ROUND_INTERVAL_MIN, ROUND_INTERVAL_MAX);
        self.byebye.handle_timeout(now, FAREWELL_INTERVAL);
        self.update.handle_timeout(now, interval);
        self.search.handle_timeout(now, interval);
        if self.echo.handle_timeout(now, interval) {
            self.echo_after = now + ECHO_INTERVAL;
        }
        if self.alive.deadline().is_some_and(|due| due <= now) {
            self.boot_id = Some(boot_id);
        }
        if self.alive.handle_timeout(now, interval) {
            self.alive.begin(now + jitter.between(MAX_AGE / 4, MAX_AGE / 2), ROUNDS);
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        let series = [&self.byebye, &self.update, &self.alive, &self.echo, &self.search];
        series.into_iter().map(Series::deadline).fold(None, earliest)
    }

    /// The next datagram that is due.
    pub(super) fn next(&mut self) -> Option<(Sent, Route)> {
        let Self { addresses, byebye, update, alive, echo, search, search_for, .. } = self;
        let routed = |(crowd, target): &(Crowd, Target)| Some((*target, crowd.route(addresses)?));
        let byebye = byebye.next(&FULL, routed).map(|(target, route)| (Sent::ByeBye(target), route));
        byebye
            .or_else(|| update.next(&FULL, routed).map(|(target, route)| (Sent::Update(target), route)))
            .or_else(|| alive.next(&FULL, routed).map(|(target, route)| (Sent::Alive(target), route)))
            .or_else(|| echo.next(&BRIEF, routed).map(|(target, route)| (Sent::Alive(target), route)))
            .or_else(|| {
                let (_, route) = search.next(&BRIEF, routed)?;
                Some((Sent::Search(*search_for), Route { port: LocalPort::Searching, ..route }))
            })
    }
}

impl Crowd {
    /// `None` if the interface has no address for it.
    fn route(self, addresses: &Interface) -> Option<Route> {
        let ipv4 = addresses.ipv4;
        Some(match self {
            Self::GroupIpv4 => Route {
                to: (GROUP_IPV4, SSDP_PORT).into(),
                port: LocalPort::Shared,
                ours: ipv4?.address().into(),
            },
            Self::Broadcast => Route {
                to: (ipv4?.broadcast()?, BROADCAST_PORT).into(),
                port: LocalPort::Broadcast,
                ours: ipv4?.address().into(),
            },
            Self::GroupIpv6 => Route {
                to: (GROUP_IPV6, SSDP_PORT).into(),
                port: LocalPort::Shared,
                ours: addresses.link_local?.address().into(),
            },
        })
    }
}
