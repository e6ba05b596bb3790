//! Node: the endpoint of many links, which decides whom it is linked with, whom it dials and what it says to whom.
//!
//! A [`Node`] is shared by all connections of a program, as a [`Hall`](crate::community::Hall) is by those of a community.
//! Each connection is an [`Acceptor`] or an [`Outgoing`] first and becomes a [`Link`]:
//!
//! | the shell | calls |
//! |---|---|
//! | may dial | [`Node::next_dial`], connects, then [`Node::dialled`] or [`Node::dial_failed`] |
//! | has read the Hello of an accepted connection for a link | [`Node::accepted`] |
//! | is told [`OpeningEvent::Introduced`] | [`Node::introduce`], which makes a [`Link`] |
//! | is told [`LinkEvent::Said`] with the last part of a text | [`Node::confirm`], once it has shown or kept the text |
//! | has called anything | [`Node::poll_news`] until there is none, and [`Node::poll_stirred`]; polls all that want to send or are due |

mod admission;
mod call;
mod circle;
mod contact;
mod contacts;
mod dialer;
mod introduction;
mod mailbox;
mod meeting;
mod outbox;
mod reception;
mod session;
mod storage;
mod table;
#[cfg(test)]
mod tests;
mod transfers;

use core::net::IpAddr;
use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;

pub use self::admission::is_final;
pub use self::call::CallAnswer;
pub use self::circle::{Circle, CircleId, JoinError};
pub use self::contact::{Contact, ContactId, Delivery, Files, Known, Trust};
use self::contacts::Contacts;
use self::dialer::{Address, Demand, Dialer, Outcome};
pub use self::dialer::{Source, Target};
pub use self::introduction::{Dial, NodeOpening, OpeningEvent};
pub use self::mailbox::Held;
use self::mailbox::Mailbox;
pub use self::meeting::{Meeting, MeetingEvent, NodeMeeting};
use self::outbox::Outbox;
pub use self::outbox::{Entry, To};
pub use self::session::{Bearer, LinkEvent, NodeLink};
pub use self::storage::{Inline, Rows, Storage};
use self::table::Table;
use self::transfers::Transfers;
pub use self::transfers::{KeptGoods, OfferError, Passage, Transfer, TransferEnd, TransferKey, TransferNews};
#[cfg(doc)]
use crate::channel::Acceptor;
use crate::identity::{Comparison, Identity};
use crate::limits::{LINK_TEXT_MAX, YIELD_DELAY};
#[cfg(doc)]
use crate::link::{Link, Outgoing};
use crate::time::Instant;
use crate::wire::{Endpoint, Name, PublicKey};

/// What becomes of those who know the passphrase, but are not contacts yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Policy {
    /// The user is asked.
    #[default]
    Ask,
    /// They are refused.
    Known,
    /// They are accepted.
    All,
}

/// What a node is made of.
#[derive(Debug)]
pub struct Setup {
    /// Its long-term key.
    pub identity: Identity,
    /// The name that its user goes by.
    pub name: Name,
    /// Port on which it listens, if it does.
    pub port: Option<NonZeroU16>,
    /// Whom to accept.
    pub policy: Policy,
    /// Random number of this run.
    pub run: u32,
    /// Random number for times, which need not be secret.
    pub seed: u64,
}

/// Why a text was not said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum SayError {
    /// It is longer than [`LINK_TEXT_MAX`] bytes, or than the node has room for.
    TooLong,
    /// There is nobody for whom it would be.
    Nobody,
    /// The contact is not accepted.
    NotAccepted,
    /// No number is left for it in this run of the node.
    Exhausted,
}

/// Why a contact is not forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ForgetError {
    /// It is linked, and would be a stranger at once that asks to be accepted.
    Linked,
}

