//! One client's connection, and its memory while it is idle.

use mio::net::TcpStream;
use p2pm_core::community::{Hall, Session, SessionEvent};
use p2pm_core::door::Guessers;
use p2pm_core::drive::{Framing, Pumped, pump};
use p2pm_core::registry::Storage;
use p2pm_core::suite::{Suite, Xor};
use p2pm_core::time::Instant;

use crate::reactor::pool::{Held, Pool};
use crate::reactor::transport::StdTransport;
use crate::suite::Sealed;

/// A client's connection. It holds frames of its own only while some are under way.
pub struct ClientConnection<S: Suite> {
    pub(super) stream: StdTransport<TcpStream>,
    pub(super) session: Session<S>,
    pub(super) framing: Framing,
    pub(super) held: Held,
}

const _: () = assert!(size_of::<Option<ClientConnection<Sealed>>>() <= 504);
const _: () = assert!(size_of::<Option<ClientConnection<Xor>>>() <= 296);

impl<S: Suite> ClientConnection<S> {
    pub(super) fn new(stream: TcpStream, session: Session<S>) -> Self {
        Self { stream: StdTransport(stream), session, framing: Framing::default(), held: Held::default() }
    }

    /// See [`pump`].
    pub(super) fn pump<M: Storage, G: Guessers>(
        &mut self,
        hall: &mut Hall<M, G>,
        pool: &mut Pool,
        now: Instant,
    ) -> Pumped<SessionEvent> {
        let buffers = pool.lend(&mut self.held);
        pump(&mut self.framing, buffers, &mut self.stream, &mut self.session.at(hall), now, |event| event)
    }

    /// See [`Framing::deadline`].
    pub(super) fn deadline<M: Storage, G: Guessers>(&mut self, hall: &mut Hall<M, G>) -> Option<Instant> {
        self.framing.deadline(&self.session.at(hall))
    }
}

impl<S: Suite> AsMut<TcpStream> for ClientConnection<S> {
    fn as_mut(&mut self) -> &mut TcpStream {
        &mut self.stream.0
    }
}
