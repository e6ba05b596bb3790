//! What users do.

use std::collections::BTreeSet;

use p2pm_core::limits::LINK_TEXT_MAX;
use p2pm_core::node::{Known, Policy, SayError, To, Trust};
use p2pm_core::wire::Scope;

use super::Circle;
use super::book::Run;
use super::host::Host;
use crate::random::Random;

impl Circle {
    /// Who knows whom from the start: all from an earlier run, or each one the address of another.
    pub(super) fn acquaint(&mut self) {
        let is_reunion = self.random.chance(30);
        for index in 0..self.hosts.len() {
            for other in 0..self.hosts.len() {
                let is_known = self.hosts[index].character.policy == Policy::Known && self.random.chance(70);
                if index != other && (is_reunion || is_known) {
                    self.remember(index, other);
                }
            }
            if index > 0 && !is_reunion {
                let other = self.random.between(0..=index - 1);
                self.connect_to(index, other);
                if self.random.chance(40) {
                    self.connect_to(other, index);
                }
            }
            let begins = self.random.millis(0..=3_000);
            self.hosts[index].act_at = self.now + begins;
        }
    }

    fn remember(&mut self, index: usize, other: usize) {
        let Host { key, .. } = self.hosts[other];
        let endpoint = Some(self.hosts[other].endpoint());
        let known = Known { trust: Some(Trust::Accepted), endpoint, ..Known::of(key) };
        self.hosts[index].remember(self.now, known);
    }

    /// The user of a host is told the address of another one.
    pub(super) fn connect_to(&mut self, index: usize, other: usize) {
        let endpoint = self.hosts[other].endpoint();
        self.hosts[index].connect(self.now, endpoint);
        self.look_at_host(index);
    }

    /// Runs the users whose moment has come.
    pub(super) fn act(&mut self) {
        for index in 0..self.hosts.len() {
            while self.hosts[index].is_up() && self.hosts[index].act_at <= self.now {
                self.decide(index);
                if !self.network.is_calm {
                    self.act_with(index);
                }
                let host = &mut self.hosts[index];
                host.act_at = self.now + host.random.millis(100..=2_500);
            }
        }
    }

    fn act_with(&mut self, index: usize) {
        let others = self.hosts.len();
        let host = &mut self.hosts[index];
        let other = host.random.between(0..=others - 1);
        match host.random.between(1..=100) {
            1..=60 => self.say(index),
            61..=65 => {
                let name = format!("{}.{}", host.node.name().as_str(), host.random.between(0..=9));
                if let Ok(name) = name.parse() {
                    host.node.rename(name);
                }
                self.look_at_host(index);
            }
            66..=70 => self.connect_to(index, other),
            71..=73 => host.is_full_until = self.now + host.random.millis(100..=3_000),
            74..=80 => self.change_mind(index),
            81..=90 => self.ask_reception(index, other),
            _ => {}
        }
    }

    /// Somebody asks, and the user decides, or not yet.
    fn decide(&mut self, index: usize) {
        let asks = self.hosts[index].node.contacts().filter(|(_, contact)| contact.asks());
        for contact in asks.map(|(contact, _)| contact).collect::<Vec<_>>() {
            let other = self.host_of(index, contact);
            let host = &mut self.hosts[index];
            if host.random.chance(50) {
                let refused = host.character.refuses.filter(|(refused, _)| *refused == other);
                self.set_trust(index, other, refused.map_or(Trust::Accepted, |(_, trust)| trust));
            }
        }
    }

    /// The user refuses whom they will not have, or allows them again.
    fn change_mind(&mut self, index: usize) {
        if let Some((other, trust)) = self.hosts[index].character.refuses {
            let is_refused = self.hosts[index].trust(&self.hosts[other].key).is_some_and(Trust::is_refused);
            self.set_trust(index, other, if is_refused { Trust::Accepted } else { trust });
        }
    }

