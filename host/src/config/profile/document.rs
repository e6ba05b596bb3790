//! JSON documents with a version, and what is written in them as text.

use std::fmt::{self, Display};
use std::io::{self, BufWriter, Write};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::error::Category;
use zeroize::Zeroizing;

/// Version of the documents that are written here.
const VERSION: u64 = 1;

/// A document: an object with the member `"v"`, its version.
pub trait Document: Serialize + DeserializeOwned {
    /// Greatest length in bytes.
    const LEN_MAX: usize;
    /// Whether what is in it must not stay in memory.
    const HAS_SECRETS: bool = true;

    /// Reads a document from the content of a file.
    fn parse(bytes: &[u8]) -> Result<Self, Defect> {
        if bytes.len() > Self::LEN_MAX {
            return Err(Defect::TooLong);
        }
        // Of a newer version, nothing else is known.
        let Header { v } = serde_json::from_slice(bytes)?;
        if v > VERSION {
            return Err(Defect::Newer(v));
        }
        Ok(serde_json::from_slice(bytes)?)
    }

    /// Writes the document as the content of a file. One with secrets is wiped from memory afterwards, for which it is
    /// held as a whole; another one, which may be long, is not.
    fn write(&self, mut file: impl Write) -> io::Result<()> {
        if Self::HAS_SECRETS {
            // With sufficient capacity, since a vector that moves leaves a copy.
            let mut bytes = Zeroizing::new(Vec::with_capacity(Self::LEN_MAX));
            self.write_json(&mut *bytes)?;
            file.write_all(&bytes)
        } else {
            let mut buffered = BufWriter::new(file);
            self.write_json(&mut buffered)?;
            buffered.flush()
        }
    }

    /// Writes the document piece by piece.
    fn write_json(&self, mut to: impl Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut to, self)?;
        to.write_all(b"\n")
    }
}

#[derive(Deserialize)]
struct Header {
    v: u64,
}

/// The member `"v"` of a document of this version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Version;

/// Why the content of a file is not used. Never holds any of it, which may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// It is of this version, which only a newer program knows.
    Newer(u64),
    /// It is longer than any that is written.
    TooLong,
    /// It ends in the middle.
    Cut,
    /// Not JSON at this place.
    Syntax {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
    /// The value before this place is not one that belongs there, or one is missing.
    Value {
        /// From 1.
        line: usize,
        /// From 1, in bytes.
        column: usize,
    },
}

impl From<serde_json::Error> for Defect {
    fn from(error: serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            Category::Eof => Self::Cut,
            Category::Data => Self::Value { line, column },
            Category::Syntax | Category::Io => Self::Syntax { line, column },
        }
    }
}

impl Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(version) => write!(f, "it is of version {version}, this program knows {VERSION}"),
            Self::TooLong => f.write_str("it is too long"),
            Self::Cut => f.write_str("it ends in the middle"),
            Self::Syntax { line, column } => write!(f, "it is not JSON at line {line}, column {column}"),
            Self::Value { line, column } => {
                write!(f, "a value at line {line}, column {column} does not belong there, or one is missing")
            }
        }
    }
}

impl std::error::Error for Defect {}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(VERSION)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u64::deserialize(deserializer)? {
            VERSION => Ok(Self),
            _ => Err(D::Error::custom("another version")),
        }
    }
}

/// A value that is written as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<T>(pub(super) T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        text::serialize(&self.0, serializer)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        text::deserialize(deserializer).map(Self)
    }
}

/// The same for a field, with `#[serde(with = "text")]`.
pub(super) mod text {
    use super::{Deserializer, Display, FromStr, PhantomData, Serializer, TextVisitor};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(deserializer: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        deserializer.deserialize_str(TextVisitor(PhantomData))
    }
}

/// Parses a text where it is, without a copy.
struct TextVisitor<T>(PhantomData<T>);

impl<T: FromStr<Err: Display>> Visitor<'_> for TextVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
