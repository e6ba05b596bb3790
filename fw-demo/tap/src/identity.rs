//! The long-term key of a device that is a node of a circle, in a file.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use p2pm_core::identity::Identity;
use p2pm_core::limits::KEY_LEN;
use p2pm_posix::{file, random};

use crate::stop::Stop;

/// Bits of a mode that give others access.
const OTHERS: u32 = 0o077;

/// The identity in this file, which is made if it does not exist; without a file a new one.
pub(crate) fn of(path: Option<&Path>) -> Result<Identity, Stop> {
    let Some(path) = path else { return Ok(Identity::from_seed(&random::bytes()?)) };
    let made = make(path).or_else(|error| match error.kind() {
        ErrorKind::AlreadyExists => read(path),
        _ => Err(error),
    });
    made.map_err(|error| Stop::Failure(format!("--identity {}: {error}", path.display())))
}

fn make(path: &Path) -> io::Result<Identity> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let identity = Identity::from_seed(&random::bytes()?);
    file.write_all(&*identity.seed())?;
    file.sync_all()?;
    Ok(identity)
}

fn read(path: &Path) -> io::Result<Identity> {
    let mut file = file::open(path)?;
    let refused = |why| io::Error::new(ErrorKind::InvalidData, why);
    let metadata = file.metadata()?;
    if metadata.mode() & OTHERS != 0 {
        return Err(refused("other users have access to it; chmod 600 it"));
    }
    if !metadata.is_file() || metadata.len() != KEY_LEN as u64 {
        return Err(refused("it is no key of a device"));
    }
    let mut seed = [0; KEY_LEN];
    file.read_exact(&mut seed)?;
    Ok(Identity::from_seed(&seed))
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use tempfile::TempDir;

    use super::*;

    #[test]
    fn an_identity_is_made_once_and_is_for_nobody_else() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("key");
        let key = || of(Some(&path)).map(|identity| identity.key());
        let first = key().unwrap();
        assert_eq!(key().unwrap(), first);
        assert_ne!(of(None).unwrap().key(), first);
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(key(), Err(Stop::Failure(why)) if why.contains("chmod 600")));
        fs::write(&path, "short").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(key(), Err(Stop::Failure(why)) if why.contains("no key")));
    }
}
