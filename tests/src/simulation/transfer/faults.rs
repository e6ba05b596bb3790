//! What users do, and what breaks.

use std::time::Duration;

use p2pm_core::node::TransferKey;
use p2pm_core::time::Instant;
use p2pm_core::transfer::Chain;
use p2pm_core::wire::{
    Attributes, Ciphers, Close, FrameLen, Goods, GoodsKind, Label, Offer, Refusal, TransferId, TransferSecret,
};

use super::Pair;
use super::goal::check_past;
use crate::simulation::link::{Quality, Side};

/// There is no AES in the core.
const CIPHERS: Ciphers = Ciphers { with_aes: false };

impl Pair {
    /// Users whose moment has come act, and nodes start again.
    pub(super) fn act(&mut self) {
        for index in 0..2 {
            if self.hosts[index].starts_at.is_some_and(|at| at <= self.now) {
                let known = self.hosts[1 - index].known();
                self.hosts[index].restart(self.now, known);
                self.offer_all(index);
            }
            if !self.hosts[index].is_up() {
                continue;
            }
            self.decide(index);
            if self.hosts[index].act_at.is_some_and(|at| at <= self.now) {
                self.act_with(index);
                let host = &mut self.hosts[index];
                host.act_at = Some(self.now + host.random.millis(100..=5_000));
            }
        }
    }

    /// Takes what was offered, or refuses it.
    fn decide(&mut self, index: usize) {
        let now = self.now;
        for (_, key) in self.hosts[index].decisions.extract_if(.., |(at, _)| *at <= now).collect::<Vec<_>>() {
            if self.hosts[index].node.transfer(key).is_none() {
                continue; // It was withdrawn.
            }
            let job = &self.jobs[self.job_of(index, key)];
            let node = &mut self.hosts[index].node;
            if job.is_wanted {
                let frame_len = self.random.pick(&[FrameLen::Short, FrameLen::Middle, FrameLen::Long]);
                let taking = node.transfer(key).expect("it is there").best(CIPHERS, frame_len);
                node.take(key, taking);
            } else {
                node.refuse(key, Refusal::Denied);
            }
        }
    }

    fn act_with(&mut self, index: usize) {
        let job = self.random.between(0..=self.jobs.len() - 1);
        let Some(key) = self.jobs[job].keys[index] else { return };
        match self.random.between(1..=100) {
            1..=15 => self.jobs[job].is_paused |= self.close_transfer(index, key, Close::Paused),
            16..=50 if self.jobs[job].is_paused => self.resume(index, job),
            51..=53 => self.give_up(index, job, key),
            54..=60 => {
                let disk = &mut self.jobs[job].disk;
                disk.room = Some(disk.bytes.len() + self.random.between(0..=50_000));
                self.jobs[job].is_paused = true;
            }
            _ => {}
        }
        self.hear_news(index);
    }

    /// The user of a host goes on with what has paused, or there is space again.
    pub(super) fn resume(&mut self, index: usize, job: usize) {
        self.jobs[job].disk.room = None;
        if let Some(key) = self.jobs[job].keys[index] {
            self.hosts[index].node.resume_transfer(key);
        }
    }

    fn give_up(&mut self, index: usize, job: usize, key: TransferKey) {
        let it = &mut self.jobs[job];
        if it.is_over || it.disk.is_stored {
            return;
        }
        it.is_wanted = false;
        if it.from == index {
            it.is_over = true;
            self.hosts[index].node.withdraw(key);
        } else {
            self.hosts[index].node.refuse(key, Refusal::Denied);
        }
        self.close_transfer(index, key, Close::Cancelled);
    }

    /// A host offers what it has to send and the other one does not have yet.
    pub(super) fn offer_all(&mut self, index: usize) {
        // Above those of earlier runs, each of which has taken longer than all its attempts.
        let attempt = u32::try_from(self.now.since(Instant::default()).as_millis()).expect("it fits") + 1;
        for job in &mut self.jobs {
            job.keys[index] = None;
            if job.from != index || job.is_over {
                continue;
            }
            let label = job.label();
            let goods = Goods {
                kind: GoodsKind::File,
                length: job.length(),
                files: 1,
                attributes: Attributes::new(0, 0o644),
                name: Label::new(label.as_bytes()).expect("a label"),
                preview: None,
            };
            let host = &mut self.hosts[index];
            if host.random.chance(30) {
                job.id = host.random.bytes();
            }
            let offer = Offer {
                id: TransferId(job.id),
                attempt,
                secret: TransferSecret(host.random.bytes()),
                ciphers: CIPHERS,
                frame_len: FrameLen::Long,
                goods,
            };
            job.proved = Chain::default();
            job.keys[index] = Some(host.node.offer(host.other(), &offer).expect("there is room"));
        }
    }

    /// Whatever breaks at this moment.
    pub(super) fn fail(&mut self) {
        while let Some(at) = self.fault_at.filter(|at| *at <= self.now) {
            self.fail_once();
            self.fault_at = Some(at + self.random.millis(50..=6_000));
        }
        self.bury();
    }

    fn fail_once(&mut self) {
        match self.random.between(1..=100) {
            1..=60 if !self.lines.is_empty() => {
                let line = self.random.between(0..=self.lines.len() - 1);
                let thaw = self.now + self.random.millis(500..=90_000);
                let cable = &mut self.lines[line].cable;
                match self.random.between(1..=100) {
                    1..=80 => cable.cut(self.now),
                    81..=90 => cable.freeze(self.now, Some(thaw)),
                    _ => cable.freeze(self.now, None),
                }
            }
            61..=75 => {
                let host = self.random.between(0..=1);
                self.kill(host);
            }
            _ => {}
        }
    }

    /// The process of a node is gone; with the power of its machine, now and then.
    fn kill(&mut self, index: usize) {
        if !self.hosts[index].is_up() {
            return;
        }
        let [in_silence, loses_power] = [30, 30].map(|percent| self.random.chance(percent));
        let again = self.random.pick(&[Duration::ZERO, Duration::from_secs(1), Duration::from_secs(15)]);
        self.hosts[index].starts_at = Some(self.now + again + Duration::from_millis(1));
        for line in &mut self.lines {
            for side in Side::BOTH {
                if line.hosts[side as usize] == index && line.ends[side as usize].take().is_some() {
                    if in_silence {
                        line.cable.freeze(self.now, None);
                    } else {
                        line.cable.hang_up(side);
                    }
                }
            }
        }
        for job in self.jobs.iter_mut().filter(|job| job.to() == index && loses_power) {
            job.disk.lose_power();
        }
    }

    /// Removes connections that both ends have dropped.
    pub(super) fn bury(&mut self) {
        self.lines.retain(|line| {
            if line.is_over() {
                check_past(line);
            }
            !line.is_over()
        });
    }

    /// From now on there are no faults, and users do nothing but go on.
    pub(super) fn calm_down(&mut self) {
        self.fault_at = None;
        for host in &mut self.hosts {
            host.act_at = None;
        }
        for line in self.lines.iter_mut().filter(|line| line.cable.quality() == Quality::Bad) {
            line.cable.cut(self.now);
        }
    }
}
