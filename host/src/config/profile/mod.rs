//! Profile: what a node keeps on disk from one run to the next.
//!
//! | file | what |
//! |---|---|
//! | `$XDG_CONFIG_HOME/p2pm/PROFILE.json` | [`Settings`] |
//! | `$XDG_DATA_HOME/p2pm/PROFILE/identity.json` | the seed of the identity |
//! | `$XDG_DATA_HOME/p2pm/PROFILE/contacts.json` | [`Contacts`] |
//! | `$XDG_DATA_HOME/p2pm/PROFILE/sends.json` | [`Sends`] |
//! | `$XDG_DATA_HOME/p2pm/PROFILE/lock` | locked while a program has the profile open |
//!
//! All are the user's alone. Each is replaced as a whole. One that is damaged is renamed to `NAME.damaged-N`, one of a
//! newer version is left as it is; both are errors.

mod contacts;
mod document;
mod error;
mod homes;
mod identity;
mod name;
mod sends;
mod settings;
mod store;
#[cfg(test)]
mod tests;

use std::fs::TryLockError;
use std::path::{Path, PathBuf};

pub use contacts::{Contacts, StoredContact};
pub(crate) use document::Version;
pub use document::{Defect, Document};
pub use error::ProfileError;
pub use homes::Homes;
use identity::StoredIdentity;
pub use name::{ProfileName, ProfileNameError};
use p2pm_core::identity::Identity;
pub use sends::{Sends, Unsent};
pub use settings::{Circle, CircleError, Circles, Settings};

use super::private;
use crate::lock::Lock;

/// Directory of the program beneath each of the [`Homes`].
const PROGRAM: &str = "p2pm";

/// A profile, which no other program has open until it is dropped.
#[derive(Debug)]
pub struct Profile {
    settings: PathBuf,
    identity: PathBuf,
    contacts: PathBuf,
    sends: PathBuf,
    _lock: Lock,
}

/// The settings of a profile that another program may have open; `None` if none were saved.
pub fn read_settings(homes: &Homes, name: &ProfileName) -> Result<Option<Settings>, ProfileError> {
    let path = settings_path(homes, name);
    let refused = |why| ProfileError::Refused { path: path.clone(), why };
    match store::read(&path, Settings::LEN_MAX).map_err(refused)?.map(|bytes| Settings::parse(&bytes)) {
        None => Ok(None),
        Some(Ok(settings)) => Ok(Some(settings)),
        // Whoever sets the file aside must be the one who has the profile open.
        Some(Err(_)) => Profile::open(homes, name)?.settings(),
    }
}

impl Profile {
    /// Opens a profile, and makes its directories if it is a new one.
    pub fn open(homes: &Homes, name: &ProfileName) -> Result<Self, ProfileError> {
        let config = homes.config.join(PROGRAM);
        let data = homes.data.join(PROGRAM);
        let own = data.join(name.as_str());
        for dir in [&config, &data, &own] {
            private::create_dir(dir).map_err(|why| ProfileError::Refused { path: dir.clone(), why })?;
        }
        Ok(Self {
            settings: settings_path(homes, name),
            identity: own.join("identity.json"),
            contacts: own.join("contacts.json"),
            sends: own.join("sends.json"),
            _lock: lock(&own.join("lock"), name)?,
        })
    }

    /// The settings; `None` if none were saved.
    pub fn settings(&self) -> Result<Option<Settings>, ProfileError> {
        load(&self.settings)
    }

    /// Replaces the settings.
    pub fn save_settings(&self, settings: &Settings) -> Result<(), ProfileError> {
        save(&self.settings, settings)
    }

    /// The identity; `None` if there has never been one. It is an error for as long as one that was damaged lies aside.
    pub fn identity(&self) -> Result<Option<Identity>, ProfileError> {
        let path = &self.identity;
        if let Some(stored) = load::<StoredIdentity>(path)? {
            return Ok(Some(stored.identity()));
        }
        let aside = store::first_set_aside(path);
        match aside.map_err(|error| ProfileError::Refused { path: path.clone(), why: error.into() })? {
            Some(aside) => Err(ProfileError::Missing { path: path.clone(), aside }),
            None => Ok(None),
        }
    }

    /// Stores the identity of a new profile. One that is there is not overwritten.
    pub fn create_identity(&self, identity: &Identity) -> Result<(), ProfileError> {
        if self.identity()?.is_some() {
            return Err(ProfileError::Exists(self.identity.clone()));
        }
        save(&self.identity, &StoredIdentity::new(identity))
    }

    /// The contacts; none if none were saved.
    pub fn contacts(&self) -> Result<Contacts, ProfileError> {
        load(&self.contacts).map(Option::unwrap_or_default)
    }

    /// What is to be offered again; nothing if nothing was saved.
    pub fn sends(&self) -> Result<Sends, ProfileError> {
        load(&self.sends).map(Option::unwrap_or_default)
    }

    /// Replaces what is to be offered again.
    pub fn save_sends(&self, sends: &Sends) -> Result<(), ProfileError> {
        save(&self.sends, sends)
    }

    /// Replaces the contacts.
    pub fn save_contacts(&self, contacts: &Contacts) -> Result<(), ProfileError> {
        save(&self.contacts, contacts)
    }
}

fn settings_path(homes: &Homes, name: &ProfileName) -> PathBuf {
    homes.config.join(PROGRAM).join(format!("{name}.json"))
}

fn lock(path: &Path, name: &ProfileName) -> Result<Lock, ProfileError> {
    let refused = |why| ProfileError::Refused { path: path.into(), why };
    let file = private::open_or_create(path).map_err(refused)?;
    match Lock::of(file) {
        Ok(lock) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(ProfileError::InUse(name.clone())),
        Err(TryLockError::Error(error)) => Err(refused(error.into())),
    }
}

fn load<T: Document>(path: &Path) -> Result<Option<T>, ProfileError> {
    let path = path.to_owned();
    let bytes = match store::read(&path, T::LEN_MAX) {
        Err(why) => return Err(ProfileError::Refused { path, why }),
        Ok(None) => return Ok(None),
        Ok(Some(bytes)) => bytes,
    };
    match T::parse(&bytes) {
        Ok(document) => Ok(Some(document)),
        Err(Defect::Newer(version)) => Err(ProfileError::Newer { path, version }),
        Err(why) => Err(match store::set_aside(&path) {
            Ok(aside) => ProfileError::Damaged { path, aside, why },
            Err(error) => ProfileError::NotSetAside { path, why, error },
        }),
    }
}

fn save(path: &Path, document: &impl Document) -> Result<(), ProfileError> {
    let saved = store::replace(path, |file| document.write(file));
    saved.map_err(|error| ProfileError::NotWritten { path: path.to_owned(), error })
}
