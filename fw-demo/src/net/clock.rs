//! The clock by which smoltcp goes, which is faster than ours.
//!
//! What was lost smoltcp sends again after a second (RFC 6298 §2.4), and each time that is lost, too, it waits
//! twice as long; it is back to a second only once it has measured a round trip again, and what was sent twice
//! cannot be measured. Where one packet in five is lost, it soon waits for longer than
//! [`FRAME_TIMEOUT`](p2pm_core::limits::FRAME_TIMEOUT). Linux begins with a fifth of a second, and gets through.
//! smoltcp has no setting for it. But it reads no clock, it is told the time: five seconds for each of ours.
//!
//! With that all its times are a fifth of what it takes them for: acknowledgements wait for 2 ms, a question for
//! a neighbour is asked again after 200 ms, a neighbour that is silent is forgotten after 12 s, and what is lost
//! again and again is sent every 12 s at the least.

use core::time::Duration;

use p2pm_core::time::Instant;

/// How many seconds go by for smoltcp in one of ours.
const PACE: u32 = 5;

/// What the clock of smoltcp shows now.
pub(super) fn to_smoltcp(now: Instant) -> smoltcp::time::Instant {
    let micros = now.as_millis().saturating_mul(1000 * u64::from(PACE));
    smoltcp::time::Instant::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// When the clock of smoltcp shows this. Rounded up, or whoever waits for it would wake too early, and again,
/// and again.
pub(super) fn from_smoltcp(at: smoltcp::time::Instant) -> Instant {
    let micros = at.total_micros().max(0).cast_unsigned();
    Instant::from_millis(micros.div_ceil(1000 * u64::from(PACE)))
}

/// What so much of our time is for smoltcp.
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
