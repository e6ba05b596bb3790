//! What a node does when it is asked.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::mpsc::SyncSender;

use p2pm_core::identity::Tag;
use p2pm_core::node::{CircleId, Contact, ContactId, Files, Node, OfferError, Policy, SayError, To};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Endpoint, Name};

use super::ask::{Answer, Ask, ErrorKind, Known, Me, Order, Request, Trust, Unsaid};
use super::discovery::Discovering;
use super::storage::Boxed;
use super::transfers::Taker;
use super::{Changes, CoreTrust, News, NodeServer, Person};
use crate::config::code::comparison_words;
use crate::config::options::Accept;

/// Requests answered in one poll.
const REQUESTS_PER_POLL: usize = 16;
/// Tags that are told where a name is that of several.
const TAGS_TOLD: usize = 3;

impl NodeServer {
    /// Answers the requests that have come.
    pub(super) fn answer_all(&mut self, now: Instant) {
        for _ in 0..REQUESTS_PER_POLL {
            let Some(Request { order, reply }) = self.requests.take(now) else { return };
            match order {
                // What was reported is looked at in any case.
                Order::Reported => {}
                // These are answered once others have told something, or something is done on a disk.
                Order::Ask(Ask::Reception {}) => self.ask_receptions(now, reply),
                Order::Ask(Ask::Rename { name }) => self.rename(&name, reply),
                Order::Ask(Ask::Set { accept, folder }) => self.set(accept, folder, reply),
                Order::Ask(Ask::TakeFile { file, into, or_refuse }) => {
                    self.take_file(file, into, Taker { reply: Some(reply), or_refuse, goes_on: false });
                }
                Order::Offer { offered, path, to, circle } => {
                    self.offer(&offered, &path, (to.as_deref(), circle.as_deref()), reply);
                }
                Order::OfferAgain(send, offered) => self.offer_again(&send, offered, reply),
                order => {
                    // Whoever has asked may be gone.
                    let _ = reply.try_send(self.answer_order(now, order));
                }
            }
        }
    }

    /// Does what can be done at once.
    fn answer_order(&mut self, now: Instant, order: Order) -> Answer {
        match order {
            Order::Ask(ask) => self.answer(now, ask),
            Order::Connect(addresses, circle) => {
                self.dial(&addresses, circle.as_deref(), |node, endpoint, circle| {
                    node.connect(now, endpoint, circle)
                })
            }
            Order::Meet(addresses, circle) => {
                // One is enough: all are of one server.
                let first = &addresses[..addresses.len().min(1)];
                self.dial(first, circle.as_deref(), |node, endpoint, circle| node.meet(now, endpoint, circle))
            }
            Order::Listen(since, news, subscription) => {
                self.journal.listen(since.unwrap_or(self.journal.last()), news, subscription);
                Answer::Done
            }
            Order::Unsubscribe(subscription) => {
                self.journal.unsubscribe(subscription);
                Answer::Done
            }
            Order::Offer { .. } | Order::OfferAgain(..) | Order::Reported => unprepared(),
        }
    }

