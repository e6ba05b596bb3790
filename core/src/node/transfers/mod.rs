//! The transfers of a node: what it has offered to whom, what it was offered, and what has become of it.
//!
//! | the shell | calls |
//! |---|---|
//! | has a file to send | [`Node::offer`] |
//! | is told [`TransferNews::Offered`] | [`Node::take`] or [`Node::refuse`], at once or when its user has decided |
//! | may open a connection | [`Node::next_transfer`], dials, and drives the transfer over it |
//! | has read the Hello of an accepted connection for a transfer | [`Node::expect_transfer`], and drives the transfer over it |
//! | has come to the end of that connection | [`Node::transfer_ended`] |

mod row;

use self::row::Stage;
pub use self::row::Transfer;
use super::table::Table;
use super::{ContactId, Node, Storage};
use crate::channel::{Asked, Ended};
use crate::error::Fault;
use crate::limits::{OFFER_TIMEOUT, OFFERS_PER_CONTACT};
use crate::link::LinkState;
use crate::time::{Instant, earliest};
use crate::transfer::Ticket;
use crate::wire::{
    Answer, Cipher, Close, Endpoint, LinkMessage, Offer, Refusal, Taking, TransferId, Verdict,
};

/// Number of a transfer in its node, until it is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TransferKey {
    row: u16,
    id: TransferId,
}

/// What has happened to a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TransferNews {
    /// Received: it is offered, and the user is to decide.
    Offered,
    /// Sent: the other node has taken it.
    Taken,
    /// Sent: the other node does not take it, or not any more. It is over.
    Refused(Refusal),
    /// Received: the other node does not offer it any more. It is over.
    Withdrawn,
    /// Received: the other node has given up the connection that is open here. The shell is to end it.
    Superseded,
}

/// A connection that is to be made for a transfer, or that was expected.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The transfer.
    pub key: TransferKey,
    /// What opens the connection.
    pub ticket: Ticket,
    /// Its cipher.
    pub cipher: Cipher,
}

/// How the connection of a transfer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TransferEnd {
    /// The stream is whole, and stored.
    Stored,
    /// It was cut, or never made. Another one is made.
    Cut {
        /// Whether it has brought the stream further.
        is_further: bool,
    },
    /// One of the two ends pauses.
    Paused,
    /// This end gives the transfer up.
    GivenUp,
}

impl TransferEnd {
    /// How a transfer goes on after its connection has ended like this, without the stream being stored.
    pub const fn after(ended: Ended, is_further: bool) -> Self {
        match ended {
            Ended::ByUs(reason) | Ended::ByPeer(reason) => match reason {
                Close::Paused | Close::NoSpace => Self::Paused,
                Close::Changed | Close::Failed | Close::Cancelled | Close::Fault(_) => Self::GivenUp,
                _ => Self::Cut { is_further },
            },
            Ended::Claimed(_) | Ended::Lost => Self::Cut { is_further },
        }
    }
}

/// Why nothing is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OfferError {
    /// There is no such contact, or it is not accepted.
    NotAccepted,
    /// There is no room for another transfer.
    Full,
}

impl core::fmt::Display for OfferError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotAccepted => "this contact is not accepted",
            Self::Full => "too many files are offered already",
        })
    }
}

impl core::error::Error for OfferError {}

/// What a link says of a transfer that is not kept. There is one at most, since a peer could cause any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retort {
    /// There is no room for this attempt of an offer.
    NoRoom(TransferId, u32),
    /// Nothing of this number is offered.
    Unknown(TransferId),
}

impl Retort {
    fn message(self) -> LinkMessage<'static> {
        match self {
            Self::NoRoom(id, attempt) => {
                LinkMessage::Answer(Answer { id, attempt, verdict: Verdict::Refuse(Refusal::Busy) })
            }
            Self::Unknown(id) => LinkMessage::Withdraw(id),
        }
    }
}

/// The transfers of a node, in rows.
pub(super) struct Transfers<R>(Table<R>);

impl<R: AsRef<[Transfer]> + AsMut<[Transfer]>> Transfers<R> {
    pub(super) fn new(rows: R) -> Self {
        Self(Table::new(rows))
    }

