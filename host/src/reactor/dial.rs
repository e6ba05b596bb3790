//! Connecting without waiting.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;
use std::{error, fmt, mem, vec};

use mio::net::TcpStream;
use p2pm_core::time::Instant;

/// A connection that is being made, to the first of a peer's addresses that answers.
///
/// It takes a slot of the [`Reactor`](super::Reactor), as the connection does that it turns into: it is polled when it
/// is ready, and when its deadline comes.
#[derive(Debug)]
pub struct Dial {
    attempt: Attempt,
    plan: Plan,
}

/// What came of polling a [`Dial`].
#[derive(Debug)]
pub enum Dialed {
    /// Nothing yet. Poll again when it is ready or its deadline comes.
    Pending,
    /// Nobody answered at one address, and the next is tried: [watch](super::Reactor::watch) the new stream.
    Redialed,
    /// [`Dial::into_stream`] is the connection.
    Connected,
    /// Nobody answered.
    Failed(DialError),
}

/// Why there is no connection: what was wrong with each address, in the order in which they were tried.
#[derive(Debug)]
pub struct DialError(pub Vec<(SocketAddr, io::Error)>);

/// Connecting to one address.
#[derive(Debug)]
struct Attempt {
    stream: TcpStream,
    address: SocketAddr,
    deadline: Instant,
}

/// What to do if an attempt fails.
#[derive(Debug)]
struct Plan {
    ahead: vec::IntoIter<SocketAddr>,
    failures: Vec<(SocketAddr, io::Error)>,
    deadline: Instant,
}

impl Dial {
    /// Begins to connect to the first of these addresses. All together may take `limit`, and each an equal share of
    /// what is left when its time comes, so that one that is silent does not cost the others theirs.
    pub fn start(now: Instant, addresses: Vec<SocketAddr>, limit: Duration) -> Result<Self, DialError> {
        let mut plan = Plan { ahead: addresses.into_iter(), failures: Vec::new(), deadline: now + limit };
        match plan.next_attempt(now) {
            Some(attempt) => Ok(Self { attempt, plan }),
            None => Err(DialError(plan.failures)),
        }
    }

    /// Looks whether there is a connection now.
    pub fn poll(&mut self, now: Instant) -> Dialed {
        let failure = match self.attempt.is_connected() {
            Ok(true) => {
                // Without it a frame may be late; that is no reason to do without the connection.
                let _ = self.attempt.stream.set_nodelay(true);
                return Dialed::Connected;
            }
            Ok(false) if now < self.attempt.deadline => return Dialed::Pending,
            Ok(false) => ErrorKind::TimedOut.into(),
            Err(e) => e,
        };
        self.plan.failures.push((self.attempt.address, failure));
        match self.plan.next_attempt(now) {
            Some(attempt) => {
                self.attempt = attempt;
                Dialed::Redialed
            }
            None => Dialed::Failed(DialError(mem::take(&mut self.plan.failures))),
        }
    }

    /// When to poll it even if nothing happens.
    pub fn deadline(&self) -> Instant {
        self.attempt.deadline
    }

    /// The stream and the address it leads to, once [connected](Dialed::Connected). What it was registered as it stays.
    pub fn into_stream(self) -> (TcpStream, SocketAddr) {
        (self.attempt.stream, self.attempt.address)
    }
}

impl AsMut<TcpStream> for Dial {
    fn as_mut(&mut self) -> &mut TcpStream {
        &mut self.attempt.stream
    }
}

impl Attempt {
    fn is_connected(&self) -> io::Result<bool> {
        if let Some(e) = self.stream.take_error()? {
            return Err(e);
        }
        match self.stream.peer_addr() {
            Ok(_) => Ok(true),
            Err(e) if e.kind() == ErrorKind::NotConnected => Ok(false),
            Err(e) => Err(e),
        }
    }
}

