//! Discovery under any operations: nothing is sent off the link or beyond its budget, nobody is found who was not heard on
//! the link, and the machine does not ask to be polled for nothing.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use p2pm_core::discovery::{
    Announced, Arrival, Discovery, Event, Found, Heard, Inline, Interface, InterfaceId, Message, Outgoing,
    Reach, Rows, SearchFor, Setup, Subnet, Unheard, Uuid,
};
use p2pm_core::limits::{
    ALL_ANSWERS_BURST, ALL_ANSWERS_INTERVAL, BROADCAST_PORT, DATAGRAM_BUFFER_LEN, DATAGRAM_MAX, MAX_WAIT_MAX,
    SSDP_PORT,
};
use p2pm_core::time::Instant;

fuzz_target!(|operations: Vec<Operation>| {
    let mut watched = Watched::default();
    for operation in &operations {
        watched.apply(operation);
    }
});

/// Rows for interfaces: one less than there are interfaces.
const SEGMENTS: usize = 2;
/// Answers that may be sent at once: what the bucket lets through while a searcher waits, and the rest of an answer.
const ANSWERS_AT_ONCE: u32 = ALL_ANSWERS_BURST + 2 + MAX_WAIT_MAX * 10;

/// What happens to a node.
#[derive(Arbitrary, Debug)]
enum Operation {
    /// An interface has these addresses, or is gone.
    Interface {
        number: u8,
        addresses: Option<Addresses>,
    },
    /// Another node, or what claims to be one, says something.
    Notify {
        way: Way,
        kind: Kind,
        id: u8,
        port: u16,
        max_age: u32,
    },
    /// Somebody searches.
    Search {
        way: Way,
        target: Target,
        max_wait: Option<u8>,
        times: u8,
    },
    /// Something else comes.
    Noise {
        way: Way,
        bytes: Vec<u8>,
    },
    /// Time passes, in milliseconds or until the deadline.
    Wait(u32),
    WaitForDeadline,
    SearchNow(bool),
    Leave,
}

#[derive(Arbitrary, Debug)]
struct Addresses {
    ipv4: Option<u8>,
    is_link_local: bool,
    ipv6: Option<u8>,
}

