//! One client's connection: what it costs while it is idle.

use std::net::IpAddr;

use mio::net::TcpStream;
use p2pm_core::community::{Hall, Session, SessionEvent};
use p2pm_core::drive::{Framing, Pumped, pump};
use p2pm_core::registry::Slots;
use p2pm_core::suite::{Suite, Xor};
use p2pm_core::time::Instant;

use super::pool::{Held, Pool};
use crate::reactor::transport::StdTransport;

/// A connection of a client's, with no frame of its own while none is under way.
pub(super) struct Connection<S: Suite> {
    pub(super) stream: StdTransport<TcpStream>,
    pub(super) from: IpAddr,
    pub(super) session: Session<S>,
    pub(super) link: Framing,
    pub(super) held: Held,
    /// Whether its turn is coming.
    pub(super) queued: bool,
    /// Whether it is among those that are not authenticated.
    pub(super) half_open: bool,
    /// Where it is in each of the server's timelines.
    pub(super) moments: Moments,
}

/// A connection's entries in the timelines of its server.
#[derive(Default)]
pub(super) struct Moments {
    /// When to look after it; not later than its deadline.
    pub(super) alarm: Option<Instant>,
    /// When its oldest frame must have crossed, while it holds one.
    pub(super) frame: Option<Instant>,
}

const _: () = assert!(size_of::<Option<Connection<Xor>>>() <= 512);

impl<S: Suite> Connection<S> {
    pub(super) fn new(stream: TcpStream, from: IpAddr, session: Session<S>) -> Self {
        Self {
            stream: StdTransport(stream),
            from,
            session,
            link: Framing::default(),
            held: Held::default(),
            queued: false,
            half_open: true,
            moments: Moments::default(),
        }
    }

    /// See [`pump`].
    pub(super) fn pump<M: Slots>(
        &mut self,
        place: &mut Hall<M>,
        pool: &mut Pool,
        now: Instant,
    ) -> Pumped<SessionEvent> {
        let buffers = pool.lend(&mut self.held);
        pump(&mut self.link, buffers, &mut self.stream, &mut self.session.at(place), now, |event| event)
    }

    /// See [`Framing::deadline`].
    pub(super) fn deadline<M: Slots>(&mut self, place: &mut Hall<M>) -> Option<Instant> {
        self.link.deadline(&self.session.at(place))
    }
}
