//! Contacts: the identities that a node knows, and how far it is with each.

mod heard;
mod letters;

use self::heard::Heard;
use self::letters::HeldNews;
use super::dialer::Address;
use super::mailbox::Entrusted;
use super::outbox::To;
use super::reception::Inquiry;
use super::transfers::Retort;
use super::{CircleId, News};
use crate::link::LinkId;
use crate::time::Instant;
use crate::wire::{Endpoint, Name, PublicKey};

/// Number of a contact in its node, which stays the same as long as the node runs, unless the contact is a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ContactId(pub(crate) u16);

/// How far a contact is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Trust {
    /// Denied for this run of the node.
    Denied,
    /// Accepted.
    Accepted,
    /// Accepted, and its key was compared.
    Verified,
    /// Refused for good, without a word to the user.
    Blocked,
}

impl Trust {
    /// Whether the contact may be linked.
    pub const fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Verified)
    }

    /// Whether the contact is turned away.
    pub const fn is_refused(self) -> bool {
        matches!(self, Self::Denied | Self::Blocked)
    }
}

/// What becomes of the files that a contact offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Files {
    /// The user is asked.
    #[default]
    Asked,
    /// They are taken without asking, as long as the contact is accepted.
    Taken,
}

/// What a node keeps of a contact when it is not running.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Known {
    /// Its identity.
    pub key: PublicKey,
    /// Name that it last gave.
    pub name: Option<Name>,
    /// How far it is trusted, once that is decided.
    pub trust: Option<Trust>,
    /// Where it listened last.
    pub endpoint: Option<Endpoint>,
    /// What becomes of the files that it offers.
    pub files: Files,
}

impl Known {
    /// Somebody of whom no more is known than the identity.
    pub const fn of(key: PublicKey) -> Self {
        Self { key, name: None, trust: None, endpoint: None, files: Files::Asked }
    }

    /// See [`Trust::is_accepted`].
    pub fn is_accepted(&self) -> bool {
        self.trust.is_some_and(Trust::is_accepted)
    }

    /// Whether the files that it offers are taken without asking.
    pub fn are_files_taken(&self) -> bool {
        self.is_accepted() && self.files == Files::Taken
    }

    /// See [`Trust::is_refused`].
    pub fn is_refused(&self) -> bool {
        self.trust.is_some_and(Trust::is_refused)
    }
}

/// An identity that a node knows.
#[derive(Clone, Debug)]
pub struct Contact {
    pub(super) known: Known,
    /// Index of the circle in which it was met last.
    pub(super) circle: u8,
    pub(super) link: Option<Linked>,
    /// Number of our first message that concerns it, in this run; 0 before it has been linked, or since it was refused.
    since: u32,
    /// Number of our last message when it became a contact, or was refused last. What it has received of those does not
    /// matter: it may have been a contact before, that was forgotten.
    left: u32,
    /// Number of our last message that was sent to it whole.
    sent: u32,
    /// Number of our last message that was ever sent to it.
    sent_ever: u32,
    /// Number of our last message that it has received.
    received: u32,
    /// Number of our last message to it that was given up.
    failed: u32,
    /// Numbers up to which receipts and failures were reported.
    received_told: u32,
    failed_told: u32,
    /// Whether it was reported to be here.
    here_told: bool,
    /// Whether it was reported to wait for a decision.
    asks_told: bool,
    /// Whether it was reported to have let us wait for its decision.
    pub(super) undecided: Undecided,
    /// Run of its node when it was linked last; 0 before.
    pub(super) run: u32,
    /// What we have received from it.
    pub(super) heard: Heard,
    /// What a keeper is told that is for it.
    pub(super) entrusted: Entrusted,
    held: HeldNews,
}

/// Whether a contact was reported to have let us wait for its decision, in this run of its node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undecided {
    NotYet,
    /// It is to be reported.
    Due,
    Told,
}

/// Link of a contact.
#[derive(Clone, Copy, Debug)]
pub(super) struct Linked {
    pub(super) id: LinkId,
    /// Since when, and which side has dialled.
    pub(super) since: Instant,
    pub(super) is_ours: bool,
    /// Value that both ends know, by which two links that one side has dialled are told apart.
    pub(super) tie_break: u64,
    /// Run of the other node.
    pub(super) run: u32,
    /// Whether texts may cross; its stamp among the neighbours then.
    pub(super) stamp: Option<u64>,
    pub(super) inquiry: Inquiry,
    /// What is said of a transfer that is not kept here.
    pub(super) retort: Option<Retort>,
}

impl Contact {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self::new(Known::of(PublicKey([0; 32])), 0, 0);

