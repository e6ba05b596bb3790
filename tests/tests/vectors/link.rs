//! A recorded link: two nodes with fixed identities and random numbers replay it to the byte, and the values behind it
//! are theirs.

use std::net::IpAddr;
use std::num::NonZeroU32;

use p2pm_core::channel::{Acceptor, AcceptorEvent, Ended, Machine, marker_of};
use p2pm_core::door::Door;
use p2pm_core::identity::{Comparison, Identity};
use p2pm_core::limits::{KEY_LEN, LINK_TEXT_MAX, PART_MAX};
use p2pm_core::link::Link;
use p2pm_core::node::{
    CircleId, ContactId, Inline, LinkEvent, News, Node, OpeningEvent, Policy, Rows, Setup, To, TransferNews,
};
use p2pm_core::suite::Entropy;
use p2pm_core::suite::aead::Portable;
use p2pm_core::wire::{
    Attributes, Ciphers, Close, EMPTY_FRAME, Endpoint, Frame, FrameLen, Goods, GoodsKind, Label, LinkMessage,
    Message, Offer, Preview, Scope, TransferSecret,
};

use crate::recording::{Recording, recorded_values};
use crate::transfer::{ID, NOON};
use crate::{HERE, START, ZOE, initiator_entropy, name, password, port, responder_entropy};

type OurNode = Node<Inline<4, 4, 8, 4096, 1>>;
type OurLink = Link<Portable>;

const NUMBER: Option<NonZeroU32> = NonZeroU32::new(47);
pub(crate) const KATIES_RUN: u32 = 0x5d3a_91c4;
const CODE: &str = "47-coral-tulip-anvil-mocha";
const LONG: usize = 1000;
const _: () = assert!(LONG > PART_MAX && LONG < LINK_TEXT_MAX);

/// The seed whose bytes count up from `first`.
pub(crate) fn seed(first: u8) -> [u8; KEY_LEN] {
    std::array::from_fn(|i| first + u8::try_from(i).unwrap())
}

/// A node in the circle, which accepts everybody.
fn node(seed_from: u8, user: &str, listens_on: u16, run: u32) -> (OurNode, CircleId) {
    let setup = Setup {
        identity: Identity::from_seed(&seed(seed_from)),
        name: name(user),
        port: Some(port(listens_on)),
        policy: Policy::All,
        run,
        seed: 0,
    };
    let mut node = OurNode::new(START, setup, Rows::default());
    let circle = node.join(NUMBER, Door::new(password(CODE))).unwrap();
    (node, circle)
}

/// Where frames come from: a recording checks each of them; without one nothing is checked.
struct Wire<'r>(Option<&'r mut Recording>);

impl Wire<'_> {
    fn polled(&mut self, way: char, machine: &mut impl Machine) -> Frame {
        if let Some(recording) = &mut self.0 {
            return recording.polled(way, machine, START);
        }
        let mut frame = EMPTY_FRAME;
        assert!(machine.poll_frame(START, &mut frame), "nothing to say");
        frame
    }
}

/// Two nodes before they are linked: the first one dials, from an address, with random numbers for each side.
struct Dial<'n> {
    nodes: [&'n mut OurNode; 2],
    circle: CircleId,
    from: IpAddr,
    entropies: [Entropy; 2],
}

impl Dial<'_> {
    /// The handshake, and both introductions.
    fn introduced(self, wire: &mut Wire<'_>) -> (OurLink, OurLink) {
        let Self { nodes: [initiator, responder], circle, from, entropies: [ours, theirs] } = self;
        initiator.connect(START, Endpoint::new(HERE, port(7801)), circle);
        let dial = initiator.next_dial(START).expect("an address to dial");
        let mut outgoing = initiator.dialled::<Portable>(START, dial, ours).expect("its circle");
        let mut acceptor = Acceptor::new(START, from, theirs);
        let mut hello = wire.polled('>', &mut outgoing.at(initiator));
        let asked = acceptor.handle_frame(START, &mut hello);
        assert!(matches!(asked, Some(AcceptorEvent::Asked(_))), "{asked:?}");
        let Ok((mut incoming, None)) = responder.accepted::<Portable>(acceptor, START) else {
            panic!("refused")
        };
        let mut hello = wire.polled('<', &mut incoming.at(responder));
        assert_eq!(outgoing.at(initiator).handle_frame(START, &mut hello), None);
        let mut credentials = wire.polled('>', &mut outgoing.at(initiator));
        assert_eq!(incoming.at(responder).handle_frame(START, &mut credentials), None);
        let mut welcome = wire.polled('<', &mut incoming.at(responder));
        assert_eq!(outgoing.at(initiator).handle_frame(START, &mut welcome), None);

        let mut of_responder = wire.polled('<', &mut incoming.at(responder));
        let mut of_initiator = wire.polled('>', &mut outgoing.at(initiator));
        let event = incoming.at(responder).handle_frame(START, &mut of_initiator);
        let Some(OpeningEvent::Introduced(theirs)) = event else { panic!("{event:?}") };
        let Ok(link_of_responder) = responder.introduce(START, incoming, &theirs) else { panic!("refused") };
        let event = outgoing.at(initiator).handle_frame(START, &mut of_responder);
        let Some(OpeningEvent::Introduced(theirs)) = event else { panic!("{event:?}") };
        let Ok(link_of_initiator) = initiator.introduce(START, outgoing, &theirs) else { panic!("refused") };
        (link_of_initiator, link_of_responder)
    }
}

