//! What two nodes say of a transfer over their link, before it has a connection of its own.

use zeroize::Zeroize;

use crate::error::Fault;
use crate::limits::{
    BODY_MAX, FRAME_LEN, FRAME_LEN_MAX, FRAME_LEN_MIDDLE, LABEL_MAX, PREVIEW_PIXELS_MAX, SECRET_LEN,
    TRANSFER_ID_LEN,
};
use crate::wire::cursor::{Reader, Writer};
use crate::wire::{Label, Preview, SuiteId};

/// Number of a transfer, which the sender has chosen at random. It is the same in all attempts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TransferId(pub [u8; TRANSFER_ID_LEN]);

/// Secret of one connection, which opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct TransferSecret(pub [u8; SECRET_LEN]);

/// Offer of a file or a folder. It is made again for each attempt, with another number and another secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer<'f> {
    /// Number of the transfer.
    pub id: TransferId,
    /// Number of this attempt.
    pub attempt: u32,
    /// Secret of the connection of this attempt.
    pub secret: TransferSecret,
    /// Ciphers that the sender would use.
    pub ciphers: Ciphers,
    /// Longest frames that it would send.
    pub frame_len: FrameLen,
    /// What is offered.
    pub goods: Goods<'f>,
}

/// What an offer is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Goods<'f> {
    /// A file or a folder.
    pub kind: GoodsKind,
    /// Length of the stream, in bytes: that of the file, or of everything in the folder with its names.
    pub length: u64,
    /// Number of files in it.
    pub files: u32,
    /// Attributes of the file or the folder.
    pub attributes: Attributes,
    /// Its name.
    pub name: Label<'f>,
    /// What it looks like, if it is a picture.
    pub preview: Option<Preview<'f>>,
}

/// Kind of what is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum GoodsKind {
    /// A file: the stream is its content.
    File = 1,
    /// A folder: the stream has an entry for everything in it.
    Folder = 2,
}

/// Attributes of a file or a folder that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Attributes {
    /// When it was modified last, in seconds since 1970.
    pub modified: i64,
    /// Permission bits of POSIX, at most 0o777.
    mode: u16,
}

/// Cipher of a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Cipher {
    /// `AEAD_CHACHA20_POLY1305` (RFC 8439 §2.8), which everyone has.
    ChaCha20Poly1305 = 1,
    /// `AEAD_AES_256_GCM` (RFC 5116 §5.2), for processors with instructions for it.
    Aes256Gcm = 2,
}

/// Ciphers that one side has: [`Cipher::ChaCha20Poly1305`], and perhaps [`Cipher::Aes256Gcm`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Ciphers {
    /// Whether it has AES, too.
    pub with_aes: bool,
}

/// Length of a transfer's frames after its handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum FrameLen {
    /// [`FRAME_LEN`].
    Short = 1,
    /// [`FRAME_LEN_MIDDLE`].
    Middle = 2,
    /// [`FRAME_LEN_MAX`].
    Long = 3,
}

/// Answer to the offer of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Answer {
    /// Number of the transfer.
    pub id: TransferId,
    /// Number of the attempt.
    pub attempt: u32,
    /// The answer.
    pub verdict: Verdict,
}

/// Whether an offer is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Verdict {
    /// It is.
    Take(Taking),
    /// It is not, or not any more.
    Refuse(Refusal),
}

/// How a transfer is to cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Taking {
    /// The cipher, one of those offered.
    pub cipher: Cipher,
    /// Length of the frames, at most what was offered.
    pub frame_len: FrameLen,
}

/// Why an offer is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[repr(u8)]
pub enum Refusal {
    /// The user does not want it, or not any more.
    Denied = 1,
    /// There is too little space for it.
    NoSpace = 2,
    /// Such offers are not taken at all.
    Unable = 3,
    /// There are too many offers already.
    Busy = 4,
    /// The receiver has it already.
    Whole = 5,
}

impl core::fmt::Display for Refusal {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Denied => "it is not wanted",
            Self::NoSpace => "there is too little space for it",
            Self::Unable => "files are not taken there",
            Self::Busy => "too many files are offered already",
            Self::Whole => "it is there already",
        })
    }
}

impl Attributes {
    /// Permission bits that a transfer keeps.
    pub const MODE_MAX: u16 = 0o777;
    /// Of nothing.
    pub(crate) const NONE: Self = Self { modified: 0, mode: 0 };

    /// Attributes with the [bits](Self::MODE_MAX) of a mode that are kept.
    pub fn new(modified: i64, mode: u32) -> Self {
        Self { modified, mode: u16::try_from(mode & u32::from(Self::MODE_MAX)).unwrap_or_default() }
    }

    /// The permission bits.
    pub fn mode(&self) -> u16 {
        self.mode
    }

    pub(in crate::wire) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (modified, mode) = (i64::from_be_bytes(reader.array()?), reader.u16()?);
        if mode <= Self::MODE_MAX { Ok(Self { modified, mode }) } else { Err(Fault::Value) }
    }

    pub(in crate::wire) fn write(self, writer: &mut Writer<'_>) {
        writer.put(&self.modified.to_be_bytes());
        writer.u16(self.mode);
    }
}