/// How a datagram comes.
#[derive(Arbitrary, Clone, Copy, Debug)]
struct Way {
    interface: u8,
    source: Source,
    port: u16,
    reach: u8,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Source {
    Ipv4 { network: u8, host: u8 },
    LinkLocal(u8),
    Ipv6 { network: u8, host: u8 },
}

#[derive(Arbitrary, Debug)]
enum Kind {
    Alive,
    ByeBye,
    Update,
    Answer,
}

#[derive(Arbitrary, Debug)]
enum Target {
    All,
    Root,
    Node,
    Ours,
    Other,
}

/// A node, and what is known of it.
struct Watched {
    node: Discovery<Inline<SEGMENTS, 8, 64, 8>>,
    now: Instant,
    interfaces: BTreeMap<InterfaceId, Interface>,
    /// What was heard on a link, and was found.
    heard: BTreeSet<(InterfaceId, SocketAddr, Uuid)>,
    found: BTreeSet<(InterfaceId, SocketAddr)>,
    /// Time that its answers are worth, one interval each, and that has not passed since.
    debt: Duration,
    has_left: bool,
}

impl Default for Watched {
    fn default() -> Self {
        let announced = Some(Announced { node: NonZeroU16::MAX, description: NonZeroU16::MIN });
        let setup = Setup { id: uuid(0), announced, seed: 7 };
        Self {
            node: Discovery::new(setup, Rows::default()),
            now: Instant::default(),
            interfaces: BTreeMap::new(),
            heard: BTreeSet::new(),
            found: BTreeSet::new(),
            debt: Duration::ZERO,
            has_left: false,
        }
    }
}

impl Watched {
    /// Does it, has the node do all that is due, and checks it.
    fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Interface { number, addresses } => self.change(*number, addresses.as_ref()),
            Operation::Notify { way, kind, id, port, max_age } => {
                self.hear(way, notify(kind, *id, *port, *max_age).as_bytes());
            }
            Operation::Search { way, target, max_wait, times } => {
                // Each from another port, so that none is taken for a repetition.
                for time in 0..=*times % 64 {
                    let way = Way { port: way.port.wrapping_add(time.into()), ..*way };
                    self.hear(&way, search(target, *max_wait).as_bytes());
                }
            }
            Operation::Noise { way, bytes } => self.hear(way, bytes),
            Operation::Wait(millis) => self.wait(self.now + Duration::from_millis((*millis).into())),
            Operation::WaitForDeadline => self.wait(self.node.deadline().unwrap_or(self.now)),
            Operation::SearchNow(all) => {
                self.node.search(self.now, if *all { SearchFor::All } else { SearchFor::Nodes });
            }
            Operation::Leave => {
                self.node.leave(self.now);
                self.has_left = true;
            }
        }
        self.poll();
    }

    fn change(&mut self, number: u8, addresses: Option<&Addresses>) {
        let id = interface_id(number);
        let addresses = addresses.map(|it| addresses_of(it, id));
        let is_served = self.node.handle_interface(self.now, id, addresses);
        let has_room = self.interfaces.len() < SEGMENTS || self.interfaces.contains_key(&id);
        assert_eq!(is_served, has_room || addresses.is_none());
        match addresses {
            Some(addresses) if is_served => _ = self.interfaces.insert(id, addresses),
            Some(_) => {}
            None => _ = self.interfaces.remove(&id),
        }
    }

    fn hear(&mut self, way: &Way, datagram: &[u8]) {
        let interface = interface_id(way.interface);
        let from = SocketAddr::new(source(&way.source), way.port);
        let reach = [Reach::Unicast, Reach::Group, Reach::Broadcast][usize::from(way.reach % 3)];
        let heard = self.node.handle_datagram(self.now, &Arrival { interface, from, reach }, datagram);
        let on_link = self.interfaces.get(&interface).map(|addresses| is_on_link(addresses, from.ip()));
        match on_link {
            None => assert_eq!(heard, Err(Unheard::Interface)),
            Some(false) => assert_eq!(heard, Err(Unheard::OffLink)),
            Some(true) => {
                assert_eq!(heard.err(), Message::parse(datagram).is_none().then_some(Unheard::Malformed))
            }
        }
        if let Ok(Heard { message: Message::Alive(advert) | Message::Answer(advert), is_ours: false, .. }) =
            heard
            && let (Some(id), Some(port)) = (advert.id(), advert.node_port)
        {
            self.heard.insert((interface, SocketAddr::new(from.ip(), port.get()), id));
        }
    }

    fn wait(&mut self, until: Instant) {
        let until = until.max(self.now);
        self.debt = self.debt.saturating_sub(until.since(self.now));
        self.now = until;
    }

    fn poll(&mut self) {
        let mut buffer = [0; DATAGRAM_BUFFER_LEN];
        self.node.handle_timeout(self.now);
        while let Some(outgoing) = self.node.poll_datagram(self.now, &mut buffer) {
            self.check_sent(&outgoing, &buffer[..outgoing.len]);
        }
        while let Some(event) = self.node.poll_event() {
            self.check_event(&event);
        }
        let deadline = self.node.deadline();
        assert!(
            deadline.is_none_or(|deadline| deadline > self.now),
            "{deadline:?} is not done at {:?}",
            self.now
        );
    }

    fn check_sent(&mut self, outgoing: &Outgoing, datagram: &[u8]) {
        assert!(datagram.len() <= DATAGRAM_MAX);
        let message = Message::parse(datagram).expect("what is sent is parsed");
        let addresses = self.interfaces.get(&outgoing.interface).expect("an interface that is there");
        assert!(!self.has_left || matches!(message, Message::ByeBye(_)), "{message:?} after it has left");
        if matches!(message, Message::Answer(_)) {
            assert!(is_on_link(addresses, outgoing.to.ip()), "{outgoing:?} is off the link");
            self.debt += ALL_ANSWERS_INTERVAL;
            assert!(self.debt <= ALL_ANSWERS_INTERVAL * ANSWERS_AT_ONCE, "too many answers");
        } else {
            assert!([SSDP_PORT, BROADCAST_PORT].contains(&outgoing.to.port()));
        }
    }

    fn check_event(&mut self, event: &Event) {
        let place = |found: &Found| (found.interface, SocketAddr::from(found.endpoint));
        match event {
            Event::Found(found) => {
                let (interface, endpoint) = place(found);
                assert!(self.heard.contains(&(interface, endpoint, found.id)), "{found:?} was not heard");
                let addresses = self.interfaces.get(&interface).expect("an interface that is there");
                assert!(is_on_link(addresses, endpoint.ip()), "{found:?} is off the link");
                assert_ne!(found.id, uuid(0), "it has found itself");
                self.found.insert((interface, endpoint));
            }
            Event::Gone(found) => assert!(self.found.remove(&place(found)), "{found:?} was not found"),
        }
    }
}

