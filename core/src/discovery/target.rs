//! What a node announces itself as, and what is searched for.

use super::uuid::Uuid;
use super::{ALL, DEVICE_TYPE, ROOT_DEVICE};

/// What to search for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SearchFor {
    /// Nodes.
    #[default]
    Nodes,
    /// All devices and services of UPnP.
    All,
}

/// One of the three targets of a device without services (UPnP Device Architecture 2.0 §1.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Any root device.
    Root,
    /// This device.
    Device,
    /// A device of this type.
    Type,
}

/// A set of targets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    One(Target),
    All,
}

impl Target {
    pub(super) const ALL: [Self; 3] = [Self::Root, Self::Device, Self::Type];
}

impl Wanted {
    /// What a search for `target` asks of the device with this UUID.
    pub(super) fn by(target: &str, id: Uuid) -> Option<Self> {
        Some(match target {
            ALL => Self::All,
            ROOT_DEVICE => Self::One(Target::Root),
            DEVICE_TYPE => Self::One(Target::Type),
            _ => {
                let wanted = Uuid::parse(target.strip_prefix("uuid:")?)?;
                return (wanted == id).then_some(Self::One(Target::Device));
            }
        })
    }

    /// The target with this index.
    pub(super) fn get(self, index: usize) -> Option<Target> {
        match self {
            Self::One(target) => (index == 0).then_some(target),
            Self::All => Target::ALL.get(index).copied(),
        }
    }

    pub(super) fn len(self) -> u32 {
        match self {
            Self::One(_) => 1,
            Self::All => 3,
        }
    }
}
