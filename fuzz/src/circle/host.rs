//! A node and its user.

use std::collections::BTreeSet;

use p2pm_core::door::{Door, Guesser};
use p2pm_core::limits::GUESSER_WAYS;
use p2pm_core::node::{
    Circle, CircleId, Contact, ContactId, Delivery, Entry, Held, Known, News, Node, Policy, Rows, SayError,
    Setup, Storage, Target, To, Transfer, Trust,
};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Endpoint, Scope};

use super::HOSTS;
use super::book::{Book, Run};
use crate::link::{identity, new_identity};
use crate::{CIRCLE, endpoint, name, password};

/// Messages that a node keeps, and their bytes.
const ENTRIES: usize = 4;
const TEXTS: usize = 2000;
/// Addresses that it dials.
const TARGETS: usize = 8;
/// Bytes in which a text says of which run it is.
const NAMED_LEN: usize = 10;

pub type OurNode = Node<Memory>;

/// Memory of a node, as [`Inline`](p2pm_core::node::Inline), with as many rows for what it keeps as the input says.
pub struct Memory;

impl Storage for Memory {
    type Contacts = [Contact; HOSTS - 1];
    type Targets = [Target; TARGETS];
    type Entries = [Entry; ENTRIES];
    type Texts = [u8; TEXTS];
    type Transfers = [Transfer; 0];
    type Held = Vec<Held>;
    type Circles = [Option<Circle<Self::Guessers>>; 1];
    type Guessers = [Guesser; GUESSER_WAYS];
}

/// What does not change of a host.
#[derive(Clone, Copy)]
pub struct Character {
    pub index: usize,
    pub policy: Policy,
    /// Texts that its node keeps for others.
    pub held: usize,
    /// Whether anybody keeps texts, of which is not known in which run they were said: then each says it.
    pub is_kept: bool,
}

pub struct Host {
    pub character: Character,
    pub node: Box<OurNode>,
    pub circle: CircleId,
    /// Counted runs of the node.
    pub life: u32,
    /// How often it has forgotten each other one, or started again: what it heard before may come again.
    pub oblivion: [u32; HOSTS],
    /// Lengths of the texts that were said in this run.
    said: Vec<usize>,
    /// Whoever is reported to be here.
    here: BTreeSet<usize>,
    /// Whoever is reported to ask, and was not here since.
    asking: BTreeSet<usize>,
    /// Whoever was here in this run, and was not refused or forgotten since.
    met: BTreeSet<usize>,
    /// Number of the last text when each other one was refused.
    refused: [u32; HOSTS],
    /// Number of the last text to each other one that a keeper is reported to hold.
    held: [u32; HOSTS],
}

impl Host {
    pub fn new(now: Instant, character: Character) -> Self {
        let (node, circle) = start(now, character, 0);
        Self {
            character,
            node,
            circle,
            life: 0,
            oblivion: [0; HOSTS],
            said: Vec::new(),
            here: BTreeSet::new(),
            asking: BTreeSet::new(),
            met: BTreeSet::new(),
            refused: [0; HOSTS],
            held: [0; HOSTS],
        }
    }

    pub fn run(&self) -> Run {
        (self.character.index, self.life)
    }

    pub fn endpoint(&self) -> Endpoint {
        endpoint_of(self.character.index)
    }

    /// The contact that another host is.
    pub fn contact(&self, other: usize) -> Option<(ContactId, &Contact)> {
        self.node.contacts().find(|(_, contact)| index_of(contact) == other)
    }

    /// The host that a contact is.
    pub fn other(&self, contact: ContactId) -> usize {
        index_of(self.node.contact(contact).expect("a contact"))
    }

    pub fn accepts(&self, other: usize) -> bool {
        self.contact(other).is_some_and(|(_, contact)| contact.known().is_accepted())
    }

    pub fn is_here(&self, other: usize) -> bool {
        self.contact(other).is_some_and(|(_, contact)| contact.is_here())
    }

    /// The node is started again, with what a disk would have kept.
    pub fn restart(&mut self, now: Instant) {
        let known = self.node.contacts().map(|(_, contact)| contact.known());
        let disk: Vec<Known> = known.filter(|known| known.is_accepted()).cloned().collect();
        self.life += 1;
        (self.node, self.circle) = start(now, self.character, self.life);
        for known in disk {
            assert!(self.node.remember(now, known, self.circle), "there is room for all");
        }
        self.oblivion = self.oblivion.map(|times| times + 1);
        (self.refused, self.held) = ([0; HOSTS], [0; HOSTS]);
        self.said.clear();
        self.here.clear();
        self.asking.clear();
        self.met.clear();
    }

