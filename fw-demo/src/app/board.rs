//! What a role stands on.

use core::fmt::Display;

use embedded_nal::{TcpClientStack, TcpFullStack};
use p2pm_core::limits::ENTROPY_LEN;
use p2pm_core::suite::Entropy;
use p2pm_core::time::Instant;
use rand_core::CryptoRng;

use super::{Console, Terminal};

/// Tells the time.
pub trait Clock {
    /// The time, which never runs backwards.
    fn now(&self) -> Instant;
}

/// A TCP stack that moves packets when it is told to.
pub trait Network: TcpFullStack {
    /// Takes in what has arrived and sends what is due.
    fn poll(&mut self, now: Instant);

    /// When to poll again although nothing has arrived; a moment that has passed means at once.
    fn deadline(&mut self) -> Option<Instant>;

    /// Gives everything that was closed until `deadline` to be sent to its end, if it had longer. What is not then is
    /// reset, so that no peer can hold up a device that ends.
    fn close_by(&mut self, deadline: Instant);

    /// Whether everything that was closed has been sent to its end, or reset.
    fn is_quiet(&self) -> bool;
}

/// The parts of a [`Board`], by type.
pub trait Platform {
    /// The network.
    type Network: Network<Error: Display>;
    /// The time.
    type Clock: Clock;
    /// Randomness fit for keys.
    type Random: CryptoRng;
    /// Where the user is.
    type Terminal: Terminal;
}

/// A socket of the platform's network.
pub(super) type SocketOf<P> = <<P as Platform>::Network as TcpClientStack>::TcpSocket;

/// What the platform's network says when it refuses.
pub(super) type NetworkError<P> = <<P as Platform>::Network as TcpClientStack>::Error;

/// A socket that listens, for a role to take.
pub struct Listener<P: Platform> {
    pub(super) socket: SocketOf<P>,
    pub(super) port: u16,
}

/// A device.
pub struct Board<P: Platform> {
    /// The network.
    pub network: P::Network,
    /// The time.
    pub clock: P::Clock,
    /// Randomness fit for keys.
    pub random: P::Random,
    /// The user.
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

    /// Random bytes for one connection.
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
