//! Rate limits on answers, so that a search with a forged source has nobody flooded.

use core::net::IpAddr;

use crate::limits::{ALL_ANSWERS_BURST, ALL_ANSWERS_INTERVAL, ANSWER_INTERVAL, ANSWERS_BURST};
use crate::time::{Bucket, Instant};

/// Datagrams to one host.
const EACH: Bucket = Bucket::new(ANSWERS_BURST, ANSWER_INTERVAL);
/// Datagrams to all hosts.
const ALL: Bucket = Bucket::new(ALL_ANSWERS_BURST, ALL_ANSWERS_INTERVAL);

/// A host that was answered lately.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    host: Option<IpAddr>,
    paid_off: Instant,
}

/// The hosts that were answered lately.
pub(super) struct Sources<R> {
    rows: R,
    all_paid_off: Instant,
}

impl Source {
    /// A row to initialise storage with.
    pub const EMPTY: Self = Self { host: None, paid_off: Instant::from_millis(0) };
}

impl<R: AsMut<[Source]>> Sources<R> {
    pub(super) fn new(mut rows: R) -> Self {
        rows.as_mut().fill(Source::EMPTY);
        Self { rows, all_paid_off: Instant::from_millis(0) }
    }

    /// Whether a host may be sent that many datagrams. Where there is no row for another host, it may not: rows are free
    /// again as soon as their debts are paid off, and all hosts together cannot have many.
    pub(super) fn take(&mut self, now: Instant, host: IpAddr, datagrams: u32) -> bool {
        let rows = self.rows.as_mut();
        let own = rows.iter().position(|row| row.host == Some(host));
        let free = || rows.iter().position(|row| row.paid_off <= now);
        let Some(row) = own.or_else(free).and_then(|index| rows.get_mut(index)) else { return false };
        if row.host != Some(host) {
            *row = Source { host: Some(host), paid_off: now };
        }
        let is_allowed = EACH.allows(now, row.paid_off) && ALL.allows(now, self.all_paid_off);
        if is_allowed {
            for _ in 0..datagrams {
                EACH.charge(now, &mut row.paid_off);
                ALL.charge(now, &mut self.all_paid_off);
            }
        }
        is_allowed
    }
}
