//! The shell of each node: moves bytes, shows texts, and checks what it is told and what is sent.

use p2pm_core::channel::Ended;
use p2pm_core::node::{ContactId, News, Trust};
use p2pm_core::wire::{Close, Introduction, LinkMessage, Message, Reached, Reception};

use super::Circle;
use super::book::Heard;
use super::end::Report;
use super::network::{Connection, EndId};
use crate::simulation::link::Side;
use crate::simulation::tap::Record;
use crate::watched;

impl Circle {
    /// Pumps one end.
    pub(super) fn pump(&mut self, id: EndId) {
        let (number, side) = id;
        let connection = self.network.connections.get_mut(&number).expect("a connection");
        let index = connection.hosts[side as usize];
        let Connection { cable, ends, .. } = connection;
        let end = ends[side as usize].as_mut().expect("an end that is not dropped");
        let host = &mut self.hosts[index];
        watched::overlook_admissions(host.character.is_forgetful);
        let (report, records) = end.pump(cable, &mut host.node, self.now);
        let is_dropped = end.port.is_dropped();
        let has_changed = report.is_some() || !records.is_empty();
        self.transcript.add(number, side, &records);
        self.check_sent(id, &records);
        if let Some(report) = report {
            self.react(id, report);
        }
        if is_dropped {
            self.drop_end(id);
        }
        if has_changed {
            self.hear_news(index);
            self.look_at_host(index);
        }
        self.look_at_both_ends(number);
    }

    /// Only members who are not refused are sent anything but an introduction.
    fn check_sent(&self, (number, side): EndId, records: &[Record]) {
        let connection = &self.network.connections[&number];
        let (host, other) =
            (&self.hosts[connection.hosts[side as usize]], &self.hosts[connection.other_host(side)]);
        for record in records.iter().filter(|record| record.emitted) {
            let message = Message::parse(&*record.plain).expect("a machine emits what can be parsed");
            if !matches!(message, Message::Link(_)) {
                continue;
            }
            let message = LinkMessage::parse(&message).expect("a machine emits what can be parsed");
            assert!(host.character.secrets == other.character.secrets, "a stranger is told {message:?}");
            let is_introduction = matches!(message, LinkMessage::Introduce(_));
            let is_refused = host.trust(&other.key).is_some_and(Trust::is_refused);
            assert!(is_introduction || !is_refused, "somebody refused is told {message:?}");
        }
    }

    /// The host of an end, and the one at the other end.
    fn hosts_of(&self, (number, side): EndId) -> (usize, usize) {
        let connection = &self.network.connections[&number];
        (connection.hosts[side as usize], connection.other_host(side))
    }

    fn react(&mut self, id: EndId, report: Report) {
        match report {
            Report::Asked => {
                let (index, _) = self.hosts_of(id);
                let now = self.now;
                let connection = self.network.connections.get_mut(&id.0).expect("a connection");
                let end = connection.ends[id.1 as usize].as_mut().expect("an end");
                end.answer(&mut self.hosts[index].node, now);
            }
            Report::Introduced(introduction) => self.introduce(id, &introduction),
            Report::Said(heard) => self.show(id, &heard),
            Report::AsksReception(contact) => {
                let (index, other) = self.hosts_of(id);
                self.hosts[index].node.tell_reception(contact, reception(index, other));
            }
            Report::Reception(told) => {
                let (index, other) = self.hosts_of(id);
                assert_eq!(told, reception(other, index), "what {other} hears of {index}");
            }
            Report::Named | Report::Part => {}
            Report::Ended(ended) => self.ended(id, ended),
        }
    }

    fn introduce(&mut self, id: EndId, introduction: &Introduction) {
        let (number, side) = id;
        let (index, other) = self.hosts_of(id);
        let may_link = self.may_link(index, other);
        let connection = self.network.connections.get_mut(&number).expect("a connection");
        let end = connection.ends[side as usize].as_mut().expect("an end");
        let host = &mut self.hosts[index];
        let result = end.introduce(&mut host.node, self.now, introduction);
        self.races.introduced(index, number, connection, self.now);
        match result {
            Ok(contact) => {
                let old = host.links.insert(other, number);
                self.changes += usize::from(may_link);
                assert_eq!(self.host_of(index, contact), other, "the contact of a link");
                if let Some(old) = old {
                    self.races.closed(index, other, old, number);
                }
            }
            Err(Close::Duplicate) => self.races.closed(index, other, number, host.links[&other]),
            Err(reason) if side == Side::Connecting => {
                host.dial_ended(connection.address, Ended::ByUs(reason));
            }
            Err(_) => {}
        }
    }