/// A node and its end of a link.
struct End<'n> {
    node: &'n mut OurNode,
    link: OurLink,
    way: char,
}

impl End<'_> {
    /// Sends the next frame to the other end, which reports no more than a name.
    fn tells(&mut self, other: &mut End<'_>, wire: &mut Wire<'_>) {
        let mut frame = wire.polled(self.way, &mut self.link.at(self.node));
        let event = other.link.at(other.node).handle_frame(START, &mut frame);
        assert!(matches!(event, None | Some(LinkEvent::Named { .. })), "{event:?}");
    }

    /// Sends the next part of a text, which the other end shows: what it has heard.
    fn says(&mut self, other: &mut End<'_>, wire: &mut Wire<'_>) -> (Scope, u32, String) {
        let mut frame = wire.polled(self.way, &mut self.link.at(self.node));
        let event = other.link.at(other.node).handle_frame(START, &mut frame);
        let Some(LinkEvent::Said { contact, keeper: None, missed: false, part }) = event else {
            panic!("{event:?}")
        };
        if part.is_last() {
            other.node.confirm(contact, part.sequence);
        }
        (part.scope, part.sequence, part.text.to_owned())
    }
}

/// Names and admissions, each way.
fn admit(katie: &mut End<'_>, abdul: &mut End<'_>, wire: &mut Wire<'_>) {
    for _ in 0..2 {
        katie.tells(abdul, wire);
        abdul.tells(katie, wire);
    }
}

fn contact(node: &OurNode, seed_from: u8) -> ContactId {
    let key = Identity::from_seed(&seed(seed_from)).key();
    node.contacts().find(|(_, contact)| contact.known().key == key).expect("a contact").0
}

/// Zoë dials Abdul, unrecorded, and he says something to her.
fn link_with_zoe(abdul: &mut OurNode) {
    let (mut zoe, circle) = node(0x40, "zoë", 5007, 1);
    let entropies = [initiator_entropy(), responder_entropy()];
    let (mut wire, nodes) = (Wire(None), [&mut zoe, &mut *abdul]);
    let (zoes, abduls) = Dial { nodes, circle, from: ZOE, entropies }.introduced(&mut wire);
    let mut zoe = End { node: &mut zoe, link: zoes, way: '>' };
    let mut abduls = End { node: abdul, link: abduls, way: '<' };
    admit(&mut zoe, &mut abduls, &mut wire);
    let zoe = contact(abdul, 0x40);
    assert_eq!(abdul.say(To::One(zoe), "hello, zoë"), Ok(1));
}

/// Katie offers a picture, which Abdul takes, and gives it up.
fn offer_and_withdraw(katie: &mut End<'_>, abdul: &mut End<'_>, wire: &mut Wire<'_>) {
    // What travels is made from these bytes, for each attempt anew.
    let secret = TransferSecret(seed(0x60));
    let pixels = [[0xf8, 0x00], [0x07, 0xe0], [0x00, 0x1f], [0xff, 0xff]];
    let goods = Goods {
        kind: GoodsKind::File,
        length: 4_200_000,
        files: 1,
        attributes: Attributes::new(NOON, 0o644),
        name: Label::new(b"photo.jpg").unwrap(),
        preview: Some(Preview::new(2, &pixels).unwrap()),
    };
    let ciphers = Ciphers { with_aes: true };
    let offer = Offer { id: ID, attempt: 1, secret, ciphers, frame_len: FrameLen::Long, goods };
    let offered = katie.node.offer(contact(katie.node, 0x20), &offer).unwrap();
    katie.tells(abdul, wire);
    let is_offered = |news| matches!(news, News::Transfer(_, TransferNews::Offered));
    assert!(std::iter::from_fn(|| abdul.node.poll_news()).any(is_offered));
    let (key, transfer) = abdul.node.transfers().next().expect("it is offered");
    let taking = transfer.best(ciphers, FrameLen::Long);
    abdul.node.take(key, taking);
    abdul.tells(katie, wire);
    katie.node.withdraw(offered);
    katie.tells(abdul, wire);
    let is_withdrawn = |news| matches!(news, News::Transfer(at, TransferNews::Withdrawn) if at == key);
    assert!(std::iter::from_fn(|| abdul.node.poll_news()).any(is_withdrawn));
}

