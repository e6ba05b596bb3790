//! What a link has seen.

use std::collections::BTreeSet;
use std::mem;

use p2pm_core::channel::Ended;
use p2pm_core::error::Fault;
use p2pm_core::node::{Contact, ContactId};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Introduction, LinkMessage, Neighbour, Part, PublicKey};

use super::mail::{Mail, Other, is_of_mail};
use crate::node::model::Model;
use crate::node::{OurNode, letters};

/// What a link has seen.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct Linked {
    pub(super) contact: ContactId,
    pub(super) key: PublicKey,
    pub(super) run: u32,
    /// Whether the node has admitted the peer, and the reverse.
    pub(super) admits: bool,
    pub(super) is_admitted: bool,
    /// Whether the node waits to be told what the peer hears, and the reverse.
    pub(super) asks: bool,
    pub(super) is_asked: bool,
    /// Bytes of a text so far.
    pub(super) draft: usize,
    /// The part that the node must say next, if a text is half said.
    pub(super) half_said: Option<(u32, usize)>,
    /// Texts that the node has said here whole.
    pub(super) said: BTreeSet<u32>,
    /// Its number.
    pub(super) number: u32,
    /// Whether its end has been noted.
    pub(super) is_over: bool,
    /// What the node must say of a transfer that it does not keep.
    pub(super) retort: Option<LinkMessage<'static>>,
    pub(super) mail: Mail,
}

pub(in crate::node) fn is_of_transfer(message: &LinkMessage<'_>) -> bool {
    matches!(message, LinkMessage::Offer(_) | LinkMessage::Answer(_) | LinkMessage::Withdraw(_))
}

impl Linked {
    /// The link with this number.
    pub(super) fn new(contact: ContactId, theirs: &Introduction, number: u32) -> Self {
        Self {
            contact,
            key: theirs.key,
            run: theirs.run,
            admits: false,
            is_admitted: false,
            asks: false,
            is_asked: false,
            draft: 0,
            half_said: None,
            said: BTreeSet::new(),
            number,
            is_over: false,
            retort: None,
            mail: Mail::default(),
        }
    }

    pub(super) fn other(&self) -> Other {
        Other { contact: self.contact, key: self.key, run: self.run }
    }

    pub(super) fn is_mutual(&self) -> bool {
        self.admits && self.is_admitted
    }

    /// What the node calls received was shown.
    pub(super) fn check_heard(&self, number: u32, model: &Model) {
        assert_eq!(number, self.last_shown(model), "the last message that was shown");
    }

    /// Number of the last message of the peer that was shown; 0 for none.
    pub(super) fn last_shown(&self, model: &Model) -> u32 {
        model.shown.last(&self.key, self.run).expect("it is known")
    }

    /// The link has ended when the peer's message came.
    pub(super) fn has_refused(
        &mut self,
        now: Instant,
        message: &LinkMessage<'_>,
        ended: Ended,
        node: &OurNode,
        model: &mut Model,
    ) {
        if let Ended::ByUs(Close::Fault(fault)) = ended
            && is_of_mail(message)
        {
            let expected = if self.is_mutual() {
                self.mail.hear(message, self.other(), Some(fault), node, model)
            } else {
                Some(Fault::State)
            };
            assert_eq!(Some(fault), expected, "{message:?} is refused");
        }
        if let Ended::ByUs(Close::Fault(fault @ (Fault::State | Fault::Value))) = ended
            && is_of_transfer(message)
        {
            let expected = if self.is_mutual() {
                model.transfers.hear(now, (self.contact, self.number), message, node, &mut self.retort)
            } else {
                Some(Fault::State)
            };
            assert_eq!(Some(fault), expected, "{message:?} is refused");
        }
    }

    /// The node has taken a message of the peer's.
    pub(super) fn has_heard(
        &mut self,
        now: Instant,
        message: &LinkMessage<'_>,
        node: &OurNode,
        model: &mut Model,
    ) {
        match message {
            LinkMessage::Admit { heard } => {
                assert!(!mem::replace(&mut self.is_admitted, true), "admitted twice");
                model.confirm(self.contact, *heard);
            }
            LinkMessage::Receipt { sequence } => model.confirm(self.contact, *sequence),
            LinkMessage::AskReception => self.is_asked = true,
            LinkMessage::Reception(_) => {
                assert!(mem::replace(&mut self.asks, false), "an answer without a question");
            }
            message if is_of_mail(message) => {
                assert!(self.is_mutual(), "too early: {message:?}");
                let fault = self.mail.hear(message, self.other(), None, node, model);
                assert_eq!(fault, None, "{message:?} is taken");
            }
            _ => {
                assert!(self.is_mutual() || !is_of_transfer(message), "too early: {message:?}");
                let fault =
                    model.transfers.hear(now, (self.contact, self.number), message, node, &mut self.retort);
                assert_eq!(fault, None, "{message:?} is taken");
            }
        }
    }

    pub(super) fn check_part(&mut self, part: &Part<'_>, node: &OurNode, model: &mut Model) {
        let (number, offset) = (part.sequence, usize::from(part.offset));
        let said = &model.said[&number];
        assert!(model.is_for(self.contact, said, node), "a text for somebody else");
        let confirmed = model.last_confirmed(self.contact);
        assert!(number > confirmed, "{number} is said again, and {confirmed} was confirmed");
        assert!(part.previous == 0 || part.previous > confirmed, "what was confirmed is not missing");
        assert_eq!(usize::from(part.total), said.len);
        let text = letters(number as usize - 1, said.len);
        assert_eq!(text.get(offset..offset + part.text.len()), Some(part.text));
        let next = self.half_said.filter(|_| offset > 0).map_or((number, 0), |half| half);
        assert_eq!((number, offset), next, "a part is out of order");
        self.half_said = (!part.is_last()).then_some((number, offset + part.text.len()));
        if part.is_last() {
            self.said.insert(number);
            model.record_sent(self.contact, number);
        }
    }

    pub(super) fn check_neighbour(&self, neighbour: &Neighbour, node: &OurNode) {
        assert_ne!(neighbour.key, self.key, "it is told of itself");
        let of = node.contacts().find(|(_, contact)| contact.known().key == neighbour.key);
        assert!(of.is_some_and(|(_, contact)| contact.is_here()), "told of somebody who is not here");
        let circle = node.contact(self.contact).map(Contact::circle);
        assert_eq!(of.map(|(_, contact)| contact.circle()), circle, "told of somebody of another circle");
    }
}
