//! Lists of users and of presence changes in a frame: validated as a whole, then decoded lazily.

use core::marker::PhantomData;
use core::net::IpAddr;
use core::num::NonZeroU16;

use super::cursor::{Reader, Writer};
use super::{Change, Endpoint, Name, User};
use crate::error::Fault;

/// A field of several parts, or an element of a list.
pub trait Item: Sized {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault>;
    fn write(&self, writer: &mut Writer<'_>);
    /// Encoded length, in bytes.
    fn wire_len(&self) -> usize;
}

/// A validated list of items, borrowed from its frame and decoded while iterated.
#[derive(Debug, PartialEq, Eq)]
pub struct Items<'f, T> {
    bytes: &'f [u8],
    items: PhantomData<T>,
}

impl<'f, T: Item> Items<'f, T> {
    /// Validates that `bytes` are a sequence of whole items.
    pub(in crate::wire) fn parse(bytes: &'f [u8]) -> Result<Self, Fault> {
        let items = Self { bytes, items: PhantomData };
        let mut rest = Reader::new(bytes);
        while !rest.is_empty() {
            T::read(&mut rest)?;
        }
        Ok(items)
    }

    pub(in crate::wire) fn as_bytes(&self) -> &'f [u8] {
        self.bytes
    }
}

impl Items<'_, User> {
    /// Whether two of the users have the same name.
    pub fn repeats_a_name(&self) -> bool {
        let mut names = Names(Reader::new(self.bytes));
        while let Some(name) = names.next() {
            if names.clone().any(|later| later == name) {
                return true;
            }
        }
        false
    }
}

/// The names of a validated list of users, as bytes, without validating them again.
#[derive(Clone)]
struct Names<'f>(Reader<'f>);

impl<'f> Iterator for Names<'f> {
    type Item = &'f [u8];

    fn next(&mut self) -> Option<&'f [u8]> {
        let Self(rest) = self;
        let len = rest.u8().ok()?;
        let name = rest.take(len.into()).ok()?;
        Endpoint::read(rest).ok()?;
        Some(name)
    }
}

impl<T> Clone for Items<'_, T> {
    fn clone(&self) -> Self {
        Self { bytes: self.bytes, items: PhantomData }
    }
}

impl<T: Item> Iterator for Items<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let mut rest = Reader::new(self.bytes);
        let item = T::read(&mut rest).ok();
        self.bytes = rest.rest();
        item
    }
}

/// Appends items to a body while they fit.
pub struct ItemWriter<'w, 'b, T> {
    writer: &'w mut Writer<'b>,
    items: PhantomData<T>,
}

impl<'w, 'b, T: Item> ItemWriter<'w, 'b, T> {
    pub(in crate::wire) fn new(writer: &'w mut Writer<'b>) -> Self {
        Self { writer, items: PhantomData }
    }

    /// Appends an item; false, without writing anything, if it does not fit.
    pub fn push(&mut self, item: &T) -> bool {
        let fits = item.wire_len() <= self.writer.room();
        if fits {
            item.write(self.writer);
        }
        fits
    }
}

impl Item for Name {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let len = usize::from(reader.u8()?);
        Self::new(reader.take(len)?).map_err(|_| Fault::Name)
    }

    fn write(&self, writer: &mut Writer<'_>) {
        let bytes = self.as_str().as_bytes();
        writer.u8(u8::try_from(bytes.len()).unwrap_or(u8::MAX));
        writer.put(bytes);
    }

    fn wire_len(&self) -> usize {
        1 + self.as_str().len()
    }
}

const IPV4: u8 = 4;
const IPV6: u8 = 6;

impl Item for Endpoint {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let ip: IpAddr = match reader.u8()? {
            IPV4 => reader.array::<4>()?.into(),
            IPV6 => reader.array::<16>()?.into(),
            _ => return Err(Fault::Endpoint),
        };
        let endpoint = Self::new(ip, read_port(reader)?);
        // An address has one encoding: an IPv4-mapped IPv6 address is a fault.
        if endpoint.ip() == ip { Ok(endpoint) } else { Err(Fault::Endpoint) }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self.ip() {
            IpAddr::V4(ip) => {
                writer.u8(IPV4);
                writer.put(&ip.octets());
            }
            IpAddr::V6(ip) => {
                writer.u8(IPV6);
                writer.put(&ip.octets());
            }
        }
        writer.u16(self.port().get());
    }

    fn wire_len(&self) -> usize {
        if self.ip().is_ipv4() { 1 + 4 + 2 } else { 1 + 16 + 2 }
    }
}

