//! A node with sixteen links, over each of which it says and offers something.

use std::num::NonZeroU32;

use p2pm_core::channel::Acceptor;
use p2pm_core::identity::Identity;
use p2pm_core::limits::{CIRCLES_MAX, GUESSER_WAYS};
use p2pm_core::node::{
    CircleId, Delivery, Inline, LinkEvent, News, Node, Policy, Rows, Setup, To, TransferNews,
};
use p2pm_core::suite::aead::Portable;
use p2pm_core::wire::{
    Attributes, Ciphers, Endpoint, FrameLen, Goods, GoodsKind, Label, Offer, Preview, Refusal, TransferId,
    TransferSecret,
};
use p2pm_tests::counting::allocations_in;
use p2pm_tests::stage::{Stage, StageEvent};

use crate::wire::Wire;
use crate::{Door, HERE, NonZeroU16, START, entropy, password};

const LINKS: usize = 16;
/// A text of several parts.
const LONG: usize = 3000;

/// Texts that a node holds for others.
pub(crate) const HELD: usize = 4;

type OurNode = Node<Inline<LINKS, { 2 * LINKS }, LINKS, 8192, LINKS, CIRCLES_MAX, GUESSER_WAYS, HELD>>;

const CIPHERS: Ciphers = Ciphers { with_aes: true };

/// What one side was told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) texts: usize,
    bytes: usize,
    names: usize,
    pub(crate) received: usize,
    pub(crate) held: usize,
    pub(crate) dropped: usize,
    offers: usize,
    taken: usize,
    refused: usize,
}

pub(crate) struct End {
    pub(crate) node: OurNode,
    pub(crate) circle: CircleId,
    pub(crate) told: Told,
}

impl End {
    pub(crate) fn new(number: u8) -> Self {
        let setup = Setup {
            identity: Identity::from_seed(&[number + 1; 32]),
            name: format!("node-{number}").parse().expect("a name"),
            port: NonZeroU16::new(u16::from(number) + 5000),
            policy: Policy::All,
            run: number.into(),
            seed: number.into(),
        };
        let mut node = OurNode::new(START, setup, Rows::default());
        let circle = node.join(NonZeroU32::new(47), Door::new(password())).expect("room for one");
        Self { node, circle, told: Told::default() }
    }

    fn hear(&mut self, stage: &mut Stage<Portable>, heard: &Heard) {
        match heard {
            Heard::Asked => assert_eq!(stage.answer(&mut self.node, START), None),
            Heard::Introduced(introduction) => {
                stage.introduce(&mut self.node, START, introduction).expect("a link");
            }
            Heard::Named => self.told.names += 1,
            Heard::Part { contact, sequence, len, is_last } => {
                self.told.bytes += len;
                if *is_last {
                    self.told.texts += 1;
                    self.node.confirm(*contact, *sequence);
                }
            }
        }
    }

    fn hear_news(&mut self) {
        while let Some(news) = self.node.poll_news() {
            match news {
                News::Received { .. } => self.told.received += 1,
                News::Held { .. } => self.told.held += 1,
                News::Dropped { .. } => self.told.dropped += 1,
                News::Transfer(key, TransferNews::Offered) => {
                    self.told.offers += 1;
                    let offered = self.node.transfer(key).expect("it is offered");
                    if offered.id().0[0].is_multiple_of(2) {
                        self.node.take(key, offered.best(CIPHERS, FrameLen::Middle));
                    } else {
                        self.node.refuse(key, Refusal::Denied);
                    }
                }
                News::Transfer(_, TransferNews::Taken) => self.told.taken += 1,
                News::Transfer(_, TransferNews::Refused(_)) => self.told.refused += 1,
                _ => {}
            }
        }
    }
}

enum Heard {
    Asked,
    Introduced(p2pm_core::wire::Introduction),
    Named,
    Part { contact: p2pm_core::node::ContactId, sequence: u32, len: usize, is_last: bool },
}

impl Heard {
    fn of(event: &StageEvent<'_>) -> Self {
        match event {
            StageEvent::Asked => Self::Asked,
            StageEvent::Introduced(introduction) => Self::Introduced(*introduction),
            StageEvent::Link(LinkEvent::Said { contact, part, .. }) => Self::Part {
                contact: *contact,
                sequence: part.sequence,
                len: part.text.len(),
                is_last: part.is_last(),
            },
            StageEvent::Link(_) => Self::Named,
            StageEvent::Ended(ended) => panic!("{ended:?}"),
        }
    }
}

