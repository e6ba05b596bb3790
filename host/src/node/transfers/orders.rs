//! What a node does with files when it is asked.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use p2pm_core::node::{ContactId, OfferError, Transfer, TransferKey};
use p2pm_core::transfer::Chain;
use p2pm_core::wire::{FrameLen, Goods, Offer, Refusal, TransferId, TransferSecret};

use super::super::ask::{Answer, ErrorKind, FileKnown};
use super::super::news::{FileInfo, FileState};
use super::super::{News, NodeServer};
use super::entry::{Entry, Freight};
use crate::config::profile::Unsent;
use crate::picture::Picture;
use crate::suite::ciphers;
use crate::transfer::disk::{Inbox, LeftOut, Offered, Origin, Trouble};
use crate::transfer::{Cargo, Wish};

/// Frames that this node takes and sends.
const FRAME_LEN: FrameLen = FrameLen::Long;

/// What there is of something that is offered.
enum Already {
    /// All of it, as the sender does not know.
    Whole,
    /// A part of it, or only the place for it.
    Begun,
}

impl NodeServer {
    /// Offers something, to one or to everyone in a circle.
    pub(in crate::node) fn offer(
        &mut self,
        offered: &Offered,
        (path, id): (&Path, Option<TransferId>),
        to: Option<&str>,
        circle: Option<&str>,
    ) -> Answer {
        let to = match self.recipients_of_file(to, circle) {
            Ok(to) => to,
            Err(error) => return error,
        };
        let (mut files, mut last_error) = (Vec::new(), None);
        for contact in to {
            match self.offer_to(offered, path, id, contact) {
                Ok(info) => files.push(info),
                Err(error) => last_error = Some(error),
            }
        }
        self.is_stirred = true;
        self.store_sends();
        match last_error {
            Some(error) if files.is_empty() => error,
            _ => Answer::Offered { files, left_out: left_out(offered) },
        }
    }

    fn offer_to(
        &mut self,
        offered: &Offered,
        path: &Path,
        id: Option<TransferId>,
        contact: ContactId,
    ) -> Result<FileInfo, Answer> {
        let unavailable = |why: String| Answer::error(ErrorKind::Unavailable, why);
        let random = |error: std::io::Error| unavailable(error.to_string());
        let offer = Offer {
            id: id.map_or_else(new_id, Ok).map_err(random)?,
            attempt: 1,
            secret: TransferSecret(p2pm_posix::random::bytes().map_err(random)?),
            ciphers: ciphers(),
            frame_len: FRAME_LEN,
            goods: offered.goods(),
        };
        let source = offered.source().map_err(|trouble| unavailable(trouble.to_string()))?;
        let key = self.node.offer(contact, &offer).map_err(|error| match error {
            OfferError::NotAccepted => Answer::error(ErrorKind::NotAccepted, error.to_string()),
            OfferError::Full => unavailable(error.to_string()),
        })?;
        let cargo = Cargo::Sent { source, proved: Chain::default() };
        Ok(self.add_file(key, Some(path.to_owned()), Freight::Waiting(Box::new(cargo))))
    }

    /// Something was offered to us.
    pub(super) fn was_offered(&mut self, key: TransferKey) {
        let already = self.what_there_is(key);
        if let Some(Already::Whole) = already {
            self.is_stirred = true;
            return self.node.refuse(key, Refusal::Whole);
        }
        let info = self.add_file(key, None, Freight::Undecided);
        if let Some(Already::Begun) = already {
            // It was taken, before one of the two nodes has started again.
            self.take_file(info.file, None);
        }
    }

    /// What there is of it in the usual folder already.
    fn what_there_is(&self, key: TransferKey) -> Option<Already> {
        let (path, transfer) = (self.transfers.inbox.as_ref()?, self.node.transfer(key)?);
        let sender = self.node.contact(transfer.contact())?.known().key;
        let inbox = if path.exists() { Inbox::open(path).ok()? } else { return None };
        if inbox.has_whole(transfer.id()) {
            Some(Already::Whole)
        } else {
            inbox
                .has_begun(&Origin { sender, id: transfer.id() }, &transfer.goods())
                .then_some(Already::Begun)
        }
    }

    /// Stores what others do not have yet.
    pub(super) fn store_sends(&mut self) {
        let send_of = |entry: &Entry| {
            let transfer = self.node.transfer(entry.key)?;
            let (to, goods) = (self.node.contact(transfer.contact())?.known().key, transfer.goods());
            let (length, modified) = (goods.length, goods.attributes.modified);
            Some(Unsent { to, path: entry.path.clone()?, id: transfer.id(), length, modified })
        };
        let sends = self.transfers.entries.iter().filter_map(send_of).collect();
        if let Err(why) = self.store.store_sends(sends) {
            self.journal.tell(News::NotStored { why });
        }
    }

