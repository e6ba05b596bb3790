//! What a node does with files when it is asked.

use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;
use std::{fmt, io};

use p2pm_core::node::{ContactId, KeptGoods, OfferError, Transfer, TransferKey};
use p2pm_core::time::earliest;
use p2pm_core::transfer::Chain;
use p2pm_core::wire::{Close, FrameLen, Offer, Refusal, TransferId, TransferSecret};

use super::super::NodeServer;
use super::super::ask::{Answer, ErrorKind, FileKnown, Unsaid};
use super::super::news::{FileInfo, FileState, News, Person};
use super::super::storing::Reply;
use super::PATIENCE;
use super::entry::{Entry, Freight, Search, Taker};
use super::errand::Errand;
use crate::config::profile::{Sends, Unsent};
use crate::picture::Picture;
use crate::suite::ciphers;
use crate::transfer::disk::{Already, LeftOut, Offered, Origin, Trouble, Untold};
use crate::transfer::{Cargo, Wish};

/// Frames that this node takes and sends.
const FRAME_LEN: FrameLen = FrameLen::Long;

impl NodeServer {
    /// Offers something, to one or to everyone in a circle. The answer is given once it is stored that it is offered.
    pub(in crate::node) fn offer(
        &mut self,
        offered: &Offered,
        path: &Path,
        (to, circle): (Option<&str>, Option<&str>),
        reply: SyncSender<Answer>,
    ) {
        let answer = self.offer_to_all(offered, path, to, circle).unwrap_or_else(|error| error);
        self.store_sends(Some((reply, answer)));
    }

    fn offer_to_all(
        &mut self,
        offered: &Offered,
        path: &Path,
        to: Option<&str>,
        circle: Option<&str>,
    ) -> Result<Answer, Answer> {
        let (mut files, mut not_to, mut last_error) = (Vec::new(), Vec::new(), None);
        for contact in self.recipients_of_file(to, circle)? {
            match self.offer_to(offered, path, None, contact) {
                Ok(info) => files.push(info),
                Err(error) => {
                    not_to.push(Unsaid { who: self.person(contact), why: error.to_string() });
                    last_error = Some(error);
                }
            }
        }
        match last_error {
            Some(error) if files.is_empty() => Err(error.into()),
            _ => Ok(Answer::Offered { files, not_to, left_out: left_out(offered) }),
        }
    }

    /// Offers what was offered in an earlier run: with the same number, if it is the same still. Until then it stays stored.
    pub(in crate::node) fn offer_again(
        &mut self,
        send: &Unsent,
        offered: Result<Box<Offered>, Trouble>,
        reply: SyncSender<Answer>,
    ) {
        self.transfers.unsent.retain(|it| it != send);
        let answer = match self.offer_unsent(send, offered) {
            Ok(info) => Answer::Offered { files: vec![info], not_to: Vec::new(), left_out: Vec::new() },
            Err(error) => {
                // There may be room for it the next time, and somebody of a circle that is not joined may be known then. Otherwise
                // it is not to be had, or not for them.
                if matches!(error, Answer::Error { kind: ErrorKind::Unavailable | ErrorKind::Nobody, .. }) {
                    self.transfers.unsent.push(send.clone());
                }
                error
            }
        };
        self.store_sends(Some((reply, answer)));
    }

    fn offer_unsent(
        &mut self,
        send: &Unsent,
        offered: Result<Box<Offered>, Trouble>,
    ) -> Result<FileInfo, Answer> {
        let offered = offered.map_err(|trouble| Answer::error(ErrorKind::Usage, trouble.to_string()))?;
        let contact = self.node.contacts().find(|(_, contact)| contact.known().key == send.to);
        let (contact, _) = contact.ok_or_else(|| {
            Answer::error(ErrorKind::Nobody, format!("nobody here is called {}", send.to.tag()))
        })?;
        let goods = offered.goods();
        let is_same = (goods.length, goods.attributes.modified) == (send.length, send.modified);
        let info = self.offer_to(&offered, &send.path, is_same.then_some(send.id), contact)?;
        if let Some(done) = send.paused.filter(|_| is_same) {
            self.hold(info.file, done);
        }
        Ok(info)
    }

