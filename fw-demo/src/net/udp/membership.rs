//! Membership in groups: when it is reported (IGMP version 2, RFC 2236 §3).

use core::net::Ipv4Addr;
use core::time::Duration;

use p2pm_core::discovery::GROUPS_IPV4;
use p2pm_core::time::Instant;

/// Time from the first report to the second one; it doubles with each. The first ones may be lost.
const FIRST_INTERVAL: Duration = Duration::from_secs(2);
/// Longest time from one report to the next, even if nobody asks. A switch that hears none forgets a member after 260 s
/// (RFC 2236 §8.4), and its questions may not get through.
const LONGEST_INTERVAL: Duration = Duration::from_mins(1);

/// The device is in all groups. Only the next report is known: it stands for all that there is
/// to report, whether it joins, is a repetition or answers a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Membership {
    report_at: Instant,
    interval: Duration,
    random: u32,
}

impl Membership {
    /// Joins now.
    pub(super) const fn new(now: Instant, seed: u32) -> Self {
        Self { report_at: now, interval: FIRST_INTERVAL, random: seed }
    }

    pub(super) const fn deadline(&self) -> Instant {
        self.report_at
    }

    /// Whether a report is due now, which is sent then.
    pub(super) fn take_report(&mut self, now: Instant) -> bool {
        let is_due = now >= self.report_at;
        if is_due {
            self.report_at = now + self.interval;
            self.interval = self.interval.saturating_mul(2).min(LONGEST_INTERVAL);
        }
        is_due
    }

    /// A router or a switch asks who is in a group, or in any: it is answered within `limit`, at random, since others answer
    /// as well.
    pub(super) fn handle_query(&mut self, now: Instant, group: Ipv4Addr, limit: Duration) {
        if group.is_unspecified() || GROUPS_IPV4.contains(&group) {
            let delay = self.delay_below(limit);
            self.report_at = self.report_at.min(now + delay);
        }
    }

    fn delay_below(&mut self, limit: Duration) -> Duration {
        // Numerical Recipes' generator: its upper bits will do.
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(limit.saturating_mul(u64::from(self.random >> 16)) >> 16)
    }
}

#[cfg(test)]
mod tests {
    use heapless::Vec;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// The seconds at which is reported, if it is asked for every `step`.
    fn reports(membership: &mut Membership, until: u64) -> Vec<u64, 16> {
        let at = |second| Instant::default() + Duration::from_secs(second);
        (0..until).filter(|second| membership.take_report(at(*second))).collect()
    }

    #[test]
    fn it_is_reported_often_at_first_and_then_every_minute() {
        let mut membership = Membership::new(Instant::default(), 7);
        assert_eq!(reports(&mut membership, 300), [0, 2, 6, 14, 30, 62, 122, 182, 242]);
    }

    #[test]
    fn a_query_is_answered_in_time_and_not_always_at_the_same_one() {
        let mut membership = Membership::new(Instant::default(), 7);
        let mut now = Instant::default();
        let mut delays = Vec::<_, 100>::new();
        for _ in 0..100 {
            while membership.deadline() <= now {
                membership.take_report(now);
            }
            membership.handle_query(now, Ipv4Addr::UNSPECIFIED, SECOND);
            delays.push(membership.deadline().since(now)).expect("room");
            now = now + SECOND;
        }
        assert!(delays.iter().all(|delay| *delay <= SECOND));
        assert!(delays.iter().any(|delay| *delay < SECOND / 4));
        assert!(delays.iter().any(|delay| *delay > SECOND / 4 * 3));
    }

    #[test]
    fn a_query_never_delays_a_report_and_one_for_others_is_theirs() {
        let mut membership = Membership::new(Instant::default(), 7);
        membership.handle_query(Instant::default(), GROUPS_IPV4[0], SECOND * 10);
        assert_eq!(membership.deadline(), Instant::default());
        membership.take_report(Instant::default());
        membership.handle_query(Instant::default(), Ipv4Addr::new(239, 1, 1, 1), Duration::ZERO);
        assert_eq!(membership.deadline(), Instant::default() + FIRST_INTERVAL);
    }
}
