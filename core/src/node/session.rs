//! A link together with its node.

use core::num::NonZeroU16;

use super::contact::Undecided;
use super::dialer::is_plausible;
use super::{Address, ContactId, Node, Source, Storage, outbox};
use crate::channel::{Channel, Conversing, Ended, Established, Received};
use crate::error::Fault;
use crate::limits::{PART_MAX, UNDECIDED_AFTER};
use crate::link::{Heard, Link, LinkState, Saying};
use crate::suite::SealedWith;
use crate::suite::aead::Aead;
use crate::time::Instant;
use crate::wire::{Close, Items, LinkMessage, Message, Name, Neighbour, Part, Reception, emit_roster};

/// A link together with its node: a [`Machine`](crate::channel::Machine).
pub struct NodeLink<'a, A: Aead, M: Storage> {
    link: &'a mut Link<A>,
    node: &'a mut Node<M>,
}

/// Events of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent<'f> {
    /// A contact gives its name, the first one or a new one.
    Named {
        /// The contact.
        contact: ContactId,
        /// The name before it, if it is a new one.
        was: Option<Name>,
        /// Who else has the same name, if it is a new one.
        taken_from: Option<Bearer>,
    },
    /// A text from a contact, or a part of it. Once the last part is shown or kept, [`Node::confirm`] it.
    Said {
        /// The contact.
        contact: ContactId,
        /// Who has kept the text while one of the two ends was away, if it does not come from the contact itself.
        keeper: Option<ContactId>,
        /// Whether messages before it are missing, the same for each part of a text.
        missed: bool,
        /// The text, to be [sanitised](crate::wire::sanitise) before a terminal shows it.
        part: Part<'f>,
    },
    /// A contact asks what is heard of its discovery: [`Node::tell_reception`].
    AsksReception {
        /// The contact.
        contact: ContactId,
    },
    /// The answer to [`Node::ask_reception`].
    Reception {
        /// The contact.
        contact: ContactId,
        /// What it hears of our discovery.
        reception: Reception,
    },
    /// The link is over.
    Ended {
        /// The contact.
        contact: ContactId,
        /// Which side ended it, and why.
        ended: Ended,
    },
}

/// Whoever has a name that a contact gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bearer {
    /// The user of this node.
    User,
    /// Another contact, who is accepted.
    Contact(ContactId),
}

impl<A: Aead> Link<A> {
    /// The machine, which borrows the node.
    pub fn at<'a, M: Storage>(&'a mut self, node: &'a mut Node<M>) -> NodeLink<'a, A, M> {
        NodeLink { link: self, node }
    }

    /// Contact at the other end.
    pub fn contact(&self) -> ContactId {
        ContactId(self.state.contact)
    }
}

impl<A: Aead, M: Storage> NodeLink<'_, A, M> {
    /// Ends the link with `reason`, for example [`Close::Goodbye`].
    pub fn close(&mut self, now: Instant, reason: Close) -> Option<LinkEvent<'static>> {
        self.end(now, reason)
    }
}

