//! Sockets of all interfaces.

use std::io;
use std::time::Duration;

use p2pm_core::discovery::{Arrival, Interface, InterfaceId, Outgoing};
use p2pm_core::drive;
use p2pm_core::time::{Instant, earliest};

use super::INTERFACES_MAX;
use super::interfaces::Listed;
use super::purpose::{PURPOSES, Purpose, scoped};
use crate::reactor::datagrams::Datagrams;
use crate::reactor::{Reactor, Source};

/// How often groups are joined again. Less than the 260 s after which a switch forgets a member (RFC 3376 §8.4).
const REJOIN_INTERVAL: Duration = Duration::from_mins(2);

/// Sockets of all interfaces, each in the slot of its interface.
pub(super) struct Sockets {
    first: Source,
    slots: [Option<Open>; INTERFACES_MAX],
    /// Which socket is read next, so that a flood on one does not silence the others.
    next: usize,
    rejoin_at: Option<Instant>,
}

/// An interface with its sockets.
pub(super) struct Open {
    pub(super) interface: Listed,
    sockets: [Option<io::Result<Datagrams>>; PURPOSES.len()],
}

/// [`Sockets`] at a moment.
pub(super) struct At<'s> {
    sockets: &'s mut Sockets,
    now: Instant,
}

const _: () = assert!(INTERFACES_MAX * PURPOSES.len() < 240, "a source is a byte, and there are others");

impl Sockets {
    pub(super) fn new(first: Source) -> Self {
        Self { first, slots: Default::default(), next: 0, rejoin_at: None }
    }

    pub(super) fn at(&mut self, now: Instant) -> At<'_> {
        At { sockets: self, now }
    }

    /// The interfaces with what became of their sockets.
    pub(super) fn interfaces(&self) -> impl Iterator<Item = &Open> {
        self.slots.iter().flatten()
    }

    /// The interface of this name.
    pub(super) fn interface(&self, name: &str) -> Option<InterfaceId> {
        self.interfaces().map(|open| &open.interface).find(|it| it.name == name).map(|it| it.id)
    }

    /// Interfaces that have sockets, and are not among these.
    pub(super) fn others_than(&self, listed: &[Listed]) -> Vec<InterfaceId> {
        let ids = self.interfaces().map(|open| open.interface.id);
        ids.filter(|id| listed.iter().all(|it| it.id != *id)).collect()
    }

    pub(super) fn close(&mut self, id: InterfaceId) {
        for slot in &mut self.slots {
            slot.take_if(|open| open.interface.id == id);
        }
    }

    /// Opens the sockets of an interface that are not open yet. Those whose address has changed are opened anew.
    pub(super) fn open<C>(&mut self, reactor: &Reactor<C>, interface: &Listed) {
        let known = self
            .slots
            .iter()
            .position(|slot| slot.as_ref().is_some_and(|it| it.interface.id == interface.id));
        let Some(slot) = known.or_else(|| self.slots.iter().position(Option::is_none)) else { return };
        let first = usize::from(self.first.0) + slot * PURPOSES.len();
        let open = self.slots[slot].get_or_insert_with(|| Open::new(interface.clone()));
        let before = std::mem::replace(&mut open.interface, interface.clone());
        for ((purpose, socket), source) in PURPOSES.into_iter().zip(&mut open.sockets).zip(first..) {
            let of = |addresses: &Interface| purpose.address(interface.id, addresses);
            let address = of(&interface.addresses);
            if !matches!(socket, Some(Ok(_))) || of(&before.addresses) != address {
                let source = Source(u8::try_from(source).unwrap_or(u8::MAX));
                *socket = address
                    .map(|address| Datagrams::of_socket(purpose.open(interface, address)?, reactor, source));
            }
        }
    }

    pub(super) fn set_ready(&mut self, now: Instant, source: Source) {
        let Some(index) = source.0.checked_sub(self.first.0).map(usize::from) else { return };
        if let Some(socket) = self.socket(index) {
            socket.set_ready(now);
        }
    }

    /// When to read even without an event, or to join again.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let sockets = self.interfaces().flat_map(|open| open.sockets.iter().flatten().flatten());
        sockets.map(Datagrams::deadline).fold(self.rejoin_at, earliest)
    }

    pub(super) fn rejoin_if_due(&mut self, now: Instant) {
        if self.rejoin_at.is_some_and(|at| now >= at) {
            for open in self.slots.iter().flatten() {
                open.rejoin();
            }
        }
        if self.rejoin_at.is_none_or(|at| now >= at) {
            self.rejoin_at = Some(now + REJOIN_INTERVAL);
        }
    }

    fn socket(&mut self, index: usize) -> Option<&mut Datagrams> {
        let open = self.slots.get_mut(index / PURPOSES.len())?.as_mut()?;
        open.sockets[index % PURPOSES.len()].as_mut()?.as_mut().ok()
    }
}

impl Open {
    fn new(interface: Listed) -> Self {
        Self { interface, sockets: Default::default() }
    }

    /// The socket for a purpose, or why it is not open; `None` if there is none to be.
    pub(super) fn socket(&self, wanted: Purpose) -> Option<&io::Result<Datagrams>> {
        let (_, socket) = PURPOSES.iter().zip(&self.sockets).find(|(purpose, _)| **purpose == wanted)?;
        socket.as_ref()
    }

    fn rejoin(&self) {
        for (purpose, socket) in PURPOSES.iter().zip(&self.sockets) {
            if let Some(Ok(socket)) = socket {
                // It fails if the interface is gone, of which the system tells.
                let _ = purpose.rejoin(&socket.options(), self.interface.id);
            }
        }
    }
}

impl drive::Datagrams for At<'_> {
    type Error = io::Error;

    fn send(&mut self, outgoing: &Outgoing, datagram: &[u8]) -> io::Result<()> {
        let open = self.sockets.interfaces().find(|open| open.interface.id == outgoing.interface);
        let sockets = open.into_iter().flat_map(|open| Purpose::of(outgoing).map(|it| open.socket(it)));
        let socket = sockets.flatten().flatten().next().ok_or(io::ErrorKind::NotConnected)?;
        socket.send(datagram, scoped(outgoing.to, outgoing.interface))
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<(usize, Arrival)> {
        let count = INTERFACES_MAX * PURPOSES.len();
        let first = self.sockets.next;
        for index in (first..first + count).map(|index| index % count) {
            let Some(socket) = self.sockets.socket(index) else { continue };
            // Errors of single peers end with what is queued.
            while socket.deadline().is_some_and(|ready| ready <= self.now) {
                let purpose = PURPOSES[index % PURPOSES.len()];
                let Some((len, from, reach)) = purpose.receive(socket, self.now, into) else { continue };
                self.sockets.next = (index + 1) % count;
                let interface = self.sockets.slots[index / PURPOSES.len()].as_ref()?.interface.id;
                return Some((len, Arrival { interface, from, reach }));
            }
        }
        None
    }
}