    fn offer_to(
        &mut self,
        offered: &Offered,
        path: &Path,
        id: Option<TransferId>,
        contact: ContactId,
    ) -> Result<FileInfo, NotOffered> {
        // More could not be stored.
        let waiting = self.transfers.entries.iter().filter(|entry| entry.path.is_some()).count();
        if waiting + self.transfers.unsent.len() >= Sends::MAX {
            return Err(OfferError::Full.into());
        }
        let offer = Offer {
            id: id.map_or_else(new_id, Ok)?,
            attempt: 1,
            secret: TransferSecret(p2pm_posix::random::bytes()?),
            ciphers: ciphers(),
            frame_len: FRAME_LEN,
            goods: offered.goods(),
        };
        let key = self.node.offer(contact, &offer)?;
        self.is_stirred = true;
        let cargo = Cargo::Sent { source: offered.source(), proved: Chain::default() };
        let entry = self.add_file(key, Freight::Waiting(Box::new(cargo)));
        entry.path = Some(path.to_owned());
        let info = entry.info.clone();
        self.tell_offered(key);
        Ok(info)
    }

    /// Tells that a file is offered.
    fn tell_offered(&mut self, key: TransferKey) {
        if let Some(state) = self.transfers.find(key).map(|entry| entry.state.clone()) {
            self.tell_file(key, state);
        }
    }

    /// Something was offered to us: what there is of it already is looked for first.
    pub(super) fn was_offered(&mut self, key: TransferKey) {
        if self.node.transfer(key).is_some() {
            let entry = self.add_file(key, Freight::Undecided);
            (entry.search, entry.is_known) = (Search::Queued, false);
            self.wait_for_disk(key);
            self.look_for_queued();
        }
    }

    /// Looks for what there is of things that are offered to us, as long as the disk has little to do.
    pub(super) fn look_for_queued(&mut self) {
        while let Some((key, file)) = self.transfers.take_queued() {
            match self.transfers.inbox.clone().zip(self.origin_of(key)) {
                Some((inbox, (origin, goods))) => {
                    self.transfers.disk.run(&inbox, Errand::Look { file, origin, goods });
                }
                None => self.looked(file, None, None),
            }
        }
    }

    /// What there is of something that is offered to us is known: the user decides, unless that was decided before.
    pub(super) fn looked(&mut self, file: u32, already: Option<Already>, untold: Option<Box<Untold>>) {
        let Some(entry) = self.transfers.numbered(file) else { return };
        let key = entry.key;
        (entry.search, entry.patience) = (Search::Over, None);
        if !entry.is_undecided() {
            // It has taken so long that the user has decided.
            return;
        }
        let was_known = std::mem::replace(&mut entry.is_known, true);
        if let Some(Already::Whole) = already {
            self.node.refuse(key, Refusal::Whole);
            self.is_stirred = true;
            if was_known || untold.is_some() {
                self.stored_before(key, untold);
            } else {
                self.transfers.remove(key);
            }
        } else if let Some(Already::Paused) = already {
            self.hold(file, 0);
            self.take_file(file, None, Taker { goes_on: true, ..Taker::default() });
        } else if self.node.is_taken_unasked(key) {
            self.take_file(file, None, Taker { or_refuse: true, ..Taker::default() });
        } else if let Some(Already::Begun) = already {
            // It was taken, before one of the two nodes has started again.
            self.take_file(file, None, Taker { goes_on: true, ..Taker::default() });
        } else if !was_known {
            self.tell_offered(key);
        }
    }

    /// Something is whole that was received in an earlier run, which ended before its user was told.
    pub(in crate::node) fn tell_whole(&mut self, untold: Untold) {
        let (file, placed) = (self.transfers.next_number(), untold.placed());
        let sender = placed.origin().sender;
        let contact = self.node.contacts().find(|(_, contact)| contact.known().key == sender);
        let who = match contact {
            Some((id, _)) => self.person(id),
            None => Person { name: None, tag: sender.tag().to_string() },
        };
        let (name, folder) = (placed.label.clone(), placed.is_folder);
        let file =
            FileInfo { file, who, ours: false, name, folder, size: placed.length, files: placed.files };
        self.journal.tell(News::File { file, state: FileState::Stored { path: Some(untold.path()) } });
        self.transfers.settle(Box::new(untold));
    }

    /// The disk is waited for, but not without end.
    fn wait_for_disk(&mut self, key: TransferKey) {
        let until = Some(self.reactor.now() + PATIENCE);
        self.transfers.due = earliest(self.transfers.due, until);
        if let Some(entry) = self.transfers.find(key) {
            entry.patience = until;
        }
    }

    /// The disk was waited for in vain. What it was asked for still happens, if it ever answers.
    pub(super) fn disk_hangs(&mut self, key: TransferKey) {
        let Some(entry) = self.transfers.find(key) else { return };
        let file = entry.info.file;
        if let Some((folder, taker)) = entry.opening() {
            let why = format!("{} does not answer: file {file} is taken once it does", folder.display());
            taker.answer(Answer::error(ErrorKind::Unavailable, why));
        } else if !std::mem::replace(&mut entry.is_known, true) {
            self.tell_offered(key);
        }
    }