impl<A: Aead, M: Storage> Conversing for NodeLink<'_, A, M> {
    type Suite = SealedWith<A>;
    type Stage = Established;
    type Event<'f> = LinkEvent<'f>;

    fn channel(&self) -> &Channel<SealedWith<A>, Established> {
        &self.link.channel
    }

    fn channel_mut(&mut self) -> &mut Channel<SealedWith<A>, Established> {
        &mut self.link.channel
    }

    fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.link.channel.receive(now, frame)
    }

    fn on_message<'f>(&mut self, now: Instant, message: Message<'f>) -> Result<Option<LinkEvent<'f>>, Fault> {
        let state = &mut self.link.state;
        match LinkMessage::parse(&message)? {
            LinkMessage::Name(name) => Ok(self.node.named(state, name)),
            LinkMessage::Admit { heard } if !state.admits_us => {
                self.node.admitted(state, heard).map(|()| None)
            }
            LinkMessage::Say(part) if state.is_mutual() => self.node.said(state, part),
            LinkMessage::Receipt { sequence } if state.is_mutual() => {
                self.node.received(state, sequence).map(|()| None)
            }
            LinkMessage::Roster(neighbours) if state.is_mutual() => {
                self.node.told(now, state, neighbours);
                Ok(None)
            }
            LinkMessage::AskReception if state.is_mutual() => Ok(self.node.hear_question(state)),
            LinkMessage::Reception(reception) if state.is_mutual() => {
                self.node.hear_reception(state, reception)
            }
            LinkMessage::Offer(offer) if state.is_mutual() => {
                self.node.hear_offer(state, &offer).map(|()| None)
            }
            LinkMessage::Answer(answer) if state.is_mutual() => {
                self.node.hear_answer(now, state, answer).map(|()| None)
            }
            LinkMessage::Withdraw(id) if state.is_mutual() => {
                self.node.hear_withdrawal(state, id);
                Ok(None)
            }
            message if state.is_mutual() => {
                self.node.is_stirred = true;
                self.node.hear_mail(state, &message)
            }
            _ => Err(Fault::State),
        }
    }

    fn on_ended<'f>(&mut self, now: Instant, ended: Ended) -> LinkEvent<'f> {
        self.node.link_ended(now, &self.link.state, ended);
        LinkEvent::Ended { contact: self.link.contact(), ended }
    }

    /// Now, if the link must be closed, or a text be given up; and when the other node counts as undecided.
    fn due(&self) -> Option<Instant> {
        let state = &self.link.state;
        let is_due = self.node.objection(state).is_some() || self.node.next_is_too_long(state);
        if is_due { Some(Instant::default()) } else { self.node.undecided_from(state) }
    }

    fn on_due(&mut self) -> Option<Close> {
        let state = &self.link.state;
        let objection = self.node.objection(state);
        if objection.is_none() {
            self.node.give_up_too_long(state);
            self.node.record_undecided(state);
        }
        objection
    }

    fn wants_message(&self) -> bool {
        self.node.wants_message(&self.link.state)
    }

    fn emit_message(&mut self, now: Instant, out: &mut [u8]) -> bool {
        self.node.emit_message(now, &mut self.link.state, out)
    }

    /// Nothing that it owes needs a queue: a receipt stands for all messages before it.
    fn can_receive(&self) -> bool {
        true
    }
}

/// What a link hears.
impl<M: Storage> Node<M> {
    fn named<'f>(&mut self, state: &LinkState, name: Name) -> Option<LinkEvent<'f>> {
        let contact = ContactId(state.contact);
        let taken_from = self.bearer(&name, Some(contact));
        self.has_news = true;
        let known = &mut self.contacts.get_mut(contact)?.known;
        let is_new = known.name.as_ref() != Some(&name);
        let was = known.name.replace(name).filter(|_| is_new);
        let taken_from = taken_from.filter(|_| is_new);
        Some(LinkEvent::Named { contact, was, taken_from })
    }

    fn admitted(&mut self, state: &mut LinkState, heard: u32) -> Result<(), Fault> {
        state.admits_us = true;
        self.begin_if_mutual(state);
        self.received(state, heard)
    }

    /// When to tell that the other node has not accepted us, unless it does or that was told.
    fn undecided_from(&self, state: &LinkState) -> Option<Instant> {
        let contact = self.contacts.get(ContactId(state.contact))?;
        let link = contact.link.filter(|link| link.stamp.is_none())?;
        let is_awaited = contact.known.is_accepted() && !state.admits_us;
        (is_awaited && contact.undecided == Undecided::NotYet).then(|| link.since + UNDECIDED_AFTER)
    }

    /// The link is due, and not because of a text: texts cross once the other node has accepted us.
    fn record_undecided(&mut self, state: &LinkState) {
        if self.undecided_from(state).is_some()
            && let Some(contact) = self.contacts.get_mut(ContactId(state.contact))
        {
            contact.undecided = Undecided::Due;
            self.has_news = true;
        }
    }

