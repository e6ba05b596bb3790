//! Non-blocking connect: name resolution and connection attempts in threads.

use std::fmt;
use std::io::{self, PipeReader};
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use p2pm_core::limits::CONNECT_TIMEOUT;
use p2pm_core::time::Instant;

use crate::config::address::Address;
use crate::config::resolve::resolve;
use crate::reactor::dial::DialError;
use crate::triad::net::{Socket, Stack, connect};
use crate::triad::shell::Background;
use crate::wait::Waiter;
use p2pm_posix::signals::leave_job_control_to_others;

/// Delay before the next address is tried in parallel (RFC 8305 §5, "Connection Attempt Delay").
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// A connection attempt with a time limit of [`CONNECT_TIMEOUT`], name resolution included.
///
/// If it is dropped, its threads go on until the system gives up, and their result is discarded.
#[derive(Debug)]
pub struct HostDial {
    outcome: Receiver<Result<Socket, HostDialError>>,
    /// Closed by the thread that sends the outcome.
    running: PipeReader,
    deadline: Instant,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum HostDialError {
    /// The name has no address.
    Unknown(io::Error),
    /// Every address failed; there is at least one.
    Failed(DialError),
    /// The time limit has passed.
    TimedOut,
}

impl HostDial {
    /// Starts to connect to the first address of the host that answers.
    ///
    /// Fails if no thread can be started.
    pub fn start(to: Address, now: Instant) -> io::Result<Self> {
        let (running, done) = io::pipe()?;
        let (sender, outcome) = channel();
        thread::Builder::new().name("dial".into()).spawn(move || {
            leave_signals();
            // The receiver may be gone.
            let _ = sender.send(dial(&to));
            drop(done);
        })?;
        Ok(Self { outcome, running, deadline: now + CONNECT_TIMEOUT })
    }
}

impl Background for HostDial {
    type Event = Result<Socket, HostDialError>;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        waiter.read(self.running.as_fd());
    }

    fn deadline(&mut self) -> Option<Instant> {
        Some(self.deadline)
    }

    fn poll(&mut self, _stack: &mut Stack, now: Instant) -> Option<Self::Event> {
        match self.outcome.try_recv() {
            Ok(outcome) => Some(outcome),
            Err(TryRecvError::Empty) => (now >= self.deadline).then_some(Err(HostDialError::TimedOut)),
            Err(TryRecvError::Disconnected) => Some(Err(HostDialError::TimedOut)),
        }
    }

    fn is_over(&mut self) -> bool {
        true
    }
}

impl fmt::Display for HostDialError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(error) => write!(f, "no known host: {error}"),
            Self::Failed(DialError(attempts)) if attempts.len() == 1 => attempts[0].1.fmt(f),
            Self::Failed(error) => error.fmt(f),
            Self::TimedOut => f.write_str("no answer"),
        }
    }
}

impl std::error::Error for HostDialError {}

/// Blocks for slightly more than [`CONNECT_TIMEOUT`], and for name resolution without limit.
fn dial(to: &Address) -> Result<Socket, HostDialError> {
    let mut waiting = resolve(&to.host, to.port.get()).map_err(HostDialError::Unknown)?.into_iter();
    let (sender, outcomes) = channel();
    let mut running = 0;
    let mut failures = Vec::new();
    loop {
        match waiting.next().map(|address| (address, attempt(address, sender.clone()))) {
            Some((_, Ok(()))) => running += 1,
            Some((address, Err(error))) => failures.push((address, error)),
            None if running == 0 => return Err(HostDialError::Failed(DialError(failures))),
            None => {}
        }
        if running == 0 {
            continue;
        }
        let is_last = waiting.as_slice().is_empty();
        match outcomes.recv_timeout(if is_last { CONNECT_TIMEOUT } else { ATTEMPT_DELAY }) {
            Ok((_, Ok(socket))) => return Ok(socket),
            Ok((address, Err(error))) => {
                running -= 1;
                failures.push((address, error));
            }
            Err(_) if is_last => return Err(HostDialError::TimedOut),
            Err(_) => {}
        }
    }
}

type Attempt = (SocketAddr, io::Result<Socket>);

/// Tries one address in a thread of its own.
fn attempt(address: SocketAddr, outcome: Sender<Attempt>) -> io::Result<()> {
    thread::Builder::new().name("connect".into()).spawn(move || {
        leave_signals();
        // The receiver is gone once another address has answered.
        let _ = outcome.send((address, connect(address)));
    })?;
    Ok(())
}

/// An abandoned attempt may still run while a password prompt has signals blocked.
fn leave_signals() {
    // Fails only for an invalid set of signals.
    let _ = leave_job_control_to_others();
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use socket2::{Domain, Socket as RawSocket, Type};

    use super::*;
    use crate::deaf::deaf;

    const LONG: Duration = Duration::from_mins(1);

    fn local(port: u16) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, port).into()
    }

    fn address(of: SocketAddr) -> Address {
        of.to_string().parse().unwrap()
    }

    /// The outcome, as seen long before the time limit.
    fn outcome(dial: &mut HostDial, start: Instant) -> Result<Socket, HostDialError> {
        let mut waiter = Waiter::new();
        dial.wait_for(&mut waiter);
        assert!(!waiter.wait(Some(LONG)).unwrap().is_empty());
        dial.poll(&mut Stack::default(), start).unwrap()
    }

    #[test]
    fn a_closed_port_is_told_at_once() {
        // Bound, so that no other process takes the port, but not listening.
        let socket = RawSocket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&local(0).into()).unwrap();
        let closed = socket.local_addr().unwrap().as_socket().unwrap();
        let start = Instant::default();
        let mut dial = HostDial::start(address(closed), start).unwrap();
        let error = outcome(&mut dial, start).err().unwrap();
        assert!(error.to_string().starts_with("Connection refused"), "{error}");
    }

    #[test]
    fn an_open_port_is_connected_to() {
        let listener = std::net::TcpListener::bind(local(0)).unwrap();
        let start = Instant::default();
        let mut dial = HostDial::start(address(listener.local_addr().unwrap()), start).unwrap();
        assert!(outcome(&mut dial, start).unwrap().is_local().unwrap());
    }

    #[test]
    fn connecting_ends_at_its_limit_and_not_before() {
        let (_sockets, to) = deaf();
        let start = Instant::default();
        let mut stack = Stack::default();
        let mut dial = HostDial::start(address(to), start).unwrap();
        assert_eq!(dial.deadline(), Some(start + CONNECT_TIMEOUT));
        assert!(dial.poll(&mut stack, start).is_none());
        assert!(matches!(dial.poll(&mut stack, start + CONNECT_TIMEOUT), Some(Err(HostDialError::TimedOut))));
    }
}
