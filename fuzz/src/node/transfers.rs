//! What a node may say, tell and open of transfers: a model of sections 18.1 and 18.3 of `docs/PROTOCOL.md`.

mod row;
mod talk;

use std::collections::{BTreeMap, BTreeSet};

use p2pm_core::limits::{OFFER_BACK_OFF_MIN, OFFERS_PER_CONTACT};
use p2pm_core::node::{ContactId, OfferError, Passage, TransferEnd, TransferKey, TransferNews};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Offer, PublicKey, Refusal, Taking, TransferId, Verdict};

pub(super) use self::row::{Row, State};
use super::OurNode;

/// Rows of the node: one contact cannot use them all.
pub(super) const TRANSFERS: usize = OFFERS_PER_CONTACT + 2;

/// The transfers of a node.
#[derive(Default)]
pub(super) struct Transfers {
    rows: Vec<Row>,
    /// The last run of each contact.
    runs: BTreeMap<ContactId, (PublicKey, u32)>,
    /// The link of each contact that has one: the last that was made.
    links: BTreeMap<ContactId, u32>,
    secrets: u32,
    /// The secrets that the node has offered, and those that have opened a connection.
    offered: BTreeSet<[u8; 32]>,
    opened: BTreeSet<[u8; 32]>,
}

impl Transfers {
    /// Number of another secret.
    pub(super) fn next_secret(&mut self) -> u32 {
        self.secrets += 1;
        self.secrets
    }

    /// Those of which the user knows, of either direction.
    pub(super) fn known(&self, is_sent: Option<bool>) -> impl Iterator<Item = &Row> {
        let known = |row: &&Row| row.key.is_some() && row.state != State::Over;
        self.rows.iter().filter(known).filter(move |row| is_sent.is_none_or(|it| it == row.is_sent))
    }

    /// Those that a contact sends, or is sent.
    pub(super) fn of(&self, contact: ContactId, is_sent: bool) -> impl Iterator<Item = &Row> {
        let is_of = move |row: &&Row| (row.contact, row.is_sent) == (contact, is_sent);
        self.rows.iter().filter(is_of).filter(|row| row.state != State::Over)
    }

    pub(super) fn get(&mut self, key: TransferKey) -> &mut Row {
        let row = self.rows.iter_mut().find(|row| row.key == Some(key) && row.state != State::Over);
        row.unwrap_or_else(|| panic!("nobody has offered {key:?}"))
    }

    fn find(&mut self, contact: ContactId, is_sent: bool, id: TransferId) -> Option<&mut Row> {
        let mut rows = self.rows.iter_mut().filter(|row| row.state != State::Over);
        rows.find(|row| (row.contact, row.is_sent, row.id) == (contact, is_sent, id))
    }

    fn has_room(&self, node: &OurNode) -> bool {
        self.rows.len() < TRANSFERS || self.rows.iter().any(|row| row.makes_room(node))
    }

    /// Keeps another one, which the node keeps now.
    fn insert(&mut self, row: Row, node: &OurNode) {
        assert!(self.has_room(node), "it has more rows than there are");
        if self.rows.len() == TRANSFERS {
            let is_gone = |row: &Row| {
                let kept = row.key.and_then(|key| node.transfer(key));
                kept.is_none_or(|it| (it.contact(), it.is_sent()) != (row.contact, row.is_sent))
            };
            let gone = self.rows.iter().position(|row| row.makes_room(node) && is_gone(row));
            self.rows.swap_remove(gone.expect("what makes room is not needed any more"));
        }
        self.rows.push(row);
    }

    /// The user offers something.
    pub(super) fn offer(
        &mut self,
        node: &OurNode,
        to: ContactId,
        offer: &Offer<'_>,
        kept: Result<TransferKey, OfferError>,
    ) {
        let is_accepted = node.contact(to).is_some_and(|contact| contact.known().is_accepted());
        assert_eq!(is_accepted, kept != Err(OfferError::NotAccepted), "whom files are for");
        match kept {
            Ok(key) => self.insert(Row { key: Some(key), ..Row::new(to, true, offer, node) }, node),
            Err(OfferError::NotAccepted) => {}
            Err(OfferError::Full) => assert!(!self.has_room(node), "there is room"),
        }
    }

