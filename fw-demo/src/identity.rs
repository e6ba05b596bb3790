//! The identity of a device, kept in memory that outlasts a reset, so that others know the device again.
//!
//! The memory is any [`Storage`] of `embedded-storage`: a page of flash (its `RmwNorFlashStorage` makes one of a
//! `NorFlash`), an EEPROM, a file. At its beginning is a record of [`RECORD_LEN`] bytes: [`MAGIC`], the secret seed, and the
//! public key, which shows that the seed is what it was.

use core::fmt;

use embedded_storage::Storage;
use p2pm_core::identity::Identity;
use p2pm_core::limits::KEY_LEN;
use rand_core::CryptoRng;

/// First bytes of the record.
pub const MAGIC: [u8; 8] = *b"p2pm key";
/// Length of the record.
pub const RECORD_LEN: usize = MAGIC.len() + 2 * KEY_LEN;

type Record = [u8; RECORD_LEN];

/// What has become of the identity of a device at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is the one from before.
    Before,
    /// There was none. It is a new one, which is kept now.
    New,
    /// The one from before is broken. It is a new one, which is kept now.
    Replaced,
    /// It is a new one, and cannot be kept: the memory has failed, or has something else in it, which stays there.
    Not,
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "the key is the one from before",
            Self::New => "a new key is kept",
            Self::Replaced => "the key from before is broken: a new one is kept",
            Self::Not => "the key is new, and cannot be kept: others will not know this device again",
        })
    }
}

/// The identity that is kept in a store; a new one where there is none.
pub fn kept_in(store: &mut impl Storage, random: &mut impl CryptoRng) -> (Identity, Kept) {
    let mut record = [0; RECORD_LEN];
    let is_read = store.read(0, &mut record).is_ok();
    let found = if is_read { Found::of(&record) } else { Found::Other };
    if let Found::Identity(identity) = found {
        return (identity, Kept::Before);
    }
    let identity = new(random);
    let kept = match found {
        Found::Nothing if write(store, &identity) => Kept::New,
        Found::Broken if write(store, &identity) => Kept::Replaced,
        _ => Kept::Not,
    };
    (identity, kept)
}

/// A new identity.
pub fn new(random: &mut impl CryptoRng) -> Identity {
    let mut seed = [0; KEY_LEN];
    random.fill_bytes(&mut seed);
    Identity::from_seed(&seed)
}

/// What there is in a store.
enum Found {
    Identity(Identity),
    /// Erased memory, of either kind.
    Nothing,
    /// A record that was not written to its end, or has changed since.
    Broken,
    Other,
}

impl Found {
    fn of(record: &Record) -> Self {
        if [0, 0xFF].iter().any(|erased| record.iter().all(|byte| byte == erased)) {
            return Self::Nothing;
        }
        let Some((seed, key)) = record.strip_prefix(&MAGIC).and_then(|keys| keys.split_first_chunk()) else {
            return Self::Other;
        };
        let identity = Identity::from_seed(seed);
        if identity.key().0 == *key { Self::Identity(identity) } else { Self::Broken }
    }
}

/// Writes a record; true if it can be read again.
fn write(store: &mut impl Storage, identity: &Identity) -> bool {
    let mut record = [0; RECORD_LEN];
    for (place, byte) in record.iter_mut().zip(MAGIC.iter().chain(&*identity.seed()).chain(&identity.key().0))
    {
        *place = *byte;
    }
    let mut again = [0; RECORD_LEN];
    store.write(0, &record).and_then(|()| store.read(0, &mut again)).is_ok() && again == record
}

#[cfg(test)]
mod tests {
    use core::convert::Infallible;

    use embedded_storage::ReadStorage;
    use rand_core::{TryCryptoRng, TryRng};

    use super::*;

    /// Memory, which may be one that forgets.
    struct Flash {
        bytes: [u8; 128],
        forgets: bool,
    }

    impl ReadStorage for Flash {
        type Error = Infallible;

        fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Infallible> {
            let start = usize::try_from(offset).unwrap();
            bytes.copy_from_slice(&self.bytes[start..start + bytes.len()]);
            Ok(())
        }

        fn capacity(&self) -> usize {
            self.bytes.len()
        }
    }

    impl Storage for Flash {
        fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Infallible> {
            let start = usize::try_from(offset).unwrap();
            if !self.forgets {
                self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
            }
            Ok(())
        }
    }

    /// Counts.
    struct Counter(u8);

    impl TryRng for Counter {
        type Error = Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Infallible> {
            Ok(0)
        }

        fn try_next_u64(&mut self) -> Result<u64, Infallible> {
            Ok(0)
        }

        fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
            self.0 += 1;
            bytes.fill(self.0);
            Ok(())
        }
    }

    impl TryCryptoRng for Counter {}

    #[test]
    fn a_device_is_the_same_after_a_reset_whatever_erased_memory_looks_like() {
        for erased in [0, 0xFF] {
            let mut flash = Flash { bytes: [erased; 128], forgets: false };
            let (first, kept) = kept_in(&mut flash, &mut Counter(0));
            assert_eq!(kept, Kept::New);
            let (second, kept) = kept_in(&mut flash, &mut Counter(9));
            assert_eq!((second.key(), kept), (first.key(), Kept::Before));
            assert_eq!(flash.bytes[RECORD_LEN..], [erased; 128 - RECORD_LEN]);
        }
    }

    #[test]
    fn a_key_that_is_broken_anywhere_gives_way_to_a_new_one() {
        let mut whole = Flash { bytes: [0xFF; 128], forgets: false };
        let (first, _) = kept_in(&mut whole, &mut Counter(0));
        for at in MAGIC.len()..RECORD_LEN {
            let mut flash = Flash { bytes: whole.bytes, forgets: false };
            flash.bytes[at] ^= 1;
            let (second, kept) = kept_in(&mut flash, &mut Counter(1));
            assert_eq!(kept, Kept::Replaced, "{at}");
            assert_ne!(second.key(), first.key());
            assert_eq!(kept_in(&mut flash, &mut Counter(2)).1, Kept::Before);
        }
    }

    #[test]
    fn memory_that_forgets_is_told_of_and_what_is_not_ours_stays() {
        let mut flash = Flash { bytes: [0xFF; 128], forgets: true };
        assert_eq!(kept_in(&mut flash, &mut Counter(0)).1, Kept::Not);
        let mut others = Flash { bytes: [7; 128], forgets: false };
        assert_eq!(kept_in(&mut others, &mut Counter(0)).1, Kept::Not);
        assert_eq!(others.bytes, [7; 128]);
    }
}
