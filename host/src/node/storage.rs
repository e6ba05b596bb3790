//! Memory of a node on Linux, in boxes.

use p2pm_core::limits::CIRCLES_MAX;
use p2pm_core::node::{Circle, Contact, Entry, Held, Rows, Storage, Target, Transfer};

use crate::door::Guessers;

/// Most links of a node.
pub const LINKS_MAX: usize = 256;
/// Contacts of a node, linked or not.
const CONTACTS: usize = 1024;
/// Addresses that a node may dial.
const TARGETS: usize = 1024;
/// Messages kept until they are received.
const ENTRIES: usize = 4096;
/// Texts of these messages, in bytes.
const TEXTS: usize = 1 << 20;
/// Transfers that go on, or wait.
const TRANSFERS: usize = 256;
const _: () = assert!(CONTACTS > LINKS_MAX && TARGETS > LINKS_MAX);

/// [`Storage`] in boxes.
#[derive(Clone, Copy, Debug)]
pub struct Boxed;

impl Storage for Boxed {
    type Contacts = Box<[Contact]>;
    type Targets = Box<[Target]>;
    type Entries = Box<[Entry]>;
    type Texts = Box<[u8]>;
    type Transfers = Box<[Transfer]>;
    type Held = [Held; 0];
    type Circles = [Option<Circle<Guessers>>; CIRCLES_MAX];
    type Guessers = Guessers;
}

/// Empty rows.
pub(super) fn rows() -> Rows<Boxed> {
    Rows {
        contacts: vec![Contact::EMPTY; CONTACTS].into(),
        targets: vec![Target::EMPTY; TARGETS].into(),
        entries: vec![Entry::EMPTY; ENTRIES].into(),
        texts: vec![0; TEXTS].into(),
        transfers: vec![Transfer::EMPTY; TRANSFERS].into(),
        // Nothing is kept for others.
        held: [],
        circles: [const { None }; CIRCLES_MAX],
    }
}
