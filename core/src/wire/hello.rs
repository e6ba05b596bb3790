//! The first frame of each side, always in the clear: what it speaks, so that a mismatch is a clear error.

use super::cursor::{Reader, Writer};
use crate::error::Fault;
use crate::limits::{FRAME_LEN, HELLO_LEN, RANDOM_LEN};

/// The version of the protocol that this crate speaks.
pub const VERSION: u8 = 1;

#[allow(clippy::cast_possible_truncation, reason = "1024 fits")]
const OUR_FRAME_LEN: u32 = FRAME_LEN as u32;

/// How frames are protected after the Hellos.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SuiteId {
    /// The 2015 cipher: every byte XOR `'A'`. Obfuscation, not protection.
    Xor = 1,
    /// Encrypted and authenticated with keys that only who knows the password can agree on.
    Sealed = 2,
}

/// What a connection is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Service {
    /// The meeting place: who is online.
    Community = 1,
    /// A private chat.
    Chat = 2,
}

/// What one side offers. Its first [`HELLO_LEN`] bytes mean the same in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello<'f> {
    /// The protocol's version.
    pub version: u8,
    /// The number of a [`SuiteId`], or of a suite this side does not know.
    pub suite: u8,
    /// The number of a [`Service`], or of a service this side does not know.
    pub service: u8,
    /// The length of every later frame, in bytes. [`FRAME_LEN`] in this version.
    pub frame_len: u32,
    /// Fresh random bytes.
    pub random: [u8; RANDOM_LEN],
    /// What the suite adds: nothing for xor.
    pub share: &'f [u8],
}

impl Hello<'_> {
    /// What this crate says for a suite and a service.
    pub fn new(suite: SuiteId, service: Service, random: [u8; RANDOM_LEN]) -> Self {
        Self {
            version: VERSION,
            suite: suite as u8,
            service: service as u8,
            frame_len: OUR_FRAME_LEN,
            random,
            share: &[],
        }
    }

    /// The part that every version has, as it travels: what a suite binds its keys to.
    pub fn to_bytes(&self) -> [u8; HELLO_LEN] {
        let mut bytes = [0; HELLO_LEN];
        self.write_fixed(&mut Writer::new(&mut bytes));
        bytes
    }

    fn write_fixed(&self, writer: &mut Writer<'_>) {
        writer.u8(self.version);
        writer.u8(self.suite);
        writer.u8(self.service);
        writer.u8(0);
        writer.u32(self.frame_len);
        writer.put(&self.random);
    }

    pub(in crate::wire) fn write(&self, writer: &mut Writer<'_>) {
        self.write_fixed(writer);
        writer.put(self.share);
    }
}

impl<'f> Hello<'f> {
    /// The Hello with this fixed part, which [`Hello::to_bytes`] made, and this share.
    pub fn from_bytes(fixed: &[u8; HELLO_LEN], share: &'f [u8]) -> Self {
        let [version, suite, service, _, f0, f1, f2, f3, random @ ..] = *fixed;
        Self { version, suite, service, frame_len: u32::from_be_bytes([f0, f1, f2, f3]), random, share }
    }

    pub(in crate::wire) fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        let (version, suite, service) = (reader.u8()?, reader.u8()?, reader.u8()?);
        if reader.u8()? != 0 {
            return Err(Fault::Padding);
        }
        let (frame_len, random, share) = (reader.u32()?, reader.array()?, reader.rest());
        Ok(Self { version, suite, service, frame_len, random, share })
    }
}