    /// A contact that was met in a circle when our last message had the number `last`.
    pub(super) const fn new(known: Known, circle: u8, last: u32) -> Self {
        Self {
            known,
            circle,
            link: None,
            since: 0,
            left: last,
            sent: 0,
            sent_ever: 0,
            received: 0,
            failed: 0,
            received_told: 0,
            failed_told: 0,
            here_told: false,
            asks_told: false,
            undecided: Undecided::NotYet,
            run: 0,
            heard: Heard::NOTHING,
            entrusted: Entrusted::NOTHING,
            held: HeldNews::NOTHING,
        }
    }

    /// The circle in which it was met last.
    pub fn circle(&self) -> CircleId {
        CircleId(self.circle)
    }

    /// What is kept of it.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// Whether it is linked, and both ends have accepted each other.
    pub fn is_here(&self) -> bool {
        self.link.is_some_and(|link| link.stamp.is_some())
    }

    /// Whether it is linked, even if one end has not accepted the other one yet.
    pub fn is_linked(&self) -> bool {
        self.link.is_some()
    }

    /// Whether this is its address: it has the key, or listens there if the key is not known.
    pub(super) fn is_at(&self, address: &Address) -> bool {
        match address.key {
            Some(key) => key == self.known.key,
            None => (Some(address.endpoint), address.circle) == (self.known.endpoint, self.circle),
        }
    }

    /// Whether it waits for a decision of the user's.
    pub fn asks(&self) -> bool {
        self.link.is_some() && self.known.trust.is_none()
    }

    /// Whether our message with this number is for it.
    pub(super) fn is_concerned(&self, id: ContactId, sequence: u32, to: To) -> bool {
        sequence > self.left
            && match to {
                To::One(contact) => contact == id,
                To::All(circle) => {
                    circle.0 == self.circle
                        && self.known.is_accepted()
                        && (1..=sequence).contains(&self.since)
                }
            }
    }

    /// A link is ready for texts. Those that were not received are sent again; messages from `next` on concern it.
    pub(super) fn begin(&mut self, next: u32) {
        if self.since == 0 {
            self.since = next;
        }
        self.sent = self.finished();
        self.entrusted = Entrusted::NOTHING;
    }

    /// It is linked in this run of its node: numbers and decisions of an earlier one do not count. Whether it has started
    /// again since it was linked last.
    pub(super) fn begin_run(&mut self, run: u32) -> bool {
        self.heard.link(run);
        let is_restarted = core::mem::replace(&mut self.run, run) != run;
        if is_restarted {
            (self.asks_told, self.undecided) = (false, Undecided::NotYet);
        }
        is_restarted
    }

    /// Nothing is known of it any more: the row is free. What was said to it concerns nobody.
    pub(super) fn clear(&mut self) {
        *self = Self { left: self.left, ..Self::EMPTY };
    }

    /// Whether the row is free: whoever had it is gone, and was not decided on.
    pub(super) fn is_free(&self) -> bool {
        self.link.is_none() && self.known.trust.is_none()
    }

    /// It is refused. No message up to `last` concerns it any more, and what is said to all does not from now on, until
    /// [`Contact::begin`].
    pub(super) fn leave(&mut self, last: u32) {
        (self.since, self.left) = (0, last);
        self.entrusted = Entrusted::NOTHING;
    }

    /// Number of the last message to it that needs no sending: it was received, or given up.
    pub(super) fn finished(&self) -> u32 {
        self.received.max(self.failed)
    }

    /// Number of the last message to it that was sent or given up: the one before the next.
    pub(super) fn previous(&self) -> u32 {
        self.sent.max(self.failed)
    }

    /// The same, or 0 if that one was received. So a node that has started again learns of no gap where an earlier run of it
    /// was told everything.
    pub(super) fn previous_unconfirmed(&self) -> u32 {
        Some(self.previous()).filter(|previous| *previous > self.received).unwrap_or_default()
    }

    /// Number of the last message that we have received from it in the run of its node in which it was linked last.
    pub(super) fn last_heard(&self) -> u32 {
        self.heard.last(self.run).unwrap_or_default()
    }

    /// Our message with this number was sent whole.
    pub(super) fn record_sent(&mut self, sequence: u32) {
        self.sent = sequence;
        self.sent_ever = self.sent_ever.max(sequence);
    }

    /// It has received every message up to this number. False for one that was never sent, and does not
    /// date from before it was refused or forgotten.
    #[must_use]
    pub(super) fn record_received(&mut self, sequence: u32) -> bool {
        let was_said = self.was_told(sequence);
        if was_said {
            let sent = sequence.min(self.sent_ever);
            self.received = self.received.max(sent);
            self.sent = self.sent.max(sent);
        }
        was_said
    }

