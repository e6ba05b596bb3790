//! How the programs of one user on one machine find each other, and share one chat lock.
//!
//! A node that begins a chat notifies each client of the same user that gave the node's port to a community
//! server, so that the client leaves it. Mailboxes are Unix datagram sockets. The node or client that is in a
//! chat holds a file lock, which the kernel releases however the program ends.
//!
//! Names contain the node's port and are in a directory that only the user has access to.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::config::{private, runtime};
use crate::manual::Entry;

/// The directory, for the manuals of the programs that use it.
pub(crate) const FILES: Entry = (
    "$XDG_RUNTIME_DIR/p2pm",
    "By what is in it, a user's client and nodeServer find each other. It is /tmp/p2pm-UID if there is no such directory.",
);

/// Suffix of a client's mailbox.
const MAILBOX: &str = "sock";
/// Suffix of the socket that shows that a node runs.
const NODE: &str = "node";

/// Directory in which a user's programs meet.
#[derive(Clone, Debug)]
pub struct Rendezvous {
    dir: PathBuf,
}

impl Rendezvous {
    /// The user's directory: `$XDG_RUNTIME_DIR/p2pm`, or `/tmp/p2pm-<uid>` if there is no such directory.
    pub fn of_user() -> io::Result<Self> {
        Self::at(runtime::directory())
    }

    /// The directory `dir`, created if it does not exist.
    ///
    /// Fails if it is not a directory, belongs to another user, or is accessible to others.
    pub fn at(dir: impl Into<PathBuf>) -> io::Result<Self> {
        let dir = dir.into();
        private::create_dir(&dir).map_err(|why| io::Error::other(format!("{}: {why}", dir.display())))?;
        Ok(Self { dir })
    }

    /// Opens a mailbox for notices of the node on `port`.
    pub fn open_mailbox(&self, port: u16) -> io::Result<Mailbox> {
        self.bind(port, MAILBOX).map(Mailbox)
    }

    /// Notifies every mailbox for `port`, and removes those whose process is gone.
    pub fn notify(&self, port: u16) -> io::Result<()> {
        let sender = UnixDatagram::unbound()?;
        // A mailbox that is full has a notice already.
        sender.set_nonblocking(true)?;
        for path in self.sockets(MAILBOX)?.filter(|path| port_of(path) == Some(port)) {
            if sender.send_to(&[0], &path).is_err_and(|error| is_gone(&error)) {
                // If this fails, the next notify tries again.
                let _ = fs::remove_file(&path);
            }
        }
        Ok(())
    }

    /// Announces a node on `port` until the entry is dropped.
    pub fn announce_node(&self, port: u16) -> io::Result<NodeEntry> {
        self.bind(port, NODE).map(|socket| NodeEntry { _socket: socket })
    }

    /// Port of the user's only running node; `None` if none runs, or several. Removes entries whose process
    /// is gone.
    pub fn only_node(&self) -> io::Result<Option<u16>> {
        let caller = UnixDatagram::unbound()?;
        let running = self.sockets(NODE)?.filter(|path| {
            let connected = caller.connect(path);
            if connected.as_ref().is_err_and(is_gone) {
                // If this fails, the next look-up tries again.
                let _ = fs::remove_file(path);
            }
            connected.is_ok()
        });
        let mut ports = running.filter_map(|path| port_of(&path));
        let first = ports.next();
        Ok(first.filter(|_| ports.next().is_none()))
    }

    /// Takes the chat lock that the node on `port` and its clients share; `None` if another of them holds it.
    /// Released on drop, or when the program ends.
    pub fn lock_chat(&self, port: u16) -> io::Result<Option<ChatLock>> {
        let path = self.dir.join(format!("{port}.chat"));
        loop {
            let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path)?;
            match file.try_lock() {
                // The holder removed it after it was opened here; another process may hold a new one.
                Ok(()) if file.metadata()?.nlink() == 0 => {}
                Ok(()) => return Ok(Some(ChatLock { path, file })),
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
    }

    fn bind(&self, port: u16, kind: &str) -> io::Result<BoundSocket> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        loop {
            let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
            let path = self.dir.join(format!("{port}.{}.{counter}.{kind}", std::process::id()));
            match UnixDatagram::bind(&path) {
                // Left behind by an earlier process of the same id.
                Err(e) if e.kind() == io::ErrorKind::AddrInUse => {}
                Err(e) => return Err(e),
                Ok(socket) => {
                    let bound = BoundSocket { socket, path };
                    bound.socket.set_nonblocking(true)?;
                    return Ok(bound);
                }
            }
        }
    }

