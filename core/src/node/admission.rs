//! Admission: whether an introduced node is linked, and which of two links with one node stays.

use super::contact::{Known, Linked, Trust};
use super::dialer::Outcome;
use super::reception::Inquiry;
use super::{ContactId, Node, Policy, Source, Storage};
use crate::channel::Ended;
use crate::limits::RACE_WINDOW;
use crate::link::{Link, LinkId, LinkState, Opening};
use crate::suite::Side;
use crate::suite::aead::Aead;
use crate::time::Instant;
use crate::wire::{Close, Endpoint, Introduction, PublicKey};

/// Label of the exported value by which two links are told apart.
const TIE_BREAK: &[u8] = b"tie break";

/// Whether a node does not dial an address again in this run, unless its user says so, after a connection that has ended like
/// this.
pub fn is_final(ended: Ended) -> bool {
    outcome(ended) == Outcome::Hopeless
}

/// What an ended connection says of the address that was dialled.
pub(super) fn outcome(ended: Ended) -> Outcome {
    match ended {
        // The peer speaks something else, does not know the passphrase, or does not want us.
        Ended::ByUs(
            Close::Fault(_)
            | Close::Refused
            | Close::VersionMismatch
            | Close::SuiteMismatch
            | Close::ServiceMismatch
            | Close::FrameLengthMismatch,
        )
        | Ended::ByPeer(Close::Refused)
        | Ended::Claimed(
            Close::WrongPassword
            | Close::VersionMismatch
            | Close::SuiteMismatch
            | Close::ServiceMismatch
            | Close::FrameLengthMismatch
            | Close::OtherCircle,
        ) => Outcome::Hopeless,
        _ => Outcome::Failed,
    }
}

impl<M: Storage> Node<M> {
    /// Makes a link of a connection whose ends are introduced. Returns the connection, closed, if the node at the other
    /// end is this one, is refused, or is linked better already; and if there is no room for another contact.
    #[allow(clippy::result_large_err, reason = "without an allocator it comes back by value")]
    pub fn introduce<A: Aead, H>(
        &mut self,
        now: Instant,
        mut opening: Opening<A, H>,
        introduction: &Introduction,
    ) -> Result<Link<A>, Opening<A, H>> {
        match self.admit(now, &opening, introduction) {
            Ok(state) => Ok(Link { channel: opening.channel.into_established(), state }),
            Err(reason) => {
                let ended = opening.close(now, reason);
                if let (Some(target), Some(ended)) = (opening.target, ended) {
                    self.dialer.ended(now, target, outcome(ended));
                }
                Err(opening)
            }
        }
    }

    fn admit<A: Aead, H>(
        &mut self,
        now: Instant,
        opening: &Opening<A, H>,
        theirs: &Introduction,
    ) -> Result<LinkState, Close> {
        // Where it has answered is better known than where it says that it listens.
        let dialled = opening.target.and_then(|target| self.dialer.endpoint(target));
        let endpoint = dialled.or_else(|| theirs.port.map(|port| Endpoint::new(opening.peer, port)));
        let id = self.recognise(opening, theirs, endpoint)?;
        let (new, ours) = (self.new_link(now, opening, theirs), self.key);
        let contact = self.contacts.get_mut(id).ok_or(Close::Full)?;
        if contact.link.is_some_and(|old| !is_better(now, &new, &old, &ours, &theirs.key)) {
            return Err(Close::Duplicate);
        }
        // Whoever dials from elsewhere has left its old address. Where we have dialled, it may have both.
        let is_elsewhere =
            |old: &Endpoint| opening.target.is_none() && endpoint.is_some_and(|new| new != *old);
        let left = contact.known.endpoint.filter(is_elsewhere);
        contact.circle = opening.circle;
        contact.known.endpoint = endpoint.or(contact.known.endpoint);
        let is_restarted = contact.begin_run(theirs.run);
        contact.link = Some(new);
        if is_restarted {
            self.forget_offers(id);
        }
        self.mailbox.forgive(id, is_restarted);
        if let Some(left) = left {
            self.dialer.left(left, &theirs.key);
        }
        self.has_news = true;
        self.links_made = self.links_made.wrapping_add(1);
        Ok(LinkState::new(new.id, id.0, opening.target, theirs.text_max))
    }

    /// The contact that has introduced itself, unless it is refused.
    fn recognise<A: Aead, H>(
        &mut self,
        opening: &Opening<A, H>,
        theirs: &Introduction,
        endpoint: Option<Endpoint>,
    ) -> Result<ContactId, Close> {
        if theirs.key == self.key {
            return Err(Close::Refused);
        }
        let known = Known { endpoint, ..Known::of(theirs.key) };
        let id = self.contact_of(known, opening.circle).ok_or(Close::Full)?;
        let mut is_wanted = false;
        if let Some(target) = opening.target {
            is_wanted = self.dialer.source(target) == Some(Source::Typed);
            self.dialer.answered(target, theirs.key);
        }
        let known = &mut self.contacts.get_mut(id).ok_or(Close::Full)?.known;
        if known.trust.is_none() && (is_wanted || self.policy == Policy::All) {
            known.trust = Some(Trust::Accepted);
        }
        let is_refused = known.is_refused() || known.trust.is_none() && self.policy == Policy::Known;
        if is_refused { Err(Close::Refused) } else { Ok(id) }
    }