    fn iter(&self) -> impl Iterator<Item = (TransferKey, &Transfer)> {
        let used = self.0.used::<Transfer>().iter().zip(0..).filter(|(it, _)| it.stage != Stage::Free);
        used.map(|(it, row)| (TransferKey { row, id: it.id }, it))
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = (TransferKey, &mut Transfer)> {
        let used =
            self.0.used_mut::<Transfer>().iter_mut().zip(0..).filter(|(it, _)| it.stage != Stage::Free);
        used.map(|(it, row)| (TransferKey { row, id: it.id }, it))
    }

    fn get(&self, key: TransferKey) -> Option<&Transfer> {
        let row = self.0.used::<Transfer>().get(usize::from(key.row));
        row.filter(|it| it.stage != Stage::Free && it.id == key.id)
    }

    fn get_mut(&mut self, key: TransferKey) -> Option<&mut Transfer> {
        let row = self.0.used_mut::<Transfer>().get_mut(usize::from(key.row));
        row.filter(|it| it.stage != Stage::Free && it.id == key.id)
    }

    /// The transfer with a contact that has this number.
    fn find_mut(&mut self, contact: ContactId, is_sent: bool, id: TransferId) -> Option<&mut Transfer> {
        let mut rows = self.iter_mut().map(|(_, it)| it);
        rows.find(|it| (it.contact, it.is_sent, it.id) == (contact, is_sent, id))
    }

    /// Keeps another transfer; `None` if there is no room. One that is over, and of which the other end need not hear, makes
    /// room.
    fn insert(&mut self, transfer: Transfer) -> Option<TransferKey> {
        let id = transfer.id;
        let place = |row: usize| u16::try_from(row).ok().map(|row| TransferKey { row, id });
        let position = |rows: &[Transfer], stage| rows.iter().position(|it| it.stage == stage);
        let free = position(self.0.used(), Stage::Free);
        let transfer = match free {
            Some(_) => transfer,
            None => match self.0.push(transfer) {
                Ok(row) => return place(row),
                Err(transfer) => transfer,
            },
        };
        let rows = self.0.used_mut();
        let over = || position(rows, Stage::Whole).or_else(|| position(rows, Stage::Withdrawing));
        let row = free.or_else(over)?;
        *rows.get_mut(row)? = transfer;
        place(row)
    }

    /// The next thing that has happened to one of them.
    pub(super) fn take_news(&mut self) -> Option<(TransferKey, TransferNews)> {
        self.iter_mut().find_map(|(key, it)| {
            let news = it.news.take()?;
            if it.stage == Stage::Over {
                it.stage = Stage::Free;
            }
            Some((key, news))
        })
    }

    /// The transfers with a contact are over: it is refused or forgotten, or, `is_restarted`, it has forgotten what it has
    /// offered.
    fn end_all(&mut self, contact: ContactId, is_restarted: bool) {
        for (_, it) in self.iter_mut().filter(|(_, it)| it.contact == contact) {
            let is_known_still = is_restarted && (it.is_sent || it.stage == Stage::Open);
            match it.stage {
                _ if is_known_still || it.stage == Stage::Over => {}
                Stage::Whole => it.stage = Stage::Free,
                _ if it.is_sent => it.end(TransferNews::Refused(Refusal::Denied)),
                _ => it.end(TransferNews::Withdrawn),
            }
        }
    }
}

/// What the user wants.
impl<M: Storage> Node<M> {
    /// Offers something to a contact: now, or as soon as it is linked. The number and the secret of the offer are random.
    pub fn offer(&mut self, to: ContactId, offer: &Offer<'_>) -> Result<TransferKey, OfferError> {
        let is_accepted = self.contacts.get(to).is_some_and(|contact| contact.known.is_accepted());
        if !is_accepted {
            return Err(OfferError::NotAccepted);
        }
        self.transfers.insert(Transfer::sent(to, offer)).ok_or(OfferError::Full)
    }

