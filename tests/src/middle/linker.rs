//! One end of a link, for any transport.

use std::num::NonZeroU32;

use p2pm_core::channel::{Acceptor, CircleNumber, Ended};
use p2pm_core::door::Door;
use p2pm_core::drive::{Connection, Pumped, Transport};
use p2pm_core::identity::Identity;
use p2pm_core::node::{CircleId, ContactId, Inline, LinkEvent, Node, Policy, Rows, Setup, To};
use p2pm_core::suite::Entropy;
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Endpoint, Introduction};

use super::parties::{ADDRESS, Leaving, PAUSE, PORT, password};
use super::{NAME, Party, RESIDENT, Report, Side, Wish};
use crate::random::Random;
use crate::stage::{Stage, StageEvent};

const NUMBER: CircleNumber = NonZeroU32::new(47);

type OurNode = Node<Inline<1, 1, 2, 64>>;

/// A node that accepts everybody and has one connection. The one that dials speaks first, and leaves once it is answered.
pub struct Linker {
    side: Side,
    node: OurNode,
    circle: CircleId,
    stage: Stage<Portable>,
    connection: Connection,
    /// The text that it has not said yet.
    line: Option<&'static str>,
    leaving: Leaving,
    report: Report,
}

enum News {
    Nothing,
    Asked,
    Introduced(Introduction),
    Named(ContactId),
    Said(ContactId, u32, String),
    Ended(Ended),
}

impl News {
    fn of(event: &StageEvent<'_>) -> Self {
        match event {
            StageEvent::Asked => Self::Asked,
            StageEvent::Introduced(introduction) => Self::Introduced(*introduction),
            StageEvent::Link(LinkEvent::Named { contact, .. }) => Self::Named(*contact),
            StageEvent::Link(LinkEvent::Said { contact, part, .. }) => {
                Self::Said(*contact, part.sequence, part.text.to_owned())
            }
            StageEvent::Link(_) => Self::Nothing,
            StageEvent::Ended(ended) => Self::Ended(*ended),
        }
    }
}

fn node(now: Instant, name: &str, random: &mut Random) -> (OurNode, CircleId) {
    let setup = Setup {
        identity: Identity::from_seed(&random.bytes()),
        name: name.parse().expect("a name"),
        port: None,
        policy: Policy::All,
        run: u32::from_be_bytes(random.bytes()),
        seed: random.number(),
    };
    let mut node = OurNode::new(now, setup, Rows::default());
    let circle = node.join(NUMBER, Door::new(password())).expect("room for one");
    (node, circle)
}

impl Linker {
    /// The node that dials.
    ///
    /// # Panics
    ///
    /// Never: the address is wanted.
    pub fn initiator(now: Instant, random: &mut Random) -> Self {
        let (mut node, circle) = node(now, NAME, random);
        node.connect(now, Endpoint::new(ADDRESS, PORT), circle);
        let dial = node.next_dial(now).expect("an address");
        let outgoing = node.dialled(now, dial, Entropy::new(random.bytes())).expect("its circle");
        Self { line: Some("one"), ..Self::new(Side::Initiator, (node, circle), Stage::Outgoing(outgoing)) }
    }

    /// The other node.
    pub fn responder(now: Instant, random: &mut Random) -> Self {
        let node = node(now, RESIDENT, random);
        let acceptor = Acceptor::new(now, ADDRESS, Entropy::new(random.bytes()));
        Self::new(Side::Responder, node, Stage::Accepting(acceptor))
    }

    fn new(side: Side, (node, circle): (OurNode, CircleId), stage: Stage<Portable>) -> Self {
        let (connection, report) = (Connection::default(), Report::default());
        Self { side, node, circle, stage, connection, line: None, leaving: Leaving::Never, report }
    }

    fn hear(&mut self, news: News, now: Instant) {
        match news {
            News::Nothing => {}
            News::Asked => self.report.ended = self.stage.answer(&mut self.node, now),
            News::Introduced(theirs) => {
                let introduced = self.stage.introduce(&mut self.node, now, &theirs);
                self.report.ended = introduced.err().map(Ended::ByUs);
            }
            News::Named(contact) => {
                let contact = self.node.contact(contact).expect("a contact");
                self.report.shown.extend(contact.known().name.as_ref().map(|name| name.as_str().to_owned()));
            }
            News::Said(contact, sequence, text) => {
                self.node.confirm(contact, sequence);
                self.report.shown.push(text);
                match self.side {
                    Side::Initiator => self.leaving = Leaving::At(now + PAUSE),
                    Side::Responder => self.line = Some("two"),
                }
            }
            News::Ended(ended) => self.report.ended = Some(ended),
        }
    }

    /// Says its text once the other node is here; true if it did.
    fn say(&mut self) -> bool {
        let is_here = self.node.contacts().any(|(_, contact)| contact.is_here());
        self.line.take_if(|_| is_here).is_some_and(|line| {
            self.node.say(To::All(self.circle), line).expect("somebody is here");
            true
        })
    }

    fn leave(&mut self, now: Instant) {
        if let Stage::Linked(link) = &mut self.stage
            && link.at(&mut self.node).close(now, Close::Goodbye).is_some()
        {
            self.report.ended = Some(Ended::ByUs(Close::Goodbye));
        }
    }
}

impl Party for Linker {
    fn poll(&mut self, transport: &mut impl Transport, now: Instant) -> Option<Wish> {
        if self.leaving.take(now) {
            self.leave(now);
        }
        loop {
            let Self { connection, stage, node, .. } = self;
            let pumped = connection.pump(transport, &mut stage.at(node), now, |event| News::of(&event));
            match pumped {
                Pumped::Event(news) => self.hear(news, now),
                Pumped::Again => {}
                Pumped::Blocked if self.say() => {}
                Pumped::Blocked => break,
                Pumped::Closed => return None,
            }
        }
        let wish = Wish::of(&self.connection, &self.stage.at(&mut self.node));
        Some(wish.or_at(self.leaving.deadline()))
    }

    fn report(&self) -> &Report {
        &self.report
    }
}
