//! A node with arbitrary peers in two circles, and a model of what it may tell them and show its user.

mod model;
mod news;
mod offers;
mod peer;
mod shown;
mod transfers;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::time::Duration;

use arbitrary::Arbitrary;
use p2pm_core::channel::{Acceptor, CircleNumber};
use p2pm_core::door::Door;
use p2pm_core::limits::{CIRCLES_MAX, GUESSER_WAYS};
use p2pm_core::node::{
    CircleId, Contact, ContactId, Inline, Known, Node, Policy, Rows, SayError, Setup, To, Trust,
};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Reached, Reception};

use self::model::{Model, Text};
pub use self::offers::{TransferMove, TransferSpeech};
use self::peer::Peer;
use self::transfers::TRANSFERS;
use crate::link::{IDENTITIES, LinkSpeech, MailSpeech, NODE_RUN, Number, identity, node_identity};
use crate::stage::Stage;
use crate::witness::Act;
use crate::{CIRCLE, address, endpoint, entropy, name, password};

/// Connections at a time.
const PEERS: usize = 4;
const CONTACTS: usize = 3;
const OTHER_CIRCLE: CircleNumber = NonZeroU32::new(48);
/// Letters of the texts that the node says.
const TEXTS: usize = 2500;
/// Letters that the node has room for.
const HELD: usize = 3;

type OurNode = Node<Inline<CONTACTS, 4, 4, TEXTS, TRANSFERS, CIRCLES_MAX, GUESSER_WAYS, HELD>>;

/// A node, and operations on it.
#[derive(Arbitrary, Debug)]
pub struct Input<'a> {
    /// Whom the node accepts, and how many peers are linked from the start.
    beginning: u8,
    moves: Vec<(u8, Move<'a>)>,
}

/// Operations on one link between a node and a peer.
#[derive(Arbitrary, Debug)]
pub struct LinkInput<'a> {
    /// Whether the node has dialled.
    dials: bool,
    /// The peer's identity, and whether the node knows another one, who is away.
    who: u8,
    /// How far a transfer in each direction is.
    transfers: u8,
    moves: Vec<LinkMove<'a>>,
}