    fn answer(&mut self, now: Instant, ask: Ask) -> Answer {
        match ask {
            Ask::Who {} => self.who(),
            Ask::Say { to: Some(_), circle: Some(_), .. } => {
                Answer::error(ErrorKind::Usage, "a circle is for what is said to everyone")
            }
            Ask::Say { to, circle, text } => self.say(to.as_deref(), circle.as_deref(), &text),
            Ask::Accept { name } => self.trust(now, &name, CoreTrust::Accepted),
            Ask::Deny { name } => self.trust(now, &name, CoreTrust::Denied),
            Ask::Block { name } => self.trust(now, &name, CoreTrust::Blocked),
            Ask::Trust { name } => self.set_files(&name, Files::Taken),
            Ask::Distrust { name } => self.set_files(&name, Files::Asked),
            Ask::Forget { name } => self.forget(&name),
            Ask::Verify { name, same } => self.verify(now, &name, same),
            Ask::Settings {} => Answer::Settings {
                accept: self.node.policy().into(),
                folder: self.transfers.inbox().map(Path::to_owned),
            },
            Ask::Search {} => match &mut self.discovering {
                Some(discovering) => {
                    discovering.search(now);
                    Answer::Done
                }
                None => Answer::error(ErrorKind::Unavailable, "this node does not look for others"),
            },
            Ask::Network {} => {
                Answer::Network { seen: self.discovering.as_ref().map_or_else(Vec::new, Discovering::seen) }
            }
            Ask::CancelFile { file } => self.cancel_file(file),
            Ask::PauseFile { file } => self.pause_file(file),
            Ask::ResumeFile { file } => self.resume_file(file),
            Ask::Files {} => self.files(),
            Ask::Connect { .. }
            | Ask::Meet { .. }
            | Ask::Listen { .. }
            | Ask::SendFile { .. }
            | Ask::TakeFile { .. }
            | Ask::Rename { .. }
            | Ask::Set { .. }
            | Ask::Reception {} => unprepared(),
            Ask::Stop {} => {
                self.stop(now);
                Answer::Done
            }
        }
    }

    fn who(&self) -> Answer {
        let me = Me {
            name: self.node.name().as_str().to_owned(),
            tag: self.node.key().tag().to_string(),
            addresses: self.addresses(),
            circles: self.circles.names(),
        };
        let mut people: Vec<_> = self.node.contacts().map(|(id, contact)| self.known(id, contact)).collect();
        people.extend(self.known_callers());
        people.sort_by(|a, b| order(a).cmp(&order(b)));
        Answer::Who { me, people }
    }

    /// Where others can dial this node.
    fn addresses(&self) -> Vec<String> {
        let port = self.listener.local_addr().map_or(0, |address| address.port());
        let addresses = p2pm_posix::interfaces::addresses().unwrap_or_default();
        let addresses: Vec<_> =
            addresses.into_iter().map(|ip| SocketAddr::new(ip, port).to_string()).collect();
        // A machine without a network has this one alone.
        if addresses.is_empty() {
            vec![SocketAddr::new(Ipv4Addr::LOCALHOST.into(), port).to_string()]
        } else {
            addresses
        }
    }

    /// Name of the circle in which a contact was met last.
    pub(super) fn circle_of(&self, id: ContactId) -> Option<String> {
        let contact = self.node.contact(id)?;
        Some(self.circles.name(contact.circle()).as_str().to_owned())
    }

    fn known(&self, id: ContactId, contact: &Contact) -> Known {
        let trust = match contact.known().trust {
            None => Trust::Asks,
            Some(CoreTrust::Denied) => Trust::Denied,
            Some(CoreTrust::Accepted) => Trust::Accepted,
            Some(CoreTrust::Verified) => Trust::Verified,
            Some(CoreTrust::Blocked) => Trust::Blocked,
        };
        let address = contact.known().endpoint.map(|endpoint| self.shown(endpoint.into()));
        let who = self.person(id);
        let circle = self.circles.name(contact.circle()).as_str().to_owned();
        let takes_files = contact.known().are_files_taken();
        Known { who, here: contact.is_here(), trust, takes_files, address, circle }
    }

    fn say(&mut self, to: Option<&str>, circle: Option<&str>, text: &str) -> Answer {
        let said = match to {
            Some(name) => match self.find(name) {
                Ok(Somebody::Contact(id)) => self.say_in_circle(To::One(id), text).map(said),
                Ok(Somebody::Caller(index)) => self.say_to_one_caller(index, text),
                Err(error) => Err(error),
            },
            None => self.circles.asked(circle).and_then(|circle| self.say_to_all(circle, text)),
        };
        if let Ok(Answer::Said { message, to: whom, not_to }) = &said {
            let of_several = || circle.unwrap_or(self.circles.first()).to_owned();
            let circle = (to.is_none() && self.circles.are_several()).then(of_several);
            let (message, to_all, text) = (*message, to.is_none(), text.to_owned());
            let (to, not_to) = (whom.clone(), not_to.clone());
            self.journal.tell(News::WeSaid { message, to, not_to, to_all, circle, text });
        }
        said.unwrap_or_else(|error| error)
    }

