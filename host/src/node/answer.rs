//! What a node does when it is asked.

use std::net::{Ipv4Addr, SocketAddr};

use p2pm_core::node::{ContactId, SayError, To};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Endpoint, Name};

use super::NodeServer;
use super::ask::{Answer, Ask, ErrorKind, Known, Me, Order, Request, Trust};
use crate::config::code::comparison_words;

/// Requests answered in one poll.
const REQUESTS_PER_POLL: usize = 16;

impl NodeServer {
    /// Answers the requests that have come.
    pub(super) fn answer_all(&mut self, now: Instant) {
        for _ in 0..REQUESTS_PER_POLL {
            let Some(Request { order, reply }) = self.requests.take(now) else { return };
            let answer = match order {
                Order::Ask(ask) => self.answer(now, ask),
                Order::Connect(addresses) => self.connect(now, &addresses),
                Order::Listen(since, news) => {
                    self.journal.listen(since.unwrap_or(self.journal.last()), news);
                    Answer::Done
                }
            };
            // Whoever has asked may be gone.
            let _ = reply.try_send(answer);
        }
    }

    fn answer(&mut self, now: Instant, ask: Ask) -> Answer {
        use p2pm_core::node::Trust::{Accepted, Blocked, Denied};
        match ask {
            Ask::Who => self.who(),
            Ask::Say { to, text } => self.say(to.as_deref(), &text),
            Ask::Accept { name } => self.trust(now, &name, Accepted),
            Ask::Deny { name } => self.trust(now, &name, Denied),
            Ask::Block { name } => self.trust(now, &name, Blocked),
            Ask::Verify { name, same } => self.verify(now, &name, same),
            Ask::Rename { name } => self.rename(&name),
            Ask::Connect { .. } | Ask::Listen { .. } => {
                Answer::error(ErrorKind::Usage, "it was not prepared")
            }
            Ask::Stop => {
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
        };
        let mut people: Vec<_> = self.node.contacts().map(|(id, _)| self.known(id)).collect();
        people.sort_by(|a, b| (!a.here, &a.who.name, &a.who.tag).cmp(&(!b.here, &b.who.name, &b.who.tag)));
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

    fn known(&self, id: ContactId) -> Known {
        use p2pm_core::node::Trust as CoreTrust;
        let who = self.person(id);
        let Some(contact) = self.node.contact(id) else {
            return Known { who, here: false, trust: Trust::Asks, address: None };
        };
        let trust = match contact.known().trust {
            CoreTrust::Unknown => Trust::Asks,
            CoreTrust::Denied => Trust::Denied,
            CoreTrust::Accepted => Trust::Accepted,
            CoreTrust::Verified => Trust::Verified,
            CoreTrust::Blocked => Trust::Blocked,
        };
        let address = contact.known().endpoint.map(|endpoint| endpoint.to_string());
        Known { who, here: contact.is_here(), trust, address }
    }

    fn say(&mut self, to: Option<&str>, text: &str) -> Answer {
        let to = match to.map(|name| self.find(name)) {
            None => To::All(self.circle),
            Some(Ok(id)) => To::One(id),
            Some(Err(error)) => return error,
        };
        self.is_stirred = true;
        match self.node.say(to, text) {
            Ok(message) => {
                let to = self.node.recipients(message).map(|(id, _)| self.person(id)).collect();
                Answer::Said { message, to }
            }
            Err(error) => {
                let kind = match error {
                    SayError::TooLong => ErrorKind::TooLong,
                    SayError::Nobody => ErrorKind::Nobody,
                    SayError::NotAccepted => ErrorKind::NotAccepted,
                };
                Answer::error(kind, error.to_string())
            }
        }
    }

    fn trust(&mut self, now: Instant, name: &str, trust: p2pm_core::node::Trust) -> Answer {
        match self.find(name) {
            Ok(id) => {
                self.node.set_trust(now, id, trust);
                self.is_stirred = true;
                Answer::Done
            }
            Err(error) => error,
        }
    }

    fn verify(&mut self, now: Instant, name: &str, same: bool) -> Answer {
        if same {
            return self.trust(now, name, p2pm_core::node::Trust::Verified);
        }
        match self.find(name) {
            Ok(id) => {
                let words = self.node.comparison(id).map(|it| comparison_words(&it).map(str::to_owned));
                Answer::Words { who: self.person(id), words: words.into_iter().flatten().collect() }
            }
            Err(error) => error,
        }
    }

    fn connect(&mut self, now: Instant, addresses: &[SocketAddr]) -> Answer {
        for address in addresses {
            if let Ok(port) = address.port().try_into() {
                self.node.connect(now, Endpoint::new(address.ip(), port), self.circle);
            }
        }
        Answer::Done
    }

    fn rename(&mut self, name: &str) -> Answer {
        match name.parse::<Name>() {
            Ok(name) => {
                self.node.rename(name);
                self.is_stirred = true;
                Answer::Done
            }
            Err(error) => Answer::error(ErrorKind::Usage, error.to_string()),
        }
    }

    /// The contact with this name, or with this tag or a beginning of it.
    fn find(&self, name: &str) -> Result<ContactId, Answer> {
        let has_name = |name: &str| {
            let name = name.to_owned();
            move |(_, contact): &(ContactId, &p2pm_core::node::Contact)| {
                contact.known().name.as_ref().is_some_and(|it| it.as_str() == name)
            }
        };
        let named: Vec<_> = self.node.contacts().filter(has_name(name)).map(|(id, _)| id).collect();
        let tagged = || {
            let is_tagged = |contact: &p2pm_core::node::Contact| contact.known().key.tag().begins_with(name);
            let contacts = self.node.contacts().filter(|(_, contact)| name.len() >= 4 && is_tagged(contact));
            contacts.map(|(id, _)| id).collect()
        };
        let found: Vec<_> = if named.is_empty() { tagged() } else { named };
        match found.as_slice() {
            [] => Err(Answer::error(ErrorKind::Nobody, format!("nobody here is called {name}"))),
            [id] => Ok(*id),
            several => {
                let tags: Vec<_> = several.iter().map(|id| self.person(*id).tag).collect();
                let text = format!("several are called {name}: use one of the tags {}", tags.join(", "));
                Err(Answer::error(ErrorKind::Ambiguous, text))
            }
        }
    }
}
