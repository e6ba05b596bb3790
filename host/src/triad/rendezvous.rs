//! How the programs of one user on one machine find each other.
//!
//! A node that has begun a chat rings every client of the same user that gave the node's port to a community
//! server, so that the client leaves it. Bells are Unix datagram sockets, named by the port, in a directory
//! that belongs to the user alone: whoever can ring is that user.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use rustix::process::geteuid;

/// The directory where bells hang.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    dir: PathBuf,
}

impl Rendezvous {
    /// The user's own: `$XDG_RUNTIME_DIR/p2pm`, or `/tmp/p2pm-<uid>` where there is no such directory.
    pub fn of_user() -> io::Result<Self> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        Self::at(match runtime.filter(|dir| dir.is_absolute() && dir.is_dir()) {
            Some(runtime) => runtime.join("p2pm"),
            None => PathBuf::from(format!("/tmp/p2pm-{}", geteuid().as_raw())),
        })
    }

    /// `dir`, made if it does not exist.
    ///
    /// Fails if it is not a directory, or not the user's own, or if others have access to it.
    pub fn at(dir: impl Into<PathBuf>) -> io::Result<Self> {
        let dir = dir.into();
        match DirBuilder::new().mode(0o700).create(&dir) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
            _ => check_private(&dir),
        }
        .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", dir.display())))?;
        Ok(Self { dir })
    }

    /// Hangs up a bell for the node that listens on `port`.
    pub fn hang(&self, port: u16) -> io::Result<Bell> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        loop {
            let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = self.dir.join(format!("{port}.{}.{counter}.sock", std::process::id()));
            match UnixDatagram::bind(&path) {
                // Left behind by an earlier process of the same id.
                Err(e) if e.kind() == io::ErrorKind::AddrInUse => {}
                Err(e) => return Err(e),
                Ok(socket) => {
                    let bell = Bell { socket, path };
                    bell.socket.set_nonblocking(true)?;
                    return Ok(bell);
                }
            }
        }
    }

    /// Rings every bell that hangs for `port`, and takes down those whose process is gone.
    pub fn ring(&self, port: u16) -> io::Result<()> {
        let ringer = UnixDatagram::unbound()?;
        // A bell too full to take another datagram rings already.
        ringer.set_nonblocking(true)?;
        for entry in fs::read_dir(&self.dir)? {
            let path = entry?.path();
            let gone = |e: io::Error| e.kind() == io::ErrorKind::ConnectionRefused;
            if hangs_for(port, &path) && ringer.send_to(&[0], &path).is_err_and(gone) {
                // Should this fail, the next to ring tries again.
                let _ = fs::remove_file(&path);
            }
        }
        Ok(())
    }
}

/// Checks the directory itself, not what a symbolic link in its place points to. Once it passes, no one else
/// can replace it: `/tmp` is sticky, and the runtime directory is the user's.
fn check_private(dir: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(dir)?;
    let refused = |why| Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    if !metadata.is_dir() {
        return refused("not a directory");
    }
    if metadata.uid() != geteuid().as_raw() {
        return refused("belongs to another user");
    }
    if metadata.mode() & 0o077 != 0 {
        return refused("other users have access to it; chmod 700 it");
    }
    Ok(())
}

fn hangs_for(port: u16, path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.strip_suffix(".sock")
        .and_then(|name| name.split_once('.'))
        .is_some_and(|(p, _)| p == port.to_string())
}

