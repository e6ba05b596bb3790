//! The files of a node: what was offered, and the threads that carry them.

mod entry;
mod orders;

use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use p2pm_core::channel::Asked;
use p2pm_core::node::{Passage, TransferEnd, TransferKey, TransferNews};
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Endpoint, Refusal, Service};

use self::entry::{Entry, Freight};
use super::ask::{Order, Request};
use super::connection::{Connection, Peer};
use super::news::FileState;
use super::{News, NodeServer};
use crate::reactor::Key;
use crate::reactor::commands::Commander;
use crate::transfer::{Begin, Control, Report, Wish, Worker};

/// Most threads that carry a stream.
pub(super) const WORKERS_MAX: usize = 32;
/// Most files that one of these has open: its connection, a pipe, and those of a stream, a folder of which is walked.
pub(super) const FILES_OF_WORKER: usize = 32;
/// How often listeners are told how far a stream is.
const MOVING_INTERVAL: Duration = Duration::from_millis(500);
/// How often it is looked for space where there was none.
const SPACE_INTERVAL: Duration = Duration::from_secs(2);

/// The files of a node.
pub(super) struct Transfers {
    entries: Vec<Entry>,
    /// Number of the last one.
    last: u32,
    /// What threads have reported.
    reports: Arc<Mutex<Vec<Report>>>,
    waker: Commander<Request>,
    /// Where to put what is received, unless told otherwise.
    inbox: Option<PathBuf>,
    /// When to tell how far streams are, and to look for space.
    due: Option<Instant>,
}

impl Transfers {
    pub(super) fn new(inbox: Option<PathBuf>, waker: Commander<Request>) -> Self {
        Self { entries: Vec::new(), last: 0, reports: Arc::default(), waker, inbox, due: None }
    }

    fn find(&mut self, key: TransferKey) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    fn remove(&mut self, key: TransferKey) -> Option<Entry> {
        let index = self.entries.iter().position(|entry| entry.key == key)?;
        Some(self.entries.remove(index))
    }

    fn workers(&self) -> usize {
        self.entries.iter().filter(|entry| entry.control().is_some()).count()
    }

    fn next_number(&mut self) -> u32 {
        self.last = self.last.wrapping_add(1);
        self.last
    }
}

