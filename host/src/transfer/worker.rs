//! A thread that drives the connection of one transfer, from the dial to the end.

use std::io::{self, PipeReader, PipeWriter, Write, pipe};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::thread;

use p2pm_core::channel::{Acceptor, Ended, Machine};
use p2pm_core::drive::Pumped;
use p2pm_core::limits::CONNECT_TIMEOUT;
use p2pm_core::node::{Passage, TransferEnd, TransferKey};
use p2pm_core::suite::aead::Aead;
use p2pm_core::transfer::{
    Chain, Incoming, Opened, Outgoing, Receiver, ReceiverEvent, Sender, SenderEvent, Sink, Source, Ticket,
};
use p2pm_core::wire::{Cipher, Close};
use p2pm_posix::clock::Clock;

use super::line::{Line, entropy};
use crate::suite::Fast;

/// What crosses, and which way. It comes back at the end of the connection.
pub enum Cargo {
    /// A stream that is sent.
    Sent {
        /// Where it comes from.
        source: Box<dyn Source + Send>,
        /// What the receiver has proved to have.
        proved: Chain,
    },
    /// A stream that is received.
    Received {
        /// Where it goes to.
        sink: Box<dyn Sink + Send>,
        /// What it has.
        has: Chain,
    },
}

/// How the connection begins.
pub enum Begin {
    /// It is dialled.
    Dial(SocketAddr),
    /// It was accepted, and its Hello read.
    Accepted(TcpStream, Box<Acceptor>),
}

/// A connection to drive.
pub struct Worker {
    /// The transfer, and what opens its connection.
    pub passage: Passage,
    /// How the connection begins.
    pub begin: Begin,
    /// What crosses.
    pub cargo: Cargo,
    /// Length of the stream, in bytes.
    pub length: u64,
    /// The clock of whoever has accepted it.
    pub clock: Clock,
}

/// How a connection has ended.
pub struct Report {
    /// The transfer.
    pub key: TransferKey,
    /// How it goes on.
    pub end: TransferEnd,
    /// Why it has ended, in words, unless the stream is stored.
    pub why: String,
    /// What was crossing, to go on with.
    pub cargo: Cargo,
}

/// What others see of a worker, and ask of it.
pub struct Control {
    position: AtomicU64,
    asked: AtomicU8,
    woken: PipeReader,
    waker: PipeWriter,
}

const PAUSE: u8 = 1;
const CANCEL: u8 = 2;

impl Control {
    fn new() -> io::Result<Self> {
        let (woken, waker) = pipe()?;
        Ok(Self { position: AtomicU64::new(0), asked: AtomicU8::new(0), woken, waker })
    }

    /// Bytes of the stream that have crossed, those of earlier connections included.
    pub fn position(&self) -> u64 {
        self.position.load(Ordering::Relaxed)
    }

    /// Has the connection end, and go on later.
    pub fn pause(&self) {
        self.ask(PAUSE);
    }

    /// Has the connection end for good.
    pub fn cancel(&self) {
        self.ask(CANCEL);
    }

    fn ask(&self, what: u8) {
        self.asked.store(what, Ordering::Relaxed);
        // One byte for each request, of which there are few.
        let _ = (&self.waker).write(&[0]);
    }

    fn asked(&self) -> Option<Close> {
        match self.asked.load(Ordering::Relaxed) {
            PAUSE => Some(Close::Paused),
            CANCEL => Some(Close::Cancelled),
            _ => None,
        }
    }

    /// Is readable once something is asked; `None` then, since it stays so.
    pub(super) fn woken(&self) -> Option<BorrowedFd<'_>> {
        self.asked().is_none().then(|| self.woken.as_fd())
    }
}

/// How a machine has come to its end.
enum Outcome {
    Stored,
    Ended(Ended),
    /// There was no connection.
    Unconnected(io::Error),
}

impl Worker {
    /// Drives the connection in a thread, which reports in the end.
    pub fn start(self, report: impl FnOnce(Report) + Send + 'static) -> io::Result<Arc<Control>> {
        let control = Arc::new(Control::new()?);
        let seen = Arc::clone(&control);
        thread::Builder::new().name("transfer".into()).spawn(move || report(self.run(&control)))?;
        Ok(seen)
    }

