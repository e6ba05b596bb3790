//! What one socket of smoltcp is used for.

use p2pm_core::time::Instant;
use smoltcp::iface::SocketHandle;

/// A socket of smoltcp, and what it is used for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slot {
    pub(super) handle: SocketHandle,
    pub(super) usage: Usage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Usage {
    Free,
    /// The caller has it.
    Open,
    /// The caller has it, and has this port for it.
    Bound(u16),
    /// It waits for a connection to this port, or holds one until it is accepted.
    Listening(u16),
    /// The caller has given it back. What it still has to send it may send until this moment.
    Closing(Instant),
}

impl Slot {
    pub(super) fn is_free(&self) -> bool {
        self.usage == Usage::Free
    }

    pub(super) fn listens_on(&self, port: u16) -> bool {
        self.usage == Usage::Listening(port)
    }

    /// Whether nobody else may listen on `port` because of it.
    pub(super) fn holds(&self, port: u16) -> bool {
        self.listens_on(port) || self.usage == Usage::Bound(port)
    }

    /// If it is closing, it has no longer than until `deadline`.
    pub(super) fn close_by(&mut self, deadline: Instant) {
        if let Usage::Closing(until) = &mut self.usage {
            *until = deadline.min(*until);
        }
    }

    /// Until when it is closing, if it is.
    pub(super) fn closing(&self) -> Option<Instant> {
        match self.usage {
            Usage::Closing(deadline) => Some(deadline),
            _ => None,
        }
    }
}
