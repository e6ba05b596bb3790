//! The files of a node: what was offered, and the threads that carry them.

mod disk;
mod entry;
mod errand;
mod orders;
mod pause;
mod workers;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use p2pm_core::channel::Asked;
use p2pm_core::node::{ContactId, Passage, TransferEnd, TransferKey, TransferNews};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Endpoint, PublicKey, Refusal, Service};

use self::disk::Disk;
pub(super) use self::entry::Taker;
use self::entry::{Entry, Freight, Search};
pub(super) use self::errand::Done;
use self::errand::{Errand, Outcome};
pub(super) use self::workers::WORKERS_MAX;
use self::workers::Workers;
use super::connection::{Connection, Peer};
use super::news::FileState;
use super::reports::{Happened, Reports};
use super::{News, NodeServer};
use crate::config::profile::Unsent;
use crate::reactor::Key;
use crate::transfer::disk::Untold;
use crate::transfer::{Begin, Cargo, Control, Report, Wish, Worker};

/// Most files that a thread that carries a stream has open: its connection, a pipe, and those of a stream, a folder of which is
/// walked.
const FILES_OF_WORKER: usize = 32;
/// Most streams that wait, of which something stays open. Of others all is opened again.
const OPEN_MAX: usize = 16;
/// Most files that one of these has open: its folder, the lock, and what there is of it.
const FILES_OF_OPEN: usize = 16;
/// Most files that are open for what is sent and received.
pub(super) const FILES: usize = WORKERS_MAX * FILES_OF_WORKER + OPEN_MAX * FILES_OF_OPEN;
/// How often listeners are told how far a stream is.
const MOVING_INTERVAL: Duration = Duration::from_millis(500);
/// How often it is looked for space where there was none.
const SPACE_INTERVAL: Duration = Duration::from_secs(2);
/// How long a disk is waited for before it is said that it hangs, or what is offered is told without having looked for it there.
const PATIENCE: Duration = Duration::from_secs(3);

/// The files of a node.
pub(super) struct Transfers {
    entries: Vec<Entry>,
    /// Number of the last one.
    last: u32,
    workers: Workers<ContactId>,
    reports: Reports,
    disk: Disk,
    /// Folders in which it is being looked for space.
    measuring: Vec<PathBuf>,
    /// Where to put what is received, unless told otherwise.
    inbox: Option<PathBuf>,
    /// What was offered in an earlier run, and not yet in this one.
    unsent: Vec<Unsent>,
    /// When to tell how far streams are, and to look for space.
    due: Option<Instant>,
}

impl Transfers {
    pub(super) fn start(inbox: Option<PathBuf>, unsent: Vec<Unsent>, reports: Reports) -> io::Result<Self> {
        Ok(Self {
            entries: Vec::new(),
            last: 0,
            workers: Workers::NONE,
            disk: Disk::start(inbox.as_deref(), reports.clone())?,
            reports,
            measuring: Vec::new(),
            inbox,
            unsent,
            due: None,
        })
    }

    /// Drops what was offered to somebody in an earlier run, and not again.
    pub(super) fn forget(&mut self, to: Option<PublicKey>) {
        self.unsent.retain(|send| Some(send.to) != to);
    }

    /// Folder for files that are taken, unless another one is named.
    pub(super) fn inbox(&self) -> Option<&Path> {
        self.inbox.as_deref()
    }

    /// Puts what is taken from now on into another folder.
    pub(super) fn set_inbox(&mut self, folder: PathBuf) {
        self.inbox = Some(folder);
    }