    /// The user says a text of this many bytes to another one, or to all.
    pub fn say(&mut self, other: Option<usize>, len: usize, book: &mut Book) {
        let (to, scope) = match other.map(|other| self.contact(other)) {
            None => (To::All(self.circle), Scope::All),
            Some(Some((id, _))) => (To::One(id), Scope::One),
            Some(None) => return,
        };
        let len = if self.character.is_kept { len.max(NAMED_LEN) } else { len };
        let text = words(self.run(), self.said.len(), len);
        match self.node.say(to, &text) {
            Ok(sequence) => {
                let recipients: BTreeSet<_> =
                    self.node.recipients(sequence).map(|(id, _)| self.other(id)).collect();
                match other {
                    Some(other) => assert_eq!(recipients, BTreeSet::from([other])),
                    None => assert!(recipients.is_superset(&self.met), "a text not for all"),
                }
                assert!(recipients.iter().all(|other| self.accepts(*other)), "a text for a stranger");
                self.said.push(len);
                book.said(self.run(), sequence, scope, recipients, text);
            }
            Err(SayError::TooLong) => assert!(len > TEXTS, "{len} bytes are not too many"),
            Err(SayError::Nobody) => assert!(other.is_none() && self.met.is_empty(), "somebody is there"),
            Err(SayError::NotAccepted) => assert!(!other.is_some_and(|other| self.accepts(other))),
            Err(SayError::Exhausted) => panic!("so many texts were not said"),
        }
        self.hear_news(book);
    }

    /// The user accepts or denies another one.
    pub fn set_trust(&mut self, now: Instant, other: usize, trust: Trust, book: &mut Book) {
        let Some((id, _)) = self.contact(other) else { return };
        self.node.set_trust(now, id, trust);
        if trust.is_refused() {
            self.refused[other] = self.last_said();
            self.met.remove(&other);
        }
        self.hear_news(book);
        let is_open = book.first_open(self.run(), other).is_some();
        assert!(trust.is_accepted() || !is_open, "a text to whoever is refused waits");
    }

    /// The user forgets another one, who is not linked.
    pub fn forget(&mut self, other: usize, book: &mut Book) {
        let Some((id, _)) = self.contact(other) else { return };
        if let Some(last) = self.node.forget(id).expect("it is not linked") {
            book.failed(self.run(), other, last);
        }
        assert_eq!(book.first_open(self.run(), other), None, "a text to whoever is forgotten waits");
        book.forgotten(self.run(), other);
        self.oblivion[other] += 1;
        self.held[other] = 0;
        self.met.remove(&other);
        self.hear_news(book);
    }

    pub fn hear_news(&mut self, book: &mut Book) {
        for _ in 0..100 {
            let Some(news) = self.node.poll_news() else { return };
            match news {
                News::Came(contact) => {
                    assert!(self.here.insert(self.other(contact)), "came twice");
                    self.asking.remove(&self.other(contact));
                    self.met.insert(self.other(contact));
                }
                News::Left(contact) => {
                    let other = self.other(contact);
                    assert!(self.here.remove(&other) || self.asking.remove(&other), "left twice");
                }
                News::Asks(contact) => {
                    assert!(!self.accepts(self.other(contact)));
                    self.asking.insert(self.other(contact));
                }
                // Neither node of a fuzz target has room for one.
                News::Transfer(..) => unreachable!("nothing is kept"),
                News::Held { contact, keeper, sequence } => self.hear_held(contact, keeper, sequence),
                News::Dropped { contact, keeper, sequence } => self.hear_dropped(contact, keeper, sequence),
                News::Undecided(contact) => assert!(self.accepts(self.other(contact))),
                News::Received { contact, sequence } => {
                    book.confirmed(self.run(), self.other(contact), sequence);
                }
                News::Failed { contact, sequence } => {
                    let failed = book.failed(self.run(), self.other(contact), sequence);
                    assert_eq!(failed.last(), Some(&sequence), "what is said to fail was received");
                    for failed in failed {
                        self.check_failed(contact, failed);
                    }
                }
            }
        }
        panic!("the news have no end");
    }

    /// A keeper is reported to hold texts up to this one, which was said.
    fn hear_held(&mut self, contact: ContactId, keeper: ContactId, sequence: u32) {
        assert!(self.character.is_kept && contact != keeper, "{keeper:?} does not keep for {contact:?}");
        assert!(sequence <= self.last_said(), "{sequence} is held, and was not said");
        let last = std::mem::replace(&mut self.held[self.other(contact)], sequence);
        assert!(last < sequence, "{sequence} is said to be held, and {last} was");
    }

