//! The keeper: what it holds, for whom, and what it tells their authors.

use core::num::NonZeroU64;

use super::held::{Debt, HeldLetter};
use crate::error::Fault;
use crate::identity;
use crate::link::LinkState;
use crate::node::{ContactId, Node, Storage};
use crate::wire::{Fate, LinkMessage, Mail, PublicKey, Signature};

impl<M: Storage> Node<M> {
    /// The letters that are held for others: whose they are, and for whom, in no particular order.
    pub fn held(&self) -> impl Iterator<Item = (ContactId, ContactId)> {
        let letters = self.mailbox.letters();
        letters.filter_map(|letter| Some((letter.author, self.contacts.find(&letter.addressee)?)))
    }

    pub(super) fn hear_entrusted(&mut self, state: &LinkState, mail: &Mail<'_>) -> Result<(), Fault> {
        let author = ContactId(state.contact);
        let Some((key, link)) = self.contacts.get(author).and_then(|it| Some((it.known.key, it.link?)))
        else {
            return Ok(());
        };
        if mail.letter.run != link.run {
            return Err(Fault::Value);
        }
        if !identity::is_letter(&mail.signature, &key, &mail.key, &mail.letter) {
            return Err(Fault::Proof);
        }
        match self.find_accepted(&mail.key).filter(|id| *id != author) {
            Some(_) => self.mailbox.hold(author, mail),
            None => self.mailbox.refuse(author, mail),
        }
        Ok(())
    }

    /// The contact of a key, if it is accepted.
    pub(super) fn find_accepted(&self, key: &PublicKey) -> Option<ContactId> {
        let id = self.contacts.find(key)?;
        self.contacts.get(id).filter(|contact| contact.known.is_accepted()).map(|_| id)
    }

    pub(super) fn hear_took(
        &mut self,
        state: &mut LinkState,
        signature: Option<Signature>,
    ) -> Result<(), Fault> {
        let stamp = state.mail.passing.take().ok_or(Fault::State)?;
        let addressee = self.key_of(state);
        // One that had to make room meanwhile is none any more.
        let Some(letter) =
            addressee.and_then(|key| self.mailbox.next_for(&key)).filter(|it| it.stamp == stamp.get())
        else {
            return Ok(());
        };
        let fate = match signature {
            None => Fate::NotHeld,
            Some(signature) if self.is_receipt_for(&signature, letter) => Fate::Delivered(signature),
            Some(_) => return Err(Fault::Proof),
        };
        self.mailbox.end(stamp.get(), fate);
        Ok(())
    }

    fn is_receipt_for(&self, signature: &Signature, held: &HeldLetter) -> bool {
        let letter = held.letter();
        self.contacts.get(held.author).is_some_and(|author| {
            let (addressee, author) = (&held.addressee, &author.known.key);
            identity::is_receipt(signature, addressee, author, (letter.run, letter.sequence))
        })
    }

    /// Key of the contact of a link.
    fn key_of(&self, state: &LinkState) -> Option<PublicKey> {
        self.contacts.get(ContactId(state.contact)).map(|contact| contact.known.key)
    }

    pub(super) fn wants_to_keep(&self, state: &LinkState) -> bool {
        !state.mail.keeps_said && self.mailbox.has_rows()
    }

    /// What the contact of a link is to be told of its letters.
    pub(super) fn next_debt(&self, state: &LinkState) -> Option<&Debt> {
        self.mailbox.next_debt(ContactId(state.contact))
    }

    /// Emits that we keep letters, or what has become of one.
    pub(super) fn emit_keeping(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        let message = if self.wants_to_keep(state) {
            state.mail.keeps_said = true;
            LinkMessage::Keeps
        } else if let Some(debt) = self.mailbox.settle(ContactId(state.contact)) {
            LinkMessage::Kept(debt.kept)
        } else {
            return false;
        };
        message.emit(out);
        true
    }

    /// The next letter to pass on over a link; the next one once that is answered.
    pub(super) fn next_to_pass(&self, state: &LinkState) -> Option<&HeldLetter> {
        let is_free = state.mail.keeps_said && state.mail.passing.is_none();
        self.key_of(state).filter(|_| is_free).and_then(|key| self.mailbox.next_for(&key))
    }

    pub(super) fn emit_passed(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        let Some(held) = self.next_to_pass(state) else { return false };
        let Some(author) = self.contacts.get(held.author) else { return false };
        let mail = Mail { key: author.known.key, signature: held.signature, letter: held.letter() };
        LinkMessage::Pass(mail).emit(out);
        state.mail.passing = NonZeroU64::new(held.stamp);
        state.saying = None;
        true
    }
}