/// What has happened at a node, besides the events of its links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum News {
    /// A contact is linked now, and both ends have accepted each other.
    Came(ContactId),
    /// A contact of whom [`News::Came`] or [`News::Asks`] was told last is not linked any more.
    Left(ContactId),
    /// A contact waits for a decision of the user's. It is told once for each run of that node, unless it has left meanwhile.
    Asks(ContactId),
    /// A contact has not accepted us within [`UNDECIDED_AFTER`](crate::limits::UNDECIDED_AFTER), as when its user is asked. It
    /// is told once for each run of that node.
    Undecided(ContactId),
    /// A contact has received our messages up to this number.
    Received {
        /// The contact.
        contact: ContactId,
        /// Number of the last message that was received.
        sequence: u32,
    },
    /// Our messages to a contact up to this number are given up, unless they were received.
    Failed {
        /// The contact.
        contact: ContactId,
        /// Number of the last message that is given up.
        sequence: u32,
    },
    /// A keeper holds our messages to a contact who is away, up to this number.
    Held {
        /// The contact.
        contact: ContactId,
        /// The contact that holds them.
        keeper: ContactId,
        /// Number of the last message that is held.
        sequence: u32,
    },
    /// A keeper holds our messages to a contact from this number on no more: others needed their room, or the contact has not
    /// taken them. They are said to it once it is linked.
    Dropped {
        /// The contact.
        contact: ContactId,
        /// The contact that has held them.
        keeper: ContactId,
        /// Number of the first message that is not held any more.
        sequence: u32,
    },
    /// Something has happened to a transfer.
    Transfer(TransferKey, TransferNews),
}

/// The endpoint of many links. See the [module](self).
pub struct Node<M: Storage> {
    identity: Identity,
    key: PublicKey,
    name: Name,
    /// Another one for each new name. Links compare it for equality alone, so it may start over.
    name_version: NonZeroU32,
    port: Option<NonZeroU16>,
    policy: Policy,
    run: u32,
    circles: Table<M::Circles>,
    contacts: Contacts<M::Contacts>,
    outbox: Outbox<M::Entries, M::Texts>,
    dialer: Dialer<M::Targets>,
    transfers: Transfers<M::Transfers>,
    mailbox: Mailbox<M::Held>,
    links_made: u32,
    /// Stamp of the last contact that came. Stamps are compared by order, and peers cause them: 64 bits do not run out.
    last_stamp: u64,
    /// Whether there may be news.
    has_news: bool,
    /// Whether something has happened that other links than the one at hand may have to act on, besides news.
    is_stirred: bool,
}

impl<M: Storage> Node<M> {
    /// A node in no circle yet.
    pub fn new(now: Instant, setup: Setup, rows: Rows<M>) -> Self {
        Self {
            key: setup.identity.key(),
            identity: setup.identity,
            name: setup.name,
            name_version: NonZeroU32::MIN,
            port: setup.port,
            policy: setup.policy,
            run: setup.run,
            circles: Table::new(rows.circles),
            contacts: Contacts::new(rows.contacts),
            outbox: Outbox::new(rows.entries, rows.texts),
            dialer: Dialer::new(now, rows.targets, setup.seed),
            transfers: Transfers::new(rows.transfers),
            mailbox: Mailbox::new(rows.held),
            links_made: 0,
            last_stamp: 0,
            has_news: false,
            is_stirred: false,
        }
    }

    /// Our key.
    pub fn key(&self) -> PublicKey {
        self.key
    }

    /// The name that the user goes by.
    pub fn name(&self) -> &Name {
        &self.name
    }

    /// Changes the name that the user goes by. Everyone linked is told.
    pub fn rename(&mut self, name: Name) {
        if name != self.name {
            self.name = name;
            self.name_version = self.name_version.checked_add(1).unwrap_or(NonZeroU32::MIN);
        }
    }

    /// Whom to accept, of those who know the passphrase.
    pub fn policy(&self) -> Policy {
        self.policy
    }

