//! Discovery: SSDP (UPnP Device Architecture 2.0 §1), by which nodes on a network find each other, and tools of UPnP find
//! nodes.
//!
//! A [`Discovery`] does no I/O and has no clock, as every machine of this crate:
//!
//! | the shell | calls |
//! |---|---|
//! | has an interface, another address of one, or one less | [`Discovery::handle_interface`] |
//! | has received a datagram | [`Discovery::handle_datagram`] |
//! | has reached the [`deadline`](Discovery::deadline) | [`Discovery::handle_timeout`] |
//! | has called anything | [`Discovery::poll_datagram`] and [`Discovery::poll_event`], until there is nothing more |
//!
//! [`drive::exchange`](crate::drive::exchange) does the last three over [`drive::Datagrams`](crate::drive::Datagrams).
//!
//! What is heard is a hint to dial the source of the datagram, at the port that it says. It is not trusted further, and
//! no URL in it is fetched.

mod answers;
mod datagram;
mod event;
mod headers;
mod interface;
mod message;
mod peers;
mod segment;
mod series;
mod solitude;
mod sources;
mod storage;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod uuid;
mod writer;

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use core::num::NonZeroU16;
use core::time::Duration;

pub use self::answers::Answer;
use self::answers::{Answers, Question};
pub use self::datagram::{Arrival, Heard, LocalPort, Outgoing, Reach, Unheard};
pub use self::event::{Event, Found};
pub use self::interface::{Interface, InterfaceId, Subnet};
pub use self::message::{Advert, Message, Search};
pub use self::peers::Peer;
use self::peers::Peers;
pub use self::segment::Segment;
use self::segment::{Attached, GROUP_IPV4, GROUP_IPV6, Route, Sent};
pub use self::solitude::Solitude;
pub use self::sources::Source;
use self::sources::Sources;
pub use self::storage::{Inline, Rows, Storage};
pub use self::target::SearchFor;
use self::target::{Target, Wanted};
use self::text::Text;
pub use self::uuid::Uuid;
use self::writer::Said;
use crate::limits::{ANSWER_DELAY, BROADCAST_PORT, DATAGRAM_MAX, FIRST_ROUND_DELAY, MAX_AGE, MAX_WAIT_MAX};
use crate::time::{Instant, Jitter, earliest};
use crate::wire::{Endpoint, Reached};

/// Groups of IPv4 that an interface joins.
pub const GROUPS_IPV4: [Ipv4Addr; 1] = [GROUP_IPV4];
/// Groups of IPv6 that an interface joins: of the link, to which nodes announce and search, and wider ones, in which others
/// search.
pub const GROUPS_IPV6: [Ipv6Addr; 3] =
    [GROUP_IPV6, Ipv6Addr::new(0xff05, 0, 0, 0, 0, 0, 0, 0xc), Ipv6Addr::new(0xff0e, 0, 0, 0, 0, 0, 0, 0xc)];
/// Type of device that a node is. Its domain is reserved (RFC 2606), so it is nobody else's.
pub const DEVICE_TYPE: &str = "urn:p2pm-example:device:Node:1";
/// Path of the description of a node.
pub const DESCRIPTION_PATH: &str = "/description.xml";
/// Number of the description, which never changes: announcements and the description itself say it.
pub const CONFIG_ID: u32 = 1;
/// Header field with the TCP port of a node.
const PORT_HEADER: &str = "PORT.P2PM.EXAMPLE";
/// Target of a search for all devices and services.
const ALL: &str = "ssdp:all";
/// Target of a search for all devices.
const ROOT_DEVICE: &str = "upnp:rootdevice";

/// What a [`Discovery`] is made of.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// Random, and another one in each run.
    pub id: Uuid,
    /// What is announced; `None` for a program that only searches.
    pub announced: Option<Announced>,
    /// Random number for times, which need not be secret.
    pub seed: u64,
}

/// TCP ports that are announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Where the node takes links.
    pub node: NonZeroU16,
    /// Where a web server has its description at [`DESCRIPTION_PATH`].
    pub description: NonZeroU16,
}

/// Finds nodes, and has them find this one. See the [module](self).
pub struct Discovery<M: Storage> {
    id: Uuid,
    announced: Option<Announced>,
    /// Number of this set of addresses.
    boot_id: u32,
    is_leaving: bool,
    jitter: Jitter,
    segments: M::Segments,
    peers: Peers<M::Peers>,
    answers: Answers<M::Answers>,
    sources: Sources<M::Sources>,
}

