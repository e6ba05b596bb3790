//! What a node may tell, show and be told, by what has happened to it.

use std::collections::{BTreeMap, BTreeSet};

use p2pm_core::node::{CircleId, Contact, ContactId, Policy, To, Trust};
use p2pm_core::wire::PublicKey;

use super::OurNode;
use super::shown::Shown;
use super::transfers::Transfers;

/// What has happened, apart from what concerns one connection.
#[derive(Default)]
pub(super) struct Model {
    policy: Policy,
    pub(super) said: BTreeMap<u32, Text>,
    pub(super) shown: Shown,
    /// Letters that were entrusted to the node: author, run and number, and the addressee.
    pub(super) entrusted: BTreeSet<((PublicKey, u32, u32), PublicKey)>,
    /// Last text to each one that a keeper is reported to hold.
    pub(super) held: BTreeMap<ContactId, u32>,
    pub(super) here: BTreeMap<ContactId, bool>,
    /// Whoever is reported to ask, and was not here since.
    pub(super) asking: BTreeSet<ContactId>,
    /// Whoever was here, and was not refused since.
    pub(super) met: BTreeSet<ContactId>,
    /// Key of each contact, and number of the last text when it became one, or was refused: it may have received those.
    keys: BTreeMap<ContactId, PublicKey>,
    left: BTreeMap<ContactId, u32>,
    /// Circle in which each one was introduced last, and whoever was introduced in two.
    pub(super) circles: BTreeMap<ContactId, CircleId>,
    pub(super) moved: BTreeSet<ContactId>,
    /// Last text that was sent to each one whole, or entrusted for it, that each one has confirmed, and that is reported as received.
    pub(super) sent: BTreeMap<ContactId, u32>,
    pub(super) confirmed: BTreeMap<ContactId, u32>,
    pub(super) received: BTreeMap<ContactId, u32>,
    /// Whoever was decided on, or accepted.
    pub(super) trusted: BTreeMap<PublicKey, Trust>,
    pub(super) transfers: Transfers,
    /// Number of links so far.
    pub(super) links: u32,
}

/// A text that was said.
pub(super) struct Text {
    pub(super) to: To,
    pub(super) len: usize,
    pub(super) recipients: BTreeSet<ContactId>,
    /// Recipients of whom nothing was told yet.
    pub(super) open: BTreeSet<ContactId>,
}

impl Model {
    /// Of a node with this policy.
    pub(super) fn new(policy: Policy) -> Self {
        Self { policy, ..Self::default() }
    }

    /// A contact of an earlier run is known.
    pub(super) fn remember(&mut self, contact: ContactId, key: PublicKey, trust: Trust) {
        self.meet(contact, key);
        self.trusted.insert(key, trust);
    }

    /// Somebody may have gone to make room for somebody else: where everyone is accepted, whoever is only accepted, too.
    pub(super) fn forget_gone(&mut self, node: &OurNode) {
        self.transfers.end_forgotten(node);
        let is_gone = |(contact, key): &(ContactId, PublicKey)| {
            node.contact(*contact).is_none_or(|contact| contact.known().key != *key)
        };
        let gone: Vec<_> = self.keys.iter().map(|(contact, key)| (*contact, *key)).filter(is_gone).collect();
        for (contact, key) in gone {
            self.keys.remove(&contact);
            if self.policy == Policy::All && self.trusted.get(&key) == Some(&Trust::Accepted) {
                self.trusted.remove(&key);
            }
            self.shown.forget(&key);
            self.held.remove(&contact);
            self.met.remove(&contact);
            self.here.remove(&contact);
            self.circles.remove(&contact);
            self.moved.remove(&contact);
            self.received.remove(&contact);
            for text in self.said.values_mut() {
                text.recipients.remove(&contact);
                text.open.remove(&contact);
            }
        }
    }

    /// A contact with this key is introduced in this circle.
    pub(super) fn introduce(&mut self, contact: ContactId, key: PublicKey, circle: CircleId) {
        self.meet(contact, key);
        if self.circles.insert(contact, circle).is_some_and(|before| before != circle) {
            self.moved.insert(contact);
        }
    }

