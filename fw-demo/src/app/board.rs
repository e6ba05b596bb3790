//! Platform of a role.

use core::fmt::Display;

use embedded_nal::{TcpClientStack, TcpFullStack};
use p2pm_core::discovery::{Interface, InterfaceId};
use p2pm_core::drive::Datagrams;
use p2pm_core::limits::ENTROPY_LEN;
use p2pm_core::suite::Entropy;
use p2pm_core::time::Instant;
use rand_core::CryptoRng;

use super::{Console, Terminal};

/// Monotonic clock.
pub trait Clock {
    /// The time, which never runs backwards.
    fn now(&self) -> Instant;
}

/// A polled TCP stack.
pub trait Network: TcpFullStack {
    /// Processes received packets and sends what is due.
    fn poll(&mut self, now: Instant);

    /// When to poll again even if no packet arrives; a moment in the past means at once.
    fn deadline(&mut self) -> Option<Instant>;

    /// Limits the time that closed sockets have for their last bytes to `deadline`. What is not closed by
    /// then is reset, so that no peer can delay a device that ends.
    fn close_by(&mut self, deadline: Instant);

    /// Whether every closed socket is closed at both ends, or reset.
    fn is_quiet(&self) -> bool;
}

/// A network on which hosts find each other by [`Datagrams`].
pub trait Neighbourhood: Datagrams {
    /// Joins the groups of discovery, whose datagrams are received from now on.
    fn join(&mut self);

    /// Whether there are datagrams to receive.
    fn has_datagrams(&self) -> bool;

    /// Its only interface, with its addresses as long as it has any.
    fn interface(&self) -> (InterfaceId, Option<Interface>);
}

/// Types of the parts of a [`Board`].
pub trait Platform {
    /// TCP stack.
    type Network: Network<Error: Display>;
    /// Clock.
    type Clock: Clock;
    /// Cryptographic random number generator.
    type Random: CryptoRng;
    /// Terminal of the user.
    type Terminal: Terminal;
}

/// A socket of the platform's network.
pub(super) type SocketOf<P> = <<P as Platform>::Network as TcpClientStack>::TcpSocket;

/// Error of the platform's network.
pub(super) type NetworkError<P> = <<P as Platform>::Network as TcpClientStack>::Error;

/// A listening socket, for a role to take.
pub struct Listener<P: Platform> {
    pub(super) socket: SocketOf<P>,
    pub(super) port: u16,
}

/// A device.
pub struct Board<P: Platform> {
    /// TCP stack.
    pub network: P::Network,
    /// Clock.
    pub clock: P::Clock,
    /// Cryptographic random number generator.
    pub random: P::Random,
    /// Console of the user.
    pub console: Console<P::Terminal>,
}

impl<P: Platform> Board<P> {
    /// Listens on `port`.
    pub fn listen(&mut self, port: u16) -> Result<Listener<P>, NetworkError<P>> {
        let Self { network, .. } = self;
        let mut socket = network.socket()?;
        match network.bind(&mut socket, port).and_then(|()| network.listen(&mut socket)) {
            Ok(()) => Ok(Listener { socket, port }),
            Err(error) => {
                _ = network.close(socket);
                Err(error)
            }
        }
    }

    /// Fresh entropy for one connection.
    pub(super) fn entropy(&mut self) -> Entropy {
        Entropy::new(self.random::<ENTROPY_LEN>())
    }

    pub(super) fn random<const LEN: usize>(&mut self) -> [u8; LEN] {
        use rand_core::Rng;

        let mut bytes = [0; LEN];
        self.random.fill_bytes(&mut bytes);
        bytes
    }
}
