//! The mailbox: texts for contacts who are away, which a node with room for them keeps for others.
//!
//! Three nodes take part in it. An *author* entrusts a text to a *keeper* with which it is linked, and the keeper passes it
//! on to the *addressee* when that is linked. Each text is signed by its author, and each receipt by the addressee: a keeper
//! can read, delay and drop what it holds, and can do nothing else to it. Whatever it does, the author keeps the text until
//! it is received, and says it itself once it is linked with the addressee.
//!
//! | it is | and its links |
//! |---|---|
//! | author | entrust one letter after the other, each once the one before is answered |
//! | keeper | say that it keeps, answer letters, tell their authors what has become of them, pass them on one after the other |
//! | addressee | take letters in the order of their numbers, each once, and answer them |

mod addressee;
mod author;
mod entrusted;
mod held;
mod keeper;

pub(super) use self::entrusted::Entrusted;
pub use self::held::Held;
pub(super) use self::held::Mailbox;
use super::{LinkEvent, Node, Storage};
use crate::error::Fault;
use crate::link::LinkState;
use crate::wire::LinkMessage;

impl<M: Storage> Node<M> {
    /// What a link hears of letters. On one that is to be closed since another one has taken its place, nothing is done: it
    /// is all said again there.
    pub(super) fn hear_mail<'f>(
        &mut self,
        state: &mut LinkState,
        message: &LinkMessage<'f>,
    ) -> Result<Option<LinkEvent<'f>>, Fault> {
        if self.objection(state).is_some() {
            return Ok(None);
        }
        match message {
            LinkMessage::Keeps if !state.mail.keeps => state.mail.keeps = true,
            LinkMessage::Entrust(mail) if state.mail.keeps_said => self.hear_entrusted(state, mail)?,
            LinkMessage::Kept(kept) if state.mail.keeps => self.hear_kept(state, kept)?,
            LinkMessage::Pass(mail) if state.mail.keeps => return self.hear_passed(state, mail),
            LinkMessage::Took(signature) if state.mail.keeps_said => self.hear_took(state, *signature)?,
            _ => return Err(Fault::State),
        }
        Ok(None)
    }

    pub(super) fn wants_mail(&self, state: &LinkState) -> bool {
        self.wants_to_keep(state)
            || state.mail.passed.is_some()
            || self.next_debt(state).is_some()
            || self.next_to_pass(state).is_some()
            || self.next_to_entrust(state).is_some()
    }

    /// Emits an answer to a letter, or that we keep letters, if one is due.
    pub(super) fn emit_mail_answer(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        self.emit_keeping(state, out) || self.emit_took(state, out)
    }

    /// Emits a letter, if one is due. One that is passed on ends a text that is half said, so texts go first.
    pub(super) fn emit_letter(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        self.emit_passed(state, out) || self.emit_entrusted(state, out)
    }
}