    /// A contact has this key. If it is a new one, whatever was said so far is not for it.
    fn meet(&mut self, contact: ContactId, key: PublicKey) {
        if self.keys.insert(contact, key) != Some(key) {
            self.leave(contact);
            self.sent.remove(&contact);
            self.confirmed.remove(&contact);
        }
    }

    /// The user is told that somebody has come.
    pub(super) fn tell_came(&mut self, contact: ContactId) {
        assert_ne!(self.here.insert(contact, true), Some(true), "came twice");
        self.asking.remove(&contact);
        self.met.insert(contact);
    }

    /// The user is told that somebody has left, who was here or asked.
    pub(super) fn tell_left(&mut self, contact: ContactId) {
        let was_here = self.here.insert(contact, false) == Some(true);
        assert!(was_here || self.asking.remove(&contact), "left twice");
    }

    /// Whatever was said so far is not for this contact any more.
    pub(super) fn leave(&mut self, contact: ContactId) {
        self.left.insert(contact, self.said.last_key_value().map_or(0, |(last, _)| *last));
    }

    /// The user is told what has become of the texts up to this number: returns those of which they were not told before.
    pub(super) fn end(&mut self, contact: ContactId, sequence: u32) -> Vec<u32> {
        let ended = self
            .said
            .range_mut(..=sequence)
            .filter_map(|(number, text)| text.open.remove(&contact).then_some(*number));
        ended.collect()
    }

    /// A peer has confirmed the texts up to this number, and the node takes its word for it.
    pub(super) fn confirm(&mut self, contact: ContactId, number: u32) {
        let sent = self.sent.get(&contact).copied().unwrap_or(0);
        let last = self.last_told(contact);
        assert!(number <= last, "{number} is confirmed, and {last} is the last that was sent");
        let confirmed = self.confirmed.entry(contact).or_default();
        *confirmed = number.min(sent).max(*confirmed);
    }

    /// Number of the last text that was ever sent to a contact or entrusted for it, or may have been.
    pub(super) fn last_told(&self, contact: ContactId) -> u32 {
        let of = |numbers: &BTreeMap<ContactId, u32>| numbers.get(&contact).copied().unwrap_or(0);
        of(&self.left).max(of(&self.sent))
    }

    /// A text was sent to a contact whole, or entrusted for it.
    pub(super) fn record_sent(&mut self, contact: ContactId, number: u32) {
        let sent = self.sent.entry(contact).or_default();
        *sent = number.max(*sent);
    }

    /// Whether a text is for a contact. Whoever was introduced in two circles is told what was said to all of the one in which
    /// it is now.
    pub(super) fn is_for(&self, contact: ContactId, text: &Text, node: &OurNode) -> bool {
        let circle = node.contact(contact).map(Contact::circle);
        let is_of_circle = matches!(text.to, To::All(of) if Some(of) == circle);
        match text.to {
            To::All(_) if self.moved.contains(&contact) => is_of_circle,
            To::All(_) => is_of_circle && text.recipients.contains(&contact),
            To::One(_) => text.recipients.contains(&contact),
        }
    }

    /// A keeper is reported to hold texts up to this one.
    pub(super) fn tell_held(&mut self, contact: ContactId, keeper: ContactId, number: u32) {
        assert!(contact != keeper && self.said.contains_key(&number), "{number} is held by {keeper:?}");
        let last = self.held.insert(contact, number);
        assert!(last.is_none_or(|last| last < number), "{number} is held, and {last:?} was");
    }

    /// A keeper is reported to hold this text no more.
    pub(super) fn tell_dropped(&mut self, contact: ContactId, keeper: ContactId, number: u32) {
        assert_ne!(contact, keeper, "it keeps for itself");
        let last = self.held.insert(contact, number - 1);
        assert!(last.is_some_and(|last| last >= number), "{number} is not held any more, and never was");
    }

    pub(super) fn last_confirmed(&self, contact: ContactId) -> u32 {
        self.confirmed.get(&contact).copied().unwrap_or(0)
    }
}