    fn find(&mut self, key: TransferKey) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    /// The file with this number. What other threads report is about a number: another transfer may have the key by then.
    fn numbered(&mut self, file: u32) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.info.file == file)
    }

    fn remove(&mut self, key: TransferKey) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    fn next_number(&mut self) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.last
    }

    /// The next thing that is offered to us and is to be looked for, unless the disk has too much to do.
    fn take_queued(&mut self) -> Option<(TransferKey, u32)> {
        if self.inbox.as_ref().is_some_and(|inbox| self.disk.is_busy(inbox)) {
            return None;
        }
        let entry = self.entries.iter_mut().find(|entry| entry.search == Search::Queued)?;
        entry.search = Search::Begun;
        Some((entry.key, entry.info.file))
    }

    /// Has removed what there is of something that is given up.
    fn discard(&mut self, cargo: Cargo) {
        // What is sent stays.
        if let Some(folder) = cargo.folder().map(Path::to_owned) {
            self.disk.run(&folder, Errand::Discard(Box::new(cargo)));
        }
    }

    /// Has no more kept of something whole than that it is.
    fn settle(&mut self, untold: Box<Untold>) {
        let folder = untold.folder().to_owned();
        self.disk.run(&folder, Errand::Settle(untold));
    }

    /// Has closed what is open of something that waits.
    fn close(&mut self, mut cargo: Cargo) {
        let (folder, begun) = (cargo.folder().map(Path::to_owned), cargo.take_open());
        if let Some((folder, begun)) = folder.zip(begun) {
            self.disk.run(&folder, Errand::Close(Box::new(begun)));
        }
    }

    /// Looks for so many bytes of space for each of these, in its folder, unless that is done already.
    fn measure(&mut self, lacking: Vec<(PathBuf, (u32, u64))>) {
        let mut in_folders = BTreeMap::<_, Vec<_>>::new();
        for (folder, needed) in lacking {
            in_folders.entry(folder).or_default().push(needed);
        }
        for (folder, needed) in in_folders {
            if !self.measuring.contains(&folder) {
                self.disk.run(&folder, Errand::Measure(needed));
                self.measuring.push(folder);
            }
        }
    }

    /// Closes what has waited longest, as long as there is more open than may be.
    fn close_surplus(&mut self) {
        let cargoes = self.entries.iter_mut().filter_map(Entry::cargo).filter(|cargo| cargo.is_open());
        let open: Vec<_> = cargoes.collect();
        let surplus = open.len().saturating_sub(OPEN_MAX);
        let close = |cargo: &mut Cargo| Some((cargo.folder()?.to_owned(), cargo.take_open()?));
        let closed: Vec<_> = open.into_iter().take(surplus).filter_map(close).collect();
        for (folder, begun) in closed {
            self.disk.run(&folder, Errand::Close(Box::new(begun)));
        }
    }
}

impl NodeServer {
    /// Goes on with all transfers: what is due, and connections to be made.
    pub(super) fn carry_all(&mut self, now: Instant) {
        self.is_stirred |= self.node.poll_transfers(now);
        loop {
            let workers = &self.transfers.workers;
            let next = self.node.next_transfer(|contact| workers.have_share_for(&contact));
            let Some((passage, endpoint)) = next else { break };
            let address = self.scoped(Endpoint::into(endpoint));
            self.carry(now, passage, Begin::Dial(address));
        }
        if self.transfers.due.is_some_and(|due| now >= due) {
            self.look_after(now);
        }
    }

    /// When to call [`carry_all`](Self::carry_all).
    pub(super) fn carry_deadline(&self) -> Option<Instant> {
        earliest(self.node.transfer_deadline(), self.transfers.due)
    }

    /// The Hello of a connection asks for a transfer: a thread takes the connection. False if none is expected.
    pub(super) fn accept_transfer(&mut self, now: Instant, key: Key, asked: &Asked) -> bool {
        if asked.hello().service != Service::TRANSFER {
            return false;
        }
        let workers = &self.transfers.workers;
        let expected = self.node.expect_transfer(asked, |contact| workers.have_share_for(&contact));
        let Some(passage) = expected else { return false };
        let stage = match self.reactor.take(key) {
            Ok(Some(Connection::Peer(mut peer))) => {
                peer.return_all(key, &mut self.pool);
                Peer::into_accepted(peer)
            }
            _ => None,
        };
        match stage {
            Some((stream, acceptor)) => self.carry(now, passage, Begin::Accepted(stream, acceptor)),
            None => self.node.transfer_ended(now, passage.key, TransferEnd::Cut { is_further: false }),
        }
        true
    }

    /// Has a thread carry a transfer over a connection.
    fn carry(&mut self, now: Instant, passage: Passage, begin: Begin) {
        let key = passage.key;
        if self.transfers.find(key).is_some_and(|entry| entry.held.is_none()) {
            // Either user has said that it goes on.
            self.set_paused(key, false);
        }
        let transfer = self.node.transfer(key).map(|it| (it.contact(), it.kept_goods().clone()));
        let cargo = self.transfers.find(key).and_then(|entry| Some((entry.info.file, entry.take_cargo()?)));
        let (Some((contact, goods)), Some((file, cargo))) = (transfer, cargo) else {
            return self.node.transfer_ended(now, key, TransferEnd::Cut { is_further: false });
        };
        let worker = Worker { passage, goods, begin, cargo, clock: self.reactor.clock() };
        let reports = self.transfers.reports.clone();
        let started = worker
            .start(move |report| reports.push(Happened::Carried { file, contact, report: Box::new(report) }));
        match started {
            Ok(control) => {
                self.transfers.workers.add(contact);
                self.is_carried(now, key, control);
            }
            Err(error) => self.give_up(now, key, error.to_string()),
        }
    }