    /// The user takes what was offered.
    pub(super) fn take(&mut self, key: TransferKey, taking: Taking) {
        let row = self.get(key);
        if row.state == State::Asked {
            (row.taking, row.state) = (Some(taking), State::Answering(Verdict::Take(taking)));
        }
    }

    /// The user refuses what was offered, or gives it up.
    pub(super) fn refuse(&mut self, key: TransferKey, refusal: Refusal) {
        let row = self.get(key);
        if !row.is_sent && !row.is_whole() {
            row.give_up(refusal);
            self.clear();
        }
    }

    /// The user withdraws what is offered.
    pub(super) fn withdraw(&mut self, key: TransferKey) {
        let row = self.get(key);
        if row.is_sent {
            row.state = State::Withdrawing;
        }
    }

    /// The user goes on with what has paused.
    pub(super) fn resume(&mut self, key: TransferKey) {
        let row = self.get(key);
        row.state = match (row.state, row.taking) {
            (State::Resting, Some(taking)) if !row.is_sent => State::Answering(Verdict::Take(taking)),
            (State::Resting, _) => State::Offering,
            (state, _) => state,
        };
    }

    /// Time passes.
    pub(super) fn pass(&mut self, now: Instant) {
        for row in &mut self.rows {
            row.state = match row.state {
                State::Agreed | State::TooEarly(_) if now >= row.until && row.is_sent => State::Waiting(now),
                State::Agreed | State::TooEarly(_) if now >= row.until => State::Resting,
                State::TooEarly(again) if now >= again => State::Agreed,
                state => state,
            };
        }
    }

    /// The user is told something.
    pub(super) fn tell(&mut self, key: TransferKey, news: TransferNews, node: &OurNode) {
        let kept = node.transfer(key);
        let is_it = |row: &Row| match (row.key, kept) {
            (None, Some(it)) => (it.contact(), it.is_sent(), it.id()) == (row.contact, row.is_sent, row.id),
            (known, _) => known == Some(key),
        };
        let row = self.rows.iter_mut().find(|row| is_it(row) && row.news == Some(news));
        let row = row.unwrap_or_else(|| panic!("nothing of the kind has happened: {key:?}: {news:?}"));
        (row.key, row.news) = (Some(key), None);
        self.clear();
    }

    fn clear(&mut self) {
        self.rows.retain(|row| row.state != State::Over || row.news.is_some());
    }

    /// The node has told all its news, and keeps what this does.
    pub(super) fn check(&self, now: Instant, node: &OurNode) {
        let kept: BTreeSet<_> = node.transfers().map(|(key, _)| key).collect();
        let known: BTreeSet<_> =
            self.known(None).filter(|row| !row.is_withdrawn()).filter_map(|row| row.key).collect();
        assert_eq!(kept, known, "what is going on");
        for row in &self.rows {
            let key = row.key.expect("the user was told of each");
            assert_eq!(row.news, None, "the user was not told");
            assert_eq!(node.contact(row.contact).map(|it| it.known().key), Some(row.who), "it is somebody's");
            assert!(node.transfer(key).is_some_and(|it| *it.kept_goods() == row.goods), "it is kept");
        }
        let deadline = node.transfer_deadline();
        assert!(deadline.is_none_or(|deadline| deadline > now), "a deadline leads to nothing");
        let waits = |row: &Row| match row.state {
            State::Agreed | State::TooEarly(_) => true,
            State::Waiting(since) => now < since + OFFER_BACK_OFF_MIN,
            _ => false,
        };
        assert!(deadline.is_some() || !self.rows.iter().any(waits), "it waits for ever");
    }

    /// A link has ended: what was said on it may not have arrived.
    pub(super) fn link_ended(&mut self, link: u32) {
        self.links.retain(|_, last| *last != link);
        for row in &mut self.rows {
            match row.state {
                State::Offered(on) if on == link => row.state = State::Offering,
                State::Withdrawn(on) if on == link => row.state = State::Withdrawing,
                _ if row.taken_on == Some(link) => row.say_again(),
                _ => {}
            }
        }
    }

