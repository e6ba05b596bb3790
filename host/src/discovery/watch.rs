//! Watch on the interfaces of this machine (rtnetlink(7)).

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use mio::unix::SourceFd;
use p2pm_core::time::Instant;
use rustix::io::Errno;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, netlink, recv, socket_with};

use crate::reactor::{Reactor, Source};

/// Messages about links, and about addresses of IPv4 and IPv6: `RTMGRP_LINK`, `RTMGRP_IPV4_IFADDR`, `RTMGRP_IPV6_IFADDR`.
const GROUPS: u32 = 0x1 | 0x10 | 0x100;

/// Tells when an interface or an address may have come, changed or gone. What has changed, is then asked for.
pub(super) struct Watch {
    socket: OwnedFd,
    source: Source,
    ready: Option<Instant>,
}

impl Watch {
    pub(super) fn start<C>(reactor: &Reactor<C>, source: Source) -> io::Result<Self> {
        let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        bind(socket.as_fd(), &netlink::SocketAddrNetlink::new(0, GROUPS))?;
        reactor.register(&mut SourceFd(&socket.as_raw_fd()), source)?;
        Ok(Self { socket, source, ready: None })
    }

    /// False if the source is another one.
    pub(super) fn set_ready(&mut self, now: Instant, source: Source) -> bool {
        let is_ours = source == self.source;
        if is_ours {
            self.ready.get_or_insert(now);
        }
        is_ours
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.ready
    }

    /// Whether anything may have changed since the last call. Messages are taken off the queue and not read: several of
    /// them are about one change, and some may have been lost.
    pub(super) fn has_changed(&mut self, now: Instant) -> bool {
        let is_ready = self.ready.take_if(|ready| *ready <= now).is_some();
        let mut message = [0_u8; 1024];
        // ENOBUFS says that messages were lost, and that there are others.
        let takes = |taken| matches!(taken, Ok(_) | Err(Errno::NOBUFS | Errno::INTR));
        while is_ready && takes(recv(&self.socket, &mut message, RecvFlags::empty())) {}
        is_ready
    }
}