    /// Takes what waits for a decision and is of somebody whose files are taken without asking.
    pub(in crate::node) fn take_unasked(&mut self) {
        let undecided = self.transfers.entries.iter().filter(|it| it.is_undecided() && it.is_known);
        let wanted = undecided.filter(|it| self.node.is_taken_unasked(it.key));
        for file in wanted.map(|it| it.info.file).collect::<Vec<_>>() {
            self.take_file(file, None, Taker { or_refuse: true, ..Taker::default() });
        }
    }

    /// Which offer a transfer to us is of, and of what.
    pub(super) fn origin_of(&self, key: TransferKey) -> Option<(Origin, Box<KeptGoods>)> {
        let transfer = self.node.transfer(key)?;
        let sender = self.node.contact(transfer.contact())?.known().key;
        Some((Origin { sender, id: transfer.id() }, Box::new(transfer.kept_goods().clone())))
    }

    /// Has stored what others do not have yet, and then gives an answer.
    pub(in crate::node) fn store_sends(&mut self, reply: Option<Reply>) {
        let send_of = |entry: &Entry| {
            let transfer = self.node.transfer(entry.key)?;
            let (to, goods) = (self.node.contact(transfer.contact())?.known().key, transfer.goods());
            let (length, modified) = (goods.length, goods.attributes.modified);
            let paused = entry.is_paused.then_some(entry.done);
            Some(Unsent { to, path: entry.path.clone()?, id: transfer.id(), length, modified, paused })
        };
        let offered = self.transfers.entries.iter().filter_map(send_of);
        self.storing.sends(offered.chain(self.transfers.unsent.iter().cloned()).collect(), reply);
    }