impl<M: Storage> Discovery<M> {
    /// Discovery on no interface yet.
    pub fn new(setup: Setup, mut rows: Rows<M>) -> Self {
        rows.segments.as_mut().fill(Segment::EMPTY);
        Self {
            id: setup.id,
            announced: setup.announced,
            boot_id: 1,
            is_leaving: false,
            jitter: Jitter::new(setup.seed),
            segments: rows.segments,
            peers: Peers::new(rows.peers),
            answers: Answers::new(rows.answers),
            sources: Sources::new(rows.sources),
        }
    }

    /// An interface has come or has other addresses, or is gone. On a new one the node is announced and others are
    /// searched for. False if there is no row for it.
    pub fn handle_interface(&mut self, now: Instant, id: InterfaceId, addresses: Option<Interface>) -> bool {
        let is_served = match (addresses_of(self.segments.as_ref(), id).copied(), addresses) {
            (None, Some(addresses)) => self.attach(now, id, addresses),
            (Some(old), Some(new)) if old != new => self.readdress(now, id, new),
            (Some(_), None) => self.detach(id),
            _ => true,
        };
        let segments = self.segments.as_ref();
        self.peers
            .retain(now, |found| address_towards(segments, found.interface, found.endpoint.ip()).is_some());
        self.answers.retain(|question| {
            address_towards(segments, question.interface, question.to.ip()) == Some(question.ours)
        });
        is_served
    }

    fn attach(&mut self, now: Instant, id: InterfaceId, addresses: Interface) -> bool {
        let Self { segments, jitter, announced, is_leaving, .. } = self;
        let free = segments.as_mut().iter_mut().find(|segment| segment.0.is_none());
        let Some(Segment(row)) = free else { return false };
        let attached = row.insert(Attached::new(now, id, addresses));
        if !*is_leaving {
            let at = now + jitter.up_to(FIRST_ROUND_DELAY);
            attached.search(at, SearchFor::Nodes);
            if announced.is_some() {
                attached.announce(at);
            }
        }
        self.change_boot_id(now, id);
        true
    }

    fn readdress(&mut self, now: Instant, id: InterfaceId, addresses: Interface) -> bool {
        self.change_boot_id(now, id);
        let Self { segments, jitter, announced, is_leaving, .. } = self;
        let Some(attached) = attached_mut(segments.as_mut()).find(|it| it.id == id) else { return false };
        if *is_leaving {
            attached.addresses = addresses;
            return true;
        }
        attached.readdress(now, addresses, jitter);
        if announced.is_some() {
            attached.announce(now + jitter.up_to(FIRST_ROUND_DELAY));
        }
        true
    }

    fn detach(&mut self, id: InterfaceId) -> bool {
        for segment in self.segments.as_mut() {
            segment.0 = segment.0.filter(|attached| attached.id != id);
        }
        true
    }

    /// Addresses change on this interface: those who have heard of the others are told.
    fn change_boot_id(&mut self, now: Instant, id: InterfaceId) {
        let Self { segments, jitter, boot_id, .. } = self;
        let segments = segments.as_mut();
        if self.is_leaving || !attached_mut(segments).any(|attached| attached.boot_id.is_some()) {
            return;
        }
        *boot_id = boot_id.saturating_add(1);
        for attached in attached_mut(segments).filter(|attached| attached.id != id) {
            attached.update(now, jitter);
        }
    }

    /// Searches on all interfaces, and some times again.
    pub fn search(&mut self, now: Instant, what: SearchFor) {
        let Self { segments, jitter, is_leaving, .. } = self;
        for attached in attached_mut(segments.as_mut()).filter(|_| !*is_leaving) {
            attached.search(now + jitter.up_to(FIRST_ROUND_DELAY), what);
        }
    }

    /// Says on all interfaces that the node leaves, some times, and nothing from then on.
    pub fn leave(&mut self, now: Instant) {
        if core::mem::replace(&mut self.is_leaving, true) {
            return;
        }
        self.answers.retain(|_| false);
        for attached in attached_mut(self.segments.as_mut()) {
            attached.leave(now);
        }
    }

    /// Whether all that [`Discovery::leave`] says was polled.
    pub fn has_left(&self) -> bool {
        self.is_leaving && attached(self.segments.as_ref()).all(Attached::has_left)
    }