/// A connection between the node in the middle and one of the others.
pub(crate) struct Line {
    wire: Wire,
    stages: [Stage<Portable>; 2],
}

impl Line {
    /// The node in the middle dials.
    pub(crate) fn new(middle: &mut End, port: NonZeroU16) -> Self {
        middle.node.connect(START, Endpoint::new(HERE, port), middle.circle);
        let dial = middle.node.next_dial(START).expect("an address");
        let outgoing = middle.node.dialled(START, dial, entropy()).expect("its circle");
        let acceptor = Acceptor::new(START, HERE, entropy());
        Self { wire: Wire::new(), stages: [Stage::Outgoing(outgoing), Stage::Accepting(acceptor)] }
    }

    /// Pumps both ends once; whether anything was heard, or is on its way.
    fn pump(&mut self, ends: [&mut End; 2]) -> bool {
        let mut is_busy = false;
        for (side, end) in ends.into_iter().enumerate() {
            let stage = &mut self.stages[side];
            let heard = self.wire.pump(side, &mut stage.at(&mut end.node), START, |event| Heard::of(&event));
            is_busy |= heard.is_some();
            if let Some(heard) = heard {
                end.hear(stage, &heard);
            }
            is_busy |= self.wire.is_busy(side, &stage.at(&mut end.node));
        }
        is_busy
    }
}

/// Pumps all links until nothing happens any more.
pub(crate) fn pump_all(middle: &mut End, others: &mut [End], lines: &mut [Line]) {
    let mut is_busy = true;
    while is_busy {
        is_busy = false;
        for (line, other) in lines.iter_mut().zip(&mut *others) {
            is_busy |= line.pump([middle, other]);
            other.hear_news();
        }
        middle.hear_news();
    }
}

/// What a node offers to each contact: half of them take it.
fn offer(id: u8) -> Offer<'static> {
    let goods = Goods {
        kind: GoodsKind::File,
        length: 7,
        files: 1,
        attributes: Attributes::new(0, 0o644),
        name: Label::new(b"photo.jpg").expect("a label"),
        preview: Some(Preview::new(2, &[[1, 2], [3, 4]]).expect("a preview")),
    };
    let (id, secret) = (TransferId([id; 8]), TransferSecret([id; 32]));
    Offer { id, attempt: 1, secret, ciphers: CIPHERS, frame_len: FrameLen::Long, goods }
}

#[test]
fn a_node_with_sixteen_links_allocates_nothing() {
    let mut middle = End::new(0);
    let mut others: Vec<_> = (1..).take(LINKS).map(End::new).collect();
    let ports = (5001..).map_while(NonZeroU16::new);
    let mut lines: Vec<_> = ports.take(LINKS).map(|port| Line::new(&mut middle, port)).collect();
    let long = "l".repeat(LONG);
    let mut said = 0;

    let allocations = allocations_in(|| {
        pump_all(&mut middle, &mut others, &mut lines);
        said = middle.node.say(To::All(middle.circle), &long).expect("they are there");
        for other in &mut others {
            other.node.say(To::All(other.circle), "all right").expect("it is there");
        }
        pump_all(&mut middle, &mut others, &mut lines);
        let contacts: heapless::Vec<_, LINKS> = middle.node.contacts().map(|(contact, _)| contact).collect();
        for (contact, id) in contacts.into_iter().zip(0..) {
            middle.node.offer(contact, &offer(id)).expect("it is there");
        }
        pump_all(&mut middle, &mut others, &mut lines);
        while middle.node.next_transfer(|_| true).is_some() {}
    });

    assert_eq!(allocations, 0);
    let states: Vec<_> = middle.node.recipients(said).map(|(_, delivery)| delivery).collect();
    assert_eq!(states, [Delivery::Received; LINKS]);
    assert_eq!(
        middle.told,
        Told {
            texts: LINKS,
            bytes: 9 * LINKS,
            names: LINKS,
            received: LINKS,
            taken: LINKS / 2,
            refused: LINKS / 2,
            ..Told::default()
        }
    );
    for other in &others {
        let told = Told { texts: 1, bytes: LONG, names: 1, received: 1, offers: 1, ..Told::default() };
        assert_eq!(other.told, told);
    }
}