    fn sockets(&self, kind: &'static str) -> io::Result<impl Iterator<Item = PathBuf>> {
        let entries = fs::read_dir(&self.dir)?.flatten().map(|entry| entry.path());
        Ok(entries.filter(move |path| path.extension().is_some_and(|extension| extension == kind)))
    }
}

fn is_gone(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::ConnectionRefused
}

/// The port in a socket's file name.
fn port_of(path: &Path) -> Option<u16> {
    let name = path.file_name()?.to_str()?;
    name.split_once('.')?.0.parse().ok()
}

/// A bound socket whose file is removed on drop.
#[derive(Debug)]
struct BoundSocket {
    socket: UnixDatagram,
    path: PathBuf,
}

impl Drop for BoundSocket {
    fn drop(&mut self) {
        // A file left behind is removed by the next notify or look-up.
        let _ = fs::remove_file(&self.path);
    }
}

/// Receiver of notices, until it is dropped.
#[derive(Debug)]
pub struct Mailbox(BoundSocket);

impl Mailbox {
    /// Readable once there is a notice.
    pub fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.socket.as_fd()
    }

    /// Whether a notice has arrived since the last call. Several count as one.
    pub fn take_notice(&self) -> bool {
        let mut came = false;
        while self.0.socket.recv(&mut [0]).is_ok() {
            came = true;
        }
        came
    }
}

/// Announcement that a node runs.
#[derive(Debug)]
pub struct NodeEntry {
    _socket: BoundSocket,
}

/// Held chat lock: see [`Rendezvous::lock_chat`].
#[derive(Debug)]
pub struct ChatLock {
    path: PathBuf,
    /// Unlocked on drop, after the file is removed.
    file: File,
}

