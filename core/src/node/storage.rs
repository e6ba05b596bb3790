//! Memory of a node, which the caller owns.

use super::contact::Contact;
use super::dialer::Target;
use super::outbox::Entry;
use super::transfers::Transfer;
use crate::door::{Guesser, Guessers};
use crate::limits::GUESSER_WAYS;

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
    /// Guessing networks of each circle.
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
>;

impl<
    const CONTACTS: usize,
    const TARGETS: usize,
    const ENTRIES: usize,
    const TEXTS: usize,
    const TRANSFERS: usize,
> Storage for Inline<CONTACTS, TARGETS, ENTRIES, TEXTS, TRANSFERS>
{
    type Contacts = [Contact; CONTACTS];
    type Targets = [Target; TARGETS];
    type Entries = [Entry; ENTRIES];
    type Texts = [u8; TEXTS];
    type Transfers = [Transfer; TRANSFERS];
    type Guessers = [Guesser; GUESSER_WAYS];
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
}

impl<
    const CONTACTS: usize,
    const TARGETS: usize,
    const ENTRIES: usize,
    const TEXTS: usize,
    const TRANSFERS: usize,
> Default for Rows<Inline<CONTACTS, TARGETS, ENTRIES, TEXTS, TRANSFERS>>
{
    fn default() -> Self {
        Self {
            contacts: [const { Contact::EMPTY }; CONTACTS],
            targets: [const { Target::EMPTY }; TARGETS],
            entries: [const { Entry::EMPTY }; ENTRIES],
            texts: [0; TEXTS],
            transfers: [const { Transfer::EMPTY }; TRANSFERS],
        }
    }
}
