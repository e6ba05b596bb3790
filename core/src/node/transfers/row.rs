//! One transfer, as a node keeps it.

use core::mem;

use zeroize::Zeroizing;

use super::super::ContactId;
use super::kept::KeptGoods;
use super::{Passage, TransferKey, TransferNews};
use crate::limits::{OFFER_BACK_OFF_MAX, OFFER_BACK_OFF_MIN, OFFER_TIMEOUT, SECRET_LEN};
use crate::link::LinkId;
use crate::suite::sha512;
use crate::time::Instant;
use crate::transfer::Ticket;
use crate::wire::{Ciphers, FrameLen, Goods, Offer, Refusal, Taking, TransferId, TransferSecret, Verdict};

const ATTEMPT: &[u8] = b"p2pm 1 transfer attempt";

/// A transfer of a node, sent or received.
#[derive(Clone, Debug)]
pub struct Transfer {
    pub(super) contact: ContactId,
    /// Whether this node sends.
    pub(super) is_sent: bool,
    pub(super) id: TransferId,
    /// Number of the last attempt.
    pub(super) attempt: u32,
    /// Sent: whether it was offered, so that the other node keeps it.
    pub(super) is_said: bool,
    /// Secret of that attempt; where this node sends, that from which those of all attempts are made.
    secret: TransferSecret,
    ciphers: Ciphers,
    frame_len: FrameLen,
    goods: KeptGoods,
    pub(super) stage: Stage,
    /// Once it is agreed on, until when a connection is to be made.
    pub(super) until: Instant,
    /// How it crosses, once it is taken.
    pub(super) taking: Option<Taking>,
    /// The link on which it was taken, until something comes of that.
    taken_on: Option<LinkId>,
    /// Attempts in a row that have led to nothing.
    failures: u32,
    pub(super) news: Option<TransferNews>,
}

/// How far a transfer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The row is not in use.
    Free,
    /// Sent: it is offered again then.
    Waiting(Instant),
    /// Sent: it is to be offered.
    Offering,
    /// Sent: it was offered on this link.
    Offered(LinkId),
    /// Received: the user decides.
    Asked,
    /// Received: this is to be answered.
    Answering(Verdict),
    /// A connection is to be made.
    Agreed,
    /// Received: one was made too early. Another one is made then.
    TooEarly(Instant),
    /// A connection is made, or open; what has come in between.
    Open(Meanwhile),
    /// It goes on when one of the two ends says so.
    Resting,
    /// Sent: that it is not offered any more is to be said.
    Withdrawing,
    /// Sent: that was said on this link, and is said again if it ends. The row is kept as long as nothing else needs it.
    Withdrawn(LinkId),
    /// Received: it is whole. The row is kept as long as nothing else needs it, since the sender may not know.
    Whole,
    /// It is over, which is still to be told to the shell.
    Over,
}

/// What the other node has said of a transfer while its connection is open. It counts once that has ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Meanwhile {
    /// Nothing.
    #[default]
    Nothing,
    /// Received: another attempt is offered.
    Offered(u32, TransferSecret),
    /// Received: it has started again, and has forgotten it.
    Forgotten,
}

impl Transfer {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self {
        contact: ContactId(0),
        is_sent: false,
        id: TransferId([0; 8]),
        attempt: 0,
        is_said: false,
        secret: TransferSecret([0; SECRET_LEN]),
        ciphers: Ciphers { with_aes: false },
        frame_len: FrameLen::Short,
        goods: KeptGoods::NONE,
        stage: Stage::Free,
        until: Instant::from_millis(0),
        taking: None,
        taken_on: None,
        failures: 0,
        news: None,
    };

    /// A transfer to a contact, to be offered.
    pub(super) fn sent(contact: ContactId, offer: &Offer<'_>) -> Self {
        Self { is_sent: true, stage: Stage::Offering, ..Self::of(contact, offer) }
    }

    /// A transfer from a contact, which the user is to decide on.
    pub(super) fn received(contact: ContactId, offer: &Offer<'_>) -> Self {
        Self { stage: Stage::Asked, news: Some(TransferNews::Offered), ..Self::of(contact, offer) }
    }

    fn of(contact: ContactId, offer: &Offer<'_>) -> Self {
        Self {
            contact,
            id: offer.id,
            attempt: offer.attempt,
            secret: offer.secret.clone(),
            ciphers: offer.ciphers,
            frame_len: offer.frame_len,
            goods: KeptGoods::from(&offer.goods),
            ..Self::EMPTY
        }
    }

