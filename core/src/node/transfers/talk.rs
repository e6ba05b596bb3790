//! What links hear and say of transfers.

use super::row::{Meanwhile, Stage, Transfer};
use super::{Retort, TransferKey, TransferNews, Transfers};
use crate::error::Fault;
use crate::limits::OFFERS_PER_CONTACT;
use crate::link::LinkState;
use crate::node::{ContactId, Node, Storage};
use crate::time::Instant;
use crate::wire::{Answer, LinkMessage, Offer, Refusal, TransferId, Verdict};

/// What a link hears of transfers.
impl<M: Storage> Node<M> {
    pub(in crate::node) fn hear_offer(&mut self, state: &LinkState, offer: &Offer<'_>) -> Result<(), Fault> {
        let contact = ContactId(state.contact);
        let Some(it) = self.transfers.find_mut(contact, false, offer.id) else {
            self.hear_new_offer(contact, offer);
            return Ok(());
        };
        let is_late = it.last_attempt().is_some_and(|last| offer.attempt <= last);
        if is_late || !it.is_of(&offer.goods) {
            return Err(Fault::Value);
        }
        if let Stage::Open(meanwhile) = &mut it.stage {
            // Whoever has forgotten it knows it again.
            *meanwhile = Meanwhile::Offered(offer.attempt, offer.secret.clone());
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
        let is_able = self.transfers.has_rows();
        let is_kept =
            pending < OFFERS_PER_CONTACT && self.insert(Transfer::received(contact, offer)).is_some();
        if is_kept {
            self.has_news = true;
        } else if let Some(link) = self.contacts.get_mut(contact).and_then(|contact| contact.link.as_mut()) {
            let refusal = if is_able { Refusal::Busy } else { Refusal::Unable };
            link.retort = Some(Retort::Refused(offer.id, offer.attempt, refusal));
        }
    }

    pub(in crate::node) fn hear_answer(
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
        match (answer.verdict, &it.stage) {
            // It crosses what was said last.
            (_, Stage::Withdrawing) => {}
            (Verdict::Take(_), Stage::Withdrawn(_)) => it.stage = Stage::Withdrawing,
            (Verdict::Refuse(_), Stage::Withdrawn(_)) => it.free(),
            (Verdict::Take(_), _) if answer.attempt != it.attempt => {}
            (Verdict::Take(taking), Stage::Offered(_)) => {
                if !it.allows(taking) {
                    return Err(Fault::Value);
                }
                it.news = Some(TransferNews::Taken).filter(|_| it.taking.is_none());
                it.taking = Some(taking);
                it.agree(state.id, now);
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

    pub(in crate::node) fn hear_withdrawal(&mut self, state: &LinkState, id: TransferId) {
        let contact = ContactId(state.contact);
        if let Some(it) = self.transfers.find_mut(contact, false, id).filter(|it| !it.is_whole()) {
            it.end(TransferNews::Withdrawn);
            self.has_news = true;
        }
    }

    /// A link has ended: what was said on it may not have arrived.
    pub(in crate::node) fn say_again(&mut self, state: &LinkState) {
        for (_, it) in self.transfers.iter_mut() {
            if it.stage == Stage::Offered(state.id) {
                it.offer_again();
            } else if it.stage == Stage::Withdrawn(state.id) {
                it.stage = Stage::Withdrawing;
            } else {
                it.outlast(|link| link == state.id);
            }
        }
    }

    /// The node of a contact has started again: what it has offered, it has forgotten.
    pub(in crate::node) fn forget_offers(&mut self, contact: ContactId) {
        self.transfers.end_all(contact, true);
        self.has_news = true;
    }

    /// A contact is refused or forgotten.
    pub(in crate::node) fn end_transfers(&mut self, contact: ContactId) {
        self.transfers.end_all(contact, false);
        self.has_news = true;
    }
}

/// What a link says of transfers.
impl<M: Storage> Node<M> {
    pub(in crate::node) fn wants_transfer(&self, state: &LinkState) -> bool {
        self.has_retort(state) || self.transfers.due_on(state).is_some()
    }

    fn has_retort(&self, state: &LinkState) -> bool {
        let link = self.contacts.get(ContactId(state.contact)).and_then(|contact| contact.link);
        link.is_some_and(|link| link.retort.is_some())
    }

    pub(in crate::node) fn emit_transfer(&mut self, now: Instant, state: &LinkState, out: &mut [u8]) -> bool {
        let link = self.contacts.get_mut(ContactId(state.contact)).and_then(|contact| contact.link.as_mut());
        if let Some(retort) = link.and_then(|link| link.retort.take()) {
            retort.message().emit(out);
            return true;
        }
        let due = self.transfers.due_on(state).and_then(|key| self.transfers.get_mut(key));
        due.is_some_and(|it| it.emit(now, state, out))
    }
}

impl<R: AsRef<[Transfer]> + AsMut<[Transfer]>> Transfers<R> {
    /// The next transfer of which a link has something to say. What the other node would have no room for waits.
    fn due_on(&self, state: &LinkState) -> Option<TransferKey> {
        let contact = ContactId(state.contact);
        let mut has_room = None;
        let mut has_room = || {
            let is_kept_there = |it: &Transfer| {
                it.contact == contact && it.is_sent && it.is_said && !matches!(it.stage, Stage::Withdrawn(_))
            };
            let count = || self.iter().filter(|(_, it)| is_kept_there(it)).count();
            *has_room.get_or_insert_with(|| count() < OFFERS_PER_CONTACT)
        };
        let mut due = self.iter().filter(|(_, it)| it.is_due_on(state));
        due.find(|(_, it)| it.stage != Stage::Offering || it.is_said || has_room()).map(|(key, _)| key)
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
                self.is_said = true;
                self.stage = Stage::Offered(state.id);
            }
            Stage::Answering(verdict) => {
                LinkMessage::Answer(Answer { id: self.id, attempt: self.attempt, verdict }).emit(out);
                match verdict {
                    Verdict::Take(_) => self.agree(state.id, now),
                    Verdict::Refuse(Refusal::Whole) => self.stage = Stage::Whole,
                    Verdict::Refuse(_) => self.free(),
                }
            }
            Stage::Withdrawing => {
                LinkMessage::Withdraw(self.id).emit(out);
                self.stage = Stage::Withdrawn(state.id);
            }
            _ => return false,
        }
        true
    }
}
