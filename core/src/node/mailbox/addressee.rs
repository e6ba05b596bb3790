//! The addressee: which letters it takes.

use crate::error::Fault;
use crate::identity;
use crate::link::{Hearing, LinkState, Passed};
use crate::node::{ContactId, LinkEvent, Node, Storage};
use crate::wire::{Letter, LinkMessage, Mail, Part};

impl<M: Storage> Node<M> {
    pub(super) fn hear_passed<'f>(
        &mut self,
        state: &mut LinkState,
        mail: &Mail<'f>,
    ) -> Result<Option<LinkEvent<'f>>, Fault> {
        if state.mail.passed.is_some() {
            return Err(Fault::State);
        }
        // It ends a text that is half said.
        state.hearing = Hearing::default();
        state.mail.passed = Some(Passed::NotTaken);
        let keeper = ContactId(state.contact);
        let author = self.find_accepted(&mail.key).filter(|author| *author != keeper);
        let Some((id, contact)) = author.and_then(|id| Some((id, self.contacts.get(id)?))) else {
            return Ok(None);
        };
        let Letter { run, sequence, previous, .. } = mail.letter;
        let Some(last) = contact.heard.last(run).filter(|last| is_in_order(&mail.letter, *last)) else {
            return Ok(None);
        };
        if !identity::is_letter(&mail.signature, &mail.key, &self.key, &mail.letter) {
            return Err(Fault::Proof);
        }
        state.mail.passed = Some(Passed::Of { author: id.0, run, sequence });
        if sequence <= last {
            return Ok(None);
        }
        if let Some(contact) = self.contacts.get_mut(id) {
            contact.heard.show_kept(run);
        }
        let (keeper, missed) = (Some(keeper), previous > last);
        Ok(part(&mail.letter).map(|part| LinkEvent::Said { contact: id, keeper, missed, part }))
    }

    /// Emits the answer to the letter that was passed on last: it is taken if it was shown or kept meanwhile.
    pub(super) fn emit_took(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        let Some(passed) = state.mail.passed.take() else { return false };
        let signature = match passed {
            Passed::NotTaken => None,
            Passed::Of { author, run, sequence } => {
                let author = self.contacts.get(ContactId(author));
                let author = author.filter(|it| it.heard.last(run).is_some_and(|last| last >= sequence));
                author.map(|it| identity::sign_receipt(&self.identity, &it.known.key, run, sequence))
            }
        };
        LinkMessage::Took(signature).emit(out);
        true
    }
}

/// Whether a letter was heard before, or comes next, where `last` was heard last of its run.
fn is_in_order(letter: &Letter<'_>, last: u32) -> bool {
    letter.sequence <= last || letter.previous <= last || letter.is_given_up
}

/// The letter as a text that has come in one part.
fn part<'f>(letter: &Letter<'f>) -> Option<Part<'f>> {
    let Letter { scope, sequence, previous, text, .. } = *letter;
    Some(Part { scope, sequence, previous, total: u16::try_from(text.len()).ok()?, offset: 0, text })
}
