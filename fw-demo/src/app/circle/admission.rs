//! Whom a device accepts. There is nobody to ask, so it is told so in advance.

use heapless::Vec;
use p2pm_core::identity::Tag;
use p2pm_core::node::Policy;

/// Most tags that a device is told to accept.
pub const KNOWN_MAX: usize = 8;

/// Whom a device accepts, of those who know the passphrase. Whoever is at the address that it was told to dial is accepted
/// in any case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Everyone.
    All,
    /// Those whose keys have these tags.
    Known(Vec<Tag, KNOWN_MAX>),
}

impl Admission {
    /// The policy of the node: whoever is not accepted by that is asked about, and the tag decides.
    pub fn policy(&self) -> Policy {
        match self {
            Self::All => Policy::All,
            Self::Known(_) => Policy::Ask,
        }
    }

    /// Whether whoever has this tag is accepted.
    pub(super) fn accepts(&self, tag: Tag) -> bool {
        match self {
            Self::All => true,
            Self::Known(tags) => tags.contains(&tag),
        }
    }
}