fn uuid(number: u8) -> Uuid {
    Uuid::from_random([number; 16])
}

fn interface_id(number: u8) -> InterfaceId {
    InterfaceId(NonZeroU32::MIN.saturating_add(u32::from(number) % 3))
}

/// An address of network 0 or 1.
fn ipv4(network: u8, host: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 0, network % 2, host)
}

fn ipv6(network: u8, host: u8) -> Ipv6Addr {
    Ipv6Addr::new(0x2001, 0xdb8, 0, u16::from(network % 2), 0, 0, 0, host.into())
}

fn link_local(host: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, host.into())
}

fn addresses_of(addresses: &Addresses, id: InterfaceId) -> Interface {
    let network = u8::try_from(id.0.get()).expect("few interfaces");
    let host = |number: u8| number % 250 + 1;
    Interface {
        ipv4: addresses.ipv4.and_then(|it| Subnet::<Ipv4Addr>::new(ipv4(network, host(it)), 24)),
        link_local: Subnet::link_local(link_local(network)).filter(|_| addresses.is_link_local),
        ipv6: addresses.ipv6.and_then(|it| Subnet::<Ipv6Addr>::new(ipv6(network, host(it)), 64)),
        ..Interface::default()
    }
}

fn source(source: &Source) -> IpAddr {
    match *source {
        Source::Ipv4 { network, host } => ipv4(network, host).into(),
        Source::LinkLocal(host) => link_local(host).into(),
        Source::Ipv6 { network, host } => ipv6(network, host).into(),
    }
}

/// The model of what the node decides.
fn is_on_link(addresses: &Interface, ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => addresses.ipv4.is_some_and(|ours| {
            ours.address().octets()[..3] == ip.octets()[..3] && ![0, 255].contains(&ip.octets()[3])
        }),
        IpAddr::V6(ip) => [addresses.link_local, addresses.ipv6]
            .into_iter()
            .flatten()
            .any(|ours| ours.address().segments()[..4] == ip.segments()[..4]),
    }
}

fn notify(kind: &Kind, id: u8, port: u16, max_age: u32) -> String {
    let usn = format!(
        "USN: uuid:{}::x\r\nCACHE-CONTROL: max-age={max_age}\r\nPORT.P2PM.EXAMPLE: {port}\r\n\r\n",
        uuid(id)
    );
    let nts = match kind {
        Kind::Alive => "alive",
        Kind::ByeBye => "byebye",
        Kind::Update => "update",
        Kind::Answer => return format!("HTTP/1.1 200 OK\r\nST: x\r\n{usn}"),
    };
    format!("NOTIFY * HTTP/1.1\r\nNTS: ssdp:{nts}\r\nNT: x\r\n{usn}")
}

fn search(target: &Target, max_wait: Option<u8>) -> String {
    let target = match target {
        Target::All => "ssdp:all".into(),
        Target::Root => "upnp:rootdevice".into(),
        Target::Node => p2pm_core::discovery::DEVICE_TYPE.into(),
        Target::Ours => format!("uuid:{}", uuid(0)),
        Target::Other => format!("uuid:{}", uuid(1)),
    };
    let max_wait = max_wait.map(|seconds| format!("MX: {seconds}\r\n")).unwrap_or_default();
    format!("M-SEARCH * HTTP/1.1\r\nMAN: \"ssdp:discover\"\r\n{max_wait}ST: {target}\r\n\r\n")
}
