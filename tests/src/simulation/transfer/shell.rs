//! The shell of each node: makes connections, moves bytes, and does what it is told.

use p2pm_core::channel::{Acceptor, Ended};
use p2pm_core::limits::ENTROPY_LEN;
use p2pm_core::node::{News, Passage, TransferEnd, TransferKey, TransferNews};
use p2pm_core::suite::Entropy;
use p2pm_core::transfer::{Incoming, Outgoing};
use p2pm_core::wire::{Close, Refusal};

use super::Pair;
use super::end::{End, Report, Stage, Transferred};
use super::line::{Line, Past, Use};
use crate::simulation::link::{Link as Cable, Side};
use crate::stage;

impl Pair {
    /// Connects a host with the other one.
    pub(super) fn dial(&mut self, from: usize, what: Use) {
        let [here, there] = [(); 2].map(|()| Entropy::new(self.random.bytes::<ENTROPY_LEN>()));
        let acceptor = Acceptor::new(self.now, self.hosts[from].ip().into(), there);
        let (dialled, accepted) = match what {
            Use::Link(dial) => {
                let outgoing = self.hosts[from].node.dialled(self.now, dial, here).expect("its circle");
                (
                    Stage::Link(stage::Stage::Outgoing(outgoing)),
                    Stage::Link(stage::Stage::Accepting(acceptor)),
                )
            }
            Use::Transfer(passage) => {
                let outgoing = Outgoing::new(self.now, &passage.ticket, here);
                (Stage::Outgoing(outgoing, self.transferred(from, &passage)), Stage::Accepting(acceptor))
            }
        };
        let cable = match self.fault_at {
            Some(_) => Cable::new(self.now, self.random.fork()),
            None => Cable::without_faults(&mut self.random),
        };
        let ends = [dialled, accepted].map(|stage| Some(End::new(stage)));
        self.lines.push(Line { cable, hosts: [from, 1 - from], ends, past: [None; 2] });
        assert!(self.lines.len() < 60, "{} connections", self.lines.len());
    }

    fn transferred(&self, host: usize, passage: &Passage) -> Transferred {
        let job = self.job_of(host, passage.key);
        Transferred {
            key: passage.key,
            job,
            is_sent: self.jobs[job].from == host,
            frame_len: passage.ticket.frame_len,
            began: None,
            reached: 0,
            is_stored: false,
        }
    }

    /// The file that a node knows by this key.
    pub(super) fn job_of(&self, host: usize, key: TransferKey) -> usize {
        let name = self.hosts[host].node.transfer(key).expect("a transfer").goods().name.as_str().to_owned();
        self.jobs.iter().position(|job| job.label() == name).expect("a file of this name")
    }

    /// Pumps one end.
    pub(super) fn pump(&mut self, line: usize, side: Side) {
        let Line { cable, ends, hosts, .. } = &mut self.lines[line];
        let host = hosts[side as usize];
        let end = ends[side as usize].as_mut().expect("an end that is not dropped");
        let report = end.pump(cable, side, &mut self.hosts[host].node, &mut self.jobs, self.now);
        self.react(line, side, report);
        self.hear_news(host);
    }

    fn react(&mut self, line: usize, side: Side, report: Report) {
        let host = self.lines[line].hosts[side as usize];
        let node = &mut self.hosts[host].node;
        let end = self.lines[line].ends[side as usize].as_mut().expect("an end");
        end.is_poked |= !matches!(report, Report::Other);
        match (report, &mut end.stage) {
            (Report::LinkAsked, Stage::Link(stage)) => _ = stage.answer(node, self.now),
            (Report::Introduced(theirs), Stage::Link(stage)) => {
                // The node of a link that it does not make has closed it.
                let _ = stage.introduce(node, self.now, &theirs);
            }
            (Report::TransferAsked(asked), Stage::Accepting(acceptor)) => {
                if let Some(passage) = node.expect_transfer(&asked, |_| true) {
                    self.accept(line, side, &passage);
                } else {
                    acceptor.refuse(self.now, Close::ServiceMismatch);
                }
            }
            (Report::Opened, _) => {
                let it = end.transferred().expect("a transfer");
                let job = &mut self.jobs[it.job];
                let has = if it.is_sent { job.proved.clone() } else { job.begin() };
                end.open(self.now, job.length(), has);
            }
            (Report::Closed, _) => self.close_end(line, side),
            _ => {}
        }
    }

