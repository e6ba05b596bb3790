//! Sealed suite: from a shared password, however weak, an encrypted and authenticated channel.
//!
//! ```text
//! initiator                                  responder
//! Hello ──────────────────────────────────▶
//!       ◀────────────────────────────────── Hello, share
//! share, initiator's confirmation ────────▶             Credentials
//!       ◀────────────────── responder's confirmation    Welcome
//! ```
//!
//! The initiator confirms first: one that does not know the password has made one guess, and has learnt
//! nothing with which to test another.

pub mod aead;
mod cpace;
mod schedule;
#[cfg(test)]
mod tests;
mod transport;

use core::marker::PhantomData;

use self::aead::{Aead, Portable};
use self::cpace::{Generator, IntermediateKey, InvalidShare, SHARE_LEN, Said, Secret};
use self::schedule::{Schedule, TAG_LEN, Tag};
pub use self::transport::SealedKeys;
use super::{Clear, Entropy, Hellos, Initiator, Password, Rejection, Responder, Suite, Verified};
use crate::error::Fault;
use crate::limits::{HELLO_LEN, RANDOM_LEN};
use crate::wire::{MAGIC, SuiteId};

/// The sealed suite, CPace and then ChaCha20-Poly1305, computed in Rust alone, without an allocator.
pub type Sealed = SealedWith<Portable>;

/// The sealed suite with an AEAD implementation, `A`, which need not be that of the peer.
#[derive(Clone, Copy, Debug, Default)]
pub struct SealedWith<A>(PhantomData<A>);

impl<A: Aead> Suite for SealedWith<A> {
    const ID: SuiteId = A::SUITE;
    const CAUTION: Option<&'static str> = None;
    type Early = Clear;
    type Keys = SealedKeys<A>;
    type Initiator = SealedInitiator<A>;
    type Responder = SealedResponder<A>;
}

/// Length of `Credentials`: the initiator's share and confirmation.
const CREDENTIALS_LEN: usize = SHARE_LEN + TAG_LEN;

const CHANNEL_ID_LEN: usize = MAGIC.len() + HELLO_LEN - RANDOM_LEN;

/// Initiator with derived keys, which waits for the responder's confirmation.
pub struct SealedInitiator<A> {
    credentials: [u8; CREDENTIALS_LEN],
    expected: Tag,
    keys: SealedKeys<A>,
}

/// Responder that has sent its share, and waits for the initiator's.
pub struct SealedResponder<A> {
    secret: Secret,
    share: [u8; SHARE_LEN],
    aead: PhantomData<A>,
}

/// Responder that has verified the initiator's confirmation.
pub struct SealedVerified<A> {
    confirmation: Tag,
    keys: SealedKeys<A>,
}

impl<A: Aead> Initiator for SealedInitiator<A> {
    type Keys = SealedKeys<A>;

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

    fn finish(&mut self, welcome: &[u8]) -> Result<SealedKeys<A>, Fault> {
        let confirmation = welcome.try_into().map_err(|_| Fault::Length)?;
        if self.expected.matches(confirmation) { Ok(self.keys.take()) } else { Err(Fault::Proof) }
    }
}

impl<A: Aead> Responder for SealedResponder<A> {
    type Verified = SealedVerified<A>;

    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault> {
        if !share.is_empty() {
            return Err(Fault::Length);
        }
        let secret = new_secret(entropy);
        let share = secret.share(&generator(hellos, password));
        Ok(Self { secret, share, aead: PhantomData })
    }

    fn share(&self) -> &[u8] {
        &self.share
    }

    fn verify(
        &self,
        hellos: &Hellos,
        credentials: &[u8],
        _: &Password,
    ) -> Result<SealedVerified<A>, Rejection> {
        let malformed = Rejection::Fault(Fault::Length);
        let (theirs, confirmation) = credentials.split_first_chunk().ok_or(malformed)?;
        let confirmation = confirmation.try_into().map_err(|_| malformed)?;
        let shares = Shares { initiator: theirs, responder: &self.share };
        let schedule = agree(hellos, &self.secret, theirs, &shares).map_err(Rejection::Fault)?;
        if !schedule.initiator_tag.matches(confirmation) {
            return Err(Rejection::WrongPassword);
        }
        let (confirmation, keys) = schedule.into_responder();
        Ok(SealedVerified { confirmation, keys })
    }
}

impl<A: Aead> Verified for SealedVerified<A> {
    type Keys = SealedKeys<A>;

    fn welcome(&self) -> &[u8] {
        self.confirmation.as_bytes()
    }

    fn finish(&mut self) -> SealedKeys<A> {
        self.keys.take()
    }
}

/// The shares of both sides.
struct Shares<'a> {
    initiator: &'a [u8; SHARE_LEN],
    responder: &'a [u8; SHARE_LEN],
}

/// CPace session identifier: the random numbers of both Hellos.
fn session_id(hellos: &Hellos) -> [u8; 2 * RANDOM_LEN] {
    join(random_of(&hellos.initiator), random_of(&hellos.responder))
}

/// CPace channel identifier: protocol, version, suite, service and frame length of the initiator's Hello. The
/// responder's agree, or the handshake has failed before.
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

/// Derives the key schedule from one side's secret and the other's share.
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

/// Concatenates two byte strings, which must fill `LEN` bytes.
fn join<const LEN: usize>(first: &[u8], second: &[u8]) -> [u8; LEN] {
    let mut joined = [0; LEN];
    for (byte, from) in joined.iter_mut().zip(first.iter().chain(second)) {
        *byte = *from;
    }
    joined
}
