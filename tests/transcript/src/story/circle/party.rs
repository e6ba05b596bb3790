//! Those of whom the story is told.

use core::net::{IpAddr, Ipv4Addr};
use core::num::{NonZeroU16, NonZeroU32};

use p2pm_core::door::{Door, Guesser};
use p2pm_core::identity::Identity;
use p2pm_core::node::{ContactId, Inline, Node, Policy, Setup};
use p2pm_core::suite::Password;
use p2pm_core::wire::{Endpoint, Name};

use super::super::Random;
use crate::Error;

/// Number of the circle.
const CIRCLE: Option<NonZeroU32> = NonZeroU32::new(47);
const PASSPHRASE: &[u8] = b"coral-tulip-anvil-mocha";
const PORT: NonZeroU16 = NonZeroU16::MIN.saturating_add(7775);
/// Networks that guess and are remembered.
const GUESSERS: usize = 24;

pub(super) type Memory = Inline<4, 8, 8, 4096, 4, 1, GUESSERS>;

/// Somebody with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Who {
    Ann,
    /// Asks his user about each who comes.
    Bob,
    Carl,
    /// Does not know the passphrase.
    Dora,
}

impl Who {
    pub(super) const ALL: [Self; 4] = [Self::Ann, Self::Bob, Self::Carl, Self::Dora];

    fn address(self) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, 1 + self as u8).into()
    }

    /// Where the node listens.
    pub(super) fn endpoint(self) -> Endpoint {
        Endpoint::new(self.address(), PORT)
    }

    /// Who has this address.
    pub(super) fn at(address: IpAddr) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.address() == address)
    }

    /// The words that this one takes for the passphrase.
    fn passphrase(self) -> &'static [u8] {
        if self == Self::Dora { b"coral-tulip-anvil-math" } else { PASSPHRASE }
    }

    fn policy(self) -> Policy {
        if self == Self::Bob { Policy::Ask } else { Policy::All }
    }
}

/// The nodes of all.
pub(super) struct Parties<'n> {
    pub(super) ann: &'n mut Node<Memory>,
    pub(super) bob: &'n mut Node<Memory>,
    pub(super) carl: &'n mut Node<Memory>,
    pub(super) dora: &'n mut Node<Memory>,
}

impl Parties<'_> {
    pub(super) fn of(&mut self, who: Who) -> &mut Node<Memory> {
        match who {
            Who::Ann => self.ann,
            Who::Bob => self.bob,
            Who::Carl => self.carl,
            Who::Dora => self.dora,
        }
    }

    /// The contact that another one is to somebody; an error if they have not met.
    pub(super) fn contact(&mut self, of: Who, whom: Who) -> Result<ContactId, Error> {
        let key = self.of(whom).key();
        let mut contacts = self.of(of).contacts();
        contacts.find(|(_, contact)| contact.known().key == key).map(|(id, _)| id).ok_or(Error::Misplaced)
    }

    /// Everybody joins the circle.
    pub(super) fn join(&mut self, random: &mut Random) -> Result<(), Error> {
        for who in Who::ALL {
            let password = Password::new(who.passphrase()).map_err(|_| Error::Field("passphrase"))?;
            let door = Door::with_guessers(password, [Guesser::EMPTY; GUESSERS], random.bytes());
            self.of(who).join(CIRCLE, door).map_err(|_| Error::Misplaced)?;
        }
        Ok(())
    }
}

/// What somebody's node is made of.
pub(super) fn setup(who: Who, name: Name, random: &mut Random) -> Setup {
    Setup {
        identity: Identity::from_seed(&random.bytes()),
        name,
        port: Some(PORT),
        policy: who.policy(),
        run: u32::from_be_bytes(random.bytes()),
        seed: random.number(),
    }
}

pub(super) fn name(name: &str) -> Result<Name, Error> {
    Name::new(name.as_bytes()).map_err(|_| Error::Field("name"))
}