    fn is_carried(&mut self, now: Instant, key: TransferKey, control: Arc<Control>) {
        if let Some(entry) = self.transfers.find(key) {
            if entry.held.is_some() {
                control.ask(Wish::Pause);
            }
            entry.freight = Freight::Moving(control);
        }
        self.transfers.due = earliest(self.transfers.due, Some(now + MOVING_INTERVAL));
    }

    /// A thread has come to the end of its connection.
    pub(super) fn carried(&mut self, now: Instant, file: u32, contact: ContactId, report: Report) {
        self.transfers.workers.remove(&contact);
        self.is_stirred = true;
        let Report { end, why, lacks_space, is_paused, cargo } = report;
        let Some(entry) = self.transfers.numbered(file) else {
            // It was given up meanwhile. The transfer that has its key by now, if there is one, has other threads.
            return self.transfers.discard(cargo);
        };
        let key = entry.key;
        self.node.transfer_ended(now, key, end);
        entry.done = entry.position();
        match end {
            TransferEnd::Stored => {
                // Only what is told is settled.
                self.stored(key, cargo.path());
                self.transfers.close(cargo);
            }
            TransferEnd::GivenUp => {
                self.transfers.discard(cargo);
                self.end_file(key, FileState::Ended { why });
            }
            TransferEnd::Paused | TransferEnd::Cut { .. } | TransferEnd::Unexpected => {
                entry.lacks_space = lacks_space;
                entry.freight = Freight::Waiting(Box::new(cargo));
                if end == TransferEnd::Paused {
                    self.paused(key, why, is_paused);
                } else if entry.held.is_none() {
                    // A connection that is cut is made again, without a word.
                    entry.state = FileState::Accepted;
                }
                self.transfers.close_surplus();
                self.transfers.due = earliest(self.transfers.due, Some(now + SPACE_INTERVAL));
            }
        }
    }

    fn stored(&mut self, key: TransferKey, path: Option<PathBuf>) {
        self.end_file(key, FileState::Stored { path });
    }

    /// Something is whole, as this node has known before: the user is told where it is, unless they were told then.
    fn stored_before(&mut self, key: TransferKey, untold: Option<Box<Untold>>) {
        match untold {
            Some(untold) => {
                self.stored(key, Some(untold.path()));
                self.transfers.settle(untold);
            }
            None => self.stored(key, None),
        }
    }

    fn give_up(&mut self, now: Instant, key: TransferKey, why: String) {
        self.node.transfer_ended(now, key, TransferEnd::GivenUp);
        self.end_file(key, FileState::Ended { why });
    }

    /// Tells what has happened to a file.
    fn tell_file(&mut self, key: TransferKey, state: FileState) {
        let Some(entry) = self.transfers.find(key) else { return };
        entry.state = state.clone();
        let file = entry.info.clone();
        self.journal.tell(News::File { file, state });
    }

    /// Tells the last thing of a file, if anybody was told of it.
    fn end_file(&mut self, key: TransferKey, state: FileState) {
        if self.transfers.find(key).is_some_and(|entry| entry.is_known) {
            self.tell_file(key, state);
        }
        let Some(mut entry) = self.transfers.remove(key) else { return };
        if entry.path.is_some() {
            self.store_sends(None);
        }
        if let Some(mut taker) = entry.end_opening() {
            taker.answer(orders::no_such_file(entry.info.file));
        }
        if let Some(cargo) = entry.take_cargo() {
            self.transfers.close(cargo);
        }
    }