    /// Says a text over links. Returns its number, and for whom it is.
    fn say_in_circle(&mut self, to: To, text: &str) -> Result<(u32, Vec<Person>), Answer> {
        self.is_stirred = true;
        let message = self.node.say(to, text).map_err(|error| {
            let kind = match error {
                SayError::TooLong => ErrorKind::TooLong,
                SayError::Nobody => ErrorKind::Nobody,
                SayError::NotAccepted => ErrorKind::NotAccepted,
                SayError::Exhausted => ErrorKind::Unavailable,
            };
            Answer::error(kind, error.to_string())
        })?;
        Ok((message, self.node.recipients(message).map(|(id, _)| self.person(id)).collect()))
    }

    /// The same for everyone in a circle. Callers are in the first one.
    fn say_to_all(&mut self, circle: CircleId, text: &str) -> Result<Answer, Answer> {
        let in_circle = self.say_in_circle(To::All(circle), text);
        let callers =
            if self.circles.asked(None) == Ok(circle) { self.talking_callers() } else { Vec::new() };
        let (message, mut to) = match in_circle {
            Err(Answer::Error { kind: ErrorKind::Nobody, .. }) if !callers.is_empty() => {
                (self.next_text_to_callers(), Vec::new())
            }
            in_circle => in_circle?,
        };
        let (mut not_to, mut last_error) = (Vec::new(), None);
        for index in callers {
            let Some(who) = self.caller(index) else { continue };
            match self.say_to_caller(index, message, text) {
                Ok(()) => to.push(who),
                Err(error) => {
                    not_to.push(Unsaid { who, why: error.to_string() });
                    last_error = Some(error);
                }
            }
        }
        match last_error {
            Some(error) if to.is_empty() => Err(error.into()),
            _ => Ok(Answer::Said { message, to, not_to }),
        }
    }

    fn say_to_one_caller(&mut self, index: usize, text: &str) -> Result<Answer, Answer> {
        let message = self.next_text_to_callers();
        self.say_to_caller(index, message, text)?;
        Ok(said((message, self.caller(index).into_iter().collect())))
    }

    /// Who is to be offered a file.
    pub(super) fn recipients_of_file(
        &self,
        to: Option<&str>,
        circle: Option<&str>,
    ) -> Result<Vec<ContactId>, Answer> {
        if let Some(name) = to {
            return match self.find(name)? {
                Somebody::Contact(id) => Ok(vec![id]),
                Somebody::Caller(_) => Err(Answer::error(ErrorKind::Usage, "who calls takes no files")),
            };
        }
        let circle = self.circles.asked(circle)?;
        let is_meant = |contact: &Contact| contact.circle() == circle && contact.is_here();
        let here = self.node.contacts().filter(|(_, contact)| is_meant(contact));
        let here: Vec<_> = here.map(|(id, _)| id).collect();
        if here.is_empty() {
            return Err(Answer::error(ErrorKind::Nobody, SayError::Nobody.to_string()));
        }
        Ok(here)
    }

    fn trust(&mut self, now: Instant, name: &str, trust: CoreTrust) -> Answer {
        // Whoever has compared words knows with whom; of anything else, the one who asks may be meant.
        let of = if trust == CoreTrust::Verified { Whom::Contact } else { Whom::Anybody };
        match self.find_of(of, name) {
            Ok(Somebody::Contact(id)) => {
                self.node.set_trust(now, id, trust);
                self.tell_decided(id);
                self.is_stirred = true;
                Answer::Done
            }
            Ok(Somebody::Caller(_)) if trust == CoreTrust::Verified => without_key(),
            Ok(Somebody::Caller(index)) => self.answer_call(now, index, trust.is_accepted()),
            Err(error) => error,
        }
    }