    /// Hears a datagram, and returns what it says.
    pub fn handle_datagram<'d>(
        &mut self,
        now: Instant,
        arrival: &Arrival,
        datagram: &'d [u8],
    ) -> Result<Heard<'d>, Unheard> {
        let addresses = addresses_of(self.segments.as_ref(), arrival.interface).ok_or(Unheard::Interface)?;
        let ours = addresses.address_towards(arrival.from.ip()).ok_or(Unheard::OffLink)?;
        let message = Message::parse(datagram).ok_or(Unheard::Malformed)?;
        let is_ours = message.sender() == Some(self.id);
        if !is_ours {
            self.handle_message(now, arrival, ours, &message);
        }
        Ok(Heard { message, is_ours, is_of_host: arrival.from.ip() == ours })
    }

    fn handle_message(&mut self, now: Instant, arrival: &Arrival, ours: IpAddr, message: &Message<'_>) {
        match message {
            Message::Alive(advert) | Message::Answer(advert) => {
                if let Some(found) = found(arrival, advert) {
                    let reached = reached(arrival, matches!(message, Message::Answer(_)));
                    self.peers.hear(now, found, reached, advert.max_age.unwrap_or(MAX_AGE));
                }
            }
            Message::ByeBye(advert) => {
                if let Some(found) = found(arrival, advert) {
                    self.peers.leave(now, &found);
                }
            }
            Message::Search(search) if self.announced.is_some() && !self.is_leaving => {
                self.handle_search(now, arrival, ours, search);
            }
            Message::Search(_) | Message::Update(_) => {}
        }
    }

    fn handle_search(&mut self, now: Instant, arrival: &Arrival, ours: IpAddr, search: &Search<'_>) {
        let Some(wanted) = Wanted::by(search.target, self.id) else { return };
        let Some(limit) = longest_delay(arrival.reach, search.max_wait, wanted) else { return };
        // Without the scope of an IPv6 address: the interface says it, and a stack may number scopes in another way.
        let to = SocketAddr::new(arrival.from.ip(), arrival.from.port());
        let question = Question { interface: arrival.interface, to, ours, wanted };
        if arrival.reach != Reach::Unicast {
            let attached = attached_mut(self.segments.as_mut()).find(|it| it.id == arrival.interface);
            if let Some(attached) = attached {
                attached.echo(now, &mut self.jitter);
            }
        }
        let is_answered = to.port() != 0
            && !self.answers.is_pending(&question)
            && self.answers.has_room()
            && self.sources.take(now, to.ip(), wanted.len());
        if is_answered {
            self.answers.add(question, now + self.jitter.up_to(limit));
        }
    }

    /// To be called when the deadline has come.
    pub fn handle_timeout(&mut self, now: Instant) {
        let Self { segments, jitter, boot_id, .. } = self;
        for attached in attached_mut(segments.as_mut()) {
            attached.handle_timeout(now, *boot_id, jitter);
        }
        self.peers.handle_timeout(now);
    }

    /// When to call [`Discovery::handle_timeout`], and then [`Discovery::poll_datagram`], unless something happens before.
    pub fn deadline(&self) -> Option<Instant> {
        let segments = attached(self.segments.as_ref()).map(Attached::deadline);
        segments.chain([self.answers.deadline(), self.peers.deadline()]).fold(None, earliest)
    }

    /// Writes the next datagram that is due, and returns where to send it. A `buffer` of [`DATAGRAM_MAX`] bytes is long
    /// enough for any; what does not fit is not sent.
    pub fn poll_datagram(&mut self, now: Instant, buffer: &mut [u8]) -> Option<Outgoing> {
        let room = buffer.len().min(DATAGRAM_MAX);
        let buffer = buffer.get_mut(..room)?;
        loop {
            let mut text = Text::new(buffer);
            let outgoing = self.next_sent(&mut text).or_else(|| self.next_answer(now, &mut text))?;
            if let Some(len) = text.finish() {
                return Some(Outgoing { len, ..outgoing });
            }
        }
    }

    fn next_sent(&mut self, text: &mut Text<'_>) -> Option<Outgoing> {
        let (interface, boot_id, (sent, Route { to, port, ours })) = attached_mut(self.segments.as_mut())
            .find_map(|attached| Some((attached.id, attached.boot_id, attached.next()?)))?;
        let boot_id = boot_id.unwrap_or(self.boot_id);
        match sent {
            Sent::ByeBye(target) => self.said(target, boot_id)?.byebye(text, to),
            Sent::Update(target) => self.said(target, boot_id)?.update(text, to, ours, self.boot_id),
            Sent::Alive(target) => self.said(target, boot_id)?.alive(text, to, ours),
            Sent::Search(what) => writer::search(text, self.id, to, what),
        }
        Some(Outgoing { interface, port, to, len: 0 })
    }

    fn next_answer(&mut self, now: Instant, text: &mut Text<'_>) -> Option<Outgoing> {
        let (question, target) = self.answers.next(now)?;
        self.said(target, self.boot_id)?.answer(text, question.ours);
        // A firewall that has let the search out lets in what comes back on the same way.
        let is_direct = question.to.port() == BROADCAST_PORT;
        let port = if is_direct { LocalPort::Broadcast } else { LocalPort::Shared };
        Some(Outgoing { interface: question.interface, port, to: question.to, len: 0 })
    }

    /// Writes a search for nodes on one host, and returns where to send it; `None` if the host is not on the link of the
    /// interface. It is for hosts that are known to be there although nothing was heard of a node: a firewall here that
    /// knows answers by whom was asked lets in the answer to this search alone.
    pub fn search_host(&self, interface: InterfaceId, host: IpAddr, buffer: &mut [u8]) -> Option<Outgoing> {
        address_towards(self.segments.as_ref(), interface, host).filter(|_| !self.is_leaving)?;
        let to = SocketAddr::new(host, BROADCAST_PORT);
        let mut text = Text::new(buffer);
        writer::search(&mut text, self.id, to, SearchFor::Nodes);
        Some(Outgoing { interface, port: LocalPort::Broadcast, to, len: text.finish()? })
    }

    /// `None` if nothing is announced.
    fn said(&self, target: Target, boot_id: u32) -> Option<Said> {
        Some(Said { id: self.id, ports: self.announced?, target, boot_id })
    }

    /// The next event.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.peers.poll_event()
    }

    /// Whether a node that was found is the one to dial: else both would, and one of two handshakes were in vain.
    pub fn waits_for(&self, found: &Found) -> bool {
        found.id < self.id
    }

    /// The nodes that are there, as far as they were told of. One with several addresses is there several times.
    pub fn found(&self) -> impl Iterator<Item = &Found> {
        self.peers.told()
    }

    /// Where else the node at this address is, as far as that was not told because one address is enough: to be dialled if
    /// nobody answers at the one that was told.
    pub fn second_choices(&self, address: SocketAddr) -> impl Iterator<Item = &Found> {
        self.peers.second_choices(address)
    }

    /// The interface on which a node of this host was found, which is the scope of a link-local address.
    pub fn interface_of(&self, host: IpAddr) -> Option<InterfaceId> {
        self.peers.interfaces_of(host).next()
    }

    /// Whether this host is on the link of an interface; one with a link-local address, if it was found there.
    pub fn is_on_link(&self, host: IpAddr) -> bool {
        let segments = self.segments.as_ref();
        match host {
            IpAddr::V6(ip) if ip.is_unicast_link_local() => {
                self.peers.interfaces_of(host).any(|id| addresses_of(segments, id).is_some())
            }
            _ => attached(segments).any(|it| it.addresses.address_towards(host).is_some()),
        }
    }

    /// Which messages of the nodes of this host are heard.
    pub fn reached_from(&self, host: IpAddr) -> Reached {
        self.peers.reached_from(host)
    }
}