    /// Changes whom to accept, of those who come from now on.
    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
    }

    /// Adds a contact from an earlier run, and dials it if it is accepted. False if there is no room.
    pub fn remember(&mut self, now: Instant, mut known: Known, circle: CircleId) -> bool {
        if !known.is_accepted() {
            known.files = Files::Asked;
        }
        let Some(id) = self.contacts.find_or_insert(known, circle.0, self.last_said()) else { return false };
        self.dial_contact(now, id);
        true
    }

    /// Dials an address that the user has named. Whoever answers there and knows the passphrase is accepted, unless
    /// denied or blocked. False if there is no room for another address that the user has named.
    pub fn connect(&mut self, now: Instant, endpoint: Endpoint, circle: CircleId) -> bool {
        self.dialer.add(now, Address::of_anybody(endpoint, circle), Source::Typed, Duration::ZERO)
    }

    /// Dials an address at which a node was found that may be of the circle; only after a while if it
    /// `waits` for another dial.
    pub fn found(&mut self, now: Instant, endpoint: Endpoint, circle: CircleId, waits: bool) {
        let delay = if waits { YIELD_DELAY } else { Duration::ZERO };
        self.dialer.add(now, Address::of_anybody(endpoint, circle), Source::Found, delay);
    }

    /// Dials another address of a node that did not answer at the one that was dialled, unless it is linked meanwhile.
    pub fn found_elsewhere(&mut self, now: Instant, dial: &Dial, endpoint: Endpoint) {
        if self.contacts.demand(&dial.address) == Demand::Wanted {
            let circle = CircleId(dial.address.circle);
            self.dialer.add(now, Address::of_anybody(endpoint, circle), Source::Found, Duration::ZERO);
        }
    }

    /// The networks of this host have changed: where a node was found that has not answered yet, it is not dialled again,
    /// unless this says that the host is on the link of an interface still. A goodbye, which anybody can forge, ends no
    /// dialling.
    pub fn retain_found(&mut self, is_on_link: impl Fn(IpAddr) -> bool) {
        self.dialer.retain_found(is_on_link);
    }

    /// Whether an address is not dialled again in this run, unless the user says so: who is there is of no circle of ours, or
    /// does not want us.
    pub fn has_given_up(&self, endpoint: Endpoint) -> bool {
        self.dialer.has_given_up(endpoint)
    }

    /// The contact with this number.
    pub fn contact(&self, id: ContactId) -> Option<&Contact> {
        self.contacts.get(id)
    }

    /// All contacts, blocked ones included, and strangers as long as they are linked.
    pub fn contacts(&self) -> impl Iterator<Item = (ContactId, &Contact)> {
        self.contacts.iter().filter(|(_, contact)| !contact.is_free())
    }

    /// Who has this name, of the user and those who are accepted, besides a contact.
    pub fn bearer(&self, name: &Name, besides: Option<ContactId>) -> Option<Bearer> {
        if *name == self.name {
            return Some(Bearer::User);
        }
        let has_it = |known: &Known| known.is_accepted() && known.name.as_ref() == Some(name);
        let mut bearers = self.contacts.iter().filter(|(_, contact)| has_it(&contact.known));
        bearers.find(|(id, _)| Some(*id) != besides).map(|(id, _)| Bearer::Contact(id))
    }

    /// What the user and a contact compare, to be sure of both keys.
    pub fn comparison(&self, id: ContactId) -> Option<Comparison> {
        self.contacts.get(id).map(|contact| Comparison::new(self.key, contact.known().key))
    }

    /// Sets how far a contact is trusted: accepts, denies or blocks it, or says that its key was compared. One that is
    /// accepted is dialled although it was given up.
    pub fn set_trust(&mut self, now: Instant, id: ContactId, trust: Trust) {
        if trust.is_refused() {
            self.give_up_texts(id);
            self.end_transfers(id);
        }
        let Some(contact) = self.contacts.get_mut(id) else { return };
        contact.known.trust = Some(trust);
        if trust.is_refused() {
            contact.known.files = Files::Asked;
            self.mailbox.forget(id, &contact.known.key);
        }
        self.has_news = true;
        if trust.is_accepted() {
            self.dialer.revive(now, |address| contact.is_at(address));
        }
        self.dial_contact(now, id);
    }

    /// Sets what becomes of the files that a contact offers. False, with nothing changed, if they are to be taken and the contact
    /// is not accepted. Whoever is denied, blocked or forgotten is asked about again.
    pub fn set_files(&mut self, id: ContactId, files: Files) -> bool {
        let Some(contact) = self.contacts.get_mut(id) else { return false };
        let may_be = files == Files::Asked || contact.known.is_accepted();
        if may_be {
            contact.known.files = files;
        }
        may_be
    }

    /// Forgets a contact, as if it had never been met, and where it was. Returns the number of our last message to it that is
    /// given up thereby, if there is one; there is no news of it. An error, with nothing changed, if it is linked.
    pub fn forget(&mut self, id: ContactId) -> Result<Option<u32>, ForgetError> {
        if self.contacts.get(id).is_some_and(Contact::is_linked) {
            return Err(ForgetError::Linked);
        }
        self.give_up_texts(id);
        self.end_transfers(id);
        let Some(contact) = self.contacts.get_mut(id) else { return Ok(None) };
        self.dialer.forget(|address| contact.is_at(address));
        self.mailbox.forget(id, &contact.known.key);
        let failed = contact.take_failed();
        contact.clear();
        Ok(failed)
    }

    /// Gives up what a contact has not received. Nothing that is said to all concerns it until it is linked again.
    fn give_up_texts(&mut self, id: ContactId) {
        let (last, said) = (self.last_unreceived(id), self.last_said());
        let Some(contact) = self.contacts.get_mut(id) else { return };
        if let Some(last) = last {
            contact.record_failed(last);
        }
        contact.leave(said);
    }

    /// Number of our last message; 0 before the first.
    fn last_said(&self) -> u32 {
        self.outbox.next_sequence().saturating_sub(1)
    }

    /// Number of our last message to a contact that it has not received and that is not given up.
    fn last_unreceived(&self, id: ContactId) -> Option<u32> {
        let contact = self.contacts.get(id)?;
        let after = self.outbox.after(contact.finished());
        after.filter(|it| contact.is_concerned(id, it.sequence, it.to)).last().map(|it| it.sequence)
    }

    /// Says a text, and returns its number. It is kept until everyone whom it is for has received it, or until newer
    /// texts need its room.
    pub fn say(&mut self, to: To, text: &str) -> Result<u32, SayError> {
        if text.len() > LINK_TEXT_MAX {
            return Err(SayError::TooLong);
        }
        self.check_recipients(to)?;
        let Self { outbox, contacts, has_news, .. } = self;
        outbox.push(to, text.as_bytes(), |dropped, to| {
            for (id, contact) in contacts.iter_mut() {
                if contact.is_concerned(id, dropped, to) {
                    contact.record_failed(dropped);
                    *has_news = true;
                }
            }
        })
    }

    /// Fails if the next text would be for nobody.
    fn check_recipients(&self, to: To) -> Result<(), SayError> {
        let sequence = self.outbox.next_sequence();
        match to {
            To::One(id) => match self.contacts.get(id) {
                Some(contact) if contact.known.is_accepted() => Ok(()),
                Some(_) => Err(SayError::NotAccepted),
                None => Err(SayError::Nobody),
            },
            To::All(_) if self.contacts.iter().any(|(id, it)| it.is_concerned(id, sequence, to)) => Ok(()),
            To::All(_) => Err(SayError::Nobody),
        }
    }

    /// State of our message with this number to a contact; `None` if there is no such contact.
    pub fn delivery(&self, id: ContactId, sequence: u32) -> Option<Delivery> {
        self.contacts.get(id).map(|contact| contact.delivery(sequence))
    }

    /// Whom our message with this number is for, with its state; nobody if it is not kept any more.
    pub fn recipients(&self, sequence: u32) -> impl Iterator<Item = (ContactId, Delivery)> {
        let to = self.outbox.get(sequence).map(|message| message.to);
        self.contacts
            .iter()
            .filter(move |(id, contact)| to.is_some_and(|to| contact.is_concerned(*id, sequence, to)))
            .map(move |(id, contact)| (id, contact.delivery(sequence)))
    }

    /// The message with this number from a contact was shown, or kept to be shown: it is confirmed. To be called before
    /// any link is pumped again.
    pub fn confirm(&mut self, id: ContactId, sequence: u32) {
        if let Some(contact) = self.contacts.get_mut(id) {
            contact.heard.confirm(sequence);
        }
    }

    /// The next piece of news.
    pub fn poll_news(&mut self) -> Option<News> {
        if !self.has_news {
            return None;
        }
        let of_contacts = self.contacts.iter_mut().find_map(|(id, contact)| contact.take_news(id));
        let news =
            of_contacts.or_else(|| self.transfers.take_news().map(|(key, news)| News::Transfer(key, news)));
        self.has_news = news.is_some();
        news
    }

    /// Whether links may have something to send because of what another one has heard since this was asked last, without any
    /// news: a text that is to be passed on, for example.
    pub fn poll_stirred(&mut self) -> bool {
        core::mem::take(&mut self.is_stirred)
    }

    /// Has an accepted contact that is not linked dialled where it was last.
    fn dial_contact(&mut self, now: Instant, id: ContactId) {
        let Some(contact) = self.contacts.get(id) else { return };
        if !contact.known.is_accepted() || contact.link.is_some() {
            return;
        }
        if let Some(endpoint) = contact.known.endpoint {
            let delay = self.dialer.delay(&self.key, &contact.known.key);
            let address = Address { endpoint, circle: contact.circle, key: Some(contact.known.key) };
            self.dialer.add(now, address, Source::Remembered, delay);
        }
    }
}

impl core::fmt::Display for SayError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the message is too long",
            Self::Nobody => "there is nobody to say it to",
            Self::NotAccepted => "this contact is not accepted",
            Self::Exhausted => "this node has said all that it can before it starts again",
        })
    }
}

impl core::error::Error for SayError {}

impl core::fmt::Display for ForgetError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Linked => "this contact is linked",
        })
    }
}

impl core::error::Error for ForgetError {}