    fn accept(&mut self, line: usize, side: Side, passage: &Passage) {
        let it = self.transferred(self.lines[line].hosts[side as usize], passage);
        let end = self.lines[line].ends[side as usize].as_mut().expect("an end");
        let Stage::Accepting(acceptor) = std::mem::replace(&mut end.stage, Stage::Between) else {
            panic!("an acceptor has asked")
        };
        let Ok((incoming, None)) = Incoming::of_acceptor(acceptor, self.now, &passage.ticket) else {
            panic!("its Hello is as expected")
        };
        end.stage = Stage::Incoming(incoming, it);
    }

    /// An end drops its connection.
    pub(super) fn close_end(&mut self, line: usize, side: Side) {
        let at = &mut self.lines[line];
        at.cable.hang_up(side);
        let host = at.hosts[side as usize];
        let Some(end) = at.ends[side as usize].take() else { return };
        let ended = end.ended.unwrap_or(Ended::Lost);
        if let Some(mut it) = end.transferred() {
            if let Stage::Sending(sender, _) = end.stage {
                // Within one pump it has sent more than the receiver had at first.
                self.jobs[it.job].proved = sender.into_proved();
                it.began = it.began.map(|_| self.jobs[it.job].proved.length());
            }
            at.past[side as usize] = Some(Past { it, is_lost: ended == Ended::Lost });
            let is_further = it.began.is_some_and(|began| it.reached > began);
            let how = if it.is_stored { TransferEnd::Stored } else { TransferEnd::after(ended, is_further) };
            self.note((line, host, it.job, it.reached, it.is_stored));
            self.hosts[host].node.transfer_ended(self.now, it.key, how);
            self.jobs[it.job].is_over |=
                it.is_sent && matches!(how, TransferEnd::Stored | TransferEnd::GivenUp);
        }
        self.hear_news(host);
    }

    /// The open connection of a transfer, at this host.
    pub(super) fn find_end(&self, host: usize, key: TransferKey) -> Option<(usize, Side)> {
        let lines = self.lines.iter().enumerate();
        let ends = lines.flat_map(|(index, line)| Side::BOTH.map(|side| (index, line, side)));
        ends.filter(|(_, line, side)| line.hosts[*side as usize] == host)
            .find(|(_, line, side)| {
                let it = line.ends[*side as usize].as_ref().and_then(End::transferred);
                it.is_some_and(|it| it.key == key)
            })
            .map(|(index, _, side)| (index, side))
    }

    /// A transfer is to end, if it is open.
    pub(super) fn close_transfer(&mut self, host: usize, key: TransferKey, reason: Close) -> bool {
        let Some((line, side)) = self.find_end(host, key) else { return false };
        let end = self.lines[line].ends[side as usize].as_mut().expect("an end");
        let is_closed = end.close(&mut self.jobs, self.now, reason);
        if !is_closed && reason == Close::Cancelled {
            self.close_end(line, side);
        }
        is_closed
    }

    /// Hears what the node of a host has to tell.
    pub(super) fn hear_news(&mut self, host: usize) {
        while let Some(news) = self.hosts[host].node.poll_news() {
            if let News::Transfer(key, news) = news {
                self.hear(host, key, news);
            }
        }
    }

    fn hear(&mut self, host: usize, key: TransferKey, news: TransferNews) {
        let known = self.jobs.iter().position(|job| job.keys[host] == Some(key));
        match news {
            TransferNews::Offered => {
                let job = self.job_of(host, key);
                self.jobs[job].keys[host] = Some(key);
                let host = &mut self.hosts[host];
                let delay = host.random.pick(&[0, 0, 10, 3_000]);
                host.decisions.push((self.now + host.random.millis(0..=delay), key));
            }
            TransferNews::Taken => {}
            TransferNews::Refused(refusal) => {
                let job = &mut self.jobs[known.expect("a file of ours")];
                job.is_over = true;
                let is_right = if refusal == Refusal::Whole { job.disk.is_stored } else { !job.is_wanted };
                assert!(is_right, "{refusal:?}: file {}", job.index);
                self.close_transfer(host, key, Close::Cancelled);
            }
            TransferNews::Withdrawn => {
                assert!(known.is_none_or(|job| !self.jobs[job].is_wanted), "nobody has given it up");
                self.close_transfer(host, key, Close::Cancelled);
            }
            TransferNews::Forgotten => {
                // The connection of what its user has given up may linger.
                let is_open = self.find_end(host, key).is_some();
                assert!(known.is_none_or(|job| !is_open || !self.jobs[job].is_wanted), "it is open");
            }
            TransferNews::Superseded => {
                if let Some((line, side)) = self.find_end(host, key) {
                    self.close_end(line, side);
                }
            }
        }
    }
}
