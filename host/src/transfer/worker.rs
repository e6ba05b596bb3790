//! A thread that drives the connection of one transfer, from the dial to the end.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use p2pm_core::channel::{Acceptor, Ended};
use p2pm_core::limits::CONNECT_TIMEOUT;
use p2pm_core::node::{KeptGoods, Passage, TransferEnd, TransferKey};
use p2pm_core::suite::aead::Aead;
use p2pm_core::transfer::{Chain, Mark, Opened, Receiver, Sender, Sink, Ticket};
use p2pm_core::wire::{Cipher, Close, Goods};
use p2pm_posix::clock::Clock;

use super::control::Control;
use super::crossing::{Crossing, cross};
use super::disk::{self, Inbox, OfferedSource, Origin, Trouble, confine};
use super::line::Line;
use super::opening::open;
use crate::suite::{Best, Fast};

/// What crosses, and which way. It comes back at the end of the connection.
#[derive(Debug)]
pub enum Cargo {
    /// A stream that is sent.
    Sent {
        /// Where it comes from.
        source: OfferedSource,
        /// What the receiver has proved to have.
        proved: Chain,
    },
    /// A stream that is received.
    Received {
        /// Where to put it.
        inbox: Arc<Inbox>,
        /// Which offer it is of.
        origin: Origin,
        /// What it is.
        goods: Box<KeptGoods>,
        /// What there is of it, once that is open.
        begun: Option<Begun>,
        /// Why it could not be opened.
        refused: Option<Trouble>,
    },
}

/// A stream that is received, and what there is of it.
pub type Begun = (disk::Incoming, Chain);

/// How the connection begins.
pub enum Begin {
    /// It is dialled.
    Dial(SocketAddr),
    /// It was accepted, and its Hello read.
    Accepted(TcpStream, Box<Acceptor>),
}

/// A connection to drive.
pub struct Worker {
    /// What opens the connection.
    pub passage: Passage,
    /// What crosses.
    pub goods: KeptGoods,
    /// How the connection begins.
    pub begin: Begin,
    /// Where it comes from, or goes to.
    pub cargo: Cargo,
    /// The clock of whoever has accepted it.
    pub clock: Clock,
}

/// How a connection has ended.
#[derive(Debug)]
pub struct Report {
    /// The transfer.
    pub key: TransferKey,
    /// How it goes on.
    pub end: TransferEnd,
    /// Why, in words, unless the stream is stored.
    pub why: String,
    /// Whether there is no space for it at this end.
    pub lacks_space: bool,
    /// What was crossing, to go on with.
    pub cargo: Cargo,
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
        let Self { passage: Passage { key, ticket, cipher }, goods, begin, mut cargo, clock } = self;
        let before = cargo.position();
        control.moved_to(before);
        let outcome = connect(begin).and_then(|(stream, acceptor)| {
            let mut line = Line::new(stream, ticket.frame_len.bytes(), clock, control)?;
            match cipher {
                Cipher::ChaCha20Poly1305 => {
                    carry::<Fast>(&mut line, acceptor, &ticket, &goods.goods(), &mut cargo)
                }
                Cipher::Aes256Gcm => carry::<Best>(&mut line, acceptor, &ticket, &goods.goods(), &mut cargo),
            }
        });
        let is_further = control.position() > before;
        let lacks_space = matches!(outcome, Ok(Some(Ended::ByUs(Close::NoSpace))));
        let (end, why) = match outcome {
            Ok(None) => (TransferEnd::Stored, String::new()),
            Ok(Some(ended)) => (TransferEnd::after(ended, is_further), ended.reason().to_string()),
            Err(error) => (TransferEnd::Cut { is_further }, error.to_string()),
        };
        let why = cargo.trouble().unwrap_or(why);
        Report { key, end, why, lacks_space, cargo }
    }
}

impl Cargo {
    /// Bytes that have crossed.
    fn position(&self) -> u64 {
        match self {
            Self::Sent { proved, .. } => proved.length(),
            Self::Received { begun, .. } => begun.as_ref().map_or(0, |(_, has)| has.length()),
        }
    }