    /// Sets what becomes of the files of somebody; of those that wait already, too.
    fn set_files(&mut self, name: &str, files: Files) -> Answer {
        let id = match self.find(name) {
            Ok(Somebody::Contact(id)) => id,
            Ok(Somebody::Caller(_)) => return Answer::error(ErrorKind::Usage, "who calls sends no files"),
            Err(error) => return error,
        };
        if !self.node.set_files(id, files) {
            return Answer::error(ErrorKind::NotAccepted, OfferError::NotAccepted.to_string());
        }
        self.tell_decided(id);
        self.is_stirred = true;
        self.take_unasked();
        Answer::Done
    }

    /// Tells what the user has decided on somebody, for whom there may be no other news.
    fn tell_decided(&mut self, id: ContactId) {
        let Some(contact) = self.node.contact(id) else { return };
        let Known { who, trust, takes_files, .. } = self.known(id, contact);
        self.journal.tell(News::Decided { who, trust, takes_files });
    }

    fn forget(&mut self, name: &str) -> Answer {
        let id = match self.find_of(Whom::Anybody, name) {
            Ok(Somebody::Contact(id)) => id,
            Ok(Somebody::Caller(_)) => return without_key(),
            Err(error) => return error,
        };
        // What has become of messages to them, for example.
        self.tell_all();
        let who = self.person(id);
        let key = self.node.contact(id).map(|contact| contact.known().key);
        match self.node.forget(id) {
            Ok(failed) => {
                // What was offered to them in an earlier run would wait for ever.
                self.transfers.forget(key);
                self.store_sends(None);
                if let Some(message) = failed {
                    self.journal.tell(News::Failed { message, to: who.clone() });
                }
                self.journal.tell(News::Forgotten { who });
                self.is_stirred = true;
                Answer::Done
            }
            Err(error) => {
                Answer::error(ErrorKind::Usage, format!("{name}: {error}: deny or block them first"))
            }
        }
    }

    fn verify(&mut self, now: Instant, name: &str, same: bool) -> Answer {
        if same {
            return self.trust(now, name, CoreTrust::Verified);
        }
        match self.find(name) {
            Ok(Somebody::Contact(id)) => {
                let words = self.node.comparison(id).map(|it| comparison_words(&it).map(str::to_owned));
                Answer::Words { who: self.person(id), words: words.into_iter().flatten().collect() }
            }
            Ok(Somebody::Caller(_)) => without_key(),
            Err(error) => error,
        }
    }

    /// Has addresses dialled in a circle.
    fn dial(
        &mut self,
        addresses: &[SocketAddr],
        circle: Option<&str>,
        mut dial: impl FnMut(&mut Node<Boxed>, Endpoint, CircleId) -> bool,
    ) -> Answer {
        let circle = match self.circles.asked(circle) {
            Ok(circle) => circle,
            Err(error) => return error,
        };
        for address in addresses {
            self.zones.learn(*address);
            let port = NonZeroU16::new(address.port());
            let endpoint = port.map(|port| Endpoint::new(address.ip(), port));
            if !endpoint.is_some_and(|endpoint| dial(&mut self.node, endpoint, circle)) {
                let text = "there is no room for another address until the node starts again";
                return Answer::error(ErrorKind::Unavailable, text);
            }
        }
        Answer::Done
    }

    /// Changes the user's name. The answer is given once it is stored.
    fn rename(&mut self, name: &str, reply: SyncSender<Answer>) {
        match name.parse::<Name>() {
            Ok(name) => {
                let changes = Changes { name: Some(name.clone()), ..Changes::default() };
                self.storing.changes(changes, (reply, Answer::Done));
                self.node.rename(name);
                self.is_stirred = true;
            }
            Err(error) => {
                // Whoever has asked may be gone.
                let _ = reply.try_send(Answer::error(ErrorKind::Usage, error.to_string()));
            }
        }
    }