    /// The contact of this key, a new one if need be; `None` if there is no room. Where everyone is accepted, whoever is away
    /// makes room, if all that is lost with them is that they were accepted, and what is held for others: of those, one whom
    /// no letter concerns, if there is one.
    fn contact_of(&mut self, known: Known, circle: u8) -> Option<ContactId> {
        let last = self.last_said();
        if let Some(id) = self.contacts.find_or_insert(known.clone(), circle, last) {
            return Some(id);
        }
        let away = self.contacts.iter().filter(|(id, contact)| {
            contact.link.is_none()
                && contact.known.trust == Some(Trust::Accepted)
                && !contact.known.are_files_taken()
                && self.last_unreceived(*id).is_none()
        });
        let first = away.min_by_key(|(id, contact)| self.mailbox.concerns(*id, &contact.known.key));
        let (id, _) = first.filter(|_| self.policy == Policy::All)?;
        self.forget(id).ok()?;
        self.contacts.find_or_insert(known, circle, last)
    }

    fn new_link<A: Aead, H>(&self, now: Instant, opening: &Opening<A, H>, theirs: &Introduction) -> Linked {
        let exporter = opening.channel.exporter(opening.side());
        Linked {
            id: LinkId(self.links_made),
            since: now,
            is_ours: opening.side() == Side::Initiator,
            tie_break: exporter.map_or(0, |exporter| first_u64(&exporter.export(TIE_BREAK))),
            run: theirs.run,
            stamp: None,
            inquiry: Inquiry::default(),
            retort: None,
        }
    }

    /// Why a link must be closed now, if it must: another one has taken its place, or the contact is refused.
    pub(super) fn objection(&self, state: &LinkState) -> Option<Close> {
        let contact = self.contacts.get(ContactId(state.contact))?;
        if contact.link.is_none_or(|link| link.id != state.id) {
            Some(Close::Duplicate)
        } else if contact.known.is_refused() {
            Some(Close::Refused)
        } else {
            None
        }
    }

    /// A link has ended: its contact is gone, and is dialled again, unless there is another.
    pub(super) fn link_ended(&mut self, now: Instant, state: &LinkState, ended: Ended) {
        let id = ContactId(state.contact);
        if let Some(target) = state.target {
            // Whoever could be linked speaks as we do: what breaks a link is the network, or an attacker in it.
            let is_fault = matches!(ended, Ended::ByUs(Close::Fault(_)));
            self.dialer.ended(now, target, if is_fault { Outcome::Failed } else { outcome(ended) });
        }
        self.say_again(state);
        for (_, contact) in self.contacts.iter_mut() {
            contact.end_entrusting(state.id);
        }
        let Some(contact) = self.contacts.get_mut(id) else { return };
        if contact.link.is_some_and(|link| link.id == state.id) {
            contact.link = None;
            // What is said to it may be entrusted from now on.
            (self.has_news, self.is_stirred) = (true, true);
            self.dial_contact(now, id);
        }
    }
}

/// Whether the new one of two links with the same node stays. Both ends decide by what both know.
///
/// A node that thinks it is linked does not dial. So where a link is older than a race of two dials, or of another run of
/// that node, its other end is gone. Of two that were dialled at once, the one stays that the smaller key has dialled.
fn is_better(now: Instant, new: &Linked, old: &Linked, ours: &PublicKey, theirs: &PublicKey) -> bool {
    if new.run != old.run || now.since(old.since) >= RACE_WINDOW {
        true
    } else if new.is_ours == old.is_ours {
        new.tie_break < old.tie_break
    } else {
        new.is_ours == (ours < theirs)
    }
}

fn first_u64(bytes: &[u8]) -> u64 {
    bytes.first_chunk().copied().map_or(0, u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALLER: PublicKey = PublicKey([1; 32]);
    const LARGER: PublicKey = PublicKey([2; 32]);

    fn link(is_ours: bool, tie_break: u64) -> Linked {
        let id = LinkId(0);
        Linked {
            id,
            since: Instant::default(),
            is_ours,
            tie_break,
            run: 1,
            stamp: None,
            inquiry: Inquiry::default(),
            retort: None,
        }
    }

    /// Whether the new one of two links stays, which are as old as each other, to the node with the smaller key.
    fn stays(new: Linked, old: Linked) -> bool {
        let [here, there] =
            [(&SMALLER, &LARGER, true), (&LARGER, &SMALLER, false)].map(|(ours, theirs, is_here)| {
                let [new, old] = [new, old].map(|link| Linked { is_ours: link.is_ours == is_here, ..link });
                is_better(Instant::default(), &new, &old, ours, theirs)
            });
        assert_eq!(here, there, "both ends decide the same");
        here
    }

    #[test]
    fn a_node_with_another_passphrase_is_not_dialled_again() {
        let [wrong, lost] = [Close::WrongPassword, Close::Goodbye].map(Ended::Claimed);
        assert!(is_final(wrong) && !is_final(lost));
    }

    /// The rules of section 16.7.
    #[test]
    fn both_ends_keep_the_same_one_of_two_links() {
        for is_ours in [false, true] {
            assert!(stays(link(is_ours, 3), link(is_ours, 4)));
            assert!(!stays(link(is_ours, 4), link(is_ours, 3)));
            assert_eq!(stays(link(is_ours, 3), link(!is_ours, 4)), is_ours, "the smaller key has dialled it");
            assert_eq!(stays(link(is_ours, 4), link(!is_ours, 3)), is_ours);
        }
    }

    #[test]
    fn a_link_whose_other_end_is_gone_does_not_stay() {
        let [new, old] = [link(false, 4), link(false, 3)];
        assert!(stays(Linked { run: 2, ..new }, old), "the other node has started again");
        let is_better = |now| is_better(now, &new, &old, &SMALLER, &LARGER);
        assert!(!is_better(Instant::from_millis(9_999)) && is_better(Instant::default() + RACE_WINDOW));
    }
}
