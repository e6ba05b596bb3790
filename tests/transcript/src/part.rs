//! Beginning of a device's part.

use embedded_io::{Read, Write};
use p2pm_core::community::Hall;
use p2pm_core::door::Door;
use p2pm_core::limits::PASSWORD_MAX;
use p2pm_core::registry::{Bucket, RegistryInner, Slot};
use p2pm_core::suite::Password;
use p2pm_core::wire::{Endpoint, SuiteId, User};

use crate::Error;
use crate::bytes::{Reader, Writer};

/// Beginning of a device's part.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// Suite of all its connections.
    pub suite: SuiteId,
    /// Password of all its connections.
    pub password: &'a [u8],
    /// Most users of its community, [`crate::USERS`] at most.
    pub users: u8,
    /// Key of its registry.
    pub key: [u8; 16],
    /// Users online from the start.
    pub residents: &'a [User],
}

impl Part<'_> {
    /// Writes the beginning of a part. Steps must follow, then [`Part::end`].
    pub fn write(&self, to: impl Write) -> Result<(), Error> {
        let mut to = Writer::new(to);
        to.put(&[self.suite as u8])?;
        to.bytes(self.password, "password")?;
        to.put(&[self.users])?;
        to.put(&self.key)?;
        for User { name, endpoint } in self.residents {
            to.name(Some(name))?;
            to.address(endpoint.ip())?;
            to.port(endpoint.port())?;
        }
        to.name(None)
    }

    /// Writes the end of a part.
    pub fn end(to: impl Write) -> Result<(), Error> {
        Writer::new(to).put(&[0])
    }
}

pub(crate) fn read_password(from: &mut Reader<impl Read>) -> Result<Password, Error> {
    let mut buffer = [0; PASSWORD_MAX];
    let password = from.bytes(&mut buffer, "password")?;
    Password::new(password).map_err(|_| Error::Field("password"))
}

/// Storage of a registry, borrowed.
pub(crate) type Borrowed<'m> = (&'m mut [Slot], &'m mut [Bucket]);

/// The community with this door and its residents.
pub(crate) fn read_hall<'m>(
    from: &mut Reader<impl Read>,
    (slots, buckets): Borrowed<'m>,
    door: Door,
) -> Result<Hall<Borrowed<'m>>, Error> {
    let slots = slots.get_mut(..from.u8()?.into()).ok_or(Error::Field("users"))?;
    let mut registry = RegistryInner::with_storage((slots, buckets), from.array()?);
    while let Some(name) = from.name()? {
        let endpoint = Endpoint::new(from.address()?, from.port()?);
        registry.claim(name, endpoint).map_err(|_| Error::Field("resident"))?;
    }
    Ok(Hall::new(door, registry))
}