fn attached(segments: &[Segment]) -> impl Iterator<Item = &Attached> {
    segments.iter().filter_map(|segment| segment.0.as_ref())
}

fn attached_mut(segments: &mut [Segment]) -> impl Iterator<Item = &mut Attached> {
    segments.iter_mut().filter_map(|segment| segment.0.as_mut())
}

fn addresses_of(segments: &[Segment], id: InterfaceId) -> Option<&Interface> {
    attached(segments).find(|it| it.id == id).map(|it| &it.addresses)
}

/// Our address on the same subnet as this host, if the interface has one.
fn address_towards(segments: &[Segment], interface: InterfaceId, host: IpAddr) -> Option<IpAddr> {
    addresses_of(segments, interface)?.address_towards(host)
}

/// The node that has sent this, if it is one.
fn found(arrival: &Arrival, advert: &Advert<'_>) -> Option<Found> {
    let endpoint = Endpoint::new(arrival.from.ip(), advert.node_port?);
    Some(Found { interface: arrival.interface, id: advert.id()?, endpoint })
}

/// What a message shows that others can reach us with. An answer to a search for one host shows nothing: a firewall lets it in
/// because it has seen the search.
fn reached(arrival: &Arrival, is_answer: bool) -> Reached {
    Reached {
        multicasts: !is_answer && arrival.reach == Reach::Group,
        broadcasts: !is_answer && arrival.reach == Reach::Broadcast,
        answers: is_answer && arrival.from.port() != BROADCAST_PORT,
    }
}

/// Below which delay a search is to be answered; `None` if it is not to be answered at all. Many are concerned by a search
/// for any device, so its answers are spread over the time that the searcher waits.
fn longest_delay(reach: Reach, max_wait: Option<u32>, wanted: Wanted) -> Option<Duration> {
    if reach == Reach::Unicast {
        return Some(ANSWER_DELAY);
    }
    let longest = Duration::from_secs(max_wait?.min(MAX_WAIT_MAX).into());
    Some(match wanted {
        Wanted::All | Wanted::One(Target::Root) => longest,
        Wanted::One(Target::Device | Target::Type) => longest.min(ANSWER_DELAY),
    })
}
