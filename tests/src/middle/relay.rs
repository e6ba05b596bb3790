//! Somebody in the middle of a real connection on loopback.

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

/// Longer than anything that a program does about a peer that says nothing.
const PATIENCE: Duration = Duration::from_secs(90);

/// An address of this machine that nobody has connected from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source(pub Ipv4Addr);

impl Source {
    /// Another one. Whoever limits the guesses of an address has not heard of it.
    #[allow(clippy::new_without_default, reason = "no two are the same")]
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0x7F10_0000);
        Self(Ipv4Addr::from_bits(NEXT.fetch_add(1, Ordering::Relaxed)))
    }

    /// Connects from there.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn connect(self, to: SocketAddr) -> io::Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from((self.0, 0)).into())?;
        socket.set_tcp_nodelay(true)?;
        socket.connect(&to.into())?;
        Ok(socket.into())
    }
}

/// A port of its own that leads to another.
#[derive(Debug)]
pub struct Relay {
    listener: TcpListener,
    to: SocketAddr,
}

impl Relay {
    /// To this port of this machine.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn to(port: u16) -> io::Result<Self> {
        Self::between(Ipv4Addr::LOCALHOST, port)
    }

    /// From this address of this machine to that port.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn between(at: Ipv4Addr, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((at, 0))?;
        Ok(Self { listener, to: (Ipv4Addr::LOCALHOST, port).into() })
    }

    /// Where to connect.
    ///
    /// # Errors
    /// Whatever the system says.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Has `middle` deal with whoever connects next; what is relayed comes from `source`. It ends when both ends
    /// have dropped the connection, and gives `middle` back with all that it has seen.
    ///
    /// # Errors
    /// Whatever the system says.
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

/// Carries what this side sends until it says no more, and then tells the other.
fn carry(from: Side, mut streams: [&TcpStream; 2], middle: &Mutex<Middle>) {
    let mut source = streams[from as usize];
    let mut frame = EMPTY_FRAME;
    while source.read_exact(&mut frame).is_ok() {
        // Under the lock, so that nothing gets between what one deed hands out.
        let mut middle = middle.lock().unwrap_or_else(PoisonError::into_inner);
        for handed in middle.pass(from, &frame) {
            match handed {
                // Whoever has gone meanwhile does not read it.
                Handed::Bytes(to, bytes) => _ = streams[to as usize].write_all(&bytes),
                Handed::End => streams.iter().for_each(|stream| _ = stream.shutdown(Shutdown::Both)),
            }
        }
    }
    _ = streams[from.other() as usize].shutdown(Shutdown::Write);
}

/// Lets a party go on over a real connection until it has dropped it.
///
/// # Errors
/// Whatever the system says.
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