    /// The user is shown a text, unless there is no room for it: then the link is closed, so that it comes again.
    fn show(&mut self, id: EndId, heard: &Heard) {
        let (index, other) = self.hosts_of(id);
        let (number, side) = id;
        let author = self.host_of(index, heard.contact);
        let is_by = heard.keeper.map_or(author, |keeper| self.host_of(index, keeper));
        assert_eq!(is_by, other, "who is at the other end");
        let connection = self.network.connections.get_mut(&number).expect("a connection");
        let host = &mut self.hosts[index];
        if self.now < host.is_full_until {
            let end = connection.ends[side as usize].as_mut().expect("an end");
            end.leave(&mut host.node, self.now);
            self.ended(id, Ended::ByUs(Close::Goodbye));
        } else {
            let from = match heard.keeper {
                None => (other, connection.lives[side.other() as usize]),
                Some(_) => self.book.run_of(author, heard),
            };
            self.book.shown(from, host.run(), heard);
            host.node.confirm(heard.contact, heard.sequence);
        }
    }

    pub(super) fn ended(&mut self, id: EndId, ended: Ended) {
        let (number, side) = id;
        let (index, other) = self.hosts_of(id);
        let host = &mut self.hosts[index];
        if side == Side::Connecting {
            host.dial_ended(self.network.connections[&number].address, ended);
        }
        if host.links.get(&other) == Some(&number) {
            host.links.remove(&other);
            self.changes += usize::from(self.may_link(index, other));
        }
    }

    fn drop_end(&mut self, id: EndId) {
        let (number, side) = id;
        let (index, _) = self.hosts_of(id);
        self.hosts[index].ends.remove(&id);
        self.schedule.remove(id);
        let connection = self.network.connections.get_mut(&number).expect("a connection");
        connection.ends[side as usize] = None;
        self.bury(number);
    }

    /// Removes a connection that both ends have dropped.
    pub(super) fn bury(&mut self, number: usize) {
        if self.network.connections[&number].ends.iter().all(Option::is_none) {
            self.network.connections.remove(&number);
        }
    }

    /// The host that is a contact of another one.
    pub(super) fn host_of(&self, index: usize, contact: ContactId) -> usize {
        let key = self.hosts[index].node.contact(contact).expect("a contact").known().key;
        self.hosts.iter().position(|host| host.key == key).expect("a host with this key")
    }

    /// Hears what the node of a host has to tell.
    pub(super) fn hear_news(&mut self, index: usize) {
        while let Some(news) = self.hosts[index].node.poll_news() {
            let run = self.hosts[index].run();
            match news {
                News::Came(contact) => {
                    let other = self.host_of(index, contact);
                    self.hosts[index].met.insert(other);
                }
                News::Left(_)
                | News::Asks(_)
                | News::Undecided(_)
                | News::Transfer(..)
                | News::Held { .. }
                | News::Dropped { .. } => {}
                News::Received { contact, sequence } => {
                    self.book.confirmed(run, self.host_of(index, contact), sequence);
                }
                News::Failed { contact, sequence } => {
                    let other = self.host_of(index, contact);
                    for failed in self.book.failed(run, other, sequence) {
                        self.check_failed(index, other, failed);
                    }
                }
            }
        }
    }

    /// A text fails only if its recipient was refused, or if newer ones needed its room.
    fn check_failed(&self, index: usize, other: usize, sequence: u32) {
        let host = &self.hosts[index];
        let was_refused = host.refused.get(&other).is_some_and(|last| sequence <= *last);
        let is_kept = host.node.recipients(sequence).next().is_some();
        assert!(was_refused || !is_kept, "{:?} has given {sequence} to {other} up without need", host.run());
    }
}

/// What one host hears of another one's discovery: something else of each.
fn reception(index: usize, of: usize) -> Reception {
    let bits = 3 * index + of;
    let bit = |bit: usize| bits & bit != 0;
    Reception::Looking(Reached { multicasts: bit(1), broadcasts: bit(2), answers: bit(4) })
}