    fn run(self, control: &Control) -> Report {
        let Self { passage: Passage { key, ticket, cipher }, begin, mut cargo, length, clock } = self;
        let before = cargo.position();
        control.position.store(before, Ordering::Relaxed);
        let outcome = connect(begin).and_then(|begun| {
            let (stream, acceptor) = begun;
            let mut line = Line::new(stream, ticket.frame_len.bytes(), clock, control)?;
            match cipher {
                Cipher::ChaCha20Poly1305 => cross::<Fast>(&mut line, acceptor, &ticket, &mut cargo, length),
                #[cfg(feature = "ring")]
                Cipher::Aes256Gcm => {
                    cross::<crate::suite::Aes>(&mut line, acceptor, &ticket, &mut cargo, length)
                }
                // It was not offered.
                #[cfg(not(feature = "ring"))]
                Cipher::Aes256Gcm => Err(io::ErrorKind::Unsupported.into()),
            }
        });
        let outcome = outcome.unwrap_or_else(Outcome::Unconnected);
        let is_further = control.position() > before;
        let (end, why) = outcome.judge(matches!(cargo, Cargo::Sent { .. }), is_further);
        Report { key, end, why, cargo }
    }
}

impl Cargo {
    fn position(&self) -> u64 {
        match self {
            Self::Sent { proved, .. } => proved.length(),
            Self::Received { has, .. } => has.length(),
        }
    }
}

impl Outcome {
    /// How the transfer goes on, and why the connection has ended.
    fn judge(self, is_sent: bool, is_further: bool) -> (TransferEnd, String) {
        let cut = TransferEnd::Cut { is_further };
        match self {
            Self::Stored => (TransferEnd::Stored, String::new()),
            Self::Unconnected(error) => (cut, error.to_string()),
            Self::Ended(ended) => {
                let end = match ended {
                    Ended::ByUs(Close::Paused | Close::NoSpace)
                    | Ended::ByPeer(Close::Paused | Close::NoSpace) => TransferEnd::Paused,
                    Ended::ByUs(Close::Changed | Close::Failed | Close::Cancelled | Close::Fault(_)) => {
                        TransferEnd::GivenUp
                    }
                    // Whoever sends it knows whether it makes sense to go on.
                    Ended::ByPeer(Close::Failed | Close::Cancelled | Close::Fault(_)) if is_sent => {
                        TransferEnd::GivenUp
                    }
                    _ => cut,
                };
                (end, ended.reason().to_string())
            }
        }
    }
}

/// The connection, with the acceptor that has read its Hello if it was not dialled.
fn connect(begin: Begin) -> io::Result<(TcpStream, Option<Box<Acceptor>>)> {
    match begin {
        Begin::Dial(address) => Ok((TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?, None)),
        Begin::Accepted(stream, acceptor) => Ok((stream, Some(acceptor))),
    }
}

fn cross<A: Aead>(
    line: &mut Line<'_>,
    acceptor: Option<Box<Acceptor>>,
    ticket: &Ticket,
    cargo: &mut Cargo,
    length: u64,
) -> io::Result<Outcome> {
    let opened = match acceptor {
        None => dial::<A>(line, ticket)?,
        Some(acceptor) => accept::<A>(line, *acceptor, ticket)?,
    };
    let opened = match opened {
        Ok(opened) => opened,
        Err(ended) => return Ok(Outcome::Ended(ended)),
    };
    line.lengthen(ticket);
    match cargo {
        Cargo::Sent { source, proved } => {
            let mut sender = Sender::new(opened, length, proved.clone());
            let outcome = send(line, &mut sender, source.as_mut());
            *proved = sender.into_proved();
            outcome
        }
        Cargo::Received { sink, has } => {
            let mut receiver = Receiver::new(opened, length, has.clone());
            let outcome = receive(line, &mut receiver, sink.as_mut());
            *has = receiver.into_chain();
            outcome
        }
    }
}