    /// Takes what was offered, as soon as the contact is linked.
    pub fn take(&mut self, key: TransferKey, taking: Taking) {
        if let Some(it) = self.transfers.get_mut(key).filter(|it| it.stage == Stage::Asked) {
            it.taking = Some(taking);
            it.stage = Stage::Answering(Verdict::Take(taking));
        }
    }

    /// Refuses what was offered, or gives it up: a connection that is open for it is the shell's to end.
    pub fn refuse(&mut self, key: TransferKey, refusal: Refusal) {
        if let Some(it) = self.transfers.get_mut(key).filter(|it| !it.is_sent && it.stage != Stage::Whole) {
            it.stage = Stage::Answering(Verdict::Refuse(refusal));
        }
    }

    /// Gives up what this node has offered: a connection that is open for it is the shell's to end.
    pub fn withdraw(&mut self, key: TransferKey) {
        if let Some(it) = self.transfers.get_mut(key).filter(|it| it.is_sent) {
            it.stage = Stage::Withdrawing;
        }
    }

    /// Goes on with a transfer that has paused.
    pub fn resume_transfer(&mut self, key: TransferKey) {
        let Some(it) = self.transfers.get_mut(key).filter(|it| it.stage == Stage::Resting) else { return };
        match it.taking.filter(|_| !it.is_sent) {
            Some(taking) => it.stage = Stage::Answering(Verdict::Take(taking)),
            None => it.offer_again(),
        }
    }

    /// The transfer with this number.
    pub fn transfer(&self, key: TransferKey) -> Option<&Transfer> {
        self.transfers.get(key)
    }

    /// All transfers that are not over.
    pub fn transfers(&self) -> impl Iterator<Item = (TransferKey, &Transfer)> {
        self.transfers.iter()
    }
}

impl Transfer {
    /// It is over, which the shell is told.
    fn end(&mut self, news: TransferNews) {
        self.news = Some(news);
        self.stage = Stage::Over;
    }

    fn offer_again(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
        self.stage = Stage::Offering;
    }

    /// What opens the connection of the last attempt, which is made now.
    fn open(&mut self, key: TransferKey) -> Option<Passage> {
        let Taking { cipher, frame_len } = self.taking?;
        self.stage = Stage::Open;
        Some(Passage { key, ticket: Ticket { id: self.id, secret: self.secret(), frame_len }, cipher })
    }

    fn is_agreed(&self) -> bool {
        matches!(self.stage, Stage::Agreed(_))
    }
}

/// The connections of transfers.
impl<M: Storage> Node<M> {
    /// The next transfer for which this node is to dial, and where: whoever has dialled the link dials.
    pub fn next_transfer(&mut self) -> Option<(Passage, Endpoint)> {
        let contacts = &self.contacts;
        self.transfers.iter_mut().filter(|(_, it)| it.is_agreed()).find_map(|(key, it)| {
            let contact =
                contacts.get(it.contact).filter(|contact| contact.link.is_some_and(|link| link.is_ours))?;
            let endpoint = contact.known.endpoint?;
            it.open(key).map(|passage| (passage, endpoint))
        })
    }

    /// The transfer that the Hello of an accepted connection asks for, if it is expected. A secret opens one connection.
    pub fn expect_transfer(&mut self, asked: &Asked) -> Option<Passage> {
        self.transfers.iter_mut().filter(|(_, it)| it.is_agreed()).find_map(|(key, it)| {
            let ticket = Ticket { id: it.id, secret: it.secret(), frame_len: it.taking?.frame_len };
            if ticket.is_for(asked) { it.open(key) } else { None }
        })
    }

    /// The connection of a transfer has ended, or could not be made.
    pub fn transfer_ended(&mut self, now: Instant, key: TransferKey, end: TransferEnd) {
        let Some(it) = self.transfers.get_mut(key).filter(|it| it.stage == Stage::Open) else { return };
        match (end, it.is_sent) {
            (TransferEnd::Stored, true) => it.stage = Stage::Free,
            (TransferEnd::Stored, false) => it.stage = Stage::Whole,
            (TransferEnd::Cut { is_further }, true) => it.wait(now, is_further),
            (TransferEnd::GivenUp, true) => it.stage = Stage::Withdrawing,
            (TransferEnd::GivenUp, false) => it.stage = Stage::Answering(Verdict::Refuse(Refusal::Denied)),
            (TransferEnd::Paused, _) | (TransferEnd::Cut { .. }, false) => it.stage = Stage::Resting,
        }
        if let Some((attempt, secret)) = it.next.take() {
            it.renew(attempt, secret);
            it.answer_again();
        }
    }

