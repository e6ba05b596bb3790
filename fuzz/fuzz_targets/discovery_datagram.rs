//! Datagrams of discovery: parsing is total and finds what a simple parser finds, and a node does what they ask of it.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32};

use libfuzzer_sys::fuzz_target;
use p2pm_core::discovery::{
    Advert, Announced, Arrival, DEVICE_TYPE, Discovery, Event, Found, Inline, Interface, InterfaceId,
    Message, Reach, Rows, Search, Setup, Subnet, Uuid,
};
use p2pm_core::limits::{DATAGRAM_BUFFER_LEN, DATAGRAM_MAX, HEADERS_MAX};
use p2pm_core::time::Instant;
use p2pm_core::wire::Endpoint;

const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);
const PORT: NonZeroU16 = NonZeroU16::new(5000).expect("it is not 0");
const ID: Uuid = Uuid::from_random([7; 16]);
const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const THEIRS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 2));

type Node = Discovery<Inline<1, 4, 4, 4>>;

fuzz_target!(|bytes: &[u8]| {
    let parsed = Message::parse(bytes);
    match &parsed {
        Some(Message::Alive(advert)) => check_advert(advert, bytes, "NT", Some("ssdp:alive")),
        Some(Message::ByeBye(advert)) => check_advert(advert, bytes, "NT", Some("ssdp:byebye")),
        Some(Message::Update(advert)) => check_advert(advert, bytes, "NT", Some("ssdp:update")),
        Some(Message::Answer(advert)) => check_advert(advert, bytes, "ST", None),
        Some(Message::Search(search)) => check_search(search, bytes),
        None => {}
    }
    check_node(bytes, parsed.as_ref());
});

/// Value of the first header field with this name, by the plainest means.
fn header<'d>(datagram: &'d [u8], name: &str) -> Option<&'d str> {
    let lines = datagram.split(|byte| *byte == b'\n').skip(1);
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let value = lines.take_while(|line| !line.is_empty()).take(HEADERS_MAX).find_map(|line| {
        let (found, value) = line.split_at_checked(line.iter().position(|byte| *byte == b':')?)?;
        found.trim_ascii_end().eq_ignore_ascii_case(name.as_bytes()).then_some(&value[1..])
    });
    str::from_utf8(value?.trim_ascii()).ok()
}

fn check_advert(advert: &Advert<'_>, datagram: &[u8], target: &str, kind: Option<&str>) {
    let header = |name| header(datagram, name);
    assert!(kind.is_none() || header("NTS") == kind);
    assert_eq!((Some(advert.target), Some(advert.usn)), (header(target), header("USN")));
    assert_eq!((advert.location, advert.server), (header("LOCATION"), header("SERVER")));
    assert_eq!(advert.boot_id, header("BOOTID.UPNP.ORG").and_then(|value| value.parse().ok()));
    assert_eq!(advert.node_port, header("PORT.P2PM.EXAMPLE").and_then(|value| value.parse().ok()));
}

fn check_search(search: &Search<'_>, datagram: &[u8]) {
    let header = |name| header(datagram, name);
    assert_eq!((Some(search.target), search.user_agent), (header("ST"), header("USER-AGENT")));
    let max_wait = header("MX").and_then(|value| value.split('.').next()?.parse().ok());
    assert_eq!(search.max_wait, max_wait);
}

/// What a node hears, is told of, and answers.
fn check_node(bytes: &[u8], parsed: Option<&Message<'_>>) {
    let announced = Some(Announced { node: PORT, description: PORT });
    let mut node = Node::new(Setup { id: ID, announced, seed: 7 }, Rows::default());
    let addresses = Interface { ipv4: Subnet::<Ipv4Addr>::new(OURS, 24), ..Interface::default() };
    assert!(node.handle_interface(Instant::default(), INTERFACE, Some(addresses)));
    let from = SocketAddr::new(THEIRS, 40_000);
    let arrival = Arrival { interface: INTERFACE, from, reach: Reach::Unicast };
    let heard = node.handle_datagram(Instant::default(), &arrival, bytes);
    assert_eq!(heard.ok().map(|heard| heard.message), parsed.copied());
    assert_eq!((node.poll_event(), node.poll_event()), (parsed.and_then(found).map(Event::Found), None));

    let later = Instant::from_millis(1_000);
    let mut buffer = [0; DATAGRAM_BUFFER_LEN];
    let mut answers = 0;
    node.handle_timeout(later);
    while let Some(outgoing) = node.poll_datagram(later, &mut buffer) {
        assert!(outgoing.len <= DATAGRAM_MAX);
        let sent = Message::parse(&buffer[..outgoing.len]).expect("what is sent is parsed");
        check_sent(&sent, outgoing.to == from, parsed);
        answers += usize::from(outgoing.to == from);
    }
    assert_eq!(answers, parsed.map_or(0, wanted), "answers to {parsed:?}");
}

/// The node that a message tells of.
fn found(message: &Message<'_>) -> Option<Found> {
    let (Message::Alive(advert) | Message::Answer(advert)) = message else { return None };
    let id = advert.id().filter(|id| *id != ID)?;
    Some(Found { interface: INTERFACE, id, endpoint: Endpoint::new(THEIRS, advert.node_port?) })
}

/// How many answers a message asks for.
fn wanted(message: &Message<'_>) -> usize {
    let Message::Search(search) = message else { return 0 };
    match search.target {
        _ if search.searcher == Some(ID) => 0,
        "ssdp:all" => 3,
        "upnp:rootdevice" | DEVICE_TYPE => 1,
        target => {
            usize::from(target.starts_with("uuid:") && target.eq_ignore_ascii_case(&format!("uuid:{ID}")))
        }
    }
}

fn check_sent(sent: &Message<'_>, is_answer: bool, asked: Option<&Message<'_>>) {
    let (Message::Alive(advert) | Message::Answer(advert)) = sent else {
        return assert!(matches!(sent, Message::Search(_)) && !is_answer);
    };
    assert_eq!(matches!(sent, Message::Answer(_)), is_answer);
    assert_eq!((advert.node_port, advert.boot_id), (Some(PORT), Some(1)));
    assert_eq!(advert.id(), Some(ID));
    assert_eq!(advert.location, Some(&*format!("http://{OURS}:{PORT}/description.xml")));
    if is_answer {
        let Some(Message::Search(search)) = asked else { panic!("nothing was asked") };
        let is_asked = search.target == "ssdp:all" || search.target.eq_ignore_ascii_case(advert.target);
        assert!(is_asked, "{} is not {}", advert.target, search.target);
    }
}
