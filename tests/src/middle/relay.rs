//! Attacker in the middle of a real connection on loopback.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use p2pm_core::wire::EMPTY_FRAME;
use p2pm_host::reactor::transport::StdTransport;
use p2pm_host::wait::Waiter;
use p2pm_posix::clock::Clock;
use socket2::{Domain, Socket, Type};

use super::{Handed, Middle, Party, Side};

/// Longer than any timeout of a program.
const PATIENCE: Duration = Duration::from_secs(90);

/// A loopback address that no connection has come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source(pub Ipv4Addr);

impl Source {
    /// A new address, which no rate limit on guesses knows.
    #[allow(clippy::new_without_default, reason = "no two are the same")]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0x7F10_0000);
        Self(Ipv4Addr::from_bits(NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// Connects from this address.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn connect(self, to: SocketAddr) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((self.0, 0)).into())?;
        socket.set_tcp_nodelay(true)?;
        socket.connect(&to.into())?;
        Ok(socket.into())
    }
}

/// A listening port that is relayed to another one.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    to: SocketAddr,
}

impl Relay {
    /// To this port of this machine.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn to(port: u16) -> io::Result<Self> {
        Self::between(Ipv4Addr::LOCALHOST, port)
    }

    /// From this address of this machine to that port.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn between(at: Ipv4Addr, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((at, 0))?;
        Ok(Self { listener, to: (Ipv4Addr::LOCALHOST, port).into() })
    }

    /// Address to connect to.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Relays the next connection through `middle`, and on from `source`. It ends when both ends have dropped
    /// the connection, and returns `middle` with the frames that it has seen.
    ///
    /// # Errors
    ///
    /// An error of the system.
    pub fn admit(&self, middle: Middle, source: Source) -> io::Result<JoinHandle<io::Result<Middle>>> {
        let (listener, to) = (self.listener.try_clone()?, self.to);
        Ok(thread::spawn(move || {
            let (initiator, _) = listener.accept()?;
            let responder = source.connect(to)?;
            let streams = [&initiator, &responder];
            for stream in streams {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
            }
            let middle = Mutex::new(middle);
            thread::scope(|scope| {
                scope.spawn(|| carry(Side::Responder, streams, &middle));
                carry(Side::Initiator, streams, &middle);
            });
            Ok(middle.into_inner().unwrap_or_else(PoisonError::into_inner))
        }))
    }
}

/// Carries the frames of this side until its end, and forwards that.
fn carry(from: Side, mut streams: [&TcpStream; 2], middle: &Mutex<Middle>) {
    let mut source = streams[from as usize];
    let mut frame = EMPTY_FRAME;
    while source.read_exact(&mut frame).is_ok() {
        // Locked, so that the output for one frame stays together.
        let mut middle = middle.lock().unwrap_or_else(PoisonError::into_inner);
        for handed in middle.pass(from, &frame) {
            match handed {
                // A side that has hung up does not read it.
                Handed::Bytes(to, bytes) => _ = streams[to as usize].write_all(&bytes),
                Handed::End => streams.iter().for_each(|stream| _ = stream.shutdown(Shutdown::Both)),
            }
        }
    }
    _ = streams[from.other() as usize].shutdown(Shutdown::Write);
}

/// Polls a party over a real connection until it has dropped it.
///
/// # Errors
///
/// An error of the system.
pub fn converse(party: &mut impl Party, stream: TcpStream, clock: Clock) -> io::Result<()> {
    stream.set_nonblocking(true)?;
    let mut stream = StdTransport(stream);
    while let Some(wish) = party.poll(&mut stream, clock.now()) {
        let mut waiter = Waiter::new();
        if wish.interest.readable {
            waiter.read(stream.0.as_fd());
        }
        if wish.interest.writable {
            waiter.write(stream.0.as_fd());
        }
        waiter.wait(clock.until(wish.deadline))?;
    }
    Ok(())
}