    fn add_file(&mut self, key: TransferKey, path: Option<PathBuf>, freight: Freight) -> FileInfo {
        let file = self.transfers.next_number();
        let info = self.file_info(file, key);
        let goods = self.node.transfer(key).map(Transfer::goods);
        let preview = goods.and_then(|goods| goods.preview).as_ref().map(Picture::from);
        let state = FileState::Offered { preview };
        let entry = Entry {
            key,
            info: info.clone(),
            path,
            state: state.clone(),
            freight,
            done: 0,
            lacks_space: false,
        };
        self.transfers.entries.push(entry);
        self.tell_file(key, state);
        info
    }

    fn file_info(&self, file: u32, key: TransferKey) -> FileInfo {
        let transfer = self.node.transfer(key).expect("it was just made");
        let goods = transfer.goods();
        FileInfo {
            file,
            who: self.person(transfer.contact()),
            ours: transfer.is_sent(),
            name: goods.name.as_str().to_owned(),
            folder: goods.kind == p2pm_core::wire::GoodsKind::Folder,
            size: goods.length,
            files: goods.files,
        }
    }

    /// Takes a file that was offered.
    pub(in crate::node) fn take_file(&mut self, file: u32, into: Option<PathBuf>) -> Answer {
        let Some(key) = self.key_of(file) else { return no_such_file(file) };
        let Some(transfer) = self.node.transfer(key) else { return no_such_file(file) };
        let is_undecided =
            self.transfers.find(key).is_some_and(|it| matches!(it.freight, Freight::Undecided));
        if transfer.is_sent() || !is_undecided {
            return Answer::error(ErrorKind::Usage, format!("file {file} does not wait to be taken"));
        }
        let taking = transfer.best(ciphers(), FRAME_LEN);
        let Some(sender) = self.node.contact(transfer.contact()).map(|contact| contact.known().key) else {
            return no_such_file(file);
        };
        let Some(into) = into.or_else(|| self.transfers.inbox.clone()) else {
            return Answer::error(
                ErrorKind::Usage,
                "there is no home directory: name a folder to put it into",
            );
        };
        let origin = Origin { sender, id: transfer.id() };
        let goods = Box::new(transfer.kept_goods().clone());
        let inbox = match open_inbox(&into, &origin, &goods.goods()) {
            Ok(inbox) => inbox,
            Err(trouble) => return Answer::error(ErrorKind::Unavailable, trouble.to_string()),
        };
        if let Some(entry) = self.transfers.find(key) {
            let cargo = Cargo::Received { inbox, origin, goods, begun: None, refused: None };
            entry.freight = Freight::Waiting(Box::new(cargo));
        }
        self.node.take(key, taking);
        self.is_stirred = true;
        self.tell_file(key, FileState::Accepted);
        Answer::Done
    }

    /// Turns a file away, or gives it up.
    pub(in crate::node) fn cancel_file(&mut self, file: u32) -> Answer {
        let Some(key) = self.key_of(file) else { return no_such_file(file) };
        self.ask_worker(key, Wish::Cancel);
        self.node.refuse(key, Refusal::Denied);
        self.node.withdraw(key);
        self.is_stirred = true;
        if let Some(cargo) = self.transfers.find(key).and_then(Entry::take_cargo) {
            cargo.discard();
        }
        self.end_file(key, FileState::Ended { why: "you have given it up".to_owned() });
        Answer::Done
    }

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

    /// The files that are offered or on their way.
    pub(in crate::node) fn files(&self) -> Answer {
        let known = |entry: &Entry| {
            let state = match entry.control() {
                Some(control) => FileState::Moving { done: control.position() },
                None => entry.state.clone(),
            };
            FileKnown { info: entry.info.clone(), state }
        };
        Answer::Files { files: self.transfers.entries.iter().map(known).collect() }
    }

    fn key_of(&self, file: u32) -> Option<TransferKey> {
        self.transfers.entries.iter().find(|entry| entry.info.file == file).map(|entry| entry.key)
    }
}

/// A folder to put something into, with a place for it, if there is space.
fn open_inbox(path: &Path, origin: &Origin, goods: &Goods<'_>) -> Result<Arc<Inbox>, Trouble> {
    let inbox = Inbox::open(path)?;
    let (needed, free) = (goods.length, inbox.free()?);
    // What there is of it already needs no space. How much that is shows when it begins.
    if needed > free && !inbox.has_begun(origin, goods) {
        return Err(Trouble::NoSpace { needed, free });
    }
    inbox.reserve(origin, goods)?;
    Ok(inbox)
}

/// What is not sent of a folder, in words.
fn left_out(offered: &Offered) -> Vec<String> {
    let LeftOut { count, examples } = offered.left_out();
    let more = count.saturating_sub(examples.len() as u64);
    let more = (more > 0).then(|| format!("{more} more"));
    examples.iter().map(|(path, why)| format!("{path}: {why}")).chain(more).collect()
}

fn new_id() -> std::io::Result<TransferId> {
    p2pm_posix::random::bytes().map(TransferId)
}

fn no_such_file(file: u32) -> Answer {
    Answer::error(ErrorKind::Usage, format!("there is no file {file}: p2pm files lists them"))
}
