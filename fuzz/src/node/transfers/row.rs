//! One transfer.

use p2pm_core::limits::OFFER_TIMEOUT;
use p2pm_core::node::{ContactId, KeptGoods, TransferKey, TransferNews};
use p2pm_core::time::Instant;
use p2pm_core::wire::{
    Ciphers, FrameLen, Goods, Offer, PublicKey, Refusal, Taking, TransferId, TransferSecret, Verdict,
};

use crate::node::OurNode;

/// A transfer.
#[derive(Clone)]
pub(in crate::node) struct Row {
    /// Its number, once the user knows of it.
    pub(in crate::node) key: Option<TransferKey>,
    pub(in crate::node) contact: ContactId,
    pub(super) who: PublicKey,
    pub(in crate::node) is_sent: bool,
    pub(in crate::node) id: TransferId,
    /// The last attempt that was said; the first one before that.
    pub(in crate::node) attempt: u32,
    pub(in crate::node) secret: TransferSecret,
    /// What was offered first.
    pub(super) goods: KeptGoods,
    pub(super) ways: (Ciphers, FrameLen),
    /// Sent: whether the other node has been offered it.
    pub(super) is_said: bool,
    pub(in crate::node) taking: Option<Taking>,
    /// Number of the link on which it was taken, until both ends know that it was.
    pub(super) taken_on: Option<u32>,
    /// Until when a connection may be made.
    pub(super) until: Instant,
    pub(in crate::node) state: State,
    /// The offer that came while the connection of the last one was open.
    pub(super) next: Option<(u32, TransferSecret)>,
    /// The other node has forgotten it, while its connection is open.
    pub(super) is_forgotten: bool,
    /// What the user is to be told.
    pub(super) news: Option<TransferNews>,
}

/// How far a transfer is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::node) enum State {
    /// Sent: to be offered.
    Offering,
    /// Sent: offered on the link with this number.
    Offered(u32),
    /// Sent: a connection has come to nothing then.
    Waiting(Instant),
    /// Received: the user is to decide.
    Asked,
    /// Received: to be answered.
    Answering(Verdict),
    /// A connection may be made.
    Agreed,
    /// Received: one may be made from then on.
    TooEarly(Instant),
    Open,
    Resting,
    /// Sent: that it is withdrawn is to be said.
    Withdrawing,
    /// Sent: that was said on the link with this number.
    Withdrawn(u32),
    Whole,
    /// Only the user is still to be told.
    Over,
}

impl Row {
    pub(super) fn new(contact: ContactId, is_sent: bool, offer: &Offer<'_>, node: &OurNode) -> Self {
        Self {
            key: None,
            contact,
            who: node.contact(contact).expect("a contact").known().key,
            is_sent,
            id: offer.id,
            attempt: offer.attempt,
            secret: offer.secret.clone(),
            goods: KeptGoods::from(&offer.goods),
            ways: (offer.ciphers, offer.frame_len),
            is_said: false,
            taking: None,
            taken_on: None,
            until: Instant::default(),
            state: if is_sent { State::Offering } else { State::Asked },
            next: None,
            is_forgotten: false,
            news: (!is_sent).then_some(TransferNews::Offered),
        }
    }

    pub(in crate::node) fn is_whole(&self) -> bool {
        matches!(self.state, State::Whole | State::Answering(Verdict::Refuse(Refusal::Whole)))
    }

    pub(super) fn is_withdrawn(&self) -> bool {
        matches!(self.state, State::Withdrawing | State::Withdrawn(_))
    }

    /// Whether another one may have its row.
    pub(super) fn makes_room(&self, node: &OurNode) -> bool {
        let is_away = || node.contact(self.contact).is_none_or(|contact| !contact.is_linked());
        match self.state {
            State::Withdrawing | State::Withdrawn(_) | State::Whole => true,
            State::Answering(Verdict::Refuse(_)) => is_away(),
            _ => false,
        }
    }

    /// Whether this is offered, with another preview perhaps.
    pub(super) fn is_of(&self, goods: Goods<'_>) -> bool {
        let without_preview = |goods| KeptGoods::from(&Goods { preview: None, ..goods });
        without_preview(self.goods.goods()) == without_preview(goods)
    }

    /// The user gives it up.
    pub(super) fn give_up(&mut self, refusal: Refusal) {
        self.state = State::Answering(Verdict::Refuse(refusal));
        if let Some((attempt, secret)) = self.next.take() {
            (self.attempt, self.secret) = (attempt, secret);
        } else if self.is_forgotten {
            // Nobody waits for an answer.
            (self.state, self.news) = (State::Over, None);
        }
    }

    /// Number of the last attempt that was heard; `None` if any number is higher.
    pub(in crate::node) fn last_attempt(&self) -> Option<u32> {
        let last = self.next.as_ref().map_or(self.attempt, |(attempt, _)| *attempt);
        (!self.is_forgotten).then_some(last)
    }

    pub(super) fn agree(&mut self, link: u32, now: Instant) {
        (self.state, self.taken_on, self.until) = (State::Agreed, Some(link), now + OFFER_TIMEOUT);
    }

    /// The link is over on which it was taken, so the other node may not have heard so.
    pub(super) fn say_again(&mut self) {
        if let (State::Agreed | State::TooEarly(_) | State::Resting, Some(taking)) = (self.state, self.taking)
        {
            self.taken_on = None;
            self.state = if self.is_sent { State::Offering } else { State::Answering(Verdict::Take(taking)) };
        }
    }

    pub(super) fn end(&mut self, news: TransferNews) {
        self.state = State::Over;
        // Of what the user was not told yet there is nothing to tell.
        self.news = (self.news != Some(TransferNews::Offered)).then_some(news);
    }

    /// The same as before is answered to another attempt.
    pub(super) fn renew(&mut self, (attempt, secret): (u32, TransferSecret)) {
        (self.attempt, self.secret, self.taken_on) = (attempt, secret, None);
        self.state = match (self.state, self.taking) {
            _ if self.is_whole() => State::Answering(Verdict::Refuse(Refusal::Whole)),
            (refusing @ State::Answering(Verdict::Refuse(_)), _) => refusing,
            (_, Some(taking)) => State::Answering(Verdict::Take(taking)),
            (state, None) => state,
        };
    }
}