    fn add_file(&mut self, key: TransferKey, freight: Freight) -> &mut Entry {
        let file = self.transfers.next_number();
        let info = self.file_info(file, key);
        let goods = self.node.transfer(key).map(Transfer::goods);
        let preview = goods.and_then(|goods| goods.preview).as_ref().map(Picture::from);
        let state = FileState::Offered { preview };
        self.transfers.entries.push_mut(Entry::new(key, info, state, freight))
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

    /// Takes a file that was offered, once there is a place for it.
    pub(in crate::node) fn take_file(&mut self, file: u32, into: Option<PathBuf>, taker: Taker) {
        match self.cargo_to_take(file, into) {
            Ok((key, folder, cargo)) => {
                let errand = Errand::Reserve { file, cargo: Box::new(cargo), goes_on: taker.goes_on };
                self.transfers.disk.run(&folder, errand);
                if let Some(entry) = self.transfers.find(key) {
                    entry.freight = Freight::Opening { folder, taker };
                }
                self.wait_for_disk(key);
            }
            Err(error) => self.not_taken(file, error, taker),
        }
    }

    fn cargo_to_take(
        &mut self,
        file: u32,
        into: Option<PathBuf>,
    ) -> Result<(TransferKey, PathBuf, Cargo), Answer> {
        let entry = self.transfers.numbered(file).filter(|entry| entry.is_known);
        let entry = entry.ok_or_else(|| no_such_file(file))?;
        if !entry.is_undecided() {
            return Err(Answer::error(ErrorKind::Usage, format!("file {file} does not wait to be taken")));
        }
        let key = entry.key;
        let (origin, goods) = self.origin_of(key).ok_or_else(|| no_such_file(file))?;
        let into = into.or_else(|| self.transfers.inbox.clone()).ok_or_else(|| {
            Answer::error(ErrorKind::Usage, "there is no home directory: name a folder to put it into")
        })?;
        if self.transfers.disk.is_busy(&into) {
            let why = format!("{} does not answer: too much waits for it", into.display());
            return Err(Answer::error(ErrorKind::Unavailable, why));
        }
        Ok((key, into.clone(), Cargo::Received { into, origin, goods, begun: None, refused: None }))
    }

    /// There is a place for a file that is taken, or there cannot be one.
    pub(super) fn reserved(
        &mut self,
        file: u32,
        cargo: Box<Cargo>,
        result: Result<Already, Trouble>,
        untold: Option<Box<Untold>>,
    ) {
        let entry = self.transfers.numbered(file);
        let Some((key, mut taker)) = entry.and_then(|entry| Some((entry.key, entry.end_opening()?))) else {
            // It was given up meanwhile. What is whole stays.
            if !matches!(result, Ok(Already::Whole)) {
                self.transfers.discard(*cargo);
            }
            return;
        };
        match result {
            Ok(already @ (Already::Begun | Already::Paused)) => {
                if let Some(folder) = cargo.folder() {
                    self.transfers.disk.sweep(folder);
                }
                self.taken(key, cargo, already == Already::Paused);
                taker.answer(Answer::Done);
            }
            Ok(Already::Whole) => {
                self.node.refuse(key, Refusal::Whole);
                self.is_stirred = true;
                self.stored_before(key, untold);
                taker.answer(Answer::Done);
            }
            Err(trouble) => self.no_place(file, key, &trouble, taker),
        }
    }

    /// There is a place for a file: it waits for a connection.
    fn taken(&mut self, key: TransferKey, cargo: Box<Cargo>, is_paused: bool) {
        if let Some(entry) = self.transfers.find(key) {
            entry.freight = Freight::Waiting(cargo);
            entry.is_paused = is_paused;
        }
        if let Some(taking) = self.node.transfer(key).map(|it| it.best(ciphers(), FRAME_LEN)) {
            self.node.take(key, taking);
        }
        self.is_stirred = true;
        self.tell_unless_held(key, FileState::Accepted);
    }

    /// There cannot be a place for a file.
    fn no_place(&mut self, file: u32, key: TransferKey, trouble: &Trouble, mut taker: Taker) {
        let error = Answer::error(ErrorKind::Unavailable, trouble.to_string());
        if !taker.or_refuse {
            return self.not_taken(file, error, taker);
        }
        let is_full = trouble.close() == Close::NoSpace;
        self.node.refuse(key, if is_full { Refusal::NoSpace } else { Refusal::Unable });
        self.is_stirred = true;
        self.end_file(key, FileState::Ended { why: trouble.to_string() });
        taker.answer(error);
    }

    /// A file was not taken. Where nobody has asked for it, the user decides.
    fn not_taken(&mut self, file: u32, error: Answer, mut taker: Taker) {
        if taker.reply.is_none()
            && let Some(entry) = self.transfers.numbered(file)
        {
            let key = entry.key;
            if let Some(held) = entry.held.take() {
                entry.state = held;
            }
            self.tell_offered(key);
        }
        taker.answer(error);
    }

    /// Turns a file away, or gives it up.
    pub(in crate::node) fn cancel_file(&mut self, file: u32) -> Answer {
        let Some(key) = self.key_of(file) else { return no_such_file(file) };
        self.ask_worker(key, Wish::Cancel);
        self.node.refuse(key, Refusal::Denied);
        self.node.withdraw(key);
        self.is_stirred = true;
        if let Some(cargo) = self.transfers.find(key).and_then(Entry::take_cargo) {
            self.transfers.discard(cargo);
        }
        self.end_file(key, FileState::Ended { why: "you have given it up".to_owned() });
        Answer::Done
    }

    /// The files that are offered or on their way.
    pub(in crate::node) fn files(&self) -> Answer {
        let listed = |entry: &Entry| FileKnown { info: entry.info.clone(), state: entry.state_now() };
        let known = self.transfers.entries.iter().filter(|entry| entry.is_known);
        Answer::Files { files: known.map(listed).collect() }
    }

    pub(super) fn key_of(&self, file: u32) -> Option<TransferKey> {
        self.transfers.entries.iter().find(|entry| entry.info.file == file).map(|entry| entry.key)
    }
}

/// Why nothing is offered to somebody.
enum NotOffered {
    Refused(OfferError),
    System(io::Error),
}

impl From<OfferError> for NotOffered {
    fn from(error: OfferError) -> Self {
        Self::Refused(error)
    }
}

impl From<io::Error> for NotOffered {
    fn from(error: io::Error) -> Self {
        Self::System(error)
    }
}

impl fmt::Display for NotOffered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => error.fmt(f),
            Self::System(error) => error.fmt(f),
        }
    }
}

impl From<NotOffered> for Answer {
    fn from(error: NotOffered) -> Self {
        let kind = match error {
            NotOffered::Refused(OfferError::NotAccepted) => ErrorKind::NotAccepted,
            NotOffered::Refused(OfferError::Full) | NotOffered::System(_) => ErrorKind::Unavailable,
        };
        Self::error(kind, error.to_string())
    }
}

/// What is not sent of a folder, in words.
fn left_out(offered: &Offered) -> Vec<String> {
    let LeftOut { count, examples } = offered.left_out();
    let more = count.saturating_sub(examples.len() as u64);
    let more = (more > 0).then(|| format!("{more} more"));
    examples.iter().map(|(path, why)| format!("{path}: {why}")).chain(more).collect()
}

fn new_id() -> io::Result<TransferId> {
    p2pm_posix::random::bytes().map(TransferId)
}

pub(super) fn no_such_file(file: u32) -> Answer {
    Answer::error(ErrorKind::Usage, format!("there is no file {file}: /files lists them, or p2pm files"))
}
