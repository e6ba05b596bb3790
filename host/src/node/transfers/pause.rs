//! Files that wait since a user says so, also in the next run.

use p2pm_core::node::TransferKey;
use p2pm_core::wire::Close;

use super::super::NodeServer;
use super::super::ask::{Answer, ErrorKind};
use super::super::news::FileState;
use super::errand::Errand;
use super::orders::no_such_file;
use crate::transfer::Wish;

impl NodeServer {
    /// Has a file wait.
    pub(in crate::node) fn pause_file(&mut self, file: u32) -> Answer {
        let Some(key) = self.key_of(file) else { return no_such_file(file) };
        match self.transfers.find(key).and_then(|entry| entry.control()) {
            Some(control) => {
                control.ask(Wish::Pause);
                Answer::Done
            }
            None => Answer::error(ErrorKind::Usage, format!("file {file} is not on its way")),
        }
    }

    /// Goes on with a file that waits.
    pub(in crate::node) fn resume_file(&mut self, file: u32) -> Answer {
        let Some(key) = self.key_of(file) else { return no_such_file(file) };
        if !self.transfers.find(key).is_some_and(|it| matches!(it.state, FileState::Paused { .. })) {
            return Answer::error(ErrorKind::Usage, format!("file {file} does not wait to go on"));
        }
        self.resume(key);
        Answer::Done
    }

    /// Goes on with a file.
    pub(super) fn resume(&mut self, key: TransferKey) {
        self.node.resume_transfer(key);
        self.is_stirred = true;
        self.set_paused(key, false);
        if let Some(entry) = self.transfers.find(key) {
            entry.lacks_space = false;
            let state = entry.held.take().unwrap_or(FileState::Accepted);
            self.tell_file(key, state);
        }
    }

    /// A user has had a file wait in an earlier run, after so many bytes: it waits again as soon as there is a connection, over
    /// which the other end is told so.
    pub(super) fn hold(&mut self, file: u32, done: u64) {
        let Some(entry) = self.transfers.numbered(file) else { return };
        (entry.is_paused, entry.done) = (true, done);
        entry.held = Some(entry.state.clone());
        let key = entry.key;
        self.tell_file(key, FileState::Paused { done, why: Close::Paused.to_string() });
    }

    /// Tells what has happened to a file, unless it waits since an earlier run: then it is told once it goes on.
    pub(super) fn tell_unless_held(&mut self, key: TransferKey, state: FileState) {
        match self.transfers.find(key).and_then(|entry| entry.held.as_mut()) {
            Some(held) => *held = state,
            None => self.tell_file(key, state),
        }
    }

    /// A connection has ended with a pause, `by_user` or for something else.
    pub(super) fn paused(&mut self, key: TransferKey, why: String, by_user: bool) {
        let Some(entry) = self.transfers.find(key) else { return };
        entry.held = None;
        let done = entry.done;
        self.set_paused(key, by_user);
        self.tell_file(key, FileState::Paused { done, why });
    }

    /// Keeps for the next run whether a user has a file wait: of one that is sent, with what is offered, and of one that is
    /// received, beside it.
    pub(super) fn set_paused(&mut self, key: TransferKey, is_paused: bool) {
        let entry = self.transfers.find(key).filter(|entry| entry.is_paused != is_paused);
        let Some(entry) = entry else { return };
        entry.is_paused = is_paused;
        if entry.path.is_some() {
            return self.store_sends(None);
        }
        let folder = entry.cargo().and_then(|cargo| Some(cargo.folder()?.to_owned()));
        if let Some((folder, (origin, goods))) = folder.zip(self.origin_of(key)) {
            self.transfers.disk.run(&folder, Errand::SetPaused { origin, goods, is_paused });
        }
    }
}
