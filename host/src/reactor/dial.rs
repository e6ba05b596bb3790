//! Non-blocking connect over several addresses.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;
use std::{error, fmt, mem, vec};

use mio::net::TcpStream;
use p2pm_core::time::Instant;

/// A connection attempt to a peer's addresses, one after the other, until one answers.
///
/// It takes a slot of the [`Reactor`](super::Reactor), as the connection does that it becomes: it is polled
/// when it is ready and at its deadline.
#[derive(Debug)]
pub struct Dial {
    attempt: Attempt,
    plan: Plan,
}

/// Result of polling a [`Dial`].
#[derive(Debug)]
pub enum Dialed {
    /// In progress: poll again when it is ready or at its deadline.
    Pending,
    /// One address failed and the next is tried: [watch](super::Reactor::watch) the new stream.
    Redialed,
    /// Connected: continue with [`Dial::into_stream`].
    Connected,
    /// Every address failed.
    Failed(DialError),
}

/// Why the dial failed: the error of each address, in the order of the attempts.
#[derive(Debug)]
pub struct DialError(pub Vec<(SocketAddr, io::Error)>);

/// Connection attempt to one address.
#[derive(Debug)]
struct Attempt {
    stream: TcpStream,
    address: SocketAddr,
    deadline: Instant,
}

/// What remains to be tried after a failure.
#[derive(Debug)]
struct Plan {
    ahead: vec::IntoIter<SocketAddr>,
    failures: Vec<(SocketAddr, io::Error)>,
    deadline: Instant,
}

impl Dial {
    /// Starts to connect to the first address. `limit` is for all together; each address gets an equal share
    /// of the time left, so that one that does not answer leaves time for the others.
    pub fn start(now: Instant, addresses: Vec<SocketAddr>, limit: Duration) -> Result<Self, DialError> {
        let mut plan = Plan { ahead: addresses.into_iter(), failures: Vec::new(), deadline: now + limit };
        match plan.next_attempt(now) {
            Some(attempt) => Ok(Self { attempt, plan }),
            None => Err(DialError(plan.failures)),
        }
    }

    /// Checks the attempt, and starts the next one if it has failed.
    pub fn poll(&mut self, now: Instant) -> Dialed {
        let failure = match self.attempt.is_connected() {
            Ok(true) => {
                // Without TCP_NODELAY frames may be late, which is no reason to fail.
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

    /// When to poll it even without an event.
    pub fn deadline(&self) -> Instant {
        self.attempt.deadline
    }

    /// The stream and its peer's address, once [connected](Dialed::Connected). Its registration is kept.
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
    /// Starts the next attempt that does not fail at once.
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

    use super::*;
    use crate::deaf::deaf;

    const LIMIT: Duration = Duration::from_mins(1);
    const NOW: Instant = Instant::from_millis(5000);

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