    fn said<'f>(&mut self, state: &mut LinkState, part: Part<'f>) -> Result<Option<LinkEvent<'f>>, Fault> {
        let id = ContactId(state.contact);
        let Some(contact) = self.contacts.get_mut(id) else { return Ok(None) };
        let last = contact.last_heard();
        contact.heard.show(contact.run);
        match state.hearing.next(&part, last)? {
            Heard::New => {
                let missed = part.previous > last;
                Ok(Some(LinkEvent::Said { contact: id, keeper: None, missed, part }))
            }
            Heard::Again => {
                // Its receipt was lost, so another one is due.
                state.receipted = state.receipted.min(part.sequence.saturating_sub(1));
                Ok(None)
            }
        }
    }

    fn received(&mut self, state: &LinkState, sequence: u32) -> Result<(), Fault> {
        self.has_news = true;
        let contact = self.contacts.get_mut(ContactId(state.contact));
        let was_said = contact.is_none_or(|contact| contact.record_received(sequence));
        if was_said { Ok(()) } else { Err(Fault::Value) }
    }

    /// Dials the neighbours that another node tells of, as far as they are plausible.
    fn told(&mut self, now: Instant, state: &LinkState, neighbours: Items<'_, Neighbour>) {
        let Some(teller) = self.contacts.get(ContactId(state.contact)) else { return };
        let (circle, from) = (teller.circle, teller.known.endpoint.map(|endpoint| endpoint.ip()));
        for Neighbour { key, endpoint } in neighbours {
            let known = self.contacts.find(&key).and_then(|id| self.contacts.get(id));
            let is_refused = known.is_some_and(|contact| contact.known.is_refused());
            if key == self.key || is_refused || !is_plausible(&endpoint, from) {
                continue;
            }
            let delay = self.dialer.delay(&self.key, &key);
            let address = Address { endpoint, circle, key: Some(key) };
            self.dialer.add(now, address, Source::Roster, delay);
        }
    }

    /// Once both ends have admitted each other, messages flow and others are told of it.
    fn begin_if_mutual(&mut self, state: &LinkState) {
        if !state.is_mutual() {
            return;
        }
        if let Some(target) = state.target {
            self.dialer.succeeded(target);
        }
        let next = self.outbox.next_sequence();
        self.last_stamp = self.last_stamp.saturating_add(1);
        self.has_news = true;
        if let Some(contact) = self.contacts.get_mut(ContactId(state.contact))
            && let Some(link) = contact.link.as_mut().filter(|link| link.id == state.id)
        {
            link.stamp = Some(self.last_stamp);
            contact.begin(next);
        }
    }
}

/// What a link says, the most urgent first.
impl<M: Storage> Node<M> {
    fn wants_message(&self, state: &LinkState) -> bool {
        let Some(contact) = self.contacts.get(ContactId(state.contact)) else { return false };
        if self.objection(state).is_some() {
            return false;
        }
        state.name_sent != Some(self.name_version)
            || !state.admitted && contact.known.is_accepted()
            || state.is_mutual()
                && (contact.last_heard() > state.receipted
                    || self.wants_inquiry(state)
                    || self.wants_mail(state)
                    || self.wants_transfer(state)
                    || self.next_part(state).is_some()
                    || self.neighbours_after(state.contact, state.roster_told).next().is_some())
    }

    /// Nothing is said on a link that must be closed.
    fn emit_message(&mut self, now: Instant, state: &mut LinkState, out: &mut [u8]) -> bool {
        self.objection(state).is_none()
            && (self.emit_control(state, out)
                || state.is_mutual()
                    && (self.emit_inquiry(state, out)
                        || self.emit_mail_answer(state, out)
                        || self.emit_transfer(now, state, out)
                        || self.emit_part(state, out)
                        || self.emit_letter(state, out)
                        || self.emit_roster(state, out)))
    }

    /// Emits our name, our admission or a receipt, if one is due.
    fn emit_control(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        let Some(contact) = self.contacts.get(ContactId(state.contact)) else { return false };
        let heard = contact.last_heard();
        let message = if state.name_sent != Some(self.name_version) {
            state.name_sent = Some(self.name_version);
            LinkMessage::Name(self.name.clone())
        } else if !state.admitted && contact.known.is_accepted() {
            state.admitted = true;
            state.receipted = heard;
            self.begin_if_mutual(state);
            LinkMessage::Admit { heard }
        } else if state.is_mutual() && heard > state.receipted {
            state.receipted = heard;
            LinkMessage::Receipt { sequence: heard }
        } else {
            return false;
        };
        message.emit(out);
        true
    }

