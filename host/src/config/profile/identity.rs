//! Identity on disk: the seed, and the public key that belongs to it, so that damage is noticed.

use std::fmt;
use std::str::FromStr;

use p2pm_core::identity::Identity;
use p2pm_core::limits::KEY_LEN;
use p2pm_core::wire::PublicKey;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use super::document::{Document, Text, Version};

/// An identity as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "Parts")]
pub(super) struct StoredIdentity {
    v: Version,
    seed: Text<Digits>,
    key: Text<Digits>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    v: Version,
    seed: Text<Digits>,
    key: Text<Digits>,
}

/// 32 bytes as 64 hexadecimal digits in lower case. Wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Digits(pub(super) Zeroizing<[u8; KEY_LEN]>);

impl StoredIdentity {
    pub(super) fn new(identity: &Identity) -> Self {
        let PublicKey(key) = identity.key();
        Self { v: Version, seed: Text(Digits(identity.seed())), key: Text(Digits(key.into())) }
    }

    pub(super) fn identity(&self) -> Identity {
        Identity::from_seed(&self.seed.0.0)
    }
}

impl Document for StoredIdentity {
    const LEN_MAX: usize = 1024;
}

impl TryFrom<Parts> for StoredIdentity {
    type Error = &'static str;

    fn try_from(Parts { v, seed, key }: Parts) -> Result<Self, Self::Error> {
        let stored = Self { v, seed, key };
        if stored.identity().key().0 == *stored.key.0.0 {
            Ok(stored)
        } else {
            Err("the key is not that of the seed")
        }
    }
}

impl FromStr for Digits {
    type Err = base16ct::Error;

    fn from_str(text: &str) -> Result<Self, base16ct::Error> {
        let mut bytes = Zeroizing::new([0; KEY_LEN]);
        let len = base16ct::lower::decode(text, bytes.as_mut())?.len();
        if len == KEY_LEN { Ok(Self(bytes)) } else { Err(base16ct::Error::InvalidLength) }
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits(..)")
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 2 * KEY_LEN];
        let text = base16ct::lower::encode_str(self.0.as_ref(), &mut digits).map_err(|_| fmt::Error)?;
        let written = f.write_str(text);
        digits.zeroize();
        written
    }
}