    /// Offers again what is due, and gives up connections that were not made in time.
    pub fn poll_transfers(&mut self, now: Instant) {
        for (_, it) in self.transfers.iter_mut() {
            match it.stage {
                Stage::Waiting(until) if now >= until => it.offer_again(),
                Stage::Agreed(until) if now >= until && it.is_sent => it.wait(now, false),
                Stage::Agreed(until) if now >= until => it.stage = Stage::Resting,
                _ => {}
            }
        }
    }

    /// When to call [`Node::poll_transfers`].
    pub fn transfer_deadline(&self) -> Option<Instant> {
        self.transfers.iter().fold(None, |deadline, (_, it)| match it.stage {
            Stage::Waiting(until) | Stage::Agreed(until) => earliest(deadline, Some(until)),
            _ => deadline,
        })
    }
}

impl Transfer {
    /// Another attempt was offered: it is answered as the last one was.
    fn answer_again(&mut self) {
        self.stage = match (self.stage, self.taking) {
            (Stage::Whole, _) => Stage::Answering(Verdict::Refuse(Refusal::Whole)),
            (Stage::Answering(verdict @ Verdict::Refuse(_)), _) => Stage::Answering(verdict),
            (_, Some(taking)) => Stage::Answering(Verdict::Take(taking)),
            (stage, None) => stage,
        };
    }
}

/// What a link hears of transfers.
impl<M: Storage> Node<M> {
    pub(super) fn hear_offer(&mut self, state: &LinkState, offer: &Offer<'_>) -> Result<(), Fault> {
        let contact = ContactId(state.contact);
        let Some(it) = self.transfers.find_mut(contact, false, offer.id) else {
            self.hear_new_offer(contact, offer);
            return Ok(());
        };
        if !it.is_of(&offer.goods) || offer.attempt <= it.attempt {
            return Err(Fault::Value);
        }
        if it.stage == Stage::Open {
            it.next = Some((offer.attempt, offer.secret.clone()));
            it.news = Some(TransferNews::Superseded);
            self.has_news = true;
        } else {
            it.renew(offer.attempt, offer.secret.clone());
            it.answer_again();
        }
        Ok(())
    }

    fn hear_new_offer(&mut self, contact: ContactId, offer: &Offer<'_>) {
        let is_pending = |it: &Transfer| it.contact == contact && !it.is_sent && it.stage != Stage::Whole;
        let pending = self.transfers.iter().filter(|(_, it)| is_pending(it)).count();
        let is_kept = pending < OFFERS_PER_CONTACT
            && self.transfers.insert(Transfer::received(contact, offer)).is_some();
        if is_kept {
            self.has_news = true;
        } else if let Some(link) = self.contacts.get_mut(contact).and_then(|contact| contact.link.as_mut()) {
            link.retort = Some(Retort::NoRoom(offer.id, offer.attempt));
        }
    }

    pub(super) fn hear_answer(
        &mut self,
        now: Instant,
        state: &LinkState,
        answer: Answer,
    ) -> Result<(), Fault> {
        let contact = ContactId(state.contact);
        let Some(it) = self.transfers.find_mut(contact, true, answer.id) else {
            self.hear_answer_to_nothing(contact, answer);
            return Ok(());
        };
        match (answer.verdict, it.stage) {
            // They cross what was said last.
            (_, Stage::Withdrawing | Stage::Over) => {}
            (Verdict::Take(_), _) if answer.attempt != it.attempt => {}
            (Verdict::Take(taking), Stage::Offered(_)) => {
                if !it.allows(taking) {
                    return Err(Fault::Value);
                }
                it.news = Some(TransferNews::Taken).filter(|_| it.taking.is_none());
                it.taking = Some(taking);
                it.stage = Stage::Agreed(now + OFFER_TIMEOUT);
            }
            (Verdict::Take(_), Stage::Resting) => it.offer_again(),
            (Verdict::Take(_), _) => {}
            (Verdict::Refuse(refusal), _) => {
                it.end(TransferNews::Refused(refusal));
            }
        }
        self.has_news = true;
        Ok(())
    }

