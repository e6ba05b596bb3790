//! Names of profiles.

use std::fmt;
use std::str::FromStr;

/// Longest name of a profile, in bytes.
const NAME_MAX: usize = 32;

/// Name of a profile: 1 to 32 characters `a` to `z`, `0` to `9` and `-`, so that it is a file name. `default` by default.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);

/// A text that is not the name of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileNameError(String);

impl ProfileName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ProfileName {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

impl FromStr for ProfileName {
    type Err = ProfileNameError;

    fn from_str(text: &str) -> Result<Self, ProfileNameError> {
        let is_allowed = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if (1..=NAME_MAX).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ProfileNameError(text.to_owned()))
        }
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Display for ProfileNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(text) = self;
        write!(f, "{text:?} is not the name of a profile: 1 to {NAME_MAX} characters of a-z, 0-9 and -")
    }
}

impl std::error::Error for ProfileNameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_file_name() {
        for name in ["default", "a", "0", "-", "work-2", &"a".repeat(NAME_MAX)] {
            assert_eq!(name.parse::<ProfileName>().unwrap().as_str(), name);
        }
        assert_eq!("default".parse(), Ok(ProfileName::default()));
        for text in ["", ".", "..", "a/b", "A", "a b", "a.json", "é", "\0", &"a".repeat(NAME_MAX + 1)] {
            let error = text.parse::<ProfileName>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("{text:?} is not the name of a profile")), "{error}");
        }
    }
}
