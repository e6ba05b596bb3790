//! Hello: the first frame of each side, always in the clear. It declares version, suite, service and frame
//! length, so that a mismatch is a clear error.

use super::FrameLen;
use super::cursor::{Reader, Writer};
use crate::error::Fault;
use crate::limits::{FRAME_LEN, HELLO_LEN, RANDOM_LEN};

/// Version of the protocol that this crate implements.
pub const VERSION: u8 = 1;

/// Number of a cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SuiteId {
    /// The 2015 cipher: every byte XOR `'A'`. Obfuscation, not protection.
    Xor = 1,
    /// Frames encrypted and authenticated with keys that are agreed on by the password.
    Sealed = 2,
    /// The same with `AEAD_AES_256_GCM`, for transfers between processors with instructions for it.
    SealedAes = 3,
}

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// A community: who is online.
    Community,
    /// A private chat.
    Chat,
    /// A link between two nodes of a circle.
    Link,
    /// A transfer from one node to another, with frames of this length.
    Transfer(FrameLen),
}

impl Service {
    /// Number of [`Service::Transfer`], whatever its frames.
    pub const TRANSFER: u8 = Self::Transfer(FrameLen::Short).number();

    /// Its number in a Hello.
    pub const fn number(self) -> u8 {
        match self {
            Self::Community => 1,
            Self::Chat => 2,
            Self::Link => 3,
            Self::Transfer(_) => 4,
        }
    }

    /// Length of its frames after the handshake, in bytes.
    pub const fn frame_len(self) -> usize {
        match self {
            Self::Community | Self::Chat | Self::Link => FRAME_LEN,
            Self::Transfer(frame_len) => frame_len.bytes(),
        }
    }
}

/// Parameters of one side. The first [`HELLO_LEN`] bytes have the same layout in every version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hello<'f> {
    /// Version of the protocol.
    pub version: u8,
    /// Number of a [`SuiteId`], or of a suite unknown here.
    pub suite: u8,
    /// Number of a [`Service`], or of a service unknown here.
    pub service: u8,
    /// Length of every frame after the handshake, in bytes: [`Service::frame_len`].
    pub frame_len: u32,
    /// Fresh random number.
    pub random: [u8; RANDOM_LEN],
    /// The suite's part: nothing for xor.
    pub share: &'f [u8],
}

impl Hello<'_> {
    /// Hello of this version, without a share.
    pub fn new(suite: SuiteId, service: Service, random: [u8; RANDOM_LEN]) -> Self {
        Self {
            version: VERSION,
            suite: suite as u8,
            service: service.number(),
            frame_len: u32::try_from(service.frame_len()).unwrap_or(u32::MAX),
            random,
            share: &[],
        }
    }

    /// The fixed part as sent, which a suite binds its keys to.
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
    /// The inverse of [`Hello::to_bytes`], with a share.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hello_is_read_as_it_was_written_and_its_reserved_byte_is_zero() {
        let hello = Hello { share: b"share", ..Hello::new(SuiteId::Sealed, Service::Chat, [7; RANDOM_LEN]) };
        let mut bytes = [0; HELLO_LEN + 5];
        hello.write(&mut Writer::new(&mut bytes));
        assert_eq!(Hello::read(&mut Reader::new(&bytes)), Ok(hello));
        assert_eq!(Hello::from_bytes(&hello.to_bytes(), b"share"), hello);
        bytes[3] = 1;
        assert_eq!(Hello::read(&mut Reader::new(&bytes)), Err(Fault::Padding));
    }
}
