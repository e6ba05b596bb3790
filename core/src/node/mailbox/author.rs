//! The author: what it entrusts to a keeper, and what it hears of that.

use core::num::NonZeroU32;

use super::entrusted::Entrusted;
use crate::error::Fault;
use crate::identity;
use crate::limits::HELD_TEXT_MAX;
use crate::link::{Entrusting, LinkState};
use crate::node::contact::Contact;
use crate::node::{ContactId, Node, Storage, outbox};
use crate::wire::{Fate, Kept, Letter, LinkMessage, Mail, Signature};

impl<M: Storage> Node<M> {
    pub(super) fn hear_kept(&mut self, state: &mut LinkState, kept: &Kept) -> Result<(), Fault> {
        let Kept { addressee, sequence, fate } = *kept;
        let id = self.contacts.find(&addressee);
        // One that is forgotten is not known by its key any more.
        let is_it =
            |it: &Entrusting| it.sequence.get() == sequence && id.is_none_or(|id| id.0 == it.addressee);
        state.mail.entrusting.take_if(|it| is_it(it));
        let Some(id) = id else { return Ok(()) };
        let (key, run) = (self.key, self.run);
        let Some(contact) = self.contacts.get_mut(id) else { return Ok(()) };
        if !contact.was_told(sequence) {
            return Err(Fault::Value);
        }
        if let Fate::Delivered(signature) = fate
            && !contact.is_received(sequence)
            && !identity::is_receipt(&signature, &addressee, &key, (run, sequence))
        {
            return Err(Fault::Proof);
        }
        contact.record_kept(state.id, ContactId(state.contact), sequence, fate);
        self.has_news = true;
        Ok(())
    }

    /// The next letter to entrust over a link, and for whom.
    pub(super) fn next_to_entrust(&self, state: &LinkState) -> Option<(ContactId, Letter<'_>)> {
        if !state.mail.keeps || state.mail.entrusting.is_some() {
            return None;
        }
        let mut away = self.contacts.iter().filter(|(_, contact)| self.may_go_over(state, contact));
        away.find_map(|(id, contact)| Some((id, self.next_letter(state, id, contact)?)))
    }

    /// Whether letters to a contact may go over a link: it is not linked, and is known in the circle of the keeper.
    fn may_go_over(&self, state: &LinkState, contact: &Contact) -> bool {
        let keeper = self.contacts.get(ContactId(state.contact));
        contact.link.is_none()
            && contact.known.is_accepted()
            && keeper.is_some_and(|keeper| keeper.circle == contact.circle)
            && contact.entrusted.may_go_over(state.id)
    }

    /// What waits for a contact after the message with this number.
    fn waiting<'n>(
        &'n self,
        id: ContactId,
        contact: &'n Contact,
        after: u32,
    ) -> impl Iterator<Item = outbox::Message<'n>> {
        let messages = self.outbox.after(after.max(contact.finished()));
        messages.filter(move |it| contact.is_concerned(id, it.sequence, it.to))
    }

    /// The next message that is for a contact, to be entrusted over a link.
    fn next_message<'n>(
        &'n self,
        state: &LinkState,
        id: ContactId,
        contact: &'n Contact,
    ) -> Option<outbox::Message<'n>> {
        self.waiting(id, contact, contact.entrusted_over(state.id).upto).next()
    }

    /// The same as a letter; `None`, too, if it is too long for one: it waits for the contact, and with it all after it.
    fn next_letter<'n>(
        &'n self,
        state: &LinkState,
        id: ContactId,
        contact: &'n Contact,
    ) -> Option<Letter<'n>> {
        let message = self.next_message(state, id, contact)?;
        let text = message.text.get(..HELD_TEXT_MAX.min(message.text.len()))?;
        let text = core::str::from_utf8(text).ok().filter(|text| text.len() == message.text.len())?;
        let (scope, sequence) = (message.to.scope(), message.sequence);
        let before =
            self.waiting(id, contact, 0).map(|it| it.sequence).take_while(|it| *it < sequence).last();
        let (previous, is_given_up) = match before {
            Some(before) => (before, false),
            None => (contact.given_up(), contact.given_up() > 0),
        };
        Some(Letter { run: self.run, scope, sequence, previous, is_given_up, text })
    }

    pub(super) fn emit_entrusted(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        self.pass_over_others(state);
        let Some((id, letter)) = self.next_to_entrust(state) else { return false };
        let Some(addressee) = self.contacts.get(id).map(|contact| contact.known.key) else { return false };
        let signature: Signature = identity::sign_letter(&self.identity, &addressee, &letter);
        let sequence = letter.sequence;
        LinkMessage::Entrust(Mail { key: addressee, signature, letter }).emit(out);
        state.mail.entrusting =
            NonZeroU32::new(sequence).map(|sequence| Entrusting { addressee: id.0, sequence });
        if let Some(contact) = self.contacts.get_mut(id) {
            contact.record_entrusted(state.id, sequence);
        }
        true
    }

    /// Passes over what is said to others, so that it is looked at once.
    fn pass_over_others(&mut self, state: &LinkState) {
        let last = self.last_said();
        if !state.mail.keeps || state.mail.entrusting.is_some() {
            return;
        }
        for index in 0.. {
            let id = ContactId(index);
            let Some(contact) = self.contacts.get(id) else { return };
            if contact.entrusted_over(state.id).upto < last
                && self.may_go_over(state, contact)
                && self.next_message(state, id, contact).is_none()
                && let Some(contact) = self.contacts.get_mut(id)
            {
                contact.entrusted = Entrusted { upto: last, ..contact.entrusted_over(state.id) };
            }
        }
    }
}