    /// The contact at the other end.
    pub fn contact(&self) -> ContactId {
        self.contact
    }

    /// Whether this node sends it.
    pub fn is_sent(&self) -> bool {
        self.is_sent
    }

    /// Its number.
    pub fn id(&self) -> TransferId {
        self.id
    }

    /// What is offered.
    pub fn goods(&self) -> Goods<'_> {
        self.goods.goods()
    }

    /// What is offered, in memory of its own.
    pub fn kept_goods(&self) -> &KeptGoods {
        &self.goods
    }

    /// The best way for it to cross that both ends allow.
    pub fn best(&self, ciphers: Ciphers, frame_len: FrameLen) -> Taking {
        Taking { cipher: self.ciphers.best_with(ciphers), frame_len: self.frame_len.min(frame_len) }
    }

    /// Whether it may cross like this.
    pub(super) fn allows(&self, taking: Taking) -> bool {
        self.ciphers.has(taking.cipher) && taking.frame_len <= self.frame_len
    }

    /// The offer of the last attempt.
    pub(super) fn offer(&self) -> Offer<'_> {
        Offer {
            id: self.id,
            attempt: self.attempt,
            secret: self.secret(),
            ciphers: self.ciphers,
            frame_len: self.frame_len,
            goods: self.goods(),
        }
    }

    /// Secret of the last attempt.
    pub(super) fn secret(&self) -> TransferSecret {
        if !self.is_sent {
            return self.secret.clone();
        }
        // It is wiped, and so is the secret.
        let hash = Zeroizing::new(sha512(&[ATTEMPT, &self.secret.0, &self.attempt.to_be_bytes()]));
        TransferSecret(hash.first_chunk().copied().unwrap_or_default())
    }

    /// The offer of another attempt has come.
    pub(super) fn renew(&mut self, attempt: u32, secret: TransferSecret) {
        (self.attempt, self.secret, self.taken_on) = (attempt, secret, None);
    }

    /// Whether an offer is of the same. Another version of a program may make another preview of it.
    pub(super) fn is_of(&self, goods: &Goods<'_>) -> bool {
        let without_preview = |goods: Goods<'_>| KeptGoods::from(&Goods { preview: None, ..goods });
        without_preview(self.goods()) == without_preview(*goods)
    }

    /// Another attempt is made after a while that grows with each one that has led to nothing.
    pub(super) fn wait(&mut self, now: Instant, is_further: bool) {
        self.failures = if is_further { 0 } else { self.failures.saturating_add(1) };
        let factor = 1 << self.failures.saturating_sub(1).min(16);
        let delay = OFFER_BACK_OFF_MIN.saturating_mul(factor).min(OFFER_BACK_OFF_MAX);
        self.stage = Stage::Waiting(now + delay);
    }
}

/// What becomes of it.
impl Transfer {
    /// The row is free, and its secrets are wiped.
    pub(super) fn free(&mut self) {
        *self = Self::EMPTY;
    }

    /// It is over, which the shell is told, unless it has not heard of it yet.
    pub(super) fn end(&mut self, news: TransferNews) {
        if self.news == Some(TransferNews::Offered) {
            return self.free();
        }
        self.news = Some(news);
        self.stage = Stage::Over;
    }

    /// The other node has started again, and numbers its attempts anew. Nobody is at the other end of the connection any more.
    pub(super) fn forget(&mut self) {
        self.stage = Stage::Open(Meanwhile::Forgotten);
        self.news = Some(TransferNews::Superseded);
    }

    pub(super) fn offer_again(&mut self) {
        self.attempt = self.attempt.saturating_add(1);
        self.stage = Stage::Offering;
    }

    /// It was taken on this link: a connection is to be made now.
    pub(super) fn agree(&mut self, link: LinkId, now: Instant) {
        (self.stage, self.taken_on, self.until) = (Stage::Agreed, Some(link), now + OFFER_TIMEOUT);
    }

    /// Its connection is over: both ends know that it was taken.
    pub(super) fn rest(&mut self) {
        self.taken_on = None;
        self.stage = Stage::Resting;
    }

    /// If the link is over on which it was taken, and no connection has come of that, the sender offers it again. The receiver
    /// says again that it takes it: whoever has paused, and has not heard so, would wait for ever.
    pub(super) fn outlast(&mut self, is_over: impl Fn(LinkId) -> bool) {
        let is_waiting = matches!(self.stage, Stage::Agreed | Stage::TooEarly(_) | Stage::Resting);
        if !is_waiting || self.taken_on.take_if(|link| is_over(*link)).is_none() {
            return;
        }
        if self.is_sent {
            self.offer_again();
        } else {
            self.answer_again();
        }
    }