/// Operation on a link: mostly one after which it goes on.
#[derive(Arbitrary, Debug)]
pub enum LinkMove<'a> {
    /// The peer says a text of this many letters.
    Text(Number, u8),
    /// The peer has received messages.
    Receipt(Number),
    /// The user says a text of this many letters to all.
    Say(u16),
    /// The node sends all that it has to send.
    Drain,
    /// The peer sends a message of a link.
    Tell(LinkSpeech<'a>),
    /// Anything.
    Any(Move<'a>),
    /// The connection is lost.
    Cut,
    /// They are linked again, and the peer has received messages.
    Relink(Number),
    /// The peer says something of a transfer.
    Speak(TransferSpeech),
    /// See [`TransferMove`].
    Transfer(TransferMove),
    /// The peer starts again, in another run, and they are linked again.
    Restart,
    /// The peer says something as a keeper, or to one.
    Mail(MailSpeech),
}

/// Operation on a node, or on one of its connections.
#[derive(Arbitrary, Debug)]
pub enum Move<'a> {
    /// A peer connects, in the usual circle or the other one.
    Arrive {
        /// The other one.
        other: bool,
    },
    /// The node dials, and a peer answers, or nobody.
    Dial {
        /// Whether a peer answers.
        answered: bool,
    },
    /// See [`Act`].
    Act(Act<'a>),
    /// The handshake, an introduction and an admission: whatever is due.
    Link(u8),
    /// The right introduction, of this identity and run.
    Introduce(u8, u8),
    /// The peer sends a message of a link.
    Tell(LinkSpeech<'a>),
    /// The node sends all that it has to send.
    Drain,
    /// The shell closes the connection.
    Leave,
    /// The user names an address.
    Connect {
        /// Port.
        port: u8,
        /// In the other circle.
        other: bool,
    },
    /// A node was found.
    Found(u8),
    /// The node learns of a contact of an earlier run.
    Remember(u8, u8),
    /// The user says a text of this many letters, to a contact or to all.
    Say(Option<u8>, u16),
    /// The user decides on a contact.
    Trust(u8, u8),
    /// The user takes another name.
    Rename(u8),
    /// A contact is asked what it hears of the node.
    AskReception(u8),
    /// A contact is told what is heard of it.
    TellReception(u8, [bool; 3]),
    /// See [`TransferMove`].
    Transfer(TransferMove),
}

/// Plays operations on a node.
pub fn play(input: &Input<'_>) {
    let beginning = usize::from(input.beginning);
    let mut world = World::new([Policy::Ask, Policy::Known, Policy::All][beginning % 3]);
    for who in (0..2).take(beginning / 3 % 3) {
        world.link(who);
    }
    for (slot, happens) in &input.moves {
        world.happen(usize::from(*slot) % PEERS, happens);
    }
}

/// Plays operations on a link.
pub fn play_link(input: &LinkInput<'_>) {
    let mut world = World::new(Policy::All);
    let mut run = 0;
    let (who, knows_another) =
        (usize::from(input.who) % IDENTITIES, usize::from(input.who) / IDENTITIES % 2 == 1);
    if knows_another {
        world.happen(0, &Move::Remember(u8::try_from(who + 1).unwrap_or(0), 0));
    }
    world.relink(input, run, Number::NONE);
    assert!(world.peers[0].as_ref().is_some_and(Peer::is_mutual), "both keep to the protocol");
    world.begin_transfers(input.transfers);
    for happens in &input.moves {
        match happens {
            LinkMove::Any(happens) => world.happen(0, happens),
            LinkMove::Cut => world.happen(0, &Move::Act(Act::Eof)),
            LinkMove::Relink(heard) => world.relink(input, run, *heard),
            LinkMove::Restart => {
                run = run.wrapping_add(1);
                world.relink(input, run, Number::NONE);
            }
            LinkMove::Speak(speech) => world.happen(0, &Move::Transfer(TransferMove::Tell(*speech))),
            LinkMove::Transfer(happens) => world.happen(0, &Move::Transfer(happens.clone())),
            LinkMove::Drain => world.happen(0, &Move::Drain),
            LinkMove::Say(len) => world.happen(0, &Move::Say(None, *len & !1)),
            LinkMove::Tell(speech) => world.tell(speech),
            LinkMove::Mail(speech) => world.tell(&LinkSpeech::Mail(*speech)),
            LinkMove::Receipt(number) => world.tell(&LinkSpeech::Receipt(*number)),
            LinkMove::Text(number, len) => {
                world.tell(&LinkSpeech::Text(*number, &letters(0, usize::from(*len))));
            }
        }
    }
}

struct World {
    node: OurNode,
    circles: [CircleId; 2],
    peers: [Option<Peer>; PEERS],
    now: Instant,
    model: Model,
}

impl World {
    fn new(policy: Policy) -> Self {
        let setup =
            Setup { identity: node_identity(), name: name(0), port: None, policy, run: NODE_RUN, seed: 1 };
        let now = Instant::default();
        let mut node = OurNode::new(now, setup, Rows::default());
        let circles = [CIRCLE, OTHER_CIRCLE].map(|number| node.join(number, Door::new(password())));
        let circles = circles.map(|circle| circle.expect("room for two"));
        Self { node, circles, peers: Default::default(), now, model: Model::new(policy) }
    }

    fn happen(&mut self, slot: usize, happens: &Move<'_>) {
        match happens {
            Move::Arrive { other } => {
                let stage = Stage::Accepting(Acceptor::new(self.now, address(1), entropy(8)));
                self.take_slot(slot, stage, if *other { OTHER_CIRCLE } else { CIRCLE });
            }
            Move::Dial { answered } => self.dial(slot, *answered),
            Move::Leave => self.with(slot, Peer::leave),
            Move::Act(act) => self.act(slot, act),
            Move::Link(who) => self.introduce(slot, *who, 0, Number::NONE),
            Move::Transfer(happens) => self.transfer(slot, happens),
            Move::Introduce(who, run) => {
                self.with(slot, |peer, node, now, model| peer.introduce(*who, *run, node, now, model));
            }
            Move::Tell(speech) => {
                self.with(slot, |peer, node, now, model| peer.tell(speech, node, now, model));
            }
            Move::Drain => self.with(slot, Peer::drain),
            Move::Say(to, len) => self.say(*to, usize::from(*len) % (TEXTS + 100)),
            Move::Rename(number) => self.node.rename(name(*number)),
            Move::AskReception(contact) => {
                if let Some(id) = self.contact(*contact) {
                    let is_here = self.node.contact(id).is_some_and(Contact::is_here);
                    assert_eq!(self.node.ask_reception(id), is_here);
                }
            }
            Move::TellReception(contact, [multicasts, broadcasts, answers]) => {
                if let Some(id) = self.contact(*contact) {
                    let reached =
                        Reached { multicasts: *multicasts, broadcasts: *broadcasts, answers: *answers };
                    self.node.tell_reception(id, Reception::Looking(reached));
                }
            }
            Move::Trust(contact, trust) => self.trust(*contact, *trust),
            _ => self.learn(happens),
        }
        self.poll_due();
        self.hear_news();
        self.check();
    }

    /// A peer arrives, and both ends admit each other, if strangers may ask.
    fn link(&mut self, who: u8) {
        let slot = usize::from(who);
        self.happen(slot, &Move::Arrive { other: false });
        self.happen(slot, &Move::Link(who));
        self.happen(slot, &Move::Trust(who, 0));
        self.happen(slot, &Move::Drain);
    }

    /// The handshake, an introduction and an admission: whatever is due. The peer has received messages.
    fn introduce(&mut self, slot: usize, who: u8, run: u8, heard: Number) {
        self.with(slot, |peer, node, now, model| {
            peer.greet(node, now, model);
            peer.drain(node, now, model);
            peer.introduce(who, run, node, now, model);
            peer.drain(node, now, model);
            peer.admit(heard, node, now, model);
        });
    }

    /// The first connection is made anew, and becomes the link that it was.
    fn relink(&mut self, input: &LinkInput<'_>, run: u8, heard: Number) {
        self.happen(0, &Move::Act(Act::Eof));
        if input.dials {
            self.happen(0, &Move::Connect { port: 1, other: false });
            self.happen(0, &Move::Dial { answered: true });
        } else {
            self.happen(0, &Move::Arrive { other: false });
        }
        self.introduce(0, input.who, run, heard);
        self.happen(0, &Move::Drain);
    }

    /// The peer of the first connection sends a message, and the node whatever follows.
    fn tell(&mut self, speech: &LinkSpeech<'_>) {
        self.with(0, |peer, node, now, model| peer.tell(speech, node, now, model));
        self.happen(0, &Move::Drain);
    }

    /// The node learns of an address or a contact.
    fn learn(&mut self, happens: &Move<'_>) {
        let (now, [circle, other]) = (self.now, self.circles);
        match happens {
            Move::Connect { port, other: is_other } => {
                let circle = if *is_other { other } else { circle };
                self.node.connect(now, endpoint((*port % 8).into()), circle);
            }
            Move::Found(port) => {
                self.node.found(now, endpoint((*port % 8).into()), circle, port.is_multiple_of(2));
            }
            Move::Remember(who, trust) => {
                let (key, trust) = (identity(*who).key(), decision(*trust));
                let known = Known {
                    trust: Some(trust),
                    endpoint: Some(endpoint((*who % 8).into())),
                    ..Known::of(key)
                };
                if self.node.contacts().all(|(_, contact)| contact.known().key != key)
                    && self.node.remember(now, known, circle)
                {
                    self.model.forget_gone(&self.node);
                    let known = self.node.contacts().find(|(_, contact)| contact.known().key == key);
                    self.model.remember(known.expect("it is known").0, key, trust);
                }
            }
            _ => {}
        }
    }

    fn act(&mut self, slot: usize, act: &Act<'_>) {
        let Self { node, peers, now, model, .. } = self;
        if let Some(peer) = &mut peers[slot] {
            peer.act(act, node, now, model);
        } else if let Act::Pause(quarters) = act {
            *now = *now + Duration::from_millis(250) * u32::from(*quarters);
        }
        self.forget_closed();
    }

    fn with(&mut self, slot: usize, work: impl FnOnce(&mut Peer, &mut OurNode, Instant, &mut Model)) {
        let Self { node, peers, now, model, .. } = self;
        if let Some(peer) = &mut peers[slot] {
            work(peer, node, *now, model);
        }
        self.forget_closed();
    }

    fn forget_closed(&mut self) {
        let node = &mut self.node;
        for slot in &mut self.peers {
            slot.take_if(|peer| peer.is_closed(node));
        }
    }

    fn take_slot(&mut self, slot: usize, stage: peer::OurStage, circle: CircleNumber) {
        let peer = &mut self.peers[slot];
        if peer.is_none() {
            *peer = Some(Peer::new(stage, circle));
        }
    }

    fn dial(&mut self, slot: usize, answered: bool) {
        if self.peers[slot].is_some() {
            return;
        }
        let Some(dial) = self.node.next_dial(self.now) else { return };
        if answered {
            let outgoing = self.node.dialled(self.now, dial, entropy(7)).expect("no circle is left");
            // The peer takes any circle for its own.
            self.take_slot(slot, Stage::Outgoing(outgoing), CIRCLE);
        } else {
            self.node.dial_failed(self.now, dial);
        }
    }

    fn say(&mut self, to: Option<u8>, len: usize) {
        let to = match to {
            None => To::All(self.circles[len % 2]),
            Some(number) => match self.contact(number) {
                Some(id) => To::One(id),
                None => return,
            },
        };
        match self.node.say(to, &letters(self.model.said.len(), len)) {
            Ok(sequence) => {
                assert_eq!(sequence as usize, self.model.said.len() + 1, "numbered one after the other");
                let recipients: BTreeSet<_> = self.node.recipients(sequence).map(|(id, _)| id).collect();
                self.check_recipients(to, &recipients);
                self.model.said.insert(sequence, Text { to, len, open: recipients.clone(), recipients });
            }
            Err(SayError::TooLong) => assert!(len > TEXTS, "{len} letters are not too many"),
            Err(SayError::Nobody) => self.check_recipients(to, &BTreeSet::new()),
            Err(SayError::NotAccepted) => assert!(matches!(to, To::One(id) if !self.is_accepted(id))),
            Err(SayError::Exhausted) => panic!("so many texts were not said"),
        }
    }

    /// A text to all is for everyone in the circle who is accepted and was here. Somebody may have been here and gone
    /// before that was heard.
    fn check_recipients(&self, to: To, recipients: &BTreeSet<ContactId>) {
        match to {
            To::One(id) => assert_eq!(recipients, &BTreeSet::from([id])),
            To::All(circle) => {
                let is_meant = |id: &ContactId| {
                    self.is_accepted(*id) && self.node.contact(*id).is_some_and(|it| it.circle() == circle)
                };
                assert!(recipients.iter().all(is_meant), "a text for somebody else");
                let met = self.model.met.iter().filter(|id| is_meant(id));
                assert!(met.into_iter().all(|id| recipients.contains(id)), "a text not for all");
            }
        }
    }

    fn is_accepted(&self, id: ContactId) -> bool {
        self.node.contact(id).is_some_and(|contact| contact.known().is_accepted())
    }

    fn contact(&self, number: u8) -> Option<ContactId> {
        let count = self.node.contacts().count();
        self.node.contacts().nth(usize::from(number).checked_rem(count)?).map(|(id, _)| id)
    }

    fn trust(&mut self, contact: u8, trust: u8) {
        let Some(id) = self.contact(contact) else { return };
        let trust = decision(trust);
        self.node.set_trust(self.now, id, trust);
        if trust.is_refused() {
            self.model.met.remove(&id);
            self.model.leave(id);
            self.model.transfers.end_all(id, false);
            for text in self.model.said.values_mut() {
                text.recipients.remove(&id);
            }
        }
        let key = self.node.contact(id).expect("a contact").known().key;
        self.model.trusted.insert(key, trust);
    }

    /// Whatever is due is handled before anything else, as a shell does.
    fn poll_due(&mut self) {
        for slot in 0..PEERS {
            self.with(slot, Peer::poll_due);
        }
        // One that was to be made again may be too late already.
        for _ in 0..2 {
            self.node.poll_transfers(self.now);
        }
        self.model.transfers.pass(self.now);
    }

    /// What is held has room, and is from and for those who are accepted.
    fn check_held(&self) {
        assert!(self.node.held().count() <= HELD, "more is held than there is room for");
        for (author, addressee) in self.node.held() {
            assert_ne!(author, addressee, "it is held for its author");
            assert!(self.is_accepted(author) && self.is_accepted(addressee), "it is a stranger's");
        }
    }

    fn check(&self) {
        self.model.transfers.check(self.now, &self.node);
        self.check_held();
        let contacts: Vec<_> = self.node.contacts().collect();
        assert!(contacts.len() <= CONTACTS);
        for (key, trust) in &self.model.trusted {
            let of = contacts.iter().find(|(_, contact)| contact.known().key == *key);
            let known = of.map(|(_, contact)| contact.known().trust);
            assert_eq!(known, Some(Some(*trust)), "somebody is forgotten");
        }
        for (id, contact) in contacts {
            let links = self.peers.iter().flatten().filter(|peer| peer.is_link_of(id)).collect::<Vec<_>>();
            let is_mutual = links.iter().any(|peer| peer.is_mutual());
            assert!(links.len() <= 1, "two links with {id:?}");
            assert!(!links.is_empty() || !contact.asks(), "{id:?} asks without a link");
            assert_eq!(contact.is_here(), is_mutual, "{id:?} is here, and not linked, or the reverse");
        }
    }
}

/// A text of this length, the same for the same number.
fn letters(number: usize, len: usize) -> String {
    let letter = char::from(b'a' + u8::try_from(number % 26).unwrap_or(0));
    letter.to_string().repeat(len)
}

/// A decision of the user's.
fn decision(number: u8) -> Trust {
    [Trust::Accepted, Trust::Denied, Trust::Blocked, Trust::Verified][usize::from(number) % 4]
}
