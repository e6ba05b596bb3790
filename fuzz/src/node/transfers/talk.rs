//! What links hear and say of transfers.

use p2pm_core::error::Fault;
use p2pm_core::limits::{OFFER_BACK_OFF_MAX, OFFER_BACK_OFF_MIN, OFFERS_PER_CONTACT};
use p2pm_core::node::{ContactId, KeptGoods, TransferNews};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Answer, LinkMessage, Offer, Refusal, Verdict};

use super::Transfers;
use super::row::{Row, State};
use crate::node::OurNode;
use crate::node::peer::is_of_transfer;

impl Transfers {
    /// The node hears a message: what is wrong with it. `retort` is what it must say to it, if nothing is kept.
    pub(in crate::node) fn hear(
        &mut self,
        now: Instant,
        (contact, link): (ContactId, u32),
        message: &LinkMessage<'_>,
        node: &OurNode,
        retort: &mut Option<LinkMessage<'static>>,
    ) -> Option<Fault> {
        match message {
            LinkMessage::Offer(offer) => return self.hear_offer(contact, offer, node, retort),
            LinkMessage::Answer(answer) => return self.hear_answer(now, (contact, link), *answer, retort),
            LinkMessage::Withdraw(id) => {
                if let Some(row) = self.find(contact, false, *id).filter(|row| !row.is_whole()) {
                    row.end(TransferNews::Withdrawn);
                }
                self.clear();
            }
            _ => {}
        }
        None
    }

    fn hear_offer(
        &mut self,
        contact: ContactId,
        offer: &Offer<'_>,
        node: &OurNode,
        retort: &mut Option<LinkMessage<'static>>,
    ) -> Option<Fault> {
        if let Some(row) = self.find(contact, false, offer.id) {
            let is_late = row.last_attempt().is_some_and(|last| offer.attempt <= last);
            if is_late || !row.is_of(offer.goods) {
                return Some(Fault::Value);
            }
            let attempt = (offer.attempt, offer.secret.clone());
            if row.state == State::Open {
                (row.next, row.is_forgotten) = (Some(attempt), false);
                row.news = Some(TransferNews::Superseded);
            } else {
                row.renew(attempt);
            }
            return None;
        }
        // Also those of which the user is still to be told that they are over: nobody can have all rows by offering and withdrawing.
        let is_pending = |row: &&Row| row.contact == contact && !row.is_sent && row.state != State::Whole;
        let pending = self.rows.iter().filter(is_pending).count();
        if pending < OFFERS_PER_CONTACT && self.has_room(node) {
            self.insert(Row::new(contact, false, offer, node), node);
        } else {
            let verdict = Verdict::Refuse(Refusal::Busy);
            *retort = Some(LinkMessage::Answer(Answer { id: offer.id, attempt: offer.attempt, verdict }));
        }
        None
    }

    fn hear_answer(
        &mut self,
        now: Instant,
        (contact, link): (ContactId, u32),
        answer: Answer,
        retort: &mut Option<LinkMessage<'static>>,
    ) -> Option<Fault> {
        let Some(row) = self.find(contact, true, answer.id) else {
            if let Verdict::Take(_) = answer.verdict {
                *retort = Some(LinkMessage::Withdraw(answer.id));
            }
            return None;
        };
        match (answer.verdict, row.state) {
            (_, State::Withdrawing) => {}
            (Verdict::Take(_), State::Withdrawn(_)) => row.state = State::Withdrawing,
            (Verdict::Refuse(_), State::Withdrawn(_)) => row.state = State::Over,
            (Verdict::Refuse(refusal), _) => row.end(TransferNews::Refused(refusal)),
            (Verdict::Take(_), _) if answer.attempt != row.attempt => {}
            (Verdict::Take(taking), State::Offered(_)) => {
                let (ciphers, frame_len) = row.ways;
                if !ciphers.has(taking.cipher) || taking.frame_len > frame_len {
                    return Some(Fault::Value);
                }
                if row.taking.replace(taking).is_none() {
                    row.news = Some(TransferNews::Taken);
                }
                row.agree(link, now);
            }
            (Verdict::Take(_), State::Resting) => row.state = State::Offering,
            (Verdict::Take(_), _) => {}
        }
        self.clear();
        None
    }

    /// The node says a message on the link with this number.
    pub(in crate::node) fn say(
        &mut self,
        now: Instant,
        (contact, link): (ContactId, u32),
        message: &LinkMessage<'_>,
        retort: &mut Option<LinkMessage<'static>>,
    ) {
        let is_retort = |_: &mut LinkMessage<'_>| is_of_transfer(message);
        if let Some(retort) = retort.take_if(is_retort) {
            return assert_eq!(*message, retort, "nothing is kept");
        }
        match message {
            LinkMessage::Offer(offer) => self.say_offer(now, contact, link, offer),
            LinkMessage::Answer(answer) => {
                let row = self.find(contact, false, answer.id).expect("what is answered was offered");
                assert_eq!(answer.attempt, row.attempt, "the last attempt is answered");
                assert_eq!(State::Answering(answer.verdict), row.state, "nobody has decided so");
                match answer.verdict {
                    Verdict::Take(_) => row.agree(link, now),
                    Verdict::Refuse(Refusal::Whole) => row.state = State::Whole,
                    Verdict::Refuse(_) => row.state = State::Over,
                }
            }
            LinkMessage::Withdraw(id) => {
                let row = self.find(contact, true, *id).expect("what is withdrawn was offered");
                assert_eq!(row.state, State::Withdrawing, "nobody has withdrawn it");
                row.state = State::Withdrawn(link);
            }
            _ => {}
        }
        self.clear();
    }

    fn say_offer(&mut self, now: Instant, contact: ContactId, link: u32, offer: &Offer<'_>) {
        assert!(self.offered.insert(offer.secret.0), "a secret is offered twice");
        let row = self.find(contact, true, offer.id).expect("the user offers it");
        let is_due = match row.state {
            State::Offering => true,
            State::Waiting(since) => now >= since + OFFER_BACK_OFF_MIN,
            _ => false,
        };
        assert!(is_due, "it is offered, and {:?}", row.state);
        assert_eq!(
            (&row.goods, row.ways),
            (&KeptGoods::from(&offer.goods), (offer.ciphers, offer.frame_len))
        );
        let is_further = if row.is_said { offer.attempt > row.attempt } else { offer.attempt == row.attempt };
        assert!(is_further, "attempt {} after {}", offer.attempt, row.attempt);
        (row.attempt, row.secret, row.is_said) = (offer.attempt, offer.secret.clone(), true);
        row.state = State::Offered(link);
        assert!(self.said_to(contact) <= OFFERS_PER_CONTACT, "more than the other node keeps");
    }

    /// How many the other node keeps, which has heard what was said on this link before.
    fn said_to(&self, contact: ContactId) -> usize {
        let is_kept = |row: &&Row| row.is_said && !matches!(row.state, State::Withdrawn(_));
        self.of(contact, true).filter(is_kept).count()
    }

    /// A link has said all that it has to say.
    pub(in crate::node) fn check_said(&self, now: Instant, contact: ContactId) {
        let has_room = self.said_to(contact) < OFFERS_PER_CONTACT;
        for row in self.rows.iter().filter(|row| row.contact == contact) {
            let is_due = match row.state {
                State::Offering => row.is_said || has_room,
                State::Waiting(since) => now >= since + OFFER_BACK_OFF_MAX,
                State::Answering(_) | State::Withdrawing => true,
                _ => false,
            };
            assert!(!is_due, "nothing is said of {:?}: {:?}", row.id, row.state);
        }
    }
}