/// A port, which must not be 0.
pub(in crate::wire) fn read_port(reader: &mut Reader<'_>) -> Result<NonZeroU16, Fault> {
    NonZeroU16::new(reader.u16()?).ok_or(Fault::Endpoint)
}

impl Item for User {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        Ok(Self { name: Name::read(reader)?, endpoint: Endpoint::read(reader)? })
    }

    fn write(&self, writer: &mut Writer<'_>) {
        self.name.write(writer);
        self.endpoint.write(writer);
    }

    fn wire_len(&self) -> usize {
        self.name.wire_len() + self.endpoint.wire_len()
    }
}

const JOINED: u8 = 1;
const LEFT: u8 = 2;

impl Item for Change {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        match reader.u8()? {
            JOINED => User::read(reader).map(Self::Joined),
            LEFT => Name::read(reader).map(Self::Left),
            _ => Err(Fault::Value),
        }
    }

    fn write(&self, writer: &mut Writer<'_>) {
        match self {
            Self::Joined(user) => {
                writer.u8(JOINED);
                user.write(writer);
            }
            Self::Left(name) => {
                writer.u8(LEFT);
                name.write(writer);
            }
        }
    }

    fn wire_len(&self) -> usize {
        1 + match self {
            Self::Joined(user) => user.wire_len(),
            Self::Left(name) => name.wire_len(),
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::fmt::Debug;
    use core::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const ROOM: usize = 64;

    /// An item takes as many bytes as it says, and comes back from them.
    fn assert_whole<T: Item + Debug + PartialEq>(item: &T) {
        let (mut buffer, len) = ([0; ROOM], item.wire_len());
        assert!(!ItemWriter::new(&mut Writer::new(&mut buffer[..len - 1])).push(item));
        let mut writer = Writer::new(&mut buffer);
        assert!(ItemWriter::new(&mut writer).push(item));
        assert_eq!(writer.len(), len);
        let mut items = Items::<T>::parse(&buffer[..len]).unwrap();
        assert_eq!(items.next().as_ref(), Some(item));
        assert_eq!(items.next(), None);
        assert_eq!(Items::<T>::parse(&buffer[..len - 1]), Err(Fault::Length));
    }

    fn user(name: &str, ip: impl Into<IpAddr>) -> User {
        let endpoint = Endpoint::new(ip.into(), NonZeroU16::new(5460).unwrap());
        User { name: name.parse().unwrap(), endpoint }
    }

    #[test]
    fn items_are_written_as_a_whole_or_not_at_all() {
        for user in [user("katie", Ipv4Addr::LOCALHOST), user("zoë", Ipv6Addr::LOCALHOST)] {
            assert_whole(&user.name);
            assert_whole(&user.endpoint);
            assert_whole(&Change::Left(user.name.clone()));
            assert_whole(&Change::Joined(user.clone()));
            assert_whole(&user);
        }
    }

    #[test]
    fn an_address_or_a_change_that_is_none_is_refused() {
        let parse = |bytes: &[u8]| Items::<Endpoint>::parse(bytes).err();
        assert_eq!(parse(&[4, 127, 0, 0, 1, 0, 0]), Some(Fault::Endpoint));
        assert_eq!(parse(&[5, 127, 0, 0, 1, 0, 1]), Some(Fault::Endpoint));
        let mapped = Ipv4Addr::LOCALHOST.to_ipv6_mapped().octets();
        assert_eq!(parse(&[&[6], &mapped[..], &[0, 1]].concat()), Some(Fault::Endpoint));
        assert_eq!(Items::<Change>::parse(&[3]).err(), Some(Fault::Value));
    }
}