    /// Whether our message with this number was sent to it, or entrusted to a keeper; or may have been before it was refused or
    /// forgotten.
    pub(super) fn was_told(&self, sequence: u32) -> bool {
        sequence <= self.sent_ever.max(self.left)
    }

    /// Our message with this number to it is given up, unless it was received.
    pub(super) fn record_failed(&mut self, sequence: u32) {
        if sequence > self.received {
            self.failed = self.failed.max(sequence);
        }
    }

    /// The next thing that was not reported yet.
    pub(super) fn take_news(&mut self, id: ContactId) -> Option<News> {
        if let Some(is_here) = self.take_presence() {
            return Some(if is_here { News::Came(id) } else { News::Left(id) });
        }
        if self.take_asks_no_more() {
            return Some(News::Left(id));
        }
        if self.take_asks() {
            return Some(News::Asks(id));
        }
        if self.take_undecided() {
            return Some(News::Undecided(id));
        }
        if let Some(news) = self.take_held(id) {
            return Some(news);
        }
        if let Some(sequence) = self.take_received() {
            return Some(News::Received { contact: id, sequence });
        }
        self.take_failed().map(|sequence| News::Failed { contact: id, sequence })
    }

    /// Receipts not reported yet: every message up to this number was received.
    fn take_received(&mut self) -> Option<u32> {
        let is_new = core::mem::replace(&mut self.received_told, self.received) < self.received;
        is_new.then_some(self.received)
    }

    /// Failures not reported yet: every message up to this number that was not received.
    pub(super) fn take_failed(&mut self) -> Option<u32> {
        (self.failed > self.failed_told).then(|| {
            self.failed_told = self.failed;
            self.failed
        })
    }

    /// Whether it is here now, if that was not reported yet. Whoever takes another link in place of the one before is not away
    /// in between, unless they let us wait.
    fn take_presence(&mut self) -> Option<bool> {
        let is_relinked =
            self.link.is_some() && self.known.is_accepted() && self.undecided == Undecided::NotYet;
        let is_here = self.is_here() || self.here_told && is_relinked;
        (core::mem::replace(&mut self.here_told, is_here) != is_here).then_some(is_here)
    }

    /// Whether it is gone without a decision for which it was reported to wait.
    fn take_asks_no_more(&mut self) -> bool {
        let is_gone = self.asks_told && self.is_free();
        self.asks_told &= !is_gone;
        is_gone
    }

    /// Whether it waits for a decision, if that was not reported yet. Before it has a name, nobody could decide.
    fn take_asks(&mut self) -> bool {
        let is_new = self.asks() && self.known.name.is_some() && !self.asks_told;
        self.asks_told |= is_new;
        is_new
    }

    /// Whether we wait for its decision, if that is to be reported.
    fn take_undecided(&mut self) -> bool {
        let is_due = self.undecided == Undecided::Due;
        if is_due {
            self.undecided = Undecided::Told;
        }
        is_due && self.known.is_accepted() && !self.is_here()
    }

    /// State of our message with this number to it.
    pub(super) fn delivery(&self, sequence: u32) -> Delivery {
        if sequence <= self.received {
            Delivery::Received
        } else if sequence <= self.failed {
            Delivery::Failed
        } else if self.is_here() && sequence <= self.sent {
            Delivery::Sent
        } else if !self.is_here() && self.is_held(sequence) {
            Delivery::Held
        } else {
            Delivery::Waiting
        }
    }
}

/// State of a message to one contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Delivery {
    /// It waits for the contact to be linked, or for its turn.
    Waiting,
    /// It was sent over the link.
    Sent,
    /// A keeper holds it until the contact is linked with one of the two.
    Held,
    /// The contact has confirmed it.
    Received,
    /// It was given up before it was confirmed.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_received_has_not_failed() {
        let mut contact = Contact::EMPTY;
        contact.record_sent(2);
        assert!(contact.record_received(2));
        contact.record_failed(2);
        assert_eq!((contact.take_failed(), contact.delivery(2)), (None, Delivery::Received));
        contact.record_failed(3);
        assert_eq!((contact.take_failed(), contact.delivery(3)), (Some(3), Delivery::Failed));
    }

    #[test]
    fn whoever_confirms_what_was_never_sent_confirms_nothing() {
        let mut contact = Contact::EMPTY;
        contact.record_sent(2);
        assert!(!contact.record_received(3));
        assert_eq!((contact.take_received(), contact.delivery(2)), (None, Delivery::Waiting));
    }
}