impl Drop for ChatLock {
    fn drop(&mut self) {
        // If it has been removed already, another process may have made a new one. A file left behind is used again.
        if self.file.metadata().is_ok_and(|metadata| metadata.nlink() > 0) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::DirBuilder;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
    use std::thread;
    use std::time::Duration;

    use rustix::process::geteuid;
    use tempfile::TempDir;

    use super::*;
    use crate::wait::Waiter;

    fn rendezvous() -> (TempDir, Rendezvous) {
        let dir = TempDir::new().unwrap();
        let rendezvous = Rendezvous::at(dir.path().join("p2pm")).unwrap();
        (dir, rendezvous)
    }

    fn entries(rendezvous: &Rendezvous) -> usize {
        fs::read_dir(&rendezvous.dir).unwrap().count()
    }

    #[test]
    fn what_a_killed_node_left_behind_is_no_node_and_goes() {
        let (_dir, rendezvous) = rendezvous();
        let left = rendezvous.dir.join("5460.1.0.node");
        drop(UnixDatagram::bind(&left).unwrap());
        let _running = rendezvous.announce_node(5461).unwrap();
        assert_eq!(rendezvous.only_node().unwrap(), Some(5461));
        assert!(!left.exists());
    }

    #[test]
    fn every_mailbox_of_the_port_is_notified_and_no_other() {
        let (_dir, rendezvous) = rendezvous();
        let mailboxes = [5460, 5460, 546, 54600].map(|port| rendezvous.open_mailbox(port).unwrap());
        rendezvous.notify(5460).unwrap();
        let mut waiter = Waiter::new();
        let token = waiter.read(mailboxes[0].as_fd());
        assert!(waiter.wait(Some(Duration::from_secs(10))).unwrap().contains(token));
        assert_eq!(mailboxes.each_ref().map(Mailbox::take_notice), [true, true, false, false]);
        assert_eq!(mailboxes.each_ref().map(Mailbox::take_notice), [false; 4]);
    }

    #[test]
    fn notices_without_end_neither_wait_nor_are_lost() {
        let (_dir, rendezvous) = rendezvous();
        let mailbox = rendezvous.open_mailbox(5460).unwrap();
        for _ in 0..2_000 {
            rendezvous.notify(5460).unwrap();
        }
        assert!(mailbox.take_notice());
        assert!(!mailbox.take_notice());
    }

    #[test]
    fn a_mailbox_goes_with_its_owner() {
        let (_dir, rendezvous) = rendezvous();
        let mailbox = rendezvous.open_mailbox(5460).unwrap();
        assert_eq!(entries(&rendezvous), 1);
        drop(mailbox);
        assert_eq!(entries(&rendezvous), 0);
        rendezvous.notify(5460).unwrap();
    }

    #[test]
    fn a_mailbox_without_a_process_is_taken_away_by_a_notice() {
        let (_dir, rendezvous) = rendezvous();
        // Dropping the socket alone leaves its file behind, as a killed process does.
        drop(UnixDatagram::bind(rendezvous.dir.join("5460.1.0.sock")).unwrap());
        drop(UnixDatagram::bind(rendezvous.dir.join("5461.1.0.sock")).unwrap());
        let mailbox = rendezvous.open_mailbox(5460).unwrap();
        rendezvous.notify(5460).unwrap();
        assert!(mailbox.take_notice());
        assert_eq!(entries(&rendezvous), 2, "the live one and the other port's");
    }

    #[test]
    fn one_of_a_node_and_its_clients_is_in_a_chat_at_a_time() {
        let (_dir, rendezvous) = rendezvous();
        let chat = rendezvous.lock_chat(5460).unwrap();
        assert!(chat.is_some());
        assert!(rendezvous.lock_chat(5460).unwrap().is_none());
        assert!(rendezvous.lock_chat(5461).unwrap().is_some(), "another node's");
        drop(chat);
        assert!(rendezvous.lock_chat(5460).unwrap().is_some());
    }

    #[test]
    fn a_chat_leaves_nothing_behind_not_even_that_of_a_killed_program() {
        let (_dir, rendezvous) = rendezvous();
        fs::write(rendezvous.dir.join("5460.chat"), "").unwrap();
        let chat = rendezvous.lock_chat(5460).unwrap();
        assert!(chat.is_some());
        assert_eq!(entries(&rendezvous), 1);
        drop(chat);
        assert_eq!(entries(&rendezvous), 0);
    }

    #[test]
    fn the_chat_lock_has_one_holder_at_a_time() {
        let (_dir, rendezvous) = rendezvous();
        let in_chat = AtomicU32::new(0);
        let chat_often = || {
            for _ in 0..1_000 {
                if let Some(_lock) = rendezvous.lock_chat(5460).unwrap() {
                    assert_eq!(in_chat.fetch_add(1, Ordering::SeqCst), 0);
                    thread::yield_now();
                    in_chat.fetch_sub(1, Ordering::SeqCst);
                }
            }
        };
        thread::scope(|scope| (0..4).for_each(|_| _ = scope.spawn(chat_often)));
    }

    #[test]
    fn the_only_node_is_the_one_that_runs() {
        let (_dir, rendezvous) = rendezvous();
        assert_eq!(rendezvous.only_node().unwrap(), None);
        // As a killed process leaves it behind.
        drop(UnixDatagram::bind(rendezvous.dir.join("5461.1.0.node")).unwrap());
        let _mailbox = rendezvous.open_mailbox(5462).unwrap();
        let node = rendezvous.announce_node(5460).unwrap();
        assert_eq!(rendezvous.only_node().unwrap(), Some(5460));
        let other = rendezvous.announce_node(5463).unwrap();
        assert_eq!(rendezvous.only_node().unwrap(), None);
        drop(node);
        assert_eq!(rendezvous.only_node().unwrap(), Some(5463));
        drop(other);
        assert_eq!(rendezvous.only_node().unwrap(), None);
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
        // Root owns the root directory, so a test run as root makes one for another user.
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
