//! Datagrams of discovery: parsing is total, a value is part of the datagram, and what a node sends is parsed back.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::{NonZeroU16, NonZeroU32};

use libfuzzer_sys::fuzz_target;
use p2pm_core::discovery::{
    Announced, Arrival, Discovery, Inline, Interface, InterfaceId, Message, Reach, Rows, Setup, Subnet, Uuid,
};
use p2pm_core::limits::{DATAGRAM_BUFFER_LEN, DATAGRAM_MAX};
use p2pm_core::time::Instant;

const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);
const PORT: NonZeroU16 = NonZeroU16::new(5000).expect("it is not 0");
const OURS: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

fuzz_target!(|bytes: &[u8]| {
    let parsed = Message::parse(bytes);
    if let Some(message) = &parsed {
        texts(message).iter().flatten().for_each(|text| check_text(text, bytes));
    }
    check_answers(bytes, parsed.as_ref());
});

fn texts<'d>(message: &Message<'d>) -> [Option<&'d str>; 4] {
    match message {
        Message::Alive(it) | Message::ByeBye(it) | Message::Update(it) | Message::Answer(it) => {
            [Some(it.target), Some(it.usn), it.location, it.server]
        }
        Message::Search(it) => [Some(it.target), it.user_agent, None, None],
    }
}

/// A value is of one line of the datagram, without the space around it.
fn check_text(text: &str, datagram: &[u8]) {
    let range = datagram.as_ptr_range();
    assert!(text.is_empty() || range.contains(&text.as_ptr()));
    assert!(!text.contains('\n') && text.trim_ascii() == text, "{text:?}");
}

/// What a node answers is an answer to what was asked.
fn check_answers(bytes: &[u8], parsed: Option<&Message<'_>>) {
    let announced = Some(Announced { node: PORT, description: PORT });
    let id = Uuid::from_random([7; 16]);
    let mut node = Discovery::<Inline<1, 4, 4, 4>>::new(Setup { id, announced, seed: 7 }, Rows::default());
    let ipv4 = Subnet::<Ipv4Addr>::new(Ipv4Addr::new(192, 0, 2, 1), 24);
    assert!(node.handle_interface(
        Instant::default(),
        INTERFACE,
        Some(Interface { ipv4, ..Interface::default() })
    ));
    let from = SocketAddr::new(Ipv4Addr::new(192, 0, 2, 2).into(), 40_000);
    let arrival = Arrival { interface: INTERFACE, from, reach: Reach::Unicast };
    let heard = node.handle_datagram(Instant::default(), &arrival, bytes);
    assert_eq!(heard.ok().map(|heard| heard.message), parsed.copied());

    let later = Instant::from_millis(1_000);
    let mut buffer = [0; DATAGRAM_BUFFER_LEN];
    node.handle_timeout(later);
    while let Some(outgoing) = node.poll_datagram(later, &mut buffer) {
        assert!(outgoing.len <= DATAGRAM_MAX);
        let sent = Message::parse(&buffer[..outgoing.len]).expect("what is sent is parsed");
        check_sent(&sent, outgoing.to == from, parsed);
    }
}

fn check_sent(sent: &Message<'_>, is_answer: bool, asked: Option<&Message<'_>>) {
    let (Message::Alive(advert) | Message::Answer(advert)) = sent else {
        return assert!(matches!(sent, Message::Search(_)) && !is_answer);
    };
    assert_eq!(matches!(sent, Message::Answer(_)), is_answer);
    assert_eq!((advert.node_port, advert.boot_id), (Some(PORT), Some(1)));
    assert_eq!(advert.id(), Some(Uuid::from_random([7; 16])));
    assert_eq!(advert.location, Some(&*format!("http://{OURS}:{PORT}/description.xml")));
    if is_answer {
        let Some(Message::Search(search)) = asked else { panic!("nothing was asked") };
        let is_asked = search.target == "ssdp:all" || search.target.eq_ignore_ascii_case(advert.target);
        assert!(is_asked, "{} is not {}", advert.target, search.target);
    }
}
