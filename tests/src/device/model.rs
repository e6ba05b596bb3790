//! How much memory a node of a circle has, and what it finds others with.

use std::cell::Cell;
use std::rc::Rc;

use p2pm_core::discovery;
use p2pm_core::door::Guesser;
use p2pm_core::limits::{GUESSER_WAYS, HELD_TEXTS};
use p2pm_core::node::{self, CircleId, Contact, Node};
use p2pm_core::time::Instant;
use p2pm_fw::app::{Finder, Lookout, Neighbourhood};

/// A kind of device.
pub trait Model: 'static {
    /// Memory of its node.
    type Memory: node::Storage;
    /// Memory of what finds others.
    type Neighbours: discovery::Storage;

    /// Memory for networks that guess, none of which has guessed yet.
    fn guessers() -> GuessersOf<Self>;
}

/// Networks that guess the passphrase of a node, and are remembered.
pub type GuessersOf<M> = <<M as Model>::Memory as node::Storage>::Guessers;

/// Most links of the smallest device.
pub const LINKS: usize = 4;
/// Networks that guess its passphrase and are remembered.
pub const GUESSERS: usize = 24;

/// `lm3s6965evb`.
pub struct Small;

impl Model for Small {
    type Memory = node::Inline<LINKS, { LINKS + 4 }, 8, 1024, 0, 1, GUESSERS>;
    type Neighbours = discovery::Inline<1, 8, 4, 4>;

    fn guessers() -> GuessersOf<Self> {
        [Guesser::EMPTY; GUESSERS]
    }
}

/// `mps2-an385`.
pub struct Middle;

impl Model for Middle {
    type Memory = node::Inline<8, 16, 32, 8192, 0, 1, GUESSER_WAYS, HELD_TEXTS>;
    type Neighbours = discovery::Inline<1, 32, 16, 16>;

    fn guessers() -> GuessersOf<Self> {
        [Guesser::EMPTY; GUESSER_WAYS]
    }
}

/// `p2pm-tap`, or a computer.
pub struct Large;

impl Model for Large {
    type Memory = node::Inline<64, 64, 64, 65_536, 0, 1, GUESSER_WAYS, HELD_TEXTS>;
    type Neighbours = discovery::Inline<1, 64, 32, 32>;

    fn guessers() -> GuessersOf<Self> {
        [Guesser::EMPTY; GUESSER_WAYS]
    }
}

/// Rows that are in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InUse {
    /// Contacts of the node.
    pub contacts: usize,
    /// Those among them who are here.
    pub links: usize,
    /// Nodes that discovery knows of.
    pub found: usize,
}

/// What finds others, if anything does, and how much there is of what the node and it keep.
pub struct Sight<M: discovery::Storage> {
    lookout: Option<Lookout<M>>,
    in_use: Rc<Cell<InUse>>,
}

impl<M: discovery::Storage> Sight<M> {
    /// Somebody who finds others by this.
    pub fn new(lookout: Option<Lookout<M>>) -> Self {
        Self { lookout, in_use: Rc::default() }
    }

    /// Where it says how much there is.
    pub fn in_use(&self) -> Rc<Cell<InUse>> {
        Rc::clone(&self.in_use)
    }
}

impl<N: Neighbourhood, M: discovery::Storage> Finder<N> for Sight<M> {
    fn poll<S: node::Storage>(
        &mut self,
        now: Instant,
        network: &mut N,
        node: &mut Node<S>,
        circle: CircleId,
    ) -> bool {
        let again = self.lookout.as_mut().is_some_and(|lookout| lookout.poll(now, network, node, circle));
        let links = node.contacts().filter(|(_, contact)| Contact::is_here(contact)).count();
        let found = self.lookout.as_ref().map_or(0, |lookout| lookout.found().count());
        self.in_use.set(InUse { contacts: node.contacts().count(), links, found });
        again
    }

    fn deadline(&self) -> Option<Instant> {
        let lookout = self.lookout.as_ref()?;
        Finder::<N>::deadline(lookout)
    }

    fn leave(&mut self, now: Instant) {
        if let Some(lookout) = &mut self.lookout {
            Finder::<N>::leave(lookout, now);
        }
    }

    fn has_left(&self) -> bool {
        self.lookout.as_ref().is_none_or(Finder::<N>::has_left)
    }
}