#[test]
fn a_link() {
    let mut recording = Recording::open("link");
    let (mut katie, circle) = node(0x00, "katie", 7776, KATIES_RUN);
    let (mut abdul, _) = node(0x20, "abdul", 7801, 0x1e07_b6f2);
    link_with_zoe(&mut abdul);
    let entropies = [initiator_entropy(), responder_entropy()];
    let (mut wire, nodes) = (Wire(Some(&mut recording)), [&mut katie, &mut abdul]);
    let (katies, abduls) = Dial { nodes, circle, from: HERE, entropies }.introduced(&mut wire);
    let mut katie = End { node: &mut katie, link: katies, way: '>' };
    let mut abdul = End { node: &mut abdul, link: abduls, way: '<' };
    admit(&mut katie, &mut abdul, &mut wire);
    // The roster.
    abdul.tells(&mut katie, &mut wire);

    assert_eq!(katie.node.say(To::All(circle), "hello, everybody"), Ok(1));
    let heard = katie.says(&mut abdul, &mut wire);
    assert_eq!(heard, (Scope::All, 1, "hello, everybody".to_owned()));
    abdul.tells(&mut katie, &mut wire);

    let katies_contact = contact(abdul.node, 0x00);
    assert_eq!(abdul.node.say(To::One(katies_contact), &"a".repeat(LONG)), Ok(2));
    for len in [PART_MAX, LONG - PART_MAX] {
        assert_eq!(abdul.says(&mut katie, &mut wire), (Scope::One, 2, "a".repeat(len)));
    }
    katie.tells(&mut abdul, &mut wire);

    let abduls_contact = contact(katie.node, 0x20);
    assert_eq!(katie.node.say(To::One(abduls_contact), "hello, abdul"), Ok(2));
    assert_eq!(katie.says(&mut abdul, &mut wire), (Scope::One, 2, "hello, abdul".to_owned()));
    abdul.tells(&mut katie, &mut wire);

    offer_and_withdraw(&mut katie, &mut abdul, &mut wire);

    assert!(abdul.link.at(abdul.node).close(START, Close::Goodbye).is_some());
    let mut goodbye = wire.polled('<', &mut abdul.link.at(abdul.node));
    let event = katie.link.at(katie.node).handle_frame(START, &mut goodbye);
    let ended = Ended::ByPeer(Close::Goodbye);
    assert!(matches!(event, Some(LinkEvent::Ended { ended: how, .. }) if how == ended), "{event:?}");
    recording.finish();
}

#[test]
fn the_values_behind_the_link() {
    let values = recorded_values("link_keys");
    let value = |wanted: &str| {
        let (_, bytes) = values.iter().find(|(name, _)| name == wanted).expect("a value of the example");
        bytes.clone()
    };
    let keys = [("katie", 0x00), ("abdul", 0x20)].map(|(user, seed_from)| {
        let key = Identity::from_seed(&seed(seed_from)).key();
        assert_eq!(value(&format!("{user}_seed")), seed(seed_from));
        assert_eq!(value(&format!("{user}_key")), key.0);
        assert_eq!(value(&format!("{user}_tag")), key.tag().to_string().as_bytes());
        key
    });
    let comparison = Comparison::new(keys[0], keys[1]).0.map(u16::to_be_bytes).concat();
    assert_eq!(value("comparison"), comparison);
    assert_eq!(value("marker"), marker_of(&initiator_entropy().public(), NUMBER));
    assert_eq!(value("P"), CODE.as_bytes());

    let mut recording = Recording::open("link");
    let introductions = std::array::from_fn::<_, 6, _>(|_| recording.next()).into_iter().skip(4);
    for (introduction, user) in introductions.zip(["abdul", "katie"]) {
        let message = Message::parse(&introduction.plain).and_then(|message| LinkMessage::parse(&message));
        let Ok(LinkMessage::Introduce(introduction)) = message else { panic!("no introduction") };
        assert_eq!(value(&format!("{user}_proof")), introduction.proof.0);
    }
}