    /// Those with a contact are over: it is refused or forgotten, or, `is_restarted`, has forgotten what it has offered.
    pub(super) fn end_all(&mut self, contact: ContactId, is_restarted: bool) {
        for row in self.rows.iter_mut().filter(|row| row.contact == contact && row.state != State::Over) {
            if row.is_withdrawn() || row.is_whole() {
                (row.state, row.news) = (State::Over, None);
            } else if is_restarted && row.is_sent {
                row.state = if row.state == State::Resting { State::Offering } else { row.state };
            } else if is_restarted && row.state == State::Open {
                (row.next, row.is_forgotten) = (None, true);
                row.news = Some(TransferNews::Superseded);
            } else if row.is_sent {
                row.end(TransferNews::Refused(Refusal::Denied));
            } else {
                row.end(if is_restarted { TransferNews::Forgotten } else { TransferNews::Withdrawn });
            }
        }
        self.clear();
    }

    /// Somebody may be forgotten, to make room for somebody else.
    pub(super) fn end_forgotten(&mut self, node: &OurNode) {
        let who = |contact| node.contact(contact).map(|contact| contact.known().key);
        self.runs.retain(|contact, (was, _)| who(*contact) == Some(*was));
        let gone = self.rows.iter().filter(|row| who(row.contact) != Some(row.who)).map(|row| row.contact);
        gone.collect::<BTreeSet<_>>().into_iter().for_each(|contact| self.end_all(contact, false));
    }

    /// A contact is linked, in this run of its node.
    pub(super) fn introduce(&mut self, (contact, link): (ContactId, u32), who: PublicKey, run: u32) {
        self.links.insert(contact, link);
        let before = self.runs.insert(contact, (who, run)).map_or(0, |(_, before)| before);
        if before != run {
            self.end_all(contact, true);
        }
    }
}

/// Connections.
impl Transfers {
    /// A connection is made, or taken.
    pub(super) fn open(&mut self, passage: &Passage) {
        let row = self.get(passage.key);
        assert_eq!(row.state, State::Agreed, "no connection is to be made");
        let taking = Taking { cipher: passage.cipher, frame_len: passage.ticket.frame_len };
        assert_eq!(
            (row.taking, &row.secret, row.id),
            (Some(taking), &passage.ticket.secret, passage.ticket.id)
        );
        row.state = State::Open;
        assert!(self.opened.insert(passage.ticket.secret.0), "a secret opens two connections");
    }

    /// Those of which a connection may be made now, like this.
    pub(super) fn expected(&self, id: TransferId, taking: Taking) -> usize {
        let is_it = |row: &&Row| row.id == id && row.taking == Some(taking);
        self.rows.iter().filter(is_it).filter(|row| row.state == State::Agreed).count()
    }

    /// The connection of one has ended.
    pub(super) fn ended(&mut self, now: Instant, key: TransferKey, end: TransferEnd) {
        let contact = self.get(key).contact;
        let linked_by = self.links.get(&contact).copied();
        let row = self.get(key);
        if row.state != State::Open {
            return;
        }
        let again = now + OFFER_BACK_OFF_MIN;
        match (end, row.is_sent) {
            (TransferEnd::GivenUp, true) => row.state = State::Withdrawing,
            (TransferEnd::GivenUp, false) => row.give_up(Refusal::Denied),
            (TransferEnd::Stored, false) if !row.is_forgotten => row.state = State::Whole,
            (TransferEnd::Stored, _) => (row.state, row.news) = (State::Over, None),
            (_, false) if row.is_forgotten => row.end(TransferNews::Forgotten),
            (TransferEnd::Unexpected, false) if again < row.until => row.state = State::TooEarly(again),
            (TransferEnd::Paused, _) | (TransferEnd::Cut { is_further: true }, false) => {
                (row.state, row.taken_on) = (State::Resting, None);
            }
            (_, false) => row.state = State::Resting,
            (_, true) => row.state = State::Waiting(now),
        }
        if row.taken_on.is_some() && row.taken_on != linked_by {
            row.say_again();
        }
        if let Some(next) = row.next.take() {
            row.renew(next);
        }
        self.clear();
    }
}
