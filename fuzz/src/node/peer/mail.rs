//! What a link has seen of letters.

use std::mem;

use p2pm_core::error::Fault;
use p2pm_core::identity::{is_letter, is_receipt};
use p2pm_core::limits::HELD_TEXT_MAX;
use p2pm_core::node::{Contact, ContactId};
use p2pm_core::wire::{self, Fate, Kept, LinkMessage, PublicKey, Signature};

use crate::link::NODE_RUN;
use crate::node::model::Model;
use crate::node::{OurNode, letters};

/// The peer of a link: its contact, key and run.
#[derive(Clone, Copy)]
pub(super) struct Other {
    pub(super) contact: ContactId,
    pub(super) key: PublicKey,
    pub(super) run: u32,
}

/// Author, run and number of a letter.
pub(super) type LetterId = (PublicKey, u32, u32);

/// What a link has seen of letters.
#[derive(Default)]
pub(super) struct Mail {
    /// Whether the node has said that it keeps, and the peer.
    keeps_said: bool,
    keeps: bool,
    /// The node's letter that was not answered yet: for whom, and its number.
    entrusting: Option<(ContactId, u32)>,
    /// What the node has passed on, and what was passed on to it, and whether that is taken.
    passing: Option<LetterId>,
    passed: Option<(LetterId, bool)>,
    /// What is to be shown, and whether messages before it are missing.
    due: Option<(ContactId, LetterId, bool)>,
}

pub(super) fn is_of_mail(message: &LinkMessage<'_>) -> bool {
    matches!(
        message,
        LinkMessage::Keeps
            | LinkMessage::Entrust(_)
            | LinkMessage::Kept(_)
            | LinkMessage::Pass(_)
            | LinkMessage::Took(_)
    )
}

impl Mail {
    /// What the node has passed on, as long as it is not answered.
    pub(super) fn passing(&self) -> Option<LetterId> {
        self.passing
    }

    /// The node hears a message on a link that is mutual, and finds a fault or none: the one that there is.
    pub(super) fn hear(
        &mut self,
        message: &LinkMessage<'_>,
        other: Other,
        found: Option<Fault>,
        node: &OurNode,
        model: &mut Model,
    ) -> Option<Fault> {
        match message {
            LinkMessage::Keeps if !self.keeps => self.keeps = true,
            LinkMessage::Entrust(mail) if self.keeps_said => return hear_entrusted(mail, other, model),
            LinkMessage::Kept(kept) if self.keeps => return self.hear_kept(kept, found, node, model),
            LinkMessage::Pass(mail) if self.keeps && self.passed.is_none() => {
                return self.hear_passed(mail, other, node, model);
            }
            LinkMessage::Took(signature) if self.passing.is_some() => {
                return self.hear_took(signature.as_ref(), other, found);
            }
            _ => return Some(Fault::State),
        }
        None
    }

    fn hear_kept(
        &mut self,
        kept: &Kept,
        found: Option<Fault>,
        node: &OurNode,
        model: &mut Model,
    ) -> Option<Fault> {
        let Kept { addressee, sequence, fate } = *kept;
        let id = find(node, &addressee).map(|(id, _)| id);
        self.entrusting.take_if(|(to, number)| *number == sequence && id.is_none_or(|id| id == *to));
        let Some(id) = id else {
            // The node may know somebody still who has gone, and was no contact.
            return found.filter(|fault| matches!(fault, Fault::Value | Fault::Proof));
        };
        if sequence > model.last_told(id) {
            return Some(Fault::Value);
        }
        if let Fate::Delivered(signature) = fate {
            if sequence > model.last_confirmed(id)
                && !is_receipt(&signature, &addressee, &node.key(), (NODE_RUN, sequence))
            {
                return Some(Fault::Proof);
            }
            model.confirm(id, sequence);
        }
        None
    }

    fn hear_passed(
        &mut self,
        mail: &wire::Mail<'_>,
        other: Other,
        node: &OurNode,
        model: &Model,
    ) -> Option<Fault> {
        let wire::Mail { key, signature, letter } = mail;
        let id = (*key, letter.run, letter.sequence);
        let passed = self.passed.insert((id, false));
        let author = find(node, key).filter(|(id, it)| it.known().is_accepted() && *id != other.contact);
        let is_next = |last: &u32| letter.sequence <= *last || letter.previous <= *last || letter.is_given_up;
        let last = model.shown.last(key, letter.run).filter(is_next);
        let (Some((author, _)), Some(last)) = (author, last) else { return None };
        if !is_letter(signature, key, &node.key(), letter) {
            return Some(Fault::Proof);
        }
        passed.1 = true;
        if letter.sequence > last {
            self.due = Some((author, id, letter.previous > last));
        }
        None
    }

    /// A wrong signature is no fault where the letter had to make room meanwhile.
    fn hear_took(
        &mut self,
        signature: Option<&Signature>,
        other: Other,
        found: Option<Fault>,
    ) -> Option<Fault> {
        let (author, run, sequence) = self.passing.take()?;
        let is_wrong = |it: &Signature| !is_receipt(it, &other.key, &author, (run, sequence));
        signature.filter(|it| is_wrong(it)).and(found).map(|_| Fault::Proof)
    }