fn dial<A: Aead>(line: &mut Line<'_>, ticket: &Ticket) -> io::Result<Result<Opened<A>, Ended>> {
    let mut outgoing = Outgoing::<A>::new(line.clock.now(), ticket, entropy()?);
    loop {
        if let Some(ended) = shake(line, &mut outgoing)? {
            return Ok(Err(ended));
        }
        if outgoing.is_authenticated() && line.is_idle() {
            return Ok(outgoing.into_opened().map_err(|_| Ended::Lost));
        }
    }
}

fn accept<A: Aead>(
    line: &mut Line<'_>,
    acceptor: Acceptor,
    ticket: &Ticket,
) -> io::Result<Result<Opened<A>, Ended>> {
    let Ok((mut incoming, ended)) = Incoming::<A>::of_acceptor(acceptor, line.clock.now(), ticket) else {
        return Ok(Err(Ended::Lost));
    };
    if let Some(ended) = ended {
        return Ok(Err(ended));
    }
    loop {
        if let Some(ended) = shake(line, &mut incoming)? {
            return Ok(Err(ended));
        }
        if incoming.is_authenticated() && line.is_idle() {
            return Ok(incoming.into_opened().map_err(|_| Ended::Lost));
        }
    }
}

/// Goes on with a handshake; returns how it ended if it has failed.
fn shake<M>(line: &mut Line<'_>, machine: &mut M) -> io::Result<Option<Ended>>
where
    M: for<'f> Machine<Event<'f> = Ended>,
{
    match line.pump(machine, |ended| ended) {
        Pumped::Event(ended) => Ok(Some(ended)),
        Pumped::Closed => Ok(Some(Ended::Lost)),
        Pumped::Again => Ok(None),
        Pumped::Blocked => line.wait(machine).map(|()| None),
    }
}

fn send<A: Aead>(
    line: &mut Line<'_>,
    sender: &mut Sender<A>,
    source: &mut (dyn Source + Send + 'static),
) -> io::Result<Outcome> {
    let mut outcome = None;
    loop {
        let mut machine = sender.at(source);
        if let Some(reason) = line.control.asked().filter(|_| outcome.is_none()) {
            let event = machine.close(line.clock.now(), reason);
            outcome = event.map(|_| Outcome::Ended(Ended::ByUs(reason)));
        }
        match line.pump(&mut machine, |event| event) {
            // What is told first counts; the connection is driven until the other end can know.
            Pumped::Event(SenderEvent::Stored) => outcome = Some(Outcome::Stored),
            Pumped::Event(SenderEvent::Ended(ended)) => outcome = outcome.or(Some(Outcome::Ended(ended))),
            Pumped::Closed => return Ok(outcome.unwrap_or(Outcome::Ended(Ended::Lost))),
            Pumped::Again => {}
            Pumped::Blocked => line.wait(&machine)?,
        }
        if sender.is_sending() {
            line.control.position.store(sender.position(), Ordering::Relaxed);
        }
    }
}

fn receive<A: Aead>(
    line: &mut Line<'_>,
    receiver: &mut Receiver<A>,
    sink: &mut (dyn Sink + Send + 'static),
) -> io::Result<Outcome> {
    let mut outcome = None;
    loop {
        let mut machine = receiver.at(sink);
        if let Some(reason) = line.control.asked().filter(|_| outcome.is_none()) {
            let event = machine.close(line.clock.now(), reason);
            outcome = event.map(|_| Outcome::Ended(Ended::ByUs(reason)));
        }
        match line.pump(&mut machine, |event| event) {
            Pumped::Event(ReceiverEvent::Stored) => outcome = Some(Outcome::Stored),
            Pumped::Event(ReceiverEvent::Ended(ended)) => outcome = outcome.or(Some(Outcome::Ended(ended))),
            Pumped::Closed => return Ok(outcome.unwrap_or(Outcome::Ended(Ended::Lost))),
            Pumped::Event(ReceiverEvent::Differed) | Pumped::Again => {}
            Pumped::Blocked => line.wait(&machine)?,
        }
        if receiver.is_receiving() {
            line.control.position.store(receiver.position(), Ordering::Relaxed);
        }
    }
}
