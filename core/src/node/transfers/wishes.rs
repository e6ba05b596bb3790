//! What the user wants to become of transfers.

use super::row::{Stage, Transfer};
use super::{OfferError, TransferKey};
use crate::node::{ContactId, Node, Storage};
use crate::wire::{Offer, Refusal, Taking, Verdict};

impl<M: Storage> Node<M> {
    /// Offers something to a contact: now, or as soon as it is linked. The number and the secret of the offer are random.
    pub fn offer(&mut self, to: ContactId, offer: &Offer<'_>) -> Result<TransferKey, OfferError> {
        let is_accepted = self.contacts.get(to).is_some_and(|contact| contact.known.is_accepted());
        if !is_accepted {
            return Err(OfferError::NotAccepted);
        }
        self.insert(Transfer::sent(to, offer)).ok_or(OfferError::Full)
    }

    /// Whether what was offered, and waits for a decision, is to be taken without asking the user.
    pub fn is_taken_unasked(&self, key: TransferKey) -> bool {
        let asked = self.transfers.get(key).filter(|it| !it.is_sent && it.stage == Stage::Asked);
        let contact = asked.and_then(|it| self.contacts.get(it.contact));
        contact.is_some_and(|contact| contact.known.are_files_taken())
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
        if let Some(it) = self.transfers.get_mut(key).filter(|it| !it.is_sent && !it.is_whole()) {
            it.refuse(refusal);
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

    /// Keeps another transfer; `None` if there is no room.
    pub(super) fn insert(&mut self, transfer: Transfer) -> Option<TransferKey> {
        let Self { transfers, contacts, .. } = self;
        transfers.insert(transfer, |contact| contacts.get(contact).is_none_or(|it| !it.is_linked()))
    }

    /// The transfer with this number.
    pub fn transfer(&self, key: TransferKey) -> Option<&Transfer> {
        self.transfers.get(key)
    }

    /// All transfers that are not over.
    pub fn transfers(&self) -> impl Iterator<Item = (TransferKey, &Transfer)> {
        self.transfers.iter().filter(|(_, it)| it.is_live() && !it.is_withdrawn())
    }
}
