//! A thread that drives the connection of one transfer, from the dial to the end.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use p2pm_core::channel::{Acceptor, Ended};
use p2pm_core::limits::CONNECT_TIMEOUT;
use p2pm_core::node::{KeptGoods, Passage, TransferEnd};
use p2pm_core::suite::aead::Aead;
use p2pm_core::transfer::{Chain, Mark, Opened, Receiver, Sender, Sink, Ticket};
use p2pm_core::wire::{Cipher, Close, Goods};
use p2pm_posix::clock::Clock;

use super::control::Control;
use super::crossing::{Crossing, cross};
use super::disk::{self, Already, Inbox, OfferedSource, Origin, Trouble, Untold, confine};
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
        /// Folder to put it into.
        into: PathBuf,
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

/// How far the threads of transfers give way: messages cross while files do.
const NICENESS: i32 = 10;

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
    /// How the transfer goes on.
    pub end: TransferEnd,
    /// Why, in words, unless the stream is stored.
    pub why: String,
    /// Whether there is no space for it at this end.
    pub lacks_space: bool,
    /// Whether the user of either end has it wait.
    pub is_paused: bool,
    /// What was crossing, to go on with.
    pub cargo: Cargo,
}

impl Worker {
    /// Drives the connection in a thread, which reports in the end, whatever happens in it.
    pub fn start(self, report: impl FnOnce(Report) + Send + 'static) -> io::Result<Arc<Control>> {
        let control = Arc::new(Control::new()?);
        let seen = Arc::clone(&control);
        let Self { passage, goods, begin, cargo, clock } = self;
        let run = move |report: &mut Report| run(&passage, &goods.goods(), begin, report, clock, &control);
        thread::Builder::new().name("transfer".into()).spawn(move || {
            let _ = rustix::process::nice(NICENESS);
            reporting(cargo, report, run);
        })?;
        Ok(seen)
    }
}

/// Runs something with a cargo, and reports, also if it panics: then the transfer is given up.
fn reporting(cargo: Cargo, report: impl FnOnce(Report), run: impl FnOnce(&mut Report)) {
    struct Reporting<F: FnOnce(Report)>(Option<(F, Report)>);
    impl<F: FnOnce(Report)> Drop for Reporting<F> {
        fn drop(&mut self) {
            if let Some((tell, report)) = self.0.take() {
                tell(report);
            }
        }
    }
    let why = "this program has failed at it".to_owned();
    let failed = Report { end: TransferEnd::GivenUp, why, lacks_space: false, is_paused: false, cargo };
    let mut reporting = Reporting(Some((report, failed)));
    if let Some((_, report)) = &mut reporting.0 {
        run(report);
        report.cargo.rest();
    }
}