    /// The other node did not expect the connection. A sender is expected as soon as it has heard the answer.
    pub(super) fn come_again(&mut self, now: Instant) {
        let again = now + OFFER_BACK_OFF_MIN;
        self.stage = if again < self.until { Stage::TooEarly(again) } else { Stage::Resting };
    }

    /// What opens the connection of the last attempt, which is made now.
    pub(super) fn open(&mut self, key: TransferKey) -> Option<Passage> {
        let Taking { cipher, frame_len } = self.taking?;
        self.stage = Stage::Open(Meanwhile::Nothing);
        Some(Passage { key, ticket: Ticket { id: self.id, secret: self.secret(), frame_len }, cipher })
    }

    /// Its connection has ended. What was said meanwhile; `None` if there was none.
    pub(super) fn close(&mut self) -> Option<Meanwhile> {
        match mem::replace(&mut self.stage, Stage::Resting) {
            Stage::Open(meanwhile) => Some(meanwhile),
            stage => {
                self.stage = stage;
                None
            }
        }
    }

    /// Whether it goes on only when one of the two ends says so.
    pub fn is_resting(&self) -> bool {
        self.stage == Stage::Resting
    }

    /// Whether it is refused, and all that is left is to say so.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.stage, Stage::Answering(Verdict::Refuse(_)))
    }

    /// Whether the shell may still do something with it.
    pub(super) fn is_live(&self) -> bool {
        !matches!(self.stage, Stage::Free | Stage::Over)
    }

    /// Number of the last attempt that was offered; `None` if the numbers begin anew.
    pub(super) fn last_attempt(&self) -> Option<u32> {
        match &self.stage {
            Stage::Open(Meanwhile::Offered(attempt, _)) => Some(*attempt),
            Stage::Open(Meanwhile::Forgotten) => None,
            _ => Some(self.attempt),
        }
    }

    /// It is given up by the user.
    pub(super) fn refuse(&mut self, refusal: Refusal) {
        match self.close() {
            // Nobody waits for an answer.
            Some(Meanwhile::Forgotten) => return self.free(),
            Some(Meanwhile::Offered(attempt, secret)) => self.renew(attempt, secret),
            Some(Meanwhile::Nothing) | None => {}
        }
        self.stage = Stage::Answering(Verdict::Refuse(refusal));
    }

    /// Whether all that is left is to say that it is not offered any more.
    pub(super) fn is_withdrawn(&self) -> bool {
        matches!(self.stage, Stage::Withdrawing | Stage::Withdrawn(_))
    }

    /// Received: whether it is whole, even if that is still to be answered.
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.stage, Stage::Whole | Stage::Answering(Verdict::Refuse(Refusal::Whole)))
    }

    pub(super) fn is_agreed(&self) -> bool {
        self.stage == Stage::Agreed
    }

    /// Another attempt was offered: it is answered as the last one was.
    pub(super) fn answer_again(&mut self) {
        match (&self.stage, self.taking) {
            (Stage::Whole, _) => self.stage = Stage::Answering(Verdict::Refuse(Refusal::Whole)),
            (Stage::Answering(Verdict::Refuse(_)), _) | (_, None) => {}
            (_, Some(taking)) => self.stage = Stage::Answering(Verdict::Take(taking)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Attributes, GoodsKind, Label};

    #[test]
    fn no_secret_stays_of_what_is_over() {
        let name = Label::new(b"photo.jpg").unwrap();
        let attributes = Attributes::new(0, 0o644);
        let goods = Goods { kind: GoodsKind::File, length: 7, files: 1, attributes, name, preview: None };
        let (ciphers, frame_len) = (Ciphers { with_aes: true }, FrameLen::Long);
        let secret = TransferSecret([7; SECRET_LEN]);
        let offer = Offer { id: TransferId([1; 8]), attempt: 1, secret, ciphers, frame_len, goods };
        for mut transfer in [Transfer::sent(ContactId(0), &offer), Transfer::received(ContactId(0), &offer)] {
            transfer.stage = Stage::Open(Meanwhile::Offered(2, TransferSecret([8; SECRET_LEN])));
            transfer.free();
            assert_eq!((transfer.secret, transfer.stage), (TransferSecret([0; SECRET_LEN]), Stage::Free));
        }
    }
}
