//! Accelerated clock of smoltcp.
//!
//! smoltcp starts with a retransmission timeout of one second (RFC 6298 §2.4) and doubles it with each loss;
//! it resets it only after it has measured a round trip, which retransmitted segments do not allow. With one
//! packet in five lost, the timeout soon exceeds [`FRAME_TIMEOUT`](p2pm_core::limits::FRAME_TIMEOUT). Linux
//! starts with a fifth of a second, and gets through. smoltcp has no setting for it. But it is told the time
//! instead of reading a clock: five seconds for each of ours.
//!
//! So all its times are a fifth of the nominal ones: acknowledgements are delayed by 2 ms, an ARP request is
//! repeated after 200 ms, a silent neighbour is forgotten after 12 s, and the longest retransmission timeout
//! is 12 s.

use core::time::Duration;

use p2pm_core::time::Instant;

/// Seconds of smoltcp per second.
const PACE: u32 = 5;

/// Converts our time to smoltcp's.
pub(super) fn to_smoltcp(now: Instant) -> smoltcp::time::Instant {
    let micros = now.as_millis().saturating_mul(1000 * u64::from(PACE));
    smoltcp::time::Instant::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// Converts smoltcp's time to ours, rounded up, so that a wait does not end too early again and again.
pub(super) fn from_smoltcp(at: smoltcp::time::Instant) -> Instant {
    let micros = at.total_micros().max(0).cast_unsigned();
    Instant::from_millis(micros.div_ceil(1000 * u64::from(PACE)))
}

/// Converts a duration to smoltcp's time.
pub(super) fn span(ours: Duration) -> smoltcp::time::Duration {
    ours.saturating_mul(PACE).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_it_is_the_same_moment() {
        for millis in [0, 1, 999, 1 << 40] {
            let now = Instant::from_millis(millis);
            assert_eq!(from_smoltcp(to_smoltcp(now)), now);
        }
    }

    #[test]
    fn a_moment_between_two_of_ours_is_the_later_one() {
        let second = to_smoltcp(Instant::from_millis(1000));
        let later = second + smoltcp::time::Duration::from_micros(1);
        assert_eq!(from_smoltcp(later), Instant::from_millis(1001));
    }

    #[test]
    fn a_span_of_ours_is_over_when_it_is_over_for_smoltcp() {
        let second = Duration::from_secs(1);
        let start = to_smoltcp(Instant::default());
        assert_eq!(from_smoltcp(start + span(second)), Instant::default() + second);
    }

    #[test]
    fn the_end_of_time_is_no_overflow() {
        let end = to_smoltcp(Instant::from_millis(u64::MAX));
        assert!(from_smoltcp(end) >= Instant::from_millis(1 << 50));
    }
}
