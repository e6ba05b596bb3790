//! What the node tells its user, and what is done about it.

use core::fmt;

use p2pm_core::channel::Ended;
use p2pm_core::node::{Contact, ContactId, News, TransferEnd, TransferKey, TransferNews, Trust};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Offer, Refusal, TransferSecret, Verdict, sanitise};

use super::{Circle, Files, Frames, Origin, Parts, Slot};
use crate::app::{Board, Outcome};

impl<P: Parts, const PLACES: usize, const FRAME: usize> Circle<'_, P, PLACES, FRAME> {
    /// Tells one piece of news; true if there was one.
    pub(super) fn tell(&mut self, board: &mut Board<P>, now: Instant) -> bool {
        let Some(news) = self.node.poll_news() else { return false };
        match news {
            News::Came(contact) => {
                board.console.say(format_args!("{} is here", self.who(contact)));
                self.came(board, contact);
            }
            News::Left(contact) => board.console.say(format_args!("{} has left", self.who(contact))),
            News::Undecided(contact) => {
                board.console.say(format_args!("{} has yet to accept this device", self.who(contact)));
            }
            News::Asks(contact) => self.decide(board, now, contact),
            News::Received { contact, sequence } => {
                board.console.say(format_args!("received by {}: up to {sequence}", self.who(contact)));
            }
            News::Held { contact, keeper, sequence } => {
                let (whom, by) = (self.who(contact), self.who(keeper));
                board.console.say(format_args!("held by {by} for {whom}: up to {sequence}"));
            }
            News::Dropped { contact, keeper, sequence } => {
                let (whom, by) = (self.who(contact), self.who(keeper));
                board.console.say(format_args!("not held any more by {by} for {whom}: from {sequence} on"));
            }
            News::Failed { contact, sequence } => {
                board.console.say(format_args!("failed for {}: up to {sequence}", self.who(contact)));
            }
            News::Transfer(key, news) => self.transfer_news(board, now, key, news),
        }
        true
    }

    /// Somebody is not known yet: the tag decides.
    fn decide(&mut self, board: &mut Board<P>, now: Instant, contact: ContactId) {
        let Some(key) = self.node.contact(contact).map(|it| it.known().key) else { return };
        let trust = if self.admission.accepts(key.tag()) { Trust::Accepted } else { Trust::Denied };
        if trust.is_refused() {
            board.console.say(format_args!("{} ({}) is not accepted", self.who(contact), key.tag()));
        }
        self.node.set_trust(now, contact, trust);
    }

    /// Whoever was turned away leaves nothing behind, or everybody who knows the passphrase could fill the memory with keys.
    pub(super) fn forget_if_refused(&mut self, contact: ContactId) {
        if self.node.contact(contact).is_some_and(|contact| contact.known().is_refused()) {
            // It is not linked any more.
            _ = self.node.forget(contact);
        }
    }

    /// The name of a contact, or its tag.
    pub(super) fn who(&self, contact: ContactId) -> impl fmt::Display {
        let contact = self.node.contact(contact);
        fmt::from_fn(move |f| match contact.map(Contact::known) {
            Some(known) => match &known.name {
                Some(name) => write!(f, "{name}"),
                None => write!(f, "{}", known.key.tag()),
            },
            None => f.write_str("somebody"),
        })
    }

    /// Offers the file to whoever is at the address that was typed.
    fn came(&mut self, board: &mut Board<P>, contact: ContactId) {
        let Some(known) = self.node.contact(contact).map(Contact::known) else { return };
        let Some(goods) = self.files.goods() else { return };
        if self.sent.is_some() || known.endpoint.is_none() || known.endpoint != self.addressee {
            return;
        }
        let offer = Offer {
            id: self.files.number(&known.key),
            attempt: 1,
            secret: TransferSecret(board.random()),
            ciphers: P::ciphers(),
            frame_len: Frames::<FRAME>::LONGEST,
            goods,
        };
        match self.node.offer(contact, &offer) {
            Ok(key) => self.sent = Some((key, contact)),
            Err(error) => {
                board.console.say(format_args!("not offered: {error}"));
                self.end_of_sending(board, Outcome::Failed);
            }
        }
    }

    fn transfer_news(&mut self, board: &mut Board<P>, now: Instant, key: TransferKey, news: TransferNews) {
        match news {
            TransferNews::Offered => self.offered(board, key),
            TransferNews::Taken => self.tell_sent(board, "takes"),
            TransferNews::Refused(refusal) => {
                self.drop_crossing(board, now, key);
                self.turned_away(board, refusal);
            }
            TransferNews::Withdrawn | TransferNews::Forgotten => {
                self.drop_crossing(board, now, key);
                self.drop_half_way(key);
                if self.taken.take_if(|taken| *taken == key).is_some() {
                    board.console.say("it is not offered any more");
                }
            }
            TransferNews::Superseded => self.drop_crossing(board, now, key),
        }
    }

    /// What has come of it in part is not gone on with.
    fn drop_half_way(&mut self, key: TransferKey) {
        if self.half_way.get().is_some_and(|(of, _)| *of == key) {
            self.half_way.take();
        }
    }

    /// The other end has given its connection up.
    fn drop_crossing(&mut self, board: &mut Board<P>, now: Instant, key: TransferKey) {
        if self.crossing.get().is_some_and(|crossing| crossing.key() == key) {
            self.land(board, now);
        }
    }

    fn turned_away(&mut self, board: &mut Board<P>, refusal: Refusal) {
        if refusal == Refusal::Whole {
            self.tell_sent(board, "has");
            return self.end_of_sending(board, Outcome::Done);
        }
        self.tell_sent(board, "does not take");
        board.console.say(refusal);
        self.end_of_sending(board, Outcome::Refused);
    }

    /// Tells what the addressee does with the file.
    fn tell_sent(&self, board: &mut Board<P>, does: &str) {
        if let (Some((_, contact)), Some(goods)) = (self.sent, self.files.goods()) {
            board.console.say(format_args!("{} {does} {}", self.who(contact), sanitise(goods.name.as_str())));
        }
    }

    /// Tells how the connection of a transfer has ended, unless another one follows by itself.
    pub(super) fn tell_landed(&self, board: &mut Board<P>, key: TransferKey, end: TransferEnd, ended: Ended) {
        let Some(transfer) = self.node.transfer(key) else { return };
        let name = sanitise(transfer.kept_goods().goods().name.as_str());
        match end {
            TransferEnd::Stored if transfer.is_sent() => self.tell_sent(board, "has"),
            TransferEnd::Stored => board.console.say(format_args!("{name} is stored")),
            TransferEnd::Paused => board.console.say(format_args!("{name} waits: {ended}")),
            TransferEnd::GivenUp => board.console.say(format_args!("{name} is given up: {ended}")),
            TransferEnd::Cut { .. } | TransferEnd::Unexpected => {}
        }
    }

    /// A file is offered: it is taken if there is a place for it, one at a time.
    fn offered(&mut self, board: &mut Board<P>, key: TransferKey) {
        let Some(verdict) = self.verdict(key) else { return };
        self.tell_offered(board, key, verdict);
        match verdict {
            Verdict::Take(taking) => {
                if let Some(before) = self.taken.replace(key).filter(|before| *before != key) {
                    self.drop_half_way(before);
                    self.node.refuse(before, Refusal::Busy);
                }
                self.node.take(key, taking);
            }
            Verdict::Refuse(refusal) => self.node.refuse(key, refusal),
        }
    }

    fn verdict(&mut self, key: TransferKey) -> Option<Verdict> {
        let transfer = self.node.transfer(key)?;
        let sender = self.node.contact(transfer.contact())?.known().key;
        let is_busy = self.taken.is_some_and(|taken| taken != key && self.is_under_way(taken));
        let origin = Origin { sender, id: transfer.id() };
        let checked = if is_busy { Err(Refusal::Busy) } else { self.files.check(&origin, &transfer.goods()) };
        Some(match checked {
            Ok(()) => Verdict::Take(transfer.best(P::ciphers(), Frames::<FRAME>::LONGEST)),
            Err(refusal) => Verdict::Refuse(refusal),
        })
    }

    /// Whether a file that was taken is about to come, or comes. What waits makes room for another one.
    fn is_under_way(&self, key: TransferKey) -> bool {
        let Some(transfer) = self.node.transfer(key) else { return false };
        let is_here = self.node.contact(transfer.contact()).is_some_and(Contact::is_here);
        let is_crossing = self.crossing.get().is_some_and(|crossing| crossing.key() == key);
        is_crossing || is_here && !transfer.is_resting()
    }

    fn tell_offered(&self, board: &mut Board<P>, key: TransferKey, verdict: Verdict) {
        let Some(transfer) = self.node.transfer(key) else { return };
        let (who, goods) = (self.who(transfer.contact()), transfer.goods());
        let (name, length) = (sanitise(goods.name.as_str()), goods.length);
        match verdict {
            Verdict::Take(_) => {
                board.console.say(format_args!("{who} sends {name}, {length} bytes"));
            }
            Verdict::Refuse(refusal) => {
                board.console.say(format_args!("{who} offers {name}, which is not taken: {refusal}"));
            }
        }
    }
}
