//! What must be so in the end.

use p2pm_core::limits::{FRAME_LEN, SILENCE_TIMEOUT};

use super::line::{Line, Past};
use super::{CHECK_INTERVAL, Pair, SETTLING};

/// Most bytes that a connection holds.
const CABLE_MAX: usize = 65_536;

impl Pair {
    /// Runs until each file is stored, or given up, and each end knows it.
    pub(super) fn settle(&mut self) {
        let limit = self.now + SETTLING;
        while !self.jobs.iter().all(|job| job.is_over) {
            assert!(self.now < limit, "not done: {}", self.describe());
            for job in 0..self.jobs.len() {
                if self.jobs[job].is_paused {
                    let host = self.random.between(0..=1);
                    self.resume(host, job);
                }
            }
            self.run_until(self.now + CHECK_INTERVAL);
            self.bury();
        }
        // Whatever is still to be said is said, and dead connections are noticed.
        self.run_until(self.now + SILENCE_TIMEOUT + CHECK_INTERVAL);
        self.bury();
        self.check();
    }

    fn check(&self) {
        for job in &self.jobs {
            if job.is_wanted {
                assert!(job.disk.is_stored, "file {} is not stored", job.index);
            }
            if job.disk.is_stored {
                assert!(job.disk.bytes == job.content, "file {} is another one", job.index);
            }
            for host in &self.hosts {
                let is_it = |it: &p2pm_core::node::Transfer| it.goods().name.as_str() == job.label();
                let rows = host.node.transfers().filter(|(_, it)| is_it(it)).count();
                // What is whole is kept by the receiver, once.
                let most = usize::from(host.index == job.to() && job.disk.is_stored);
                let kept: Vec<_> = host.node.transfers().filter(|(_, it)| is_it(it)).collect();
                assert!(rows <= most, "{} keeps file {} in {rows} rows: {kept:?}", host.index, job.index);
            }
        }
        let links = self.lines.len();
        assert_eq!(links, 1, "nothing but one link is left");
    }

    fn describe(&self) -> String {
        let jobs = self.jobs.iter().filter(|job| !job.is_over).map(|job| {
            let rows = self.hosts.each_ref().map(|host| {
                let transfers = host.node.transfers();
                transfers
                    .filter(|(_, it)| it.goods().name.as_str() == job.label())
                    .map(|(_, it)| format!("{it:?}"))
                    .collect::<Vec<_>>()
            });
            format!(
                "file {} from {}: {} of {} bytes, stored {}, wanted {}, paused {}, rows {rows:?}; ",
                job.index,
                job.from,
                job.disk.bytes.len(),
                job.content.len(),
                job.disk.is_stored,
                job.is_wanted,
                job.is_paused
            )
        });
        jobs.collect::<String>() + &format!("{} connections", self.lines.len())
    }
}

/// Of a connection that was cut nothing is lost but what was on its way: in the cable, and in a frame of either end.
pub fn check_past(line: &Line) {
    let [Some(one), Some(other)] = line.past else { return };
    let (sender, receiver) = if one.it.is_sent { (one, other) } else { (other, one) };
    assert!(sender.it.is_sent && !receiver.it.is_sent && sender.it.job == receiver.it.job);
    if let (Some(began), Some(here)) = (receiver.it.began, sender.it.began) {
        assert_eq!(here, began, "where it goes on");
    }
    let [Past { is_lost: true, .. }, Past { is_lost: true, .. }] = [sender, receiver] else { return };
    if receiver.it.began.is_some() && sender.it.began.is_some() && !receiver.it.is_stored {
        let lost = sender.it.reached.saturating_sub(receiver.it.reached);
        let most = CABLE_MAX + 2 * sender.it.frame_len.bytes() + FRAME_LEN;
        assert!(lost <= most as u64, "{lost} bytes were lost, {most} were on their way");
        assert!(receiver.it.reached <= sender.it.reached, "more has come than was sent");
    }
}