impl Plan {
    /// Begins with the next address that the system lets it begin with.
    fn next_attempt(&mut self, now: Instant) -> Option<Attempt> {
        while now < self.deadline {
            let share = self.deadline.since(now) / u32::try_from(self.ahead.len()).unwrap_or(u32::MAX).max(1);
            let address = self.ahead.next()?;
            match TcpStream::connect(address) {
                Ok(stream) => return Some(Attempt { stream, address, deadline: now + share }),
                Err(e) => self.failures.push((address, e)),
            }
        }
        None
    }
}

impl error::Error for DialError {}

impl fmt::Display for DialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no address to connect to");
        }
        for (index, (address, e)) in self.0.iter().enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            match e.kind() {
                ErrorKind::TimedOut => write!(f, "{separator}{address}: no answer")?,
                _ => write!(f, "{separator}{address}: {e}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use socket2::{Domain, Socket, Type};

    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);
    const NOW: Instant = Instant::from_millis(5000);

    fn socket() -> Socket {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        socket
    }

    fn address_of(socket: &Socket) -> SocketAddr {
        socket.local_addr().unwrap().as_socket().unwrap()
    }

    /// A listener whose queue is full, so that the system leaves further calls unanswered.
    fn deaf() -> ([Socket; 5], SocketAddr) {
        let listener = socket();
        listener.listen(0).unwrap();
        let address = address_of(&listener);
        let callers = [(); 4].map(|()| {
            let caller = socket();
            caller.set_nonblocking(true).unwrap();
            // In progress is all it shall ever be.
            let _ = caller.connect(&address.into());
            caller
        });
        let [a, b, c, d] = callers;
        ([listener, a, b, c, d], address)
    }

    fn answering() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        (listener, address)
    }

    fn dial(addresses: &[SocketAddr]) -> Dial {
        Dial::start(NOW, addresses.to_vec(), LIMIT).unwrap()
    }

    #[test]
    fn silence_is_not_waited_for_and_ends_at_its_limit() {
        let (_sockets, address) = deaf();
        let mut dial = dial(&[address]);
        assert!(matches!(dial.poll(NOW), Dialed::Pending));
        assert_eq!(dial.deadline(), NOW + LIMIT);
        let Dialed::Failed(e) = dial.poll(dial.deadline()) else { panic!("not over") };
        assert_eq!(e.0[0].1.kind(), ErrorKind::TimedOut);
        assert_eq!(e.to_string(), format!("{address}: no answer"));
    }

    #[test]
    fn every_address_has_its_share_of_the_time() {
        let [(_one, first), (_two, second)] = [deaf(), deaf()];
        let (_listener, third) = answering();
        let mut dial = dial(&[first, second, third]);
        assert_eq!(dial.deadline(), NOW + LIMIT / 3);
        assert!(matches!(dial.poll(NOW + LIMIT / 3), Dialed::Redialed));
        assert_eq!(dial.deadline(), NOW + LIMIT / 3 * 2);
        assert!(matches!(dial.poll(NOW + LIMIT / 2), Dialed::Pending));
        assert!(matches!(dial.poll(NOW + LIMIT / 3 * 2), Dialed::Redialed));
        assert_eq!(dial.deadline(), NOW + LIMIT);
        assert_eq!(dial.into_stream().1, third);
    }

    #[test]
    fn a_dial_that_is_polled_too_late_ends_without_trying_the_others() {
        let (_sockets, silent) = deaf();
        let (_listener, other) = answering();
        let mut dial = dial(&[silent, other]);
        let Dialed::Failed(e) = dial.poll(NOW + LIMIT) else { panic!("not over") };
        assert_eq!(e.0.len(), 1);
    }

    #[test]
    fn without_an_address_there_is_nothing_to_wait_for() {
        let e = Dial::start(NOW, Vec::new(), LIMIT).unwrap_err();
        assert_eq!(e.to_string(), "no address to connect to");
    }
}
