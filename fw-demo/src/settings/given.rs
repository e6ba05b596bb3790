//! Values of settings by key.

use super::SettingsError;
use super::field::Expected;

const KEYS: [&str; 19] = [
    "ip",
    "gateway",
    "hardware",
    "suite",
    "role",
    "port",
    "password",
    "echo",
    "free",
    "server",
    "server_password",
    "name",
    "passphrase",
    "peer",
    "policy",
    "known",
    "seed",
    "drop",
    "corrupt",
];

/// Values that were given and are not taken yet.
pub(super) struct Given<'a> {
    values: [(&'static str, Option<&'a str>); KEYS.len()],
}

impl<'a> Given<'a> {
    /// Reads settings, one per line; empty lines are ignored.
    pub(super) fn read(text: &'a str) -> Result<Self, SettingsError<'a>> {
        let mut given = Self { values: KEYS.map(|key| (key, None)) };
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.is_empty()) {
            let (key, value) = line.split_once('=').ok_or(SettingsError::NotASetting(number))?;
            let known = given.values.iter_mut().find(|(known, _)| *known == key);
            let (key, place) = known.ok_or(SettingsError::Unknown(key))?;
            if place.replace(value).is_some() {
                return Err(SettingsError::Twice(key));
            }
        }
        Ok(given)
    }

    pub(super) fn take(&mut self, key: &'static str) -> Option<&'a str> {
        debug_assert!(KEYS.contains(&key), "nobody can give {key}");
        self.values.iter_mut().find(|(known, _)| *known == key)?.1.take()
    }

    /// Takes a value and parses it, if it was given.
    pub(super) fn take_with<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&'a str) -> Result<T, Expected>,
    ) -> Result<Option<T>, SettingsError<'a>> {
        let value = self.take(key).map(parse).transpose();
        value.map_err(|expected| SettingsError::Invalid(key, expected))
    }

    /// Like [`Given::take_with`], for a value without a default.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&'a str) -> Result<T, Expected>,
    ) -> Result<T, SettingsError<'a>> {
        self.take_with(key, parse)?.ok_or(SettingsError::Missing(key))
    }

    /// A key that was not taken.
    pub(super) fn first_left(&self) -> Option<&'static str> {
        self.values.iter().find_map(|(key, value)| value.map(|_| *key))
    }
}
