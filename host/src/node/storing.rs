//! What must outlast a node is stored in a thread of its own: a disk that hangs delays nobody.

use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::{io, mem};

use p2pm_core::node::Known;
use p2pm_core::wire::Name;

use super::ask::Answer;
use super::reports::{Happened, Reports};
use super::{Changes, Store};
use crate::config::profile::Unsent;

/// The thread that stores. What it was given is stored once this is dropped.
pub(super) struct Storing {
    desk: Arc<Desk>,
    thread: Option<JoinHandle<()>>,
}

/// An answer that is given once what it says is stored.
pub(super) type Reply = (SyncSender<Answer>, Answer);

#[derive(Default)]
struct Desk {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

/// What waits to be stored: the last of each kind, so that it does not grow however slow the disk is.
#[derive(Default)]
struct Waiting {
    contacts: Option<Vec<(Known, Name)>>,
    sends: Option<Vec<Unsent>>,
    changes: Changes,
    /// To be given afterwards, at most as many as those who wait for them.
    replies: Vec<Reply>,
    is_last: bool,
}

impl Storing {
    /// Starts the thread. What cannot be stored is reported.
    pub(super) fn start(store: Box<dyn Store>, reports: Reports) -> io::Result<Self> {
        let desk = Arc::<Desk>::default();
        let seen = Arc::clone(&desk);
        let store_all = move || seen.store_all(store, &reports);
        let thread = thread::Builder::new().name("store".into()).spawn(store_all)?;
        Ok(Self { desk, thread: Some(thread) })
    }

    /// Has the contacts stored.
    pub(super) fn contacts(&self, contacts: Vec<(Known, Name)>) {
        self.desk.put(|waiting| waiting.contacts = Some(contacts));
    }

    /// Has stored what others do not have yet, and then gives an answer.
    pub(super) fn sends(&self, sends: Vec<Unsent>, reply: Option<Reply>) {
        self.desk.put(|waiting| {
            waiting.sends = Some(sends);
            waiting.replies.extend(reply);
        });
    }

    /// Has stored what the user has set anew, and then gives an answer.
    pub(super) fn changes(&self, changes: Changes, reply: Reply) {
        self.desk.put(|waiting| {
            waiting.changes.add(changes);
            waiting.replies.push(reply);
        });
    }
}

impl Drop for Storing {
    fn drop(&mut self) {
        self.desk.put(|waiting| waiting.is_last = true);
        if let Some(thread) = self.thread.take() {
            // It has failed to store then, which nobody is there to be told.
            let _ = thread.join();
        }
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, put: impl FnOnce(&mut Waiting)) {
        put(&mut self.lock());
        self.changed.notify_one();
    }

    fn store_all(&self, mut store: Box<dyn Store>, reports: &Reports) {
        loop {
            let waiting = self.changed.wait_while(self.lock(), |waiting| waiting.is_empty());
            let Waiting { contacts, sends, changes, replies, is_last } =
                mem::take(&mut *waiting.unwrap_or_else(PoisonError::into_inner));
            let contacts = contacts
                .map(|all| store.store_contacts(&mut all.iter().map(|(known, circle)| (known, circle))));
            let sends = sends.map(|sends| store.store_sends(sends));
            let changes = (changes != Changes::default()).then(|| store.store_changes(changes));
            for why in [contacts, sends, changes].into_iter().flatten().filter_map(Result::err) {
                reports.push(Happened::NotStored(why));
            }
            for (reply, answer) in replies {
                // Whoever has asked may be gone.
                let _ = reply.try_send(answer);
            }
            if is_last {
                return;
            }
        }
    }
}

impl Changes {
    /// Adds later ones, which stand for those before them.
    fn add(&mut self, later: Self) {
        let Self { name, policy, folder } = later;
        self.name = name.or(self.name.take());
        self.policy = policy.or(self.policy);
        self.folder = folder.or(self.folder.take());
    }
}

impl Waiting {
    fn is_empty(&self) -> bool {
        let Self { contacts, sends, changes, replies, is_last } = self;
        let has_changes = *changes != Changes::default();
        contacts.is_none() && sends.is_none() && !has_changes && replies.is_empty() && !is_last
    }
}
