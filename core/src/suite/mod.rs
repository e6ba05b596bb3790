//! How frames are protected, chosen by type. A suite is never negotiated down.
//!
//! After the two Hellos, which are always in the clear, every suite authenticates in the same two messages:
//! the initiator's `Credentials` and the responder's `Welcome`. What is in them is the suite's affair.

mod entropy;
mod password;
mod sealed;
mod xor;

pub use entropy::Entropy;
pub use password::{Password, PasswordError};
pub use sealed::Sealed;
pub use xor::Xor;

use crate::error::Fault;
use crate::limits::HELLO_LEN;
use crate::wire::{Close, SuiteId};

/// Protects the frames of one connection, in order, each direction for itself.
pub trait Protection {
    /// Turns a plain frame into what travels, in place and over the whole frame.
    fn seal(&mut self, frame: &mut [u8]);

    /// Turns what travelled into a plain frame, or says that it cannot have come from the peer.
    ///
    /// A suite with a tag in the trailer checks it, and leaves the trailer zero. One without leaves it as it
    /// came: parsing takes it for padding.
    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault>;
}

/// The fixed parts of both Hellos, as they travelled: what a suite binds its keys to.
#[derive(Clone, Copy, Debug)]
pub struct Hellos {
    /// The connecting side's.
    pub initiator: [u8; HELLO_LEN],
    /// The listening side's.
    pub responder: [u8; HELLO_LEN],
}

/// A cipher suite.
pub trait Suite {
    /// Its number in a Hello.
    const ID: SuiteId;
    /// What whoever uses it must know, in a line.
    const CAUTION: Option<&'static str>;
    /// Protects what is said between the Hellos and the keys.
    type Early: Protection + Default;
    /// Protects everything after the `Welcome`.
    type Keys: Protection;
    /// The connecting side's half of authentication.
    type Initiator: Initiator<Keys = Self::Keys>;
    /// The listening side's half of authentication.
    type Responder: Responder<Verified: Verified<Keys = Self::Keys>>;
}

/// The connecting side's half of authentication.
///
/// What has secrets is lent to its methods, here and in the traits that follow: it stays in its place until it is
/// dropped there, and so wiped. What is moved leaves a copy behind that nobody wipes.
pub trait Initiator: Sized {
    /// What it comes to.
    type Keys;

    /// Begins once both Hellos are known. `share` is what the responder's Hello carried for the suite.
    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault>;

    /// The body of `Credentials`, at most [`crate::limits::BODY_MAX`] bytes.
    fn credentials(&self) -> &[u8];

    /// Ends with the body of `Welcome`: the keys, if the responder knows the password too. They are given once: what a
    /// second call gives protects nothing.
    fn finish(&mut self, welcome: &[u8]) -> Result<Self::Keys, Fault>;
}

/// The listening side's half of authentication.
pub trait Responder: Sized {
    /// What it comes to, once the initiator has proved the password.
    type Verified: Verified;

    /// Begins when the initiator's Hello has come. `share` is what that Hello carried for the suite.
    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault>;

    /// What the responder's Hello carries for the suite.
    fn share(&self) -> &[u8];

    /// Whether `credentials` prove the password, in constant time.
    fn verify(&self, credentials: &[u8], password: &Password) -> Result<Self::Verified, Rejection>;
}

/// Why credentials prove nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// They are of another password: a guess.
    WrongPassword,
    /// They are no credentials of this suite.
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

/// The listening side, which knows that the initiator knows the password.
pub trait Verified {
    /// What it comes to.
    type Keys;

    /// The body of `Welcome`, at most [`crate::limits::BODY_MAX`] bytes.
    fn welcome(&self) -> &[u8];

    /// The keys, once the `Welcome` is written. They are given once: what a second call gives protects nothing.
    fn finish(&mut self) -> Self::Keys;
}

/// No protection at all: for the Hellos, and whatever else comes before a suite protects it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clear;

impl Protection for Clear {
    fn seal(&mut self, _frame: &mut [u8]) {}

    fn open(&mut self, _frame: &mut [u8]) -> Result<(), Fault> {
        Ok(())
    }
}