/// Drives a connection from its beginning to its end, and says how it has ended.
fn run(
    passage: &Passage,
    goods: &Goods<'_>,
    begin: Begin,
    report: &mut Report,
    clock: Clock,
    control: &Control,
) {
    let Passage { ticket, cipher, .. } = passage;
    let cargo = &mut report.cargo;
    let before = cargo.position();
    control.moved_to(before);
    let outcome = connect(begin).and_then(|(stream, acceptor)| {
        let mut line = Line::new(stream, ticket.frame_len.bytes(), clock, control)?;
        match cipher {
            Cipher::ChaCha20Poly1305 => carry::<Fast>(&mut line, acceptor, ticket, goods, cargo),
            Cipher::Aes256Gcm => carry::<Best>(&mut line, acceptor, ticket, goods, cargo),
        }
    });
    // What was sent may not have arrived: what the receiver has shows at the next connection.
    let is_further = cargo.position() > before;
    // One that only says that it waits has found out what there is.
    control.moved_to(cargo.position().max(control.position()));
    report.lacks_space = matches!(outcome, Ok(Some(Ended::ByUs(Close::NoSpace))));
    let is_paused = matches!(outcome, Ok(Some(Ended::ByUs(Close::Paused) | Ended::ByPeer(Close::Paused))));
    // A folder that is gone pauses, too, until it is back.
    report.is_paused = is_paused && cargo.trouble().is_none();
    let (end, why) = match outcome {
        Ok(None) => (TransferEnd::Stored, String::new()),
        Ok(Some(ended)) => (TransferEnd::after(ended, is_further), ended.reason().to_string()),
        Err(error) => (TransferEnd::Cut { is_further }, error.to_string()),
    };
    (report.end, report.why) = (end, cargo.trouble().unwrap_or(why));
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
        let Self::Received { into, origin, goods, begun, .. } = self else { return };
        let remains = match begun {
            Some((incoming, _)) => incoming.discard(),
            None => Inbox::open(&into).and_then(|inbox| inbox.discard(&origin, &goods.goods())),
        };
        if let Ok(remains) = remains {
            // What cannot be removed is when a node starts again.
            let _ = thread::Builder::new().name("discard".into()).spawn(move || remains.remove());
        }
    }

    /// Closes the file or folder that is sent while nothing is read of it.
    fn rest(&mut self) {
        if let Self::Sent { source, .. } = self {
            source.close();
        }
    }

    /// Makes a place for a stream that is received, if there is space, unless it is whole there.
    pub fn reserve(&self) -> Result<Already, Trouble> {
        let Self::Received { into, origin, goods, .. } = self else { return Ok(Already::Begun) };
        let (inbox, goods) = (Inbox::open(into)?, goods.goods());
        let already = inbox.already(origin, &goods);
        if already == Some(Already::Whole) {
            return Ok(Already::Whole);
        }
        let (needed, free) = (goods.length, inbox.free()?);
        // What there is of it already needs no space. How much that is shows when it begins.
        if needed > free && already.is_none() {
            return Err(Trouble::NoSpace { needed, free });
        }
        inbox.reserve(origin, &goods)?;
        Ok(if already == Some(Already::Paused) { Already::Paused } else { Already::Begun })
    }

    /// The same for a stream that has begun.
    pub fn reserve_again(&self) -> Result<Already, Trouble> {
        let Self::Received { into, origin, goods, .. } = self else { return Ok(Already::Begun) };
        Inbox::open(into)?.check_begun(origin, &goods.goods())?;
        self.reserve()
    }

    /// What is received, if it is whole and the user may not know of it.
    pub fn untold(&self) -> Option<Untold> {
        let Self::Received { into, origin, goods, .. } = self else { return None };
        Inbox::open(into).ok()?.untold(origin, &goods.goods())
    }

    /// What is open of a stream that is received, to be closed. What has come of a folder since its state was saved comes
    /// again.
    pub fn take_open(&mut self) -> Option<Begun> {
        match self {
            Self::Received { begun, .. } => begun.take(),
            Self::Sent { .. } => None,
        }
    }

    /// Whether anything of it is open while it waits.
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Received { begun: Some(_), .. })
    }

    /// Folder that it is put into, if it is received.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Received { into, .. } => Some(into),
            Self::Sent { .. } => None,
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
        Cargo::Received { into, origin, begun, refused, .. } => {
            // What went wrong last time is opened anew.
            *refused = None;
            begun.take_if(|(incoming, _)| incoming.trouble().is_some());
            let opened_again = Inbox::open(into).and_then(|inbox| {
                // This thread writes there, and nowhere else.
                confine(&inbox);
                begun.take().map_or_else(|| inbox.begin(origin, goods), Ok)
            });
            let (incoming, has) = match opened_again {
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

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use p2pm_core::limits::KEY_LEN;
    use p2pm_core::transfer::Source;
    use p2pm_core::wire::{PublicKey, TransferId};

    use super::*;
    use crate::transfer::disk::Offered;

    #[test]
    fn what_is_whole_in_the_folder_that_it_is_taken_into_gets_no_place() {
        let dir = tempfile::TempDir::new().unwrap();
        let (file, into) = (dir.path().join("a"), dir.path().join("inbox"));
        std::fs::write(&file, "text").unwrap();
        let offered = Offered::prepare(&file).unwrap();
        let goods = Box::new(KeptGoods::from(&offered.goods()));
        let origin = Origin { sender: PublicKey([1; KEY_LEN]), id: TransferId([1; 8]) };
        let cargo =
            Cargo::Received { into: into.clone(), origin, goods: goods.clone(), begun: None, refused: None };
        for _ in 0..2 {
            assert_eq!(cargo.reserve().unwrap(), Already::Begun);
        }
        let (mut incoming, _) = Inbox::open(&into).unwrap().begin(&origin, &goods.goods()).unwrap();
        let mut bytes = [0; 4];
        assert_eq!(offered.source().read(&mut bytes), Ok(4));
        incoming.write(&bytes).unwrap();
        incoming.finish().unwrap();
        assert_eq!(cargo.reserve().unwrap(), Already::Whole);
        assert!(!Inbox::open(&into).unwrap().has_begun(&origin, &goods.goods()));
    }

    #[test]
    fn a_thread_that_panics_reports_that_it_has_failed() {
        let dir = tempfile::TempDir::new().unwrap();
        let file = dir.path().join("a");
        std::fs::write(&file, "text").unwrap();
        let source = Offered::prepare(&file).unwrap().source();
        let cargo = Cargo::Sent { source, proved: Chain::default() };
        let (told, reports) = channel();
        let run = move || reporting(cargo, |report| told.send(report).unwrap(), |_| panic!("by intention"));
        assert!(thread::spawn(run).join().is_err());
        let report = reports.recv().unwrap();
        assert_eq!(
            (report.end, report.why.as_str()),
            (TransferEnd::GivenUp, "this program has failed at it")
        );
    }
}