    /// Sets all of it, or nothing. The answer is given once it is stored.
    fn set(&mut self, accept: Option<Accept>, folder: Option<PathBuf>, reply: SyncSender<Answer>) {
        let changes = Changes { policy: accept.map(Policy::from), folder, ..Changes::default() };
        if let Some(policy) = changes.policy {
            self.node.set_policy(policy);
        }
        if let Some(folder) = &changes.folder {
            self.transfers.set_inbox(folder.clone());
        }
        self.storing.changes(changes, (reply, Answer::Done));
    }

    /// Who has this tag, or else this name or a tag that begins so, contacts before others.
    fn find(&self, name: &str) -> Result<Somebody, Answer> {
        self.find_of(Whom::Contact, name)
    }

    /// The same among those who may be meant. A tag is theirs alone, whoever goes by it as a name.
    fn find_of(&self, whom: Whom, name: &str) -> Result<Somebody, Answer> {
        let of_tag = |tag: Tag| self.contacts_that(|contact| contact.known().key.tag() == tag);
        let mut found = name.parse().map_or_else(|_| Vec::new(), of_tag);
        if found.is_empty() {
            found = self.contacts_that(|contact| {
                let is_named = contact.known().name.as_ref().is_some_and(|it| it.as_str() == name);
                is_named || name.len() >= 4 && contact.known().key.tag().begins_with(name)
            });
            found.extend(self.callers_called(name).map(Somebody::Caller));
        }
        if whom == Whom::Contact && found.iter().any(|it| self.is_accepted(*it)) {
            found.retain(|it| self.is_accepted(*it));
        }
        match found.as_slice() {
            [] => Err(Answer::error(ErrorKind::Nobody, format!("nobody here is called {name}"))),
            [one] => Ok(*one),
            several => {
                let tags: Vec<_> = several.iter().take(TAGS_TOLD).map(|it| self.tag_of(*it)).collect();
                let text = format!("several are called {name}: use one of the tags {}", tags.join(", "));
                let others = several.len() - tags.len();
                let others = if others > 0 { format!(", or of {others} others") } else { String::new() };
                Err(Answer::error(ErrorKind::Ambiguous, text + &others))
            }
        }
    }

    fn contacts_that(&self, is_one: impl Fn(&Contact) -> bool) -> Vec<Somebody> {
        let found = self.node.contacts().filter(|(_, contact)| is_one(contact));
        found.map(|(id, _)| Somebody::Contact(id)).collect()
    }

    fn is_accepted(&self, somebody: Somebody) -> bool {
        match somebody {
            Somebody::Contact(id) => self.node.contact(id).is_some_and(|it| it.known().is_accepted()),
            Somebody::Caller(index) => self.is_talking(index),
        }
    }

    fn tag_of(&self, somebody: Somebody) -> String {
        match somebody {
            Somebody::Contact(id) => self.person(id).tag,
            Somebody::Caller(index) => self.caller(index).map_or_else(String::new, |who| who.tag),
        }
    }
}

/// Who may be meant by a name that several have.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whom {
    /// Whoever is accepted, so that no stranger takes a contact's name away; others if there is nobody.
    Contact,
    /// Everybody.
    Anybody,
}

/// Somebody whom a request is about.
#[derive(Clone, Copy)]
enum Somebody {
    Contact(ContactId),
    /// Index of a caller.
    Caller(usize),
}

/// Those who are here first, and contacts before others.
fn order(known: &Known) -> impl Ord {
    (!known.here, !known.trust.is_accepted(), &known.who.name, &known.who.tag)
}

/// A text is on its way to all for whom it is.
fn said((message, to): (u32, Vec<Person>)) -> Answer {
    Answer::Said { message, to, not_to: Vec::new() }
}

/// It is done in another way.
fn unprepared() -> Answer {
    Answer::error(ErrorKind::Usage, "it was not prepared")
}

fn without_key() -> Answer {
    Answer::error(ErrorKind::Usage, "who calls has no key that could be compared or forgotten")
}