    /// A keeper is reported to hold a text no more, and those after it, of which it was reported to hold some.
    fn hear_dropped(&mut self, contact: ContactId, keeper: ContactId, sequence: u32) {
        assert!(contact != keeper, "{keeper:?} does not keep for itself");
        let last = std::mem::replace(&mut self.held[self.other(contact)], sequence - 1);
        assert!(sequence <= last, "{sequence} is held no more, and {last} was the last");
    }

    /// A text fails only if its recipient was refused, or if newer ones needed its room.
    fn check_failed(&self, contact: ContactId, sequence: u32) {
        assert_eq!(
            self.node.delivery(contact, sequence),
            Some(Delivery::Failed),
            "{sequence} is said to fail"
        );
        let was_refused = sequence <= self.refused[self.other(contact)];
        assert!(was_refused || !self.has_room(sequence), "{sequence} is given up without need");
    }

    /// Whether a text surely has room beside all newer ones.
    fn has_room(&self, sequence: u32) -> bool {
        let kept = &self.said[sequence as usize - 1..];
        let (longest, len) = (kept.iter().max().copied().unwrap_or_default(), kept.iter().sum::<usize>());
        // The end of the ring is not used where a text does not fit there as a whole.
        let fits = self.said.iter().sum::<usize>() <= TEXTS || len + longest <= TEXTS;
        kept.len() <= ENTRIES && fits
    }

    fn last_said(&self) -> u32 {
        u32::try_from(self.said.len()).unwrap_or(u32::MAX)
    }

    /// What it holds has room, and is from those whom it accepts, and for such.
    pub fn check_held(&self) {
        assert!(self.node.held().count() <= self.character.held, "more is held than there is room for");
        for [author, addressee] in self.held() {
            assert_ne!(author, addressee, "it is held for its author");
            assert!(self.accepts(author) && self.accepts(addressee), "{author} to {addressee} is held");
        }
    }

    /// Whose texts it holds, and for whom.
    pub fn held(&self) -> impl Iterator<Item = [usize; 2]> {
        self.node.held().map(|(author, addressee)| [author, addressee].map(|it| self.other(it)))
    }

    /// What the node says of its texts is true.
    pub fn check_deliveries(&self, book: &Book) {
        for sequence in 1..=self.last_said() {
            for (contact, delivery) in self.node.recipients(sequence) {
                let is_confirmed = book.is_confirmed(self.run(), self.other(contact), sequence);
                assert_eq!(delivery == Delivery::Received, is_confirmed, "{sequence} is {delivery:?}");
            }
        }
    }
}

fn start(now: Instant, character: Character, life: u32) -> (Box<OurNode>, CircleId) {
    let Character { index, policy, held, .. } = character;
    let number = u8::try_from(index).expect("a few hosts");
    let setup = Setup {
        identity: new_identity(number),
        name: name(number),
        port: Some(endpoint_of(index).port()),
        policy,
        run: life + 1,
        seed: life.into(),
    };
    let rows = Rows {
        contacts: [const { Contact::EMPTY }; HOSTS - 1],
        targets: [const { Target::EMPTY }; TARGETS],
        entries: [const { Entry::EMPTY }; ENTRIES],
        texts: [0; TEXTS],
        transfers: [],
        held: vec![Held::EMPTY; held],
        circles: [const { None }; 1],
    };
    let mut node = Box::new(OurNode::new(now, setup, rows));
    let circle = node.join(CIRCLE, Door::new(password())).expect("it is the only one");
    (node, circle)
}

fn endpoint_of(index: usize) -> Endpoint {
    endpoint(u16::try_from(index + 1).expect("a few hosts"))
}

fn index_of(contact: &Contact) -> usize {
    let is_it =
        |index: &usize| u8::try_from(*index).is_ok_and(|it| identity(it).key() == contact.known().key);
    (0..HOSTS).find(is_it).expect("a host")
}

/// A text of this many bytes, which differs from others, and at each place.
fn words((from, life): Run, number: usize, len: usize) -> String {
    let mut text = format!("{from}.{life}.{number}:");
    text.extend((0..len / 2).map(|count| format!("é{count}")));
    text.truncate(text.floor_char_boundary(len));
    let missing = len - text.len();
    text + &".".repeat(missing)
}