/// Hangs until it is dropped.
#[derive(Debug)]
pub struct Bell {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Bell {
    /// Readable once it has been rung.
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Whether it has been rung since the last call, however often.
    pub fn rung(&self) -> bool {
        let mut rung = false;
        while self.socket.recv(&mut [0]).is_ok() {
            rung = true;
        }
        rung
    }
}

impl Drop for Bell {
    fn drop(&mut self) {
        // What stays behind is taken down by the next to ring.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::time::Duration;

    use tempfile::TempDir;

    use super::*;
    use crate::triad::wait::Waiter;

    fn rendezvous() -> (TempDir, Rendezvous) {
        let dir = TempDir::new().unwrap();
        let rendezvous = Rendezvous::at(dir.path().join("p2pm")).unwrap();
        (dir, rendezvous)
    }

    fn hanging(rendezvous: &Rendezvous) -> usize {
        fs::read_dir(&rendezvous.dir).unwrap().count()
    }

    #[test]
    fn every_bell_of_the_port_rings_and_no_other() {
        let (_dir, rendezvous) = rendezvous();
        let bells = [5460, 5460, 546, 54600].map(|port| rendezvous.hang(port).unwrap());
        rendezvous.ring(5460).unwrap();
        let mut waiter = Waiter::new();
        let token = waiter.read(bells[0].as_fd());
        assert!(waiter.wait(Some(Duration::from_secs(10))).unwrap().contains(token));
        assert_eq!(bells.each_ref().map(Bell::rung), [true, true, false, false]);
        assert_eq!(bells.each_ref().map(Bell::rung), [false; 4]);
    }

    #[test]
    fn ringing_without_end_neither_waits_nor_is_lost() {
        let (_dir, rendezvous) = rendezvous();
        let bell = rendezvous.hang(5460).unwrap();
        for _ in 0..2_000 {
            rendezvous.ring(5460).unwrap();
        }
        assert!(bell.rung());
        assert!(!bell.rung());
    }

    #[test]
    fn a_bell_is_taken_down_with_its_owner() {
        let (_dir, rendezvous) = rendezvous();
        let bell = rendezvous.hang(5460).unwrap();
        assert_eq!(hanging(&rendezvous), 1);
        drop(bell);
        assert_eq!(hanging(&rendezvous), 0);
        rendezvous.ring(5460).unwrap();
    }

    #[test]
    fn a_bell_without_a_process_is_taken_down_by_ringing() {
        let (_dir, rendezvous) = rendezvous();
        // Dropping the socket alone leaves its name behind, as a killed process does.
        drop(UnixDatagram::bind(rendezvous.dir.join("5460.1.0.sock")).unwrap());
        drop(UnixDatagram::bind(rendezvous.dir.join("5461.1.0.sock")).unwrap());
        let bell = rendezvous.hang(5460).unwrap();
        rendezvous.ring(5460).unwrap();
        assert!(bell.rung());
        assert_eq!(hanging(&rendezvous), 2, "the live one and the other port's");
    }

    #[test]
    fn the_directory_is_made_for_the_user_alone_and_used_again() {
        let (_dir, rendezvous) = rendezvous();
        assert_eq!(fs::metadata(&rendezvous.dir).unwrap().mode() & 0o777, 0o700);
        Rendezvous::at(&rendezvous.dir).unwrap();
    }

    #[test]
    fn a_directory_that_is_not_private_is_refused() {
        let dir = TempDir::new().unwrap();
        let [own, file, link, open] = ["own", "file", "link", "open"].map(|name| dir.path().join(name));
        Rendezvous::at(&own).unwrap();
        fs::write(&file, "").unwrap();
        symlink(&own, &link).unwrap();
        fs::create_dir(&open).unwrap();
        fs::set_permissions(&open, fs::Permissions::from_mode(0o750)).unwrap();
        for (path, why) in [(file, "not a directory"), (link, "not a directory"), (open, "other users")] {
            let error = Rendezvous::at(&path).unwrap_err().to_string();
            assert!(error.contains(why) && error.contains(path.to_str().unwrap()), "{error}");
        }
    }

    #[test]
    fn a_directory_of_someone_else_is_refused() {
        // Who runs this as root owns the root directory, and must make one for another user.
        let dir = TempDir::new().unwrap();
        let foreign = if geteuid().is_root() {
            let path = dir.path().join("foreign");
            DirBuilder::new().mode(0o700).create(&path).unwrap();
            std::os::unix::fs::chown(&path, Some(1), None).unwrap();
            path
        } else {
            PathBuf::from("/")
        };
        let error = Rendezvous::at(foreign).unwrap_err().to_string();
        assert!(error.contains("another user"), "{error}");
    }
}
