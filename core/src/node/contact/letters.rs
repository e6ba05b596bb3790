//! How far a contact is with our letters: what is entrusted to a keeper for it, and what has become of that.

use super::{Contact, ContactId};
use crate::link::LinkId;
use crate::node::News;
use crate::node::mailbox::Entrusted;
use crate::wire::Fate;

/// What a keeper holds for one contact, and what the user was told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldNews {
    keeper: ContactId,
    /// Number of the last message that is held.
    upto: u32,
    /// The same, as the user was told.
    told: u32,
}

impl HeldNews {
    pub(super) const NOTHING: Self = Self { keeper: ContactId(0), upto: 0, told: 0 };
}

impl Contact {
    /// Number of the last message that was given up, if that was not received; or 0.
    pub(in crate::node) fn given_up(&self) -> u32 {
        Some(self.failed).filter(|failed| *failed > self.received).unwrap_or_default()
    }

    /// Whether it has received our message with this number.
    pub(in crate::node) fn is_received(&self, sequence: u32) -> bool {
        sequence <= self.received
    }

    /// What is entrusted over a link.
    pub(in crate::node) fn entrusted_over(&self, link: LinkId) -> Entrusted {
        let entrusted = Some(self.entrusted).filter(|it| it.link == Some(link));
        entrusted.unwrap_or(Entrusted::begun(link, self.finished()))
    }

    /// A link is over: what was entrusted over it is entrusted again over another one, since its keeper may have lost it.
    pub(in crate::node) fn end_entrusting(&mut self, link: LinkId) {
        if self.entrusted.link == Some(link) {
            self.entrusted = Entrusted::NOTHING;
        }
    }

    /// Our message with this number was entrusted over a link.
    pub(in crate::node) fn record_entrusted(&mut self, link: LinkId, sequence: u32) {
        self.entrusted = Entrusted { upto: sequence, ..self.entrusted_over(link) };
        self.sent = self.finished();
        self.sent_ever = self.sent_ever.max(sequence);
    }

    /// What a keeper says over a link of our message with this number.
    pub(in crate::node) fn record_kept(
        &mut self,
        link: LinkId,
        keeper: ContactId,
        sequence: u32,
        fate: Fate,
    ) {
        let is_entrusted = self.entrusted.link == Some(link);
        match fate {
            Fate::Delivered(_) => {
                // It was said, or this is not asked.
                _ = self.record_received(sequence);
                // There is room again.
                self.entrusted.is_refused &= !is_entrusted;
            }
            Fate::Held if is_entrusted => {
                self.held = HeldNews { keeper, upto: self.held.upto.max(sequence), ..self.held };
            }
            Fate::NotHeld if is_entrusted => {
                self.entrusted.refuse(sequence);
                self.held.upto = self.held.upto.min(sequence.saturating_sub(1));
            }
            // It was entrusted to another one meanwhile.
            Fate::Held | Fate::NotHeld => {}
        }
    }

    /// Whether a keeper holds our message with this number.
    pub(super) fn is_held(&self, sequence: u32) -> bool {
        sequence <= self.held.upto
    }

    /// The next thing to tell of what is held for it.
    pub(super) fn take_held(&mut self, contact: ContactId) -> Option<News> {
        let HeldNews { keeper, upto, .. } = self.held;
        let told = core::mem::replace(&mut self.held.told, upto);
        if upto > told.max(self.received) {
            Some(News::Held { contact, keeper, sequence: upto })
        } else if told > upto.max(self.received) {
            Some(News::Dropped { contact, keeper, sequence: upto.max(self.received).saturating_add(1) })
        } else {
            None
        }
    }
}
