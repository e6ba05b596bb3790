//! Use of one socket of smoltcp.

use p2pm_core::time::Instant;
use smoltcp::iface::SocketHandle;

/// A socket of smoltcp and its use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) handle: SocketHandle,
    pub(super) usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    Free,
    /// Held by the caller.
    Open,
    /// Held by the caller, bound to this port.
    Bound(u16),
    /// Listening on this port, or with a connection that is not accepted yet.
    Listening(u16),
    /// Closed by the caller. It may send its last bytes until this moment.
    Closing(Instant),
}

impl Slot {
    pub(super) fn is_free(&self) -> bool {
        self.usage == Usage::Free
    }

    pub(super) fn listens_on(&self, port: u16) -> bool {
        self.usage == Usage::Listening(port)
    }

    /// Whether it keeps other sockets from listening on `port`.
    pub(super) fn holds(&self, port: u16) -> bool {
        self.listens_on(port) || self.usage == Usage::Bound(port)
    }

    /// Limits the time of a closing socket to `deadline`.
    pub(super) fn close_by(&mut self, deadline: Instant) {
        if let Usage::Closing(until) = &mut self.usage {
            *until = deadline.min(*until);
        }
    }

    /// End of its time, if it is closing.
    pub(super) fn closing(&self) -> Option<Instant> {
        match self.usage {
            Usage::Closing(deadline) => Some(deadline),
            _ => None,
        }
    }
}
