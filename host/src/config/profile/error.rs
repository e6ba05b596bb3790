//! Why a profile is not read or written.

use std::fmt;
use std::io;
use std::path::PathBuf;

use super::document::Defect;
use super::name::ProfileName;
use crate::config::private::Refusal;

/// Why a profile is not read or written. Names the file.
#[derive(Debug)]
pub enum ProfileError {
    /// Neither the variables of XDG nor a home directory say where profiles are.
    NoHome,
    /// Another program has the profile open.
    InUse(ProfileName),
    /// A file or directory cannot be used: it is not the user's alone, or the system has refused it.
    Refused {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        why: Refusal,
    },
    /// A file was written by a newer program. It is left as it is.
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u64,
    },
    /// A file is damaged, and was renamed.
    Damaged {
        /// Its name before.
        path: PathBuf,
        /// Its name now.
        aside: PathBuf,
        /// What is wrong with it.
        why: Defect,
    },
    /// A file is damaged, and could not be renamed.
    NotSetAside {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: Defect,
        /// Why it was not renamed.
        error: io::Error,
    },
    /// There is no identity, because it was damaged and renamed. A new one would make a stranger of the user.
    Missing {
        /// Its name before.
        path: PathBuf,
        /// Its name now.
        aside: PathBuf,
    },
    /// There is an identity already; it is not overwritten.
    Exists(PathBuf),
    /// A file was not written, as when the disk is full. The old one is there still, unless only its entry in the directory
    /// could not be confirmed.
    NotWritten {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHome => {
                f.write_str("there is no home directory, and no XDG_CONFIG_HOME and XDG_DATA_HOME")
            }
            Self::InUse(name) => write!(f, "the profile `{name}` is in use by another program"),
            Self::Refused { path, why } => write!(f, "{}: {why}", path.display()),
            Self::Newer { path, version } => {
                let why = Defect::Newer(*version);
                write!(f, "{}: {why}; it was left as it is, a newer p2pm can read it", path.display())
            }
            Self::Damaged { path, aside, why } => {
                write!(f, "{} is damaged: {why}. It was renamed to {}", path.display(), aside.display())
            }
            Self::NotSetAside { path, why, error } => {
                write!(f, "{} is damaged: {why}. It could not be renamed: {error}", path.display())
            }
            Self::Missing { path, aside } => write!(
                f,
                "{} was damaged, and renamed to {}: repair it, or remove it to begin with a new identity",
                path.display(),
                aside.display()
            ),
            Self::Exists(path) => write!(f, "{}: there is an identity already", path.display()),
            Self::NotWritten { path, error } => write!(f, "{} could not be written: {error}", path.display()),
        }
    }
}

impl std::error::Error for ProfileError {}
