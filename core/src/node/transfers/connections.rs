//! The connections of transfers.

use super::row::{Meanwhile, Stage, Transfer};
use super::{Passage, TransferEnd, TransferKey, TransferNews};
use crate::channel::Asked;
use crate::node::{ContactId, Node, Storage};
use crate::time::{Instant, earliest};
use crate::transfer::Ticket;
use crate::wire::{Endpoint, Refusal, Taking, Verdict};

impl<M: Storage> Node<M> {
    /// The next transfer for which this node is to dial, and where: whoever has dialled the link dials. `has_room` says whether
    /// the shell has room for another connection with a contact: those of others need not wait for it.
    pub fn next_transfer(&mut self, has_room: impl Fn(ContactId) -> bool) -> Option<(Passage, Endpoint)> {
        let contacts = &self.contacts;
        let is_due = |it: &Transfer| it.is_agreed() && has_room(it.contact);
        self.transfers.iter_mut().filter(|(_, it)| is_due(it)).find_map(|(key, it)| {
            let contact =
                contacts.get(it.contact).filter(|contact| contact.link.is_some_and(|link| link.is_ours))?;
            let endpoint = contact.known.endpoint?;
            it.open(key).map(|passage| (passage, endpoint))
        })
    }

    /// The transfer that the Hello of an accepted connection asks for, if it is expected and there is room for it. A secret opens
    /// one connection.
    pub fn expect_transfer(
        &mut self,
        asked: &Asked,
        has_room: impl Fn(ContactId) -> bool,
    ) -> Option<Passage> {
        let is_due = |it: &Transfer| it.is_agreed() && has_room(it.contact);
        self.transfers.iter_mut().filter(|(_, it)| is_due(it)).find_map(|(key, it)| {
            let Taking { cipher, frame_len } = it.taking?;
            let ticket = Ticket { id: it.id, secret: it.secret(), frame_len };
            if ticket.is_for(asked, cipher.suite()) { it.open(key) } else { None }
        })
    }

    /// The connection of a transfer has ended, or could not be made.
    pub fn transfer_ended(&mut self, now: Instant, key: TransferKey, end: TransferEnd) {
        let Some(it) = self.transfers.get_mut(key) else { return };
        let Some(meanwhile) = it.close() else { return };
        let is_forgotten = meanwhile == Meanwhile::Forgotten;
        match (end, it.is_sent) {
            (TransferEnd::Stored, true) => return it.free(),
            // Nobody will ask for it again.
            (TransferEnd::Stored | TransferEnd::GivenUp, false) if is_forgotten => return it.free(),
            (TransferEnd::Stored, false) => it.stage = Stage::Whole,
            (TransferEnd::Paused | TransferEnd::Cut { .. } | TransferEnd::Unexpected, false)
                if is_forgotten =>
            {
                it.end(TransferNews::Forgotten);
                self.has_news = true;
            }
            (TransferEnd::Unexpected, false) => it.come_again(now),
            (TransferEnd::Cut { is_further }, true) => it.wait(now, is_further),
            (TransferEnd::Unexpected, true) => it.wait(now, false),
            (TransferEnd::GivenUp, true) => it.stage = Stage::Withdrawing,
            (TransferEnd::GivenUp, false) => it.stage = Stage::Answering(Verdict::Refuse(Refusal::Denied)),
            (TransferEnd::Paused, _) | (TransferEnd::Cut { is_further: true }, false) => it.rest(),
            (TransferEnd::Cut { is_further: false }, false) => it.stage = Stage::Resting,
        }
        let link = self.contacts.get(it.contact).and_then(|contact| contact.link);
        it.outlast(|taken_on| link.is_none_or(|link| link.id != taken_on));
        if let Meanwhile::Offered(attempt, secret) = meanwhile {
            it.renew(attempt, secret);
            it.answer_again();
        }
    }

    /// Offers again what is due, and gives up connections that were not made in time. Whether a link has something to say now.
    pub fn poll_transfers(&mut self, now: Instant) -> bool {
        let mut is_stirred = false;
        for (_, it) in self.transfers.iter_mut() {
            match it.stage {
                Stage::Waiting(until) if now >= until => {
                    it.offer_again();
                    is_stirred = true;
                }
                Stage::Agreed if now >= it.until && it.is_sent => it.wait(now, false),
                Stage::Agreed if now >= it.until => it.stage = Stage::Resting,
                Stage::TooEarly(again) if now >= again => it.stage = Stage::Agreed,
                _ => {}
            }
        }
        is_stirred
    }

    /// When to call [`Node::poll_transfers`].
    pub fn transfer_deadline(&self) -> Option<Instant> {
        self.transfers.iter().fold(None, |deadline, (_, it)| match it.stage {
            Stage::Waiting(until) | Stage::TooEarly(until) => earliest(deadline, Some(until)),
            Stage::Agreed => earliest(deadline, Some(it.until)),
            _ => deadline,
        })
    }
}