    /// Where what was received is, once it is whole.
    pub fn path(&self) -> Option<PathBuf> {
        match self {
            Self::Received { begun: Some((incoming, _)), .. } => incoming.path().map(Path::to_owned),
            Self::Received { .. } | Self::Sent { .. } => None,
        }
    }

    /// Removes what there is of a stream that is received no more: its place at once, so that the same is asked for again, and
    /// what has come of it in a thread, since a folder may be large.
    pub fn discard(self) {
        if let Self::Received { inbox, origin, goods, begun, .. } = self {
            // Its place is free then.
            drop(begun);
            if let Ok(remains) = inbox.discard(&origin, &goods.goods()) {
                // What cannot be removed is found by its user.
                let _ = thread::Builder::new().name("discard".into()).spawn(move || remains.remove());
            }
        }
    }

    /// Whether so many bytes more can be received.
    pub fn has_space(&self, bytes: u64) -> bool {
        match self {
            Self::Received { inbox, .. } => inbox.free().is_ok_and(|free| free >= bytes),
            Self::Sent { .. } => true,
        }
    }

    /// What went wrong with a file of ours.
    fn trouble(&self) -> Option<String> {
        let trouble = match self {
            Self::Sent { source, .. } => source.trouble(),
            Self::Received { begun, refused, .. } => {
                begun.as_ref().and_then(|(incoming, _)| incoming.trouble()).or(refused.as_ref())
            }
        };
        trouble.map(Trouble::to_string)
    }
}

/// The connection, with the acceptor that has read its Hello if it was not dialled.
fn connect(begin: Begin) -> io::Result<(TcpStream, Option<Box<Acceptor>>)> {
    match begin {
        Begin::Dial(address) => Ok((TcpStream::connect_timeout(&address, CONNECT_TIMEOUT)?, None)),
        Begin::Accepted(stream, acceptor) => Ok((stream, Some(acceptor))),
    }
}

/// Carries a stream over a connection. `None` if it is stored, and otherwise how the connection has ended.
fn carry<A: Aead>(
    line: &mut Line<'_>,
    acceptor: Option<Box<Acceptor>>,
    ticket: &Ticket,
    goods: &Goods<'_>,
    cargo: &mut Cargo,
) -> io::Result<Option<Ended>> {
    let opened = match open::<A>(line, acceptor, ticket)? {
        Ok(opened) => opened,
        Err(ended) => return Ok(Some(ended)),
    };
    let length = goods.length;
    match cargo {
        Cargo::Sent { source, proved } => {
            let mut sender = Sender::new(line.now(), opened, length, proved.clone());
            let ended = cross(line, &mut sender.at(source));
            *proved = sender.into_proved();
            ended
        }
        Cargo::Received { inbox, origin, begun, refused, .. } => {
            // This thread writes there, and nowhere else.
            confine(inbox);
            // What went wrong last time is opened anew.
            *refused = None;
            begun.take_if(|(incoming, _)| incoming.trouble().is_some());
            let (incoming, has) = match begun.take().map_or_else(|| inbox.begin(origin, goods), Ok) {
                Ok(opened) => begun.insert(opened),
                Err(trouble) => return refuse(line, opened, refused.insert(trouble).close()),
            };
            let mut receiver = Receiver::new(opened, length, has.clone());
            let ended = cross(line, &mut receiver.at(incoming));
            *has = receiver.into_chain();
            ended
        }
    }
}

/// Closes the connection of a stream that cannot be received.
fn refuse<A: Aead>(line: &mut Line<'_>, opened: Opened<A>, reason: Close) -> io::Result<Option<Ended>> {
    let (mut receiver, mut nowhere) = (Receiver::new(opened, 0, Chain::default()), Nowhere);
    let mut machine = receiver.at(&mut nowhere);
    Crossing::close(&mut machine, line.now(), reason);
    cross(line, &mut machine)?;
    Ok(Some(Ended::ByUs(reason)))
}

/// Takes nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn write(&mut self, _: &[u8]) -> Result<(), Close> {
        Err(Close::Failed)
    }

    fn mark(&mut self, _: Mark) -> Result<(), Close> {
        Err(Close::Failed)
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        Err(Close::Failed)
    }

    fn finish(&mut self) -> Result<(), Close> {
        Err(Close::Failed)
    }
}