impl NodeServer {
    /// Goes on with all transfers: what threads have reported, what is due, connections to be made.
    pub(super) fn carry_all(&mut self, now: Instant) {
        let reports =
            std::mem::take(&mut *self.transfers.reports.lock().unwrap_or_else(PoisonError::into_inner));
        for report in reports {
            self.carried(now, report);
        }
        self.is_stirred |= self.node.poll_transfers(now);
        while self.transfers.workers() < WORKERS_MAX
            && let Some((passage, endpoint)) = self.node.next_transfer(|_| true)
        {
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
        if asked.hello().service != Service::TRANSFER || self.transfers.workers() >= WORKERS_MAX {
            return false;
        }
        let Some(passage) = self.node.expect_transfer(asked, |_| true) else { return false };
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
        let goods = self.node.transfer(key).map(|transfer| transfer.kept_goods().clone());
        let cargo = self.transfers.find(key).and_then(Entry::take_cargo);
        let (Some(goods), Some(cargo)) = (goods, cargo) else {
            return self.node.transfer_ended(now, key, TransferEnd::Cut { is_further: false });
        };
        let worker = Worker { passage, goods, begin, cargo, clock: self.reactor.clock() };
        let (reports, waker) = (Arc::clone(&self.transfers.reports), self.transfers.waker.clone());
        let started = worker.start(move |report| {
            reports.lock().unwrap_or_else(PoisonError::into_inner).push(report);
            // A node whose queue is full looks at the reports all the same.
            let _ = waker.send(Request { order: Order::Ended, reply: sync_channel(1).0 });
        });
        match started {
            Ok(control) => self.is_carried(now, key, control),
            Err(error) => self.give_up(now, key, error.to_string()),
        }
    }

    fn is_carried(&mut self, now: Instant, key: TransferKey, control: Arc<Control>) {
        if let Some(entry) = self.transfers.find(key) {
            entry.freight = Freight::Moving(control);
        }
        self.transfers.due = earliest(self.transfers.due, Some(now + MOVING_INTERVAL));
    }

    /// A thread has come to the end of its connection.
    fn carried(&mut self, now: Instant, report: Report) {
        let Report { key, end, why, lacks_space, cargo } = report;
        self.node.transfer_ended(now, key, end);
        self.is_stirred = true;
        let Some(entry) = self.transfers.find(key) else {
            // It was given up meanwhile.
            return cargo.discard();
        };
        entry.done = entry.position();
        match end {
            TransferEnd::Stored => self.stored(key, cargo.path()),
            TransferEnd::GivenUp => {
                cargo.discard();
                self.end_file(key, FileState::Ended { why });
            }
            TransferEnd::Paused | TransferEnd::Cut { .. } | TransferEnd::Unexpected => {
                entry.lacks_space = lacks_space;
                entry.freight = Freight::Waiting(Box::new(cargo));
                let is_paused = end == TransferEnd::Paused;
                let state = FileState::Paused { done: entry.done, why };
                // A connection that is cut is made again.
                if is_paused {
                    self.tell_file(key, state);
                }
                self.transfers.due = earliest(self.transfers.due, Some(now + SPACE_INTERVAL));
            }
        }
    }

    fn stored(&mut self, key: TransferKey, path: Option<PathBuf>) {
        self.end_file(key, FileState::Stored { path });
    }

    fn give_up(&mut self, now: Instant, key: TransferKey, why: String) {
        self.node.transfer_ended(now, key, TransferEnd::GivenUp);
        self.end_file(key, FileState::Ended { why });
    }

    /// Tells what has happened to a file.
    pub(super) fn tell_file(&mut self, key: TransferKey, state: FileState) {
        let Some(entry) = self.transfers.find(key) else { return };
        entry.state = state.clone();
        let file = entry.info.clone();
        self.journal.tell(News::File { file, state });
    }

    /// Tells the last thing of a file.
    fn end_file(&mut self, key: TransferKey, state: FileState) {
        self.tell_file(key, state);
        let entry = self.transfers.remove(key);
        if entry.is_some_and(|entry| entry.path.is_some()) {
            self.store_sends();
        }
    }

    /// Tells how far streams are, and goes on where there is space again.
    fn look_after(&mut self, now: Instant) {
        self.transfers.due = None;
        let mut resumed = Vec::new();
        for entry in &mut self.transfers.entries {
            if let Some(control) = entry.control() {
                self.transfers.due = earliest(self.transfers.due, Some(now + MOVING_INTERVAL));
                let done = control.position();
                if done > entry.done {
                    entry.done = done;
                    entry.state = FileState::Moving { done };
                    let (file, state) = (entry.info.clone(), entry.state.clone());
                    self.journal.tell_in_passing(News::File { file, state });
                }
            } else if entry.lacks_space {
                self.transfers.due = earliest(self.transfers.due, Some(now + SPACE_INTERVAL));
                if entry.has_space() {
                    resumed.push(entry.key);
                }
            }
        }
        for key in resumed {
            self.resume(key);
        }
    }

    fn resume(&mut self, key: TransferKey) {
        self.node.resume_transfer(key);
        self.is_stirred = true;
        if let Some(entry) = self.transfers.find(key) {
            entry.lacks_space = false;
        }
        self.tell_file(key, FileState::Accepted);
    }

    /// What the core has to tell of a transfer.
    pub(super) fn transfer_news(&mut self, key: TransferKey, news: TransferNews) {
        match news {
            TransferNews::Offered => self.was_offered(key),
            TransferNews::Taken => self.tell_file(key, FileState::Accepted),
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
                    cargo.discard();
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
