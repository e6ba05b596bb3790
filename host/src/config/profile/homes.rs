//! Where the files of all profiles are.

use std::path::PathBuf;

use super::ProfileError;

/// Directories of a user, after the XDG Base Directory Specification: of p2pm is what is in `p2pm` beneath them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Homes {
    /// For settings.
    pub config: PathBuf,
    /// For other data that is to stay.
    pub data: PathBuf,
}

impl Homes {
    /// `$XDG_CONFIG_HOME`, or `~/.config`, and `$XDG_DATA_HOME`, or `~/.local/share`. A path that is not absolute does not
    /// count.
    pub fn of_user() -> Result<Self, ProfileError> {
        let variable = |name| std::env::var_os(name).map(PathBuf::from);
        Self::new(variable("XDG_CONFIG_HOME"), variable("XDG_DATA_HOME"), std::env::home_dir())
    }

    fn new(
        config: Option<PathBuf>,
        data: Option<PathBuf>,
        home: Option<PathBuf>,
    ) -> Result<Self, ProfileError> {
        let absolute = |path: Option<PathBuf>| path.filter(|path| path.is_absolute());
        let home = absolute(home);
        let below = |folder| home.as_ref().map(|home| home.join(folder)).ok_or(ProfileError::NoHome);
        Ok(Self {
            config: absolute(config).map_or_else(|| below(".config"), Ok)?,
            data: absolute(data).map_or_else(|| below(".local/share"), Ok)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_or_not_absolute_is_below_the_home_directory() {
        let homes = |config: &str, data: &str, home: Option<&str>| {
            let homes = Homes::new(Some(config.into()), Some(data.into()), home.map(PathBuf::from));
            homes.map(|homes| [homes.config, homes.data].map(|path| path.to_str().unwrap().to_owned()))
        };
        assert_eq!(homes("/c", "/d", None).unwrap(), ["/c", "/d"]);
        assert_eq!(homes("c", "", Some("/h")).unwrap(), ["/h/.config", "/h/.local/share"]);
        assert_eq!(homes("/c", "./d", Some("/h")).unwrap(), ["/c", "/h/.local/share"]);
        for home in [None, Some(""), Some("h")] {
            assert!(matches!(homes("/c", "d", home), Err(ProfileError::NoHome)));
        }
    }
}
