//! A TAP interface of Linux as an Ethernet controller for smoltcp.
//!
//! smoltcp's own `TunTapInterface` is not used: it allocates a buffer for each packet, panics when a packet
//! cannot be written, as happens whenever the interface is down, and has the kernel create a missing
//! interface.

use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use p2pm_fw::net::{Controller, FRAME_MAX};
use rustix::fs::{Mode, OFlags, open};
use rustix::io::{Errno, read, write};
use rustix::net::{AddressFamily, SocketType, socket};

use self::request::{Request, SIOCGIFFLAGS, TUNSETIFF};
use crate::stop::complain;

/// A TAP interface, held exclusively until drop. Nothing blocks, and no packet allocates.
///
/// A packet that cannot be written is dropped: the interface is down, or its reader is too slow.
pub struct Tap {
    file: OwnedFd,
    name: String,
    /// Whether it was down at its last use, so that the user is told once.
    is_down: bool,
}

/// Why the TAP cannot be opened.
#[derive(Debug)]
pub enum Error {
    /// No interface has this name.
    Missing,
    /// The interface is not a TAP, or has several queues.
    NotTap,
    /// The TAP belongs to another user.
    NotOurs,
    /// Another program uses the TAP.
    Busy,
    /// The TUN/TAP device file cannot be opened: permission denied.
    Locked,
    /// The kernel does not support TAPs at present.
    Unsupported,
    /// Any other error.
    Other(io::Error),
}

impl Tap {
    /// Opens the TAP of this name, which must exist.
    pub fn open(name: &str) -> Result<Self, Error> {
        let mut request = Request::about(name).ok_or(Error::Missing)?;
        // The kernel would create a missing one, and remove it with this program.
        request.ask::<SIOCGIFFLAGS>(socket(AddressFamily::INET, SocketType::DGRAM, None)?).map_err(
            |error| match error {
                Errno::NODEV => Error::Missing,
                error => error.into(),
            },
        )?;
        let is_up = request.is_up();
        let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = open("/dev/net/tun", flags, Mode::empty()).map_err(|error| match error {
            Errno::NOENT | Errno::NODEV | Errno::NXIO => Error::Unsupported,
            Errno::ACCESS | Errno::PERM => Error::Locked,
            error => error.into(),
        })?;
        request.want_tap();
        request.ask::<TUNSETIFF>(&file).map_err(|error| match error {
            Errno::PERM | Errno::ACCESS => Error::NotOurs,
            Errno::BUSY => Error::Busy,
            Errno::INVAL => Error::NotTap,
            error => error.into(),
        })?;
        let mut tap = Self { file, name: name.to_owned(), is_down: false };
        if !is_up {
            tap.tell_down();
        }
        Ok(tap)
    }

    fn tell_down(&mut self) {
        let name = &self.name;
        complain(format_args!(
            "{name} is down, nothing gets through; mend it with: sudo ip link set {name} up"
        ));
        self.is_down = true;
    }
}

impl AsFd for Tap {
    /// Readable once a packet has arrived.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl Controller for Tap {
    fn receive(&mut self, into: &mut [u8; FRAME_MAX]) -> Option<usize> {
        read(&self.file, into.as_mut_slice()).ok().filter(|len| *len > 0)
    }

    fn send(&mut self, frame: &[u8]) {
        match write(&self.file, frame) {
            Ok(_) => self.is_down = false,
            Err(Errno::IO) if !self.is_down => self.tell_down(),
            Err(_) => {}
        }
    }
}

impl From<Errno> for Error {
    fn from(error: Errno) -> Self {
        Self::Other(error.into())
    }
}

impl std::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there is no such interface",
            Self::NotTap => "it is not a TAP with a single queue",
            Self::NotOurs => "it belongs to another user",
            Self::Busy => "another program uses it",
            Self::Locked => "no right to open /dev/net/tun",
            Self::Unsupported => "the kernel has no /dev/net/tun",
            Self::Other(error) => return error.fmt(f),
        })
    }
}

/// Ioctl requests about an interface: netdevice(7), `linux/if_tun.h`.
mod request {
    use std::ffi::{c_int, c_short};
    use std::os::fd::AsFd;

    use rustix::io;
    use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

    /// Attaches a file to the interface.
    pub(super) const TUNSETIFF: Opcode = opcode::write::<c_int>(b'T', 202);
    /// Reads the interface's flags. Requests of that age have no structured number.
    pub(super) const SIOCGIFFLAGS: Opcode = 0x8913;

    const IFF_UP: c_short = 0x0001;
    const IFF_TAP: c_short = 0x0002;
    /// Frames only, without four bytes of packet information before each.
    const IFF_NO_PI: c_short = 0x1000;

    /// A `struct ifreq`.
    #[repr(C, align(8))]
    pub(super) struct Request {
        /// Terminated by at least one zero.
        name: [u8; 16],
        flags: c_short,
        /// Rest of the union that contains the flags.
        rest: [u8; 22],
    }

    impl Request {
        /// A request about an interface; `None` if no interface can have this name.
        pub(super) fn about(name: &str) -> Option<Self> {
            let mut request = Self { name: [0; 16], flags: 0, rest: [0; 22] };
            let [place @ .., _] = &mut request.name;
            place.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
            Some(request)
        }

        pub(super) fn is_up(&self) -> bool {
            self.flags & IFF_UP != 0
        }

        pub(super) fn want_tap(&mut self) {
            self.flags = IFF_TAP | IFF_NO_PI;
        }

        /// Sends the request. `REQUEST` must be one of those above.
        #[allow(unsafe_code)]
        pub(super) fn ask<const REQUEST: Opcode>(&mut self, file: impl AsFd) -> io::Result<()> {
            const { assert!(REQUEST == TUNSETIFF || REQUEST == SIOCGIFFLAGS) };
            // SAFETY: both requests read and write one `struct ifreq` and keep no pointer to it. `Self` is laid
            // out like it, is at least as long (40 bytes, which is what the longest member of its union makes
            // of it), and any bytes in it are valid.
            unsafe { ioctl(file, Updater::<REQUEST, Self>::new(self)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tap_that_does_not_exist_is_not_made() {
        for name in ["p2pm-nobody", "no interface can have this name", ""] {
            assert!(matches!(Tap::open(name), Err(Error::Missing)), "{name}");
        }
    }

    #[test]
    fn an_interface_that_is_no_tap_is_refused() {
        // Without permission to open the device file, that is the error.
        assert!(matches!(
            Tap::open("lo"),
            Err(Error::NotTap | Error::Locked | Error::NotOurs | Error::Unsupported)
        ));
    }
}
