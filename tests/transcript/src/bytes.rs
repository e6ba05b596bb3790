//! Encoding and decoding of a recording.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use core::num::NonZeroU16;

use embedded_io::{Error as _, Read, ReadExactError, Write};
use p2pm_core::limits::NAME_MAX;
use p2pm_core::wire::{Name, Turns};

use crate::Error;

/// Reader of a recording.
pub(crate) struct Reader<R>(R);

impl<R: Read> Reader<R> {
    pub(crate) fn new(recording: R) -> Self {
        Self(recording)
    }

    /// The next byte, or `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<u8>, Error> {
        let mut byte = [0];
        let read = self.0.read(&mut byte).map_err(|error| Error::Reading(error.kind()))?;
        Ok((read > 0).then_some(u8::from_be_bytes(byte)))
    }

    pub(crate) fn fill(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.0.read_exact(bytes).map_err(|error| match error {
            ReadExactError::UnexpectedEof => Error::Short,
            ReadExactError::Other(error) => Error::Reading(error.kind()),
        })
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, Error> {
        self.array().map(u64::from_be_bytes)
    }

    /// Reads a length and as many bytes; the error names `field` if they do not fit.
    pub(crate) fn bytes<'b>(&mut self, into: &'b mut [u8], field: &'static str) -> Result<&'b [u8], Error> {
        let len = self.u16()?.into();
        let into = into.get_mut(..len).ok_or(Error::Field(field))?;
        self.fill(into)?;
        Ok(into)
    }

    /// A name, or `None` for no bytes.
    pub(crate) fn name(&mut self) -> Result<Option<Name>, Error> {
        let mut buffer = [0; NAME_MAX];
        match self.bytes(&mut buffer, "name")? {
            [] => Ok(None),
            name => Name::new(name).map(Some).map_err(|_| Error::Field("name")),
        }
    }

    pub(crate) fn port(&mut self) -> Result<NonZeroU16, Error> {
        NonZeroU16::new(self.u16()?).ok_or(Error::Field("port"))
    }

    pub(crate) fn address(&mut self) -> Result<IpAddr, Error> {
        match self.u8()? {
            4 => self.array().map(|bytes: [u8; 4]| Ipv4Addr::from(bytes).into()),
            6 => self.array().map(|bytes: [u8; 16]| Ipv6Addr::from(bytes).into()),
            _ => Err(Error::Field("address")),
        }
    }

    pub(crate) fn turns(&mut self) -> Result<Turns, Error> {
        match self.u8()? {
            turns if turns == Turns::Linear as u8 => Ok(Turns::Linear),
            turns if turns == Turns::Free as u8 => Ok(Turns::Free),
            _ => Err(Error::Field("turns")),
        }
    }
}

/// Writer of a recording or an emission.
pub(crate) struct Writer<W> {
    to: W,
    count: u64,
}

impl<W: Write> Writer<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to, count: 0 }
    }

    /// Number of bytes written.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Writes some of these bytes, at least one if there is one, and returns how many.
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<usize, Error> {
        match self.to.write(bytes) {
            Ok(0) if !bytes.is_empty() => Err(Error::Writing(embedded_io::ErrorKind::WriteZero)),
            Ok(written) => {
                self.count += written as u64;
                Ok(written)
            }
            Err(error) => Err(Error::Writing(error.kind())),
        }
    }

    pub(crate) fn put(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while !bytes.is_empty() {
            let written = self.write(bytes)?;
            bytes = bytes.get(written..).unwrap_or_default();
        }
        Ok(())
    }

    /// Writes a length and the bytes; the error names `field` if they are too many.
    pub(crate) fn bytes(&mut self, bytes: &[u8], field: &'static str) -> Result<(), Error> {
        let len = u16::try_from(bytes.len()).map_err(|_| Error::Field(field))?;
        self.put(&len.to_be_bytes())?;
        self.put(bytes)
    }

    pub(crate) fn name(&mut self, name: Option<&Name>) -> Result<(), Error> {
        self.bytes(name.map_or(&[], |name| name.as_str().as_bytes()), "name")
    }

    pub(crate) fn port(&mut self, port: NonZeroU16) -> Result<(), Error> {
        self.put(&port.get().to_be_bytes())
    }

    pub(crate) fn address(&mut self, address: IpAddr) -> Result<(), Error> {
        match address {
            IpAddr::V4(address) => {
                self.put(&[4])?;
                self.put(&address.octets())
            }
            IpAddr::V6(address) => {
                self.put(&[6])?;
                self.put(&address.octets())
            }
        }
    }
}
