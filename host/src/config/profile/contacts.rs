//! Contacts on disk: the identities that were decided on.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::num::NonZeroU16;

use p2pm_core::limits::{CONTACTS_MAX, KEY_LEN};
use p2pm_core::node::{Files, Known, Trust};
use p2pm_core::wire::{Endpoint, Name, PublicKey};
use serde::{Deserialize, Serialize};

use super::document::{Document, Text, Version};
use super::identity::Digits;

/// Number of bytes that suffice for a contact.
const CONTACT_LEN_MAX: usize = 512;
/// The key that no contact has.
const NOBODY: PublicKey = PublicKey([0; KEY_LEN]);

/// The contacts that were accepted, verified or blocked, each key once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub struct Contacts {
    v: Version,
    contacts: Vec<StoredContact>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    v: Version,
    contacts: Vec<StoredContact>,
}

/// A contact as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredContact {
    key: Text<Digits>,
    name: Option<Text<Name>>,
    trust: StoredTrust,
    endpoint: Option<StoredEndpoint>,
    circle: Text<Name>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    takes_files: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StoredTrust {
    Accepted,
    Verified,
    Blocked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "SocketAddr", into = "SocketAddr")]
struct StoredEndpoint(Endpoint);

impl Contacts {
    /// The contacts of a node, each with the name of its circle. Those that were not decided on, or for one run only, are
    /// left out.
    pub fn new<'c>(contacts: impl IntoIterator<Item = (&'c Known, &'c Name)>) -> Self {
        let stored = contacts.into_iter().filter_map(|(known, circle)| StoredContact::new(known, circle));
        Self { v: Version, contacts: stored.collect() }
    }

    /// Adds those of other circles, each key once, and not more than can be read again.
    pub fn add_others(&mut self, others: &[StoredContact]) {
        let ours: HashSet<_> = self.contacts.iter().map(StoredContact::key).collect();
        let room = CONTACTS_MAX.saturating_sub(self.contacts.len());
        let others = others.iter().filter(|contact| !ours.contains(&contact.key()));
        self.contacts.extend(others.take(room).cloned());
    }

    /// The contacts, in the order in which they were given.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &StoredContact> {
        self.contacts.iter()
    }
}

impl Document for Contacts {
    const LEN_MAX: usize = CONTACTS_MAX * CONTACT_LEN_MAX;
    const HAS_SECRETS: bool = false;
}

impl StoredContact {
    /// `None` for a contact that is not stored.
    fn new(known: &Known, circle: &Name) -> Option<Self> {
        Some(Self {
            key: Text(Digits(known.key.0.into())),
            name: known.name.clone().map(Text),
            trust: known.trust?.try_into().ok()?,
            endpoint: known.endpoint.map(StoredEndpoint),
            circle: Text(circle.clone()),
            takes_files: known.are_files_taken(),
        })
    }

    fn key(&self) -> PublicKey {
        PublicKey(*self.key.0.0)
    }

    /// What a node is to remember.
    pub fn known(&self) -> Known {
        Known {
            key: self.key(),
            name: self.name.clone().map(|Text(name)| name),
            trust: Some(self.trust.into()),
            endpoint: self.endpoint.map(|StoredEndpoint(endpoint)| endpoint),
            files: if self.takes_files { Files::Taken } else { Files::Asked },
        }
    }

    /// Name of the circle in which it was met.
    pub fn circle(&self) -> &Name {
        &self.circle.0
    }
}

impl TryFrom<Parts> for Contacts {
    type Error = &'static str;

    fn try_from(Parts { v, contacts }: Parts) -> Result<Self, Self::Error> {
        let mut keys = HashSet::new();
        let is_new = |contact: &StoredContact| keys.insert(contact.key());
        if contacts.len() <= CONTACTS_MAX && contacts.iter().all(is_new) && !keys.contains(&NOBODY) {
            Ok(Self { v, contacts })
        } else {
            Err("two contacts with one key, or nobody's, or too many")
        }
    }
}

impl TryFrom<Trust> for StoredTrust {
    type Error = ();

    fn try_from(trust: Trust) -> Result<Self, ()> {
        match trust {
            Trust::Denied => Err(()),
            Trust::Accepted => Ok(Self::Accepted),
            Trust::Verified => Ok(Self::Verified),
            Trust::Blocked => Ok(Self::Blocked),
        }
    }
}

impl From<StoredTrust> for Trust {
    fn from(trust: StoredTrust) -> Self {
        match trust {
            StoredTrust::Accepted => Self::Accepted,
            StoredTrust::Verified => Self::Verified,
            StoredTrust::Blocked => Self::Blocked,
        }
    }
}

impl TryFrom<SocketAddr> for StoredEndpoint {
    type Error = &'static str;

    fn try_from(address: SocketAddr) -> Result<Self, Self::Error> {
        let port = NonZeroU16::new(address.port()).ok_or("port 0 is none")?;
        Ok(Self(Endpoint::new(address.ip(), port)))
    }
}

impl From<StoredEndpoint> for SocketAddr {
    fn from(StoredEndpoint(endpoint): StoredEndpoint) -> Self {
        endpoint.into()
    }
}