    /// The user wants to know what another one hears of discovery.
    fn ask_reception(&mut self, index: usize, other: usize) {
        let contact = self.hosts[index].contact(&self.hosts[other].key);
        if let Some((contact, is_here)) = contact.map(|(id, contact)| (id, contact.is_here())) {
            assert_eq!(self.hosts[index].node.ask_reception(contact), is_here);
            self.look_at_host(index);
        }
    }

    fn set_trust(&mut self, index: usize, other: usize, trust: Trust) {
        let key = self.hosts[other].key;
        let host = &mut self.hosts[index];
        let Some((contact, known)) = host.contact(&key) else { return };
        let endpoint = known.known().endpoint;
        host.node.set_trust(self.now, contact, trust);
        if trust.is_refused() {
            host.refused.insert(other, host.last_said);
            host.met.remove(&other);
        } else if let Some(endpoint) = endpoint {
            host.given_up.remove(&endpoint.into());
        }
        self.hear_news(index);
        self.look_at_host(index);
    }

    /// Says something to one, or to all.
    fn say(&mut self, index: usize) {
        let host = &mut self.hosts[index];
        let contacts = host.node.contacts().filter(|(_, contact)| contact.known().is_accepted());
        let contacts: Vec<_> = contacts.map(|(contact, _)| contact).collect();
        let (run, is_kept) = (host.run(), host.character.is_kept);
        let text = words(&mut host.random, run, is_kept);
        if host.random.chance(50) || contacts.is_empty() {
            let (circle, to) = (host.circle, host.met.clone());
            self.say_to(index, To::All(circle), &to, text);
        } else {
            let contact = host.random.pick(&contacts);
            let to = BTreeSet::from([self.host_of(index, contact)]);
            self.say_to(index, To::One(contact), &to, text);
        }
    }

    fn say_to(&mut self, index: usize, to: To, recipients: &BTreeSet<usize>, text: String) {
        match self.hosts[index].node.say(to, &text) {
            Ok(sequence) => {
                let kept = self.hosts[index].node.recipients(sequence);
                let kept: BTreeSet<_> = kept.map(|(contact, _)| self.host_of(index, contact)).collect();
                self.check_recipients(index, to, recipients, &kept);
                let scope = if matches!(to, To::One(_)) { Scope::One } else { Scope::All };
                let host = &mut self.hosts[index];
                host.last_said = sequence;
                self.book.said(host.run(), sequence, scope, kept, text);
            }
            Err(SayError::Nobody) => assert!(recipients.is_empty(), "{recipients:?} are there"),
            Err(e) => panic!("{index} cannot say {} bytes to {recipients:?}: {e}", text.len()),
        }
        self.hear_news(index);
        self.look_at_host(index);
    }

    /// A text to all is for everyone who was here in this run and is not refused. Whoever came and went within one poll
    /// is one of them, although the shell has not heard of it.
    fn check_recipients(&self, index: usize, to: To, known: &BTreeSet<usize>, kept: &BTreeSet<usize>) {
        let is_accepted =
            |other: &usize| self.hosts[index].trust(&self.hosts[*other].key).is_some_and(Trust::is_accepted);
        let is_right = match to {
            To::One(_) => kept == known,
            To::All(_) => kept.is_superset(known) && kept.iter().all(is_accepted),
        };
        assert!(is_right, "{index} has said something to {kept:?} instead of {known:?}");
    }
}

/// A text of any length, in letters of one and of two bytes.
/// A text. Where keepers hold texts, which say no run, it says of which run it is.
fn words(random: &mut Random, (from, life): Run, is_kept: bool) -> String {
    let len = match random.between(1..=100) {
        1..=80 => random.between(0..=60),
        81..=98 => random.between(0..=4_000),
        _ => LINK_TEXT_MAX,
    };
    let mut text = format!("{from}.{life} says ");
    let len = if is_kept { len.max(text.len()) } else { len };
    while text.len() + 1 < len {
        text.push(random.pick(&['a', 'é', ' ', 'z']));
    }
    text.truncate(text.floor_char_boundary(len));
    text
}
