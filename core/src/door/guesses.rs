//! Wrong passwords, counted by network: a few at once, then one now and then.

use core::net::IpAddr;
use core::num::NonZeroU32;

use heapless::Vec;

use super::network::Network;
use crate::limits::{GUESS_CREDIT, GUESS_INTERVAL, GUESSERS_MAX};
use crate::time::Instant;

/// Who has guessed wrong lately, as the generic cell rate algorithm (ITU-T I.371) keeps it: a token bucket in
/// one moment of time.
///
/// Bounded: the one who is soonest paid off makes room for a new one.
#[derive(Debug, Default)]
pub(super) struct Guesses(Vec<Guesser, GUESSERS_MAX, u8>);

#[derive(Clone, Copy, Debug)]
struct Guesser {
    network: Network,
    /// When all its wrong guesses are paid off, each of them with a [`GUESS_INTERVAL`]. From then on it is as if
    /// it had never guessed.
    paid_off: Instant,
}

impl Guesses {
    /// Nobody has guessed yet.
    pub(super) const fn new() -> Self {
        Self(Vec::new())
    }

    /// For how many seconds, rounded up, no guess from this address is looked at; `None` if it may guess.
    pub(super) fn wait(&self, now: Instant, from: IpAddr) -> Option<NonZeroU32> {
        let network = Network::from(from);
        let guesser = self.0.iter().find(|guesser| guesser.network == network)?;
        let left = guesser.paid_off.since(now).saturating_sub(GUESS_CREDIT);
        let seconds = left.as_millis().div_ceil(1000);
        NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// A wrong guess from this address.
    pub(super) fn record(&mut self, now: Instant, from: IpAddr) {
        let network = Network::from(from);
        if let Some(guesser) = self.0.iter_mut().find(|guesser| guesser.network == network) {
            guesser.paid_off = guesser.paid_off.max(now) + GUESS_INTERVAL;
            return;
        }
        let newcomer = Guesser { network, paid_off: now + GUESS_INTERVAL };
        let is_full = self.0.is_full();
        match self.0.iter_mut().min_by_key(|guesser| guesser.paid_off) {
            Some(soonest) if is_full || soonest.paid_off <= now => *soonest = newcomer,
            // There is room.
            _ => _ = self.0.push(newcomer),
        }
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};
    use core::time::Duration;

    use super::*;
    use crate::limits::FREE_GUESSES;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const START: Instant = Instant::from_millis(7);

    /// Guesses wrong as often as that is looked at, at once.
    fn guess_all(guesses: &mut Guesses, now: Instant, from: IpAddr) -> u32 {
        let mut looked_at = 0;
        while guesses.wait(now, from).is_none() {
            guesses.record(now, from);
            looked_at += 1;
        }
        assert!(u64::from(seconds_to_wait(guesses, now, from)) <= GUESS_INTERVAL.as_secs());
        looked_at
    }

    fn seconds_to_wait(guesses: &Guesses, now: Instant, from: IpAddr) -> u32 {
        guesses.wait(now, from).map_or(0, NonZeroU32::get)
    }

    #[test]
    fn five_at_once_and_then_six_a_minute() {
        let mut guesses = Guesses::new();
        assert_eq!(guess_all(&mut guesses, START, HERE), 5);
        assert_eq!(seconds_to_wait(&guesses, START, HERE), 10);
        assert_eq!(seconds_to_wait(&guesses, START + Duration::from_millis(1), HERE), 10);
        assert_eq!(seconds_to_wait(&guesses, START + Duration::from_millis(9999), HERE), 1);
        // One that tries every millisecond for an hour.
        let mut looked_at = [0; 60];
        for millis in 1..=3_600_000 {
            let now = START + Duration::from_millis(millis);
            let minute = usize::try_from((millis - 1) / 60_000).unwrap();
            looked_at[minute] += guess_all(&mut guesses, now, HERE);
        }
        assert_eq!(looked_at, [6; 60]);
    }

    #[test]
    fn patience_is_paid_back_up_to_all_five() {
        let mut guesses = Guesses::new();
        let mut now = START;
        for (rest, free) in [(0, 5), (9, 0), (1, 1), (10, 1), (20, 2), (49, 4), (1, 1), (50, 5), (600, 5)] {
            now = now + Duration::from_secs(rest);
            assert_eq!(guess_all(&mut guesses, now, HERE), free, "after {rest} s more");
        }
    }

    #[test]
    fn one_who_is_paid_off_takes_no_room() {
        let mut guesses = Guesses::new();
        guesses.record(START, HERE);
        guesses.record(START + GUESS_INTERVAL, Ipv4Addr::BROADCAST.into());
        assert_eq!(guesses.0.len(), 1);
    }

    #[test]
    fn an_ipv6_host_cannot_dodge_by_changing_its_address() {
        let mut guesses = Guesses::new();
        for i in 1..=u128::from(FREE_GUESSES) {
            guesses.record(START, Ipv6Addr::from_bits(0x2001_0db8 << 96 | i).into());
        }
        assert_eq!(seconds_to_wait(&guesses, START, "2001:db8::ffff".parse().unwrap()), 10);
        assert_eq!(seconds_to_wait(&guesses, START, "2001:db8:0:1::1".parse().unwrap()), 0);
    }

    #[test]
    fn in_a_crowd_the_one_with_the_fewest_guesses_is_forgotten() {
        let mut guesses = Guesses::new();
        assert_eq!(guess_all(&mut guesses, START, HERE), 5);
        let others = (1..=4 * GUESSERS_MAX).map(|i| Ipv4Addr::from_bits(i.try_into().unwrap()).into());
        for (millis, other) in (1..).zip(others) {
            let now = START + Duration::from_millis(millis);
            assert_eq!(guesses.wait(now, other), None, "others need not wait");
            guesses.record(now, other);
        }
        assert_eq!(guesses.0.len(), GUESSERS_MAX);
        assert_eq!(seconds_to_wait(&guesses, START, HERE), 10, "the worst is remembered");
    }
}
