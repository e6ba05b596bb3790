//! Memory of a node, which the caller owns.

use super::Circle;
use super::contact::Contact;
use super::dialer::Target;
use super::mailbox::Held;
use super::outbox::Entry;
use super::transfers::Transfer;
use crate::door::{Guesser, Guessers};
use crate::limits::{CIRCLES_MAX, GUESSER_WAYS};

/// Memory of a node: rows of fixed length, in arrays or in boxes. The caller chooses how many there are of each.
pub trait Storage {
    /// Contacts, [`CONTACTS_MAX`](crate::limits::CONTACTS_MAX) at most; others stay unused.
    type Contacts: AsRef<[Contact]> + AsMut<[Contact]>;
    /// Addresses to dial.
    type Targets: AsRef<[Target]> + AsMut<[Target]>;
    /// Messages that are kept until they are received.
    type Entries: AsRef<[Entry]> + AsMut<[Entry]>;
    /// Texts of these messages, in bytes.
    type Texts: AsRef<[u8]> + AsMut<[u8]>;
    /// Transfers that go on, or wait. A node without any takes no offers.
    type Transfers: AsRef<[Transfer]> + AsMut<[Transfer]>;
    /// Texts that the node keeps for others who are away, [`HELD_TEXTS`](crate::limits::HELD_TEXTS) at most; others stay
    /// unused. A node without any keeps nothing for anybody.
    type Held: AsRef<[Held]> + AsMut<[Held]>;
    /// Circles that the node is in, [`CIRCLES_MAX`] at most.
    type Circles: AsRef<[Option<Circle<Self::Guessers>>]> + AsMut<[Option<Circle<Self::Guessers>>]>;
    /// Guessing networks of each circle. For fewer than [`GUESSER_WAYS`] there should be more than
    /// [`PROVED_MAX`](crate::limits::PROVED_MAX), or there is none left for networks that guess.
    type Guessers: Guessers;
}

/// [`Storage`] in arrays.
#[derive(Clone, Copy, Debug)]
pub struct Inline<
    const CONTACTS: usize,
    const TARGETS: usize,
    const ENTRIES: usize,
    const TEXTS: usize,
    const TRANSFERS: usize = 0,
    const CIRCLES: usize = CIRCLES_MAX,
    const GUESSERS: usize = GUESSER_WAYS,
    const HELD: usize = 0,
>;

impl<
    const CONTACTS: usize,
    const TARGETS: usize,
    const ENTRIES: usize,
    const TEXTS: usize,
    const TRANSFERS: usize,
    const CIRCLES: usize,
    const GUESSERS: usize,
    const HELD: usize,
> Storage for Inline<CONTACTS, TARGETS, ENTRIES, TEXTS, TRANSFERS, CIRCLES, GUESSERS, HELD>
{
    type Contacts = [Contact; CONTACTS];
    type Targets = [Target; TARGETS];
    type Entries = [Entry; ENTRIES];
    type Texts = [u8; TEXTS];
    type Transfers = [Transfer; TRANSFERS];
    type Held = [Held; HELD];
    type Circles = [Option<Circle<Self::Guessers>>; CIRCLES];
    type Guessers = [Guesser; GUESSERS];
}

/// The rows of a [`Storage`], in which nothing is kept yet.
pub struct Rows<M: Storage> {
    /// See [`Storage::Contacts`].
    pub contacts: M::Contacts,
    /// See [`Storage::Targets`].
    pub targets: M::Targets,
    /// See [`Storage::Entries`].
    pub entries: M::Entries,
    /// See [`Storage::Texts`].
    pub texts: M::Texts,
    /// See [`Storage::Transfers`].
    pub transfers: M::Transfers,
    /// See [`Storage::Held`].
    pub held: M::Held,
    /// See [`Storage::Circles`].
    pub circles: M::Circles,
}

impl<
    const CONTACTS: usize,
    const TARGETS: usize,
    const ENTRIES: usize,
    const TEXTS: usize,
    const TRANSFERS: usize,
    const CIRCLES: usize,
    const GUESSERS: usize,
    const HELD: usize,
> Default for Rows<Inline<CONTACTS, TARGETS, ENTRIES, TEXTS, TRANSFERS, CIRCLES, GUESSERS, HELD>>
{
    fn default() -> Self {
        Self {
            contacts: [const { Contact::EMPTY }; CONTACTS],
            targets: [const { Target::EMPTY }; TARGETS],
            entries: [const { Entry::EMPTY }; ENTRIES],
            texts: [0; TEXTS],
            transfers: [const { Transfer::EMPTY }; TRANSFERS],
            held: [const { Held::EMPTY }; HELD],
            circles: [const { None }; CIRCLES],
        }
    }
}
