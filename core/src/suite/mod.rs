//! Cipher suites, chosen by type. A suite is never negotiated down.
//!
//! After the two Hellos, which are always in the clear, every suite authenticates with the same two messages:
//! the initiator's `Credentials` and the responder's `Welcome`. Their contents are defined by the suite.

mod entropy;
mod exporter;
mod hash;
mod password;
mod sealed;
mod xor;

pub use entropy::Entropy;
pub use exporter::{EXPORT_LEN, Exporter, Side};
pub(crate) use hash::{HASH_LEN, sha512};
pub use password::{Password, PasswordError};
pub use sealed::{Sealed, SealedWith, aead};
pub use xor::Xor;

use crate::error::Fault;
use crate::limits::HELLO_LEN;
use crate::wire::{Close, SuiteId};

/// Encryption of the frames of one connection, which pass in order, each direction on its own.
pub trait Protection {
    /// Encrypts a plain frame in place, over its whole length.
    fn seal(&mut self, frame: &mut [u8]);

    /// Decrypts a frame in place, or fails if it is not authentic.
    ///
    /// A suite with a tag in the trailer verifies it, and leaves the trailer zero. One without leaves the
    /// trailer as received: parsing takes it for padding.
    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault>;
}

/// The fixed parts of both Hellos as sent, which a suite binds its keys to.
#[derive(Clone, Copy, Debug)]
pub struct Hellos {
    /// The connecting side's.
    pub initiator: [u8; HELLO_LEN],
    /// The listening side's.
    pub responder: [u8; HELLO_LEN],
}

/// A cipher suite.
pub trait Suite {
    /// Number of the suite in a Hello.
    const ID: SuiteId;
    /// Warning for users of the suite, in one line.
    const CAUTION: Option<&'static str>;
    /// Protection of the frames between the Hellos and the keys.
    type Early: Protection + Default;
    /// Protection of the frames after `Welcome`.
    type Keys: Protection;
    /// The connecting side's half of authentication.
    type Initiator: Initiator<Keys = Self::Keys>;
    /// The listening side's half of authentication.
    type Responder: Responder<Verified: Verified<Keys = Self::Keys>>;
}

/// The connecting side's half of authentication.
///
/// Values with secrets are borrowed by their methods, here and in the traits below, and are wiped when they
/// are dropped in place. A move would leave a copy behind that is not wiped.
pub trait Initiator: Sized {
    /// Protection with the keys that were agreed on.
    type Keys;

    /// Starts once both Hellos are known. `share` is the suite's part of the responder's Hello.
    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault>;

    /// The body of `Credentials`, at most [`crate::limits::BODY_MAX`] bytes.
    fn credentials(&self) -> &[u8];

    /// Verifies the body of `Welcome`. Returns the keys if the responder has proved the password; a second
    /// call returns keys that protect nothing.
    fn finish(&mut self, welcome: &[u8]) -> Result<Self::Keys, Fault>;
}

/// The listening side's half of authentication.
pub trait Responder: Sized {
    /// State once the initiator has proved the password.
    type Verified: Verified;

    /// Starts when the initiator's Hello has arrived. `share` is the suite's part of it.
    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault>;

    /// The suite's part of the responder's Hello.
    fn share(&self) -> &[u8];

    /// Verifies that `credentials` prove the password, with a constant-time comparison. `hellos` are those that it
    /// started with.
    fn verify(
        &self,
        hellos: &Hellos,
        credentials: &[u8],
        password: &Password,
    ) -> Result<Self::Verified, Rejection>;
}

/// Why credentials were rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// They prove another password: a wrong guess.
    WrongPassword,
    /// They are malformed.
    Fault(Fault),
}

impl From<Rejection> for Close {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::WrongPassword => Self::WrongPassword,
            Rejection::Fault(fault) => Self::Fault(fault),
        }
    }
}

/// Responder that has verified the initiator's credentials.
pub trait Verified {
    /// Protection with the keys that were agreed on.
    type Keys;

    /// The body of `Welcome`, at most [`crate::limits::BODY_MAX`] bytes.
    fn welcome(&self) -> &[u8];

    /// The keys, after `Welcome` is written; a second call returns keys that protect nothing.
    fn finish(&mut self) -> Self::Keys;
}

/// No protection: for the Hellos, and for what a suite sends before it has keys.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clear;

impl Protection for Clear {
    fn seal(&mut self, _frame: &mut [u8]) {}

    fn open(&mut self, _frame: &mut [u8]) -> Result<(), Fault> {
        Ok(())
    }
}
