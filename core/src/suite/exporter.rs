//! Exporter: values that both ends of a channel share, and nobody else has.

use hkdf::Hkdf;
use sha2::Sha512;

/// Length of an exported value, in bytes.
pub const EXPORT_LEN: usize = 32;

/// Salt of the HKDF extraction: domain separation from the key schedule.
const SALT: &[u8] = b"p2pm 1 exporter";

/// Side of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Side {
    /// The side that has dialled.
    Initiator,
    /// The side that has accepted.
    Responder,
}

/// Exporter of one channel, in the manner of RFC 5705: values that depend on the keys of the channel, one for
/// each label. What is signed over one cannot be moved to another channel.
pub struct Exporter(Hkdf<Sha512>);

impl Side {
    /// The other side.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

impl Exporter {
    /// From the secrets of both streams, the initiator's first. They are read before any rekeying, so both ends
    /// have the same, and no secret has to be kept for it.
    pub(super) fn new(secrets: &[u8]) -> Self {
        Self(Hkdf::new(Some(SALT), secrets))
    }

    /// The value for a label, by HKDF-Expand with SHA-512 (RFC 5869).
    pub fn export(&self, label: &[u8]) -> [u8; EXPORT_LEN] {
        let mut value = [0; EXPORT_LEN];
        // HKDF rejects only outputs far longer than this one.
        let _ = self.0.expand(label, &mut value);
        value
    }
}