    /// What is not offered, or not any more, is not to be waited for.
    fn hear_answer_to_nothing(&mut self, contact: ContactId, answer: Answer) {
        if let Verdict::Take(_) = answer.verdict
            && let Some(link) = self.contacts.get_mut(contact).and_then(|contact| contact.link.as_mut())
        {
            link.retort = Some(Retort::Unknown(answer.id));
        }
    }

    pub(super) fn hear_withdrawal(&mut self, state: &LinkState, id: TransferId) {
        let contact = ContactId(state.contact);
        if let Some(it) = self.transfers.find_mut(contact, false, id).filter(|it| it.stage != Stage::Whole) {
            it.end(TransferNews::Withdrawn);
            self.has_news = true;
        }
    }

    /// A link has ended: what was offered on it is offered again.
    pub(super) fn offer_again(&mut self, state: &LinkState) {
        for (_, it) in self.transfers.iter_mut().filter(|(_, it)| it.stage == Stage::Offered(state.id)) {
            it.offer_again();
        }
    }

    /// The node of a contact has started again: what it has offered, it has forgotten.
    pub(super) fn forget_offers(&mut self, contact: ContactId) {
        self.transfers.end_all(contact, true);
        self.has_news = true;
    }

    /// A contact is refused or forgotten.
    pub(super) fn end_transfers(&mut self, contact: ContactId) {
        self.transfers.end_all(contact, false);
        self.has_news = true;
    }
}

/// What a link says of transfers.
impl<M: Storage> Node<M> {
    pub(super) fn wants_transfer(&self, state: &LinkState) -> bool {
        self.has_retort(state) || self.transfers.iter().any(|(_, it)| it.is_due_on(state))
    }

    fn has_retort(&self, state: &LinkState) -> bool {
        let link = self.contacts.get(ContactId(state.contact)).and_then(|contact| contact.link);
        link.is_some_and(|link| link.retort.is_some())
    }

    pub(super) fn emit_transfer(&mut self, now: Instant, state: &LinkState, out: &mut [u8]) -> bool {
        let link = self.contacts.get_mut(ContactId(state.contact)).and_then(|contact| contact.link.as_mut());
        if let Some(retort) = link.and_then(|link| link.retort.take()) {
            retort.message().emit(out);
            return true;
        }
        let due = self.transfers.iter_mut().map(|(_, it)| it).find(|it| it.is_due_on(state));
        due.is_some_and(|it| it.emit(now, state, out))
    }
}

impl Transfer {
    /// Whether a link has something to say of it.
    fn is_due_on(&self, state: &LinkState) -> bool {
        self.contact == ContactId(state.contact)
            && matches!(self.stage, Stage::Offering | Stage::Answering(_) | Stage::Withdrawing)
    }

    fn emit(&mut self, now: Instant, state: &LinkState, out: &mut [u8]) -> bool {
        match self.stage {
            Stage::Offering => {
                LinkMessage::Offer(self.offer()).emit(out);
                self.stage = Stage::Offered(state.id);
            }
            Stage::Answering(verdict) => {
                LinkMessage::Answer(Answer { id: self.id, attempt: self.attempt, verdict }).emit(out);
                self.stage = match verdict {
                    Verdict::Take(_) => Stage::Agreed(now + OFFER_TIMEOUT),
                    Verdict::Refuse(Refusal::Whole) => Stage::Whole,
                    Verdict::Refuse(_) => Stage::Free,
                };
            }
            Stage::Withdrawing => {
                LinkMessage::Withdraw(self.id).emit(out);
                self.stage = Stage::Free;
            }
            _ => return false,
        }
        true
    }
}
