//! Who hears whom: a node asks those who are here what they hear of its discovery, and answers the same question.

use std::net::IpAddr;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use p2pm_core::node::ContactId;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Reached, Reception};

use super::ask::{Answer, Hears};
use super::{NodeServer, REQUESTS};
use crate::discovery::SEARCH_TIME;

/// Longest wait for the answers of others: they search, and the link has its way.
const ANSWERS_TIME: Duration = SEARCH_TIME.saturating_add(Duration::from_secs(2));

/// Questions of others that are not answered, and those of faces.
#[derive(Default)]
pub(super) struct Inquiries {
    /// Contacts that have asked, which are told when the search that they have caused is over.
    askers: Vec<ContactId>,
    search_ends: Option<Instant>,
    /// Faces that wait.
    replies: Vec<SyncSender<Answer>>,
    gives_up: Option<Instant>,
    /// Who was asked and has not answered.
    asked: Vec<ContactId>,
    heard: Vec<Hears>,
}

impl NodeServer {
    /// Asks everyone who is here, and answers the face when they have.
    pub(super) fn ask_receptions(&mut self, now: Instant, reply: SyncSender<Answer>) {
        if self.inquiries.replies.is_empty() {
            let here = self.node.contacts().filter(|(_, contact)| contact.is_here()).map(|(id, _)| id);
            self.inquiries.asked = here.collect();
            self.inquiries.asked.retain(|id| self.node.ask_reception(*id));
            self.inquiries.gives_up = Some(now + ANSWERS_TIME);
            self.is_stirred = true;
        }
        // Whoever waits in vain is told that the node does not answer.
        if self.inquiries.replies.len() < REQUESTS {
            self.inquiries.replies.push(reply);
        }
    }

    /// A contact has answered.
    pub(super) fn heard_reception(&mut self, id: ContactId, reception: Reception) {
        let who = self.person(id);
        let Inquiries { asked, heard, .. } = &mut self.inquiries;
        // After the time for it, nobody waits any more.
        if let Some(index) = asked.iter().position(|asked| *asked == id) {
            asked.swap_remove(index);
            heard.push(Hears::new(who, reception));
        }
    }

    /// A contact has asked. What was heard of it before may be old, so it is searched for.
    pub(super) fn asked_reception(&mut self, now: Instant, id: ContactId) {
        self.inquiries.askers.push(id);
        if self.inquiries.search_ends.is_none() {
            let search = self.discovering.as_mut().map(|discovering| discovering.search_groups(now));
            self.inquiries.search_ends = Some(now + search.map_or(Duration::ZERO, |()| SEARCH_TIME));
        }
    }

    /// Answers those who have waited long enough.
    pub(super) fn answer_inquiries(&mut self, now: Instant) {
        if self.inquiries.search_ends.is_some_and(|at| now >= at) {
            self.inquiries.search_ends = None;
            for id in std::mem::take(&mut self.inquiries.askers) {
                let host = self.node.contact(id).and_then(|contact| contact.known().endpoint);
                let reception = self.reception_of(host.map(|endpoint| endpoint.ip()));
                self.node.tell_reception(id, reception);
            }
            self.is_stirred = true;
        }
        let is_complete = self.inquiries.asked.is_empty();
        if self.inquiries.gives_up.is_some_and(|at| is_complete || now >= at) {
            self.inquiries.gives_up = None;
            self.inquiries.asked.clear();
            let of = std::mem::take(&mut self.inquiries.heard);
            for reply in self.inquiries.replies.drain(..) {
                // Whoever has asked may be gone.
                let _ = reply.try_send(Answer::Reception { of: of.clone() });
            }
        }
    }

    fn reception_of(&self, host: Option<IpAddr>) -> Reception {
        match &self.discovering {
            Some(discovering) => {
                Reception::Looking(host.map_or(Reached::default(), |host| discovering.reached_from(host)))
            }
            None => Reception::NotLooking,
        }
    }
}

impl Inquiries {
    pub(super) fn deadline(&self) -> Option<Instant> {
        earliest(self.search_ends, self.gives_up)
    }
}
