//! The sealed suite: two who share a password, however weak, get a channel that nobody else can read or change.
//!
//! ```text
//! initiator                                  responder
//! Hello ──────────────────────────────────▶
//!       ◀────────────────────────────────── Hello, share
//! share, initiator's confirmation ────────▶             Credentials
//!       ◀────────────────── responder's confirmation    Welcome
//! ```
//!
//! The initiator confirms first: whoever does not know the password has told the responder one guess, and has
//! learnt nothing that another could be checked with.

mod cpace;
mod schedule;
#[cfg(test)]
mod tests;
mod transport;

use self::cpace::{Generator, IntermediateKey, InvalidShare, SHARE_LEN, Said, Secret};
use self::schedule::{Schedule, TAG_LEN, Tag};
pub use self::transport::SealedKeys;
use super::{Clear, Entropy, Hellos, Initiator, Password, Rejection, Responder, Suite, Verified};
use crate::error::Fault;
use crate::limits::{HELLO_LEN, RANDOM_LEN};
use crate::wire::{MAGIC, SuiteId};

/// The sealed suite.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sealed;

impl Suite for Sealed {
    const ID: SuiteId = SuiteId::Sealed;
    const CAUTION: Option<&'static str> = None;
    type Early = Clear;
    type Keys = SealedKeys;
    type Initiator = SealedInitiator;
    type Responder = SealedResponder;
}

/// What an initiator proves the password with: its share, then its confirmation.
const CREDENTIALS_LEN: usize = SHARE_LEN + TAG_LEN;

const CHANNEL_ID_LEN: usize = MAGIC.len() + HELLO_LEN - RANDOM_LEN;

/// The connecting side, which has its keys as soon as the other side confirms them.
pub struct SealedInitiator {
    credentials: [u8; CREDENTIALS_LEN],
    expected: Tag,
    keys: SealedKeys,
}

/// The listening side, which waits for the initiator's share.
pub struct SealedResponder {
    hellos: Hellos,
    secret: Secret,
    share: [u8; SHARE_LEN],
}

/// The listening side, which has heard the initiator's confirmation.
pub struct SealedVerified {
    confirmation: Tag,
    keys: SealedKeys,
}

impl Initiator for SealedInitiator {
    type Keys = SealedKeys;

    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault> {
        let theirs: &[u8; SHARE_LEN] = share.try_into().map_err(|_| Fault::Length)?;
        let secret = new_secret(entropy);
        let ours = secret.share(&generator(hellos, password));
        let shares = Shares { initiator: &ours, responder: theirs };
        let schedule = agree(hellos, &secret, theirs, &shares)?;
        let credentials = join(&ours, schedule.initiator_tag.as_bytes());
        let (expected, keys) = schedule.into_initiator();
        Ok(Self { credentials, expected, keys })
    }

    fn credentials(&self) -> &[u8] {
        &self.credentials
    }

    fn finish(&mut self, welcome: &[u8]) -> Result<SealedKeys, Fault> {
        let confirmation = welcome.try_into().map_err(|_| Fault::Length)?;
        if self.expected.matches(confirmation) { Ok(self.keys.take()) } else { Err(Fault::Proof) }
    }
}

impl Responder for SealedResponder {
    type Verified = SealedVerified;

    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault> {
        if !share.is_empty() {
            return Err(Fault::Length);
        }
        let secret = new_secret(entropy);
        let share = secret.share(&generator(hellos, password));
        Ok(Self { hellos: *hellos, secret, share })
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn verify(&self, credentials: &[u8], _: &Password) -> Result<SealedVerified, Rejection> {
        let malformed = Rejection::Fault(Fault::Length);
        let (theirs, confirmation) = credentials.split_first_chunk().ok_or(malformed)?;
        let confirmation = confirmation.try_into().map_err(|_| malformed)?;
        let shares = Shares { initiator: theirs, responder: &self.share };
        let schedule = agree(&self.hellos, &self.secret, theirs, &shares).map_err(Rejection::Fault)?;
        if !schedule.initiator_tag.matches(confirmation) {
            return Err(Rejection::WrongPassword);
        }
        let (confirmation, keys) = schedule.into_responder();
        Ok(SealedVerified { confirmation, keys })
    }
}

impl Verified for SealedVerified {
    type Keys = SealedKeys;

    fn welcome(&self) -> &[u8] {
        self.confirmation.as_bytes()
    }

    fn finish(&mut self) -> SealedKeys {
        self.keys.take()
    }
}

/// The shares of both.
struct Shares<'a> {
    initiator: &'a [u8; SHARE_LEN],
    responder: &'a [u8; SHARE_LEN],
}

/// What identifies a session: the random bytes of both.
fn session_id(hellos: &Hellos) -> [u8; 2 * RANDOM_LEN] {
    join(random_of(&hellos.initiator), random_of(&hellos.responder))
}

/// What both are here for: the protocol, its version, suite, service and frame length, as the initiator's Hello
/// says them. The responder's says the same, or there is no session.
fn channel_id(hellos: &Hellos) -> [u8; CHANNEL_ID_LEN] {
    join(&MAGIC, hellos.initiator.split_at(HELLO_LEN - RANDOM_LEN).0)
}

fn random_of(hello: &[u8; HELLO_LEN]) -> &[u8] {
    hello.split_at(HELLO_LEN - RANDOM_LEN).1
}

fn generator(hellos: &Hellos, password: &Password) -> Generator {
    Generator::new(password.as_bytes(), &channel_id(hellos), &session_id(hellos))
}

fn new_secret(entropy: &Entropy) -> Secret {
    Secret::new(&entropy.secret())
}

/// All that comes of one side's secret and the other's share.
fn agree(
    hellos: &Hellos,
    secret: &Secret,
    theirs: &[u8; SHARE_LEN],
    shares: &Shares<'_>,
) -> Result<Schedule, Fault> {
    let point = secret.meet(theirs).map_err(|InvalidShare| Fault::Proof)?;
    let initiator = Said { share: shares.initiator, associated: &hellos.initiator };
    let responder = Said { share: shares.responder, associated: &hellos.responder };
    let key = IntermediateKey::new(&session_id(hellos), &point, initiator, responder);
    Schedule::new(&key, hellos, shares.initiator, shares.responder)
}

/// Two rows of bytes in one, which is as long as both.
fn join<const LEN: usize>(first: &[u8], second: &[u8]) -> [u8; LEN] {
    let mut joined = [0; LEN];
    for (byte, from) in joined.iter_mut().zip(first.iter().chain(second)) {
        *byte = *from;
    }
    joined
}