    /// Does what is due: tells how far streams are, looks for space where there was none, and waits no more for disks that hang.
    fn look_after(&mut self, now: Instant) {
        self.transfers.due = None;
        let (mut lacking, mut hanging) = (Vec::new(), Vec::new());
        for entry in &mut self.transfers.entries {
            if entry.patience.take_if(|until| now >= *until).is_some() {
                hanging.push(entry.key);
            }
            self.transfers.due = earliest(self.transfers.due, entry.patience);
            if let Some(control) = entry.control() {
                self.transfers.due = earliest(self.transfers.due, Some(now + MOVING_INTERVAL));
                let done = control.position();
                if done > entry.done && entry.held.is_none() {
                    entry.done = done;
                    entry.state = FileState::Moving { done };
                    let (file, state) = (entry.info.clone(), entry.state.clone());
                    self.journal.tell_in_passing(News::File { file, state });
                }
            } else if entry.lacks_space {
                self.transfers.due = earliest(self.transfers.due, Some(now + SPACE_INTERVAL));
                let (file, left) = (entry.info.file, entry.info.size.saturating_sub(entry.done));
                let folder = entry.cargo().and_then(|cargo| Some(cargo.folder()?.to_owned()));
                lacking.extend(folder.map(|folder| (folder, (file, left))));
            }
        }
        self.transfers.measure(lacking);
        for key in hanging {
            self.disk_hangs(key);
        }
    }

    /// Something was looked at or done on the disk.
    pub(super) fn disk_has_done(&mut self, done: Done) {
        let Done { folder, outcome } = done;
        self.transfers.disk.has_done_one(&folder);
        self.look_for_queued();
        match outcome {
            Outcome::Looked { file, already, untold } => self.looked(file, already, untold),
            Outcome::Reserved { file, cargo, result, untold } => self.reserved(file, cargo, result, untold),
            Outcome::Measured(files) => {
                self.transfers.measuring.retain(|it| *it != folder);
                for file in files {
                    let entry = self.transfers.numbered(file).filter(|entry| entry.lacks_space);
                    if let Some(key) = entry.map(|entry| entry.key) {
                        self.resume(key);
                    }
                }
            }
            Outcome::Other => {}
        }
    }

    /// What the core has to tell of a transfer.
    pub(super) fn transfer_news(&mut self, key: TransferKey, news: TransferNews) {
        match news {
            TransferNews::Offered => self.was_offered(key),
            TransferNews::Taken => self.tell_unless_held(key, FileState::Accepted),
            TransferNews::Refused(Refusal::Whole) => {
                self.ask_worker(key, Wish::Drop);
                self.stored(key, None);
            }
            TransferNews::Refused(refusal) => {
                self.ask_worker(key, Wish::Cancel);
                self.end_file(key, FileState::Ended { why: refusal.to_string() });
            }
            TransferNews::Withdrawn => {
                self.ask_worker(key, Wish::Cancel);
                if let Some(cargo) = self.transfers.find(key).and_then(Entry::take_cargo) {
                    self.transfers.discard(cargo);
                }
                self.end_file(key, FileState::Ended { why: "it is not offered any more".to_owned() });
            }
            TransferNews::Forgotten => {
                self.end_file(key, FileState::Ended { why: "they have started again".to_owned() });
            }
            TransferNews::Superseded => self.ask_worker(key, Wish::Drop),
        }
    }

    fn ask_worker(&mut self, key: TransferKey, wish: Wish) {
        if let Some(control) = self.transfers.find(key).and_then(|entry| entry.control()) {
            control.ask(wish);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::news::FileInfo;
    use super::super::{Person, Request};
    use super::*;
    use crate::reactor::commands::commands;
    use crate::reactor::{Reactor, Source};

    #[test]
    fn what_is_offered_while_the_disk_has_much_to_do_waits() {
        let reactor = Reactor::<()>::new(1).unwrap();
        let (waker, _) = commands::<Request, ()>(&reactor, Source(0), 1).unwrap();
        let dir = tempfile::TempDir::new().unwrap();
        let inbox = dir.path();
        let mut transfers =
            Transfers::start(Some(inbox.to_owned()), Vec::new(), Reports::new(waker)).unwrap();
        let who = Person { name: None, tag: "tag".into() };
        let info = FileInfo { file: 7, who, ours: false, name: "a".into(), folder: false, size: 1, files: 1 };
        let (state, freight) = (FileState::Offered { preview: None }, Freight::Undecided);
        let key = TransferKey::default();
        let entry =
            Entry { search: Search::Queued, is_known: false, ..Entry::new(key, info, state, freight) };
        transfers.entries.push(entry);
        while !transfers.disk.is_busy(inbox) {
            transfers.disk.run(inbox, Errand::Measure(Vec::new()));
        }
        assert_eq!(transfers.take_queued(), None);
        transfers.disk.has_done_one(inbox);
        assert_eq!(transfers.take_queued(), Some((key, 7)));
        assert_eq!(transfers.take_queued(), None, "once");
    }
}