    /// The next message to say to the contact of a link, and how much of it is said: the rest of one that is half sent, or
    /// the next one.
    fn next_unsaid(&self, state: &LinkState) -> Option<(outbox::Message<'_>, u16)> {
        let id = ContactId(state.contact);
        let contact = self.contacts.get(id)?;
        let previous = contact.previous();
        if let Some(begun) = state.saying.filter(|saying| saying.sequence > previous)
            && let Some(message) = self.outbox.get(begun.sequence)
        {
            return Some((message, begun.offset.get()));
        }
        let next = self.outbox.after(previous).find(|it| contact.is_concerned(id, it.sequence, it.to))?;
        Some((next, 0))
    }

    /// Whether the next message is longer than the other node takes.
    fn next_is_too_long(&self, state: &LinkState) -> bool {
        let is_too_long =
            |(message, _): (outbox::Message<'_>, u16)| message.text.len() > state.text_max.into();
        state.is_mutual() && self.next_unsaid(state).is_some_and(is_too_long)
    }

    /// Gives up the messages ahead that are longer than the other node takes.
    fn give_up_too_long(&mut self, state: &LinkState) {
        while self.next_is_too_long(state)
            && let Some((outbox::Message { sequence, .. }, _)) = self.next_unsaid(state)
            && let Some(contact) = self.contacts.get_mut(ContactId(state.contact))
        {
            contact.record_failed(sequence);
            self.has_news = true;
        }
    }

    /// The next part to say; `None`, too, as long as the next message is to be given up.
    fn next_part(&self, state: &LinkState) -> Option<Part<'_>> {
        let (message, offset) = self.next_unsaid(state).filter(|_| !self.next_is_too_long(state))?;
        Some(Part {
            scope: message.to.scope(),
            sequence: message.sequence,
            previous: self.contacts.get(ContactId(state.contact))?.previous_unconfirmed(),
            total: u16::try_from(message.text.len()).ok()?,
            offset,
            text: cut(message.text.get(usize::from(offset)..)?),
        })
    }

    fn emit_part(&mut self, state: &mut LinkState, out: &mut [u8]) -> bool {
        let Some(part) = self.next_part(state) else { return false };
        let (sequence, is_last) = (part.sequence, part.is_last());
        state.saying =
            NonZeroU16::new(part.end()).filter(|_| !is_last).map(|offset| Saying { sequence, offset });
        LinkMessage::Say(part).emit(out);
        if is_last && let Some(contact) = self.contacts.get_mut(ContactId(state.contact)) {
            contact.record_sent(sequence);
        }
        true
    }

    /// Linked nodes of the circle that a contact was not told of, if it was of those up to a stamp.
    fn neighbours_after(&self, contact: u16, told: u64) -> impl Iterator<Item = (u64, Neighbour)> {
        let circle = self.contacts.get(ContactId(contact)).map(|contact| contact.circle);
        // Nobody has come since, most often.
        let rows = if self.last_stamp > told { usize::MAX } else { 0 };
        self.contacts.iter().take(rows).filter_map(move |(id, other)| {
            let stamp = other.link?.stamp.filter(|stamp| *stamp > told)?;
            let is_meant = id != ContactId(contact) && Some(other.circle) == circle;
            let endpoint = other.known.endpoint.filter(|_| is_meant)?;
            Some((stamp, Neighbour { key: other.known.key, endpoint }))
        })
    }

    fn emit_roster(&self, state: &mut LinkState, out: &mut [u8]) -> bool {
        if self.neighbours_after(state.contact, state.roster_told).next().is_none() {
            return false;
        }
        let mut told = state.roster_told;
        emit_roster(out, |items| {
            // In the order of the stamps, so that one number says who was told.
            while let Some((stamp, neighbour)) =
                self.neighbours_after(state.contact, told).min_by_key(|(stamp, _)| *stamp)
            {
                if !items.push(&neighbour) {
                    break;
                }
                told = stamp;
            }
        });
        let is_news = told != state.roster_told;
        state.roster_told = told;
        is_news
    }
}

/// As much of a text as fits into a part, cut between two characters.
fn cut(text: &[u8]) -> &str {
    let head = text.get(..PART_MAX).unwrap_or(text);
    match core::str::from_utf8(head) {
        Ok(text) => text,
        Err(e) => {
            head.get(..e.valid_up_to()).and_then(|valid| core::str::from_utf8(valid).ok()).unwrap_or_default()
        }
    }
}