impl Cipher {
    /// Suite of the transfer's connection.
    pub const fn suite(self) -> SuiteId {
        match self {
            Self::ChaCha20Poly1305 => SuiteId::Sealed,
            Self::Aes256Gcm => SuiteId::SealedAes,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            1 => Ok(Self::ChaCha20Poly1305),
            2 => Ok(Self::Aes256Gcm),
            _ => Err(Fault::Value),
        }
    }
}

impl Ciphers {
    /// The best cipher that both sides have.
    #[must_use]
    pub const fn best_with(self, other: Self) -> Cipher {
        if self.with_aes && other.with_aes { Cipher::Aes256Gcm } else { Cipher::ChaCha20Poly1305 }
    }

    /// Whether it has this one.
    pub const fn has(self, cipher: Cipher) -> bool {
        match cipher {
            Cipher::ChaCha20Poly1305 => true,
            Cipher::Aes256Gcm => self.with_aes,
        }
    }
}

impl FrameLen {
    /// The length, in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::Short => FRAME_LEN,
            Self::Middle => FRAME_LEN_MIDDLE,
            Self::Long => FRAME_LEN_MAX,
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            1 => Ok(Self::Short),
            2 => Ok(Self::Middle),
            3 => Ok(Self::Long),
            _ => Err(Fault::Value),
        }
    }
}

impl<'f> Offer<'f> {
    /// Whether a transfer may cross like this.
    pub fn allows(&self, taking: Taking) -> bool {
        self.ciphers.has(taking.cipher) && taking.frame_len <= self.frame_len
    }

    pub(super) fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        Ok(Self {
            id: TransferId(reader.array()?),
            attempt: reader.u32()?,
            secret: TransferSecret(reader.array()?),
            ciphers: Ciphers { with_aes: reader.flag()? },
            frame_len: FrameLen::read(reader)?,
            goods: Goods::read(reader)?,
        })
    }

    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        writer.put(&self.id.0);
        writer.u32(self.attempt);
        writer.put(&self.secret.0);
        writer.u8(self.ciphers.with_aes.into());
        writer.u8(self.frame_len as u8);
        self.goods.write(writer);
    }
}

impl GoodsKind {
    /// The kind with this number.
    pub(crate) fn of(number: u8) -> Option<Self> {
        match number {
            1 => Some(Self::File),
            2 => Some(Self::Folder),
            _ => None,
        }
    }
}

impl<'f> Goods<'f> {
    fn read(reader: &mut Reader<'f>) -> Result<Self, Fault> {
        let kind = GoodsKind::of(reader.u8()?).ok_or(Fault::Value)?;
        let (length, files, attributes) = (reader.u64()?, reader.u32()?, Attributes::read(reader)?);
        if kind == GoodsKind::File && files != 1 {
            return Err(Fault::Value);
        }
        let name_len = usize::from(reader.u8()?);
        let name = Label::new(reader.take(name_len)?).map_err(|_| Fault::Name)?;
        Ok(Self { kind, length, files, attributes, name, preview: Preview::read(reader)? })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        writer.u8(self.kind as u8);
        writer.u64(self.length);
        writer.u32(self.files);
        self.attributes.write(writer);
        writer.u8(u8::try_from(self.name.as_str().len()).unwrap_or(u8::MAX));
        writer.put(self.name.as_str().as_bytes());
        if let Some(preview) = &self.preview {
            preview.write(writer);
        }
    }
}

/// The longest offer fits into a frame.
const OFFER_LEN_MAX: usize = TRANSFER_ID_LEN
    + 4
    + SECRET_LEN
    + 2
    + (1 + 8 + 4 + 10)
    + (1 + LABEL_MAX)
    + (1 + PREVIEW_PIXELS_MAX * Preview::PIXEL_LEN);
const _: () = assert!(OFFER_LEN_MAX <= BODY_MAX);

impl Answer {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let (id, attempt) = (TransferId(reader.array()?), reader.u32()?);
        let verdict = match reader.u8()? {
            0 => Verdict::Take(Taking { cipher: Cipher::read(reader)?, frame_len: FrameLen::read(reader)? }),
            1 => Verdict::Refuse(Refusal::Denied),
            2 => Verdict::Refuse(Refusal::NoSpace),
            3 => Verdict::Refuse(Refusal::Unable),
            4 => Verdict::Refuse(Refusal::Busy),
            5 => Verdict::Refuse(Refusal::Whole),
            _ => return Err(Fault::Value),
        };
        Ok(Self { id, attempt, verdict })
    }

    pub(super) fn write(self, writer: &mut Writer<'_>) {
        writer.put(&self.id.0);
        writer.u32(self.attempt);
        match self.verdict {
            Verdict::Take(Taking { cipher, frame_len }) => {
                writer.put(&[0, cipher as u8, frame_len as u8]);
            }
            Verdict::Refuse(refusal) => writer.u8(refusal as u8),
        }
    }
}

impl TransferId {
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        reader.array().map(Self)
    }
}

impl Drop for TransferSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl core::fmt::Debug for TransferSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TransferSecret(..)")
    }
}
