//! What the two ends of a link hear of each other's discovery, where one of them asks.

use super::contact::Linked;
use super::session::LinkEvent;
use super::{ContactId, Node, Storage};
use crate::error::Fault;
use crate::link::LinkState;
use crate::wire::{LinkMessage, Reception};

/// A question over a link, and the answer to one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Inquiry {
    question: Question,
    answer: Answer,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Question {
    #[default]
    None,
    /// To be sent.
    Due,
    /// Sent, and not answered.
    Asked,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Answer {
    /// None was asked for.
    #[default]
    None,
    /// The shell has been told that one is asked for.
    Owed,
    /// To be sent.
    Due(Reception),
}

impl<M: Storage> Node<M> {
    /// Asks a contact what it hears of this node's discovery; [`LinkEvent::Reception`] is the answer. False if the contact is
    /// not here.
    pub fn ask_reception(&mut self, id: ContactId) -> bool {
        let Some(inquiry) = self.inquiry(id) else { return false };
        if inquiry.question == Question::None {
            inquiry.question = Question::Due;
        }
        true
    }

    /// Tells a contact that has asked for it ([`LinkEvent::AsksReception`]) what is heard of its discovery, unless the link on
    /// which it has asked is over.
    pub fn tell_reception(&mut self, id: ContactId, reception: Reception) {
        if let Some(inquiry) = self.inquiry(id).filter(|inquiry| inquiry.answer == Answer::Owed) {
            inquiry.answer = Answer::Due(reception);
        }
    }

    fn inquiry(&mut self, id: ContactId) -> Option<&mut Inquiry> {
        let link = self.contacts.get_mut(id)?.link.as_mut()?;
        link.stamp.map(|_| &mut link.inquiry)
    }

    /// A contact asks. One answer is enough for whatever it asks before it has come.
    pub(super) fn hear_question(&mut self, state: &LinkState) -> Option<LinkEvent<'static>> {
        let contact = ContactId(state.contact);
        let inquiry = self.inquiry_on(state).filter(|inquiry| inquiry.answer == Answer::None)?;
        inquiry.answer = Answer::Owed;
        Some(LinkEvent::AsksReception { contact })
    }

    /// A contact answers what it was asked, or is at fault.
    pub(super) fn hear_reception(
        &mut self,
        state: &LinkState,
        reception: Reception,
    ) -> Result<Option<LinkEvent<'static>>, Fault> {
        let Some(inquiry) = self.inquiry_on(state) else { return Ok(None) };
        if core::mem::take(&mut inquiry.question) != Question::Asked {
            return Err(Fault::State);
        }
        Ok(Some(LinkEvent::Reception { contact: ContactId(state.contact), reception }))
    }

    /// `None` on a link that is to be closed, since another one has taken its place.
    fn inquiry_on(&mut self, state: &LinkState) -> Option<&mut Inquiry> {
        if self.objection(state).is_some() { None } else { self.inquiry(ContactId(state.contact)) }
    }

    pub(super) fn wants_inquiry(&self, state: &LinkState) -> bool {
        let link = self.contacts.get(ContactId(state.contact)).and_then(|contact| contact.link);
        link.is_some_and(|Linked { inquiry, .. }| {
            inquiry.question == Question::Due || matches!(inquiry.answer, Answer::Due(_))
        })
    }

    pub(super) fn emit_inquiry(&mut self, state: &LinkState, out: &mut [u8]) -> bool {
        let Some(inquiry) = self.inquiry(ContactId(state.contact)) else { return false };
        if let Answer::Due(reception) = inquiry.answer {
            inquiry.answer = Answer::None;
            LinkMessage::Reception(reception).emit(out);
        } else if inquiry.question == Question::Due {
            inquiry.question = Question::Asked;
            LinkMessage::AskReception.emit(out);
        } else {
            return false;
        }
        true
    }
}