    /// A letter is shown.
    pub(super) fn show(&mut self, shown: (ContactId, u32, bool), model: &mut Model) {
        let (author, (key, run, number), missed) = self.due.take().expect("a letter that is to be shown");
        assert_eq!(shown, (author, number, missed), "whose letter is shown, and what is missing");
        model.shown.show(key, run, number);
    }

    /// What is to be shown was.
    pub(super) fn check_shown(&self) {
        assert!(self.due.is_none(), "{:?} is not shown", self.due);
    }

    /// The node says a message on a link that is mutual.
    pub(super) fn say(&mut self, message: &LinkMessage<'_>, other: Other, node: &OurNode, model: &mut Model) {
        match message {
            LinkMessage::Keeps => assert!(!mem::replace(&mut self.keeps_said, true), "it is said twice"),
            LinkMessage::Entrust(mail) => self.say_entrusted(mail, other, node, model),
            LinkMessage::Kept(kept) => say_kept(kept, other, model),
            LinkMessage::Pass(mail) => self.say_passed(mail, other, node, model),
            LinkMessage::Took(signature) => self.say_took(signature.as_ref(), node, model),
            _ => {}
        }
    }

    fn say_entrusted(&mut self, mail: &wire::Mail<'_>, other: Other, node: &OurNode, model: &mut Model) {
        let wire::Mail { key, signature, letter } = mail;
        assert!(self.keeps && self.entrusting.is_none(), "nothing is to be entrusted now");
        let (id, contact) = find(node, key).expect("a contact");
        assert!(contact.known().is_accepted() && !contact.is_linked(), "{id:?} is here, or a stranger");
        let circle = node.contact(other.contact).map(Contact::circle);
        assert_eq!(Some(contact.circle()), circle, "its keeper is in another circle");
        assert!(letter.run == NODE_RUN && is_letter(signature, &node.key(), key, letter), "what is signed");
        let text = &model.said[&letter.sequence];
        assert!(model.is_for(id, text, node), "a letter for somebody else");
        assert!(text.len <= HELD_TEXT_MAX && letters(letter.sequence as usize - 1, text.len) == letter.text);
        let confirmed = model.last_confirmed(id);
        assert!(letter.sequence > confirmed, "it was confirmed");
        assert!(letter.previous == 0 || letter.previous > confirmed, "what was confirmed is not missing");
        model.record_sent(id, letter.sequence);
        self.entrusting = Some((id, letter.sequence));
    }

    fn say_passed(&mut self, mail: &wire::Mail<'_>, other: Other, node: &OurNode, model: &Model) {
        let wire::Mail { key, signature, letter } = mail;
        assert!(self.keeps_said && self.passing.is_none(), "nothing is to be passed on now");
        let id = (*key, letter.run, letter.sequence);
        assert!(model.entrusted.contains(&(id, other.key)), "nobody has entrusted it");
        assert!(is_letter(signature, key, &other.key, letter), "its author has not signed it");
        let author = find(node, key).is_some_and(|(_, author)| author.known().is_accepted());
        assert!(author, "its author is not accepted");
        self.passing = Some(id);
    }

    fn say_took(&mut self, signature: Option<&Signature>, node: &OurNode, model: &Model) {
        let ((author, run, sequence), is_taken) = self.passed.take().expect("a letter was passed on");
        let is_shown = model.shown.last(&author, run).is_some_and(|last| last >= sequence);
        assert_eq!(signature.is_some(), is_taken && is_shown, "whether it is taken");
        let is_right = |it| is_receipt(it, &node.key(), &author, (run, sequence));
        assert!(signature.is_none_or(is_right), "what is signed");
    }

    /// A link that is mutual has said all that it has to say.
    pub(super) fn check_said(&self, other: Other, node: &OurNode) {
        assert!(self.keeps_said && self.passed.is_none(), "a letter is not answered");
        let is_held = node.held().any(|(_, addressee)| addressee == other.contact);
        assert!(self.passing.is_some() || !is_held, "what is held is not passed on");
    }
}

fn hear_entrusted(mail: &wire::Mail<'_>, other: Other, model: &mut Model) -> Option<Fault> {
    let wire::Mail { key, signature, letter } = mail;
    if letter.run != other.run {
        return Some(Fault::Value);
    }
    if !is_letter(signature, &other.key, key, letter) {
        return Some(Fault::Proof);
    }
    model.entrusted.insert(((other.key, letter.run, letter.sequence), *key));
    None
}

/// The node tells an author what has become of a letter of its present run.
fn say_kept(kept: &Kept, other: Other, model: &Model) {
    let Kept { addressee, sequence, fate } = kept;
    let id = (other.key, other.run, *sequence);
    assert!(model.entrusted.contains(&(id, *addressee)), "{sequence} is told of, and was not entrusted");
    if let Fate::Delivered(signature) = fate {
        let is_right = is_receipt(signature, addressee, &other.key, (other.run, *sequence));
        assert!(is_right, "{sequence} is delivered, and the addressee has not signed it");
    }
}

/// The contact with this key.
fn find<'n>(node: &'n OurNode, key: &PublicKey) -> Option<(ContactId, &'n Contact)> {
    node.contacts().find(|(_, contact)| contact.known().key == *key)
}
