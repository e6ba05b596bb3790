//! Wrong passwords, counted by address, so that guessing gets slower and slower.

use core::net::{IpAddr, Ipv6Addr};
use core::num::NonZeroU32;
use core::time::Duration;

use heapless::Vec;

use crate::limits::{FIRST_WAIT, FREE_GUESSES, GUESS_MEMORY, GUESSERS_MAX, LONGEST_WAIT};
use crate::time::Instant;

/// Who has guessed wrong lately. Bounded: the least recent guesser makes room for a new one.
#[derive(Debug, Default)]
pub struct Guesses(Vec<Guesser, GUESSERS_MAX, u8>);

#[derive(Clone, Copy, Debug)]
struct Guesser {
    network: IpAddr,
    wrong: u32,
    last: Instant,
}

impl Guesses {
    /// Nobody has guessed yet.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// For how many seconds, rounded up, no guess from this address is looked at; `None` if it may guess.
    pub fn wait(&self, now: Instant, from: IpAddr) -> Option<NonZeroU32> {
        let network = network_of(from);
        let guesser = self.0.iter().find(|guesser| guesser.network == network)?;
        let left = (guesser.last + guesser.penalty()).since(now);
        let seconds = left.as_millis().div_ceil(1000);
        NonZeroU32::new(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// A wrong guess from this address.
    pub fn record(&mut self, now: Instant, from: IpAddr) {
        let network = network_of(from);
        self.0.retain(|guesser| now < guesser.last + GUESS_MEMORY);
        if let Some(guesser) = self.0.iter_mut().find(|guesser| guesser.network == network) {
            guesser.wrong = guesser.wrong.saturating_add(1);
            guesser.last = now;
            return;
        }
        if self.0.is_full() {
            let oldest = self.0.iter().enumerate().min_by_key(|(_, guesser)| guesser.last);
            if let Some((index, _)) = oldest {
                self.0.swap_remove(index);
            }
        }
        // There is room: the oldest has just left if there was none.
        let _ = self.0.push(Guesser { network, wrong: 1, last: now });
    }

    /// A right guess from this address: its wrong ones are forgotten.
    pub fn forgive(&mut self, from: IpAddr) {
        let network = network_of(from);
        self.0.retain(|guesser| guesser.network != network);
    }
}

impl Guesser {
    /// How long after its last wrong guess it has to wait.
    fn penalty(&self) -> Duration {
        let Some(doublings) = self.wrong.checked_sub(FREE_GUESSES) else { return Duration::ZERO };
        let factor = 1_u32.checked_shl(doublings).unwrap_or(u32::MAX);
        FIRST_WAIT.saturating_mul(factor).min(LONGEST_WAIT)
    }
}

/// Whom to hold responsible: an IPv4 address, or the /64 that an IPv6 host picks its addresses from.
fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & !u128::from(u64::MAX)).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(core::net::Ipv4Addr::LOCALHOST);

    fn guess_wrong(guesses: &mut Guesses, now: Instant, times: u32) {
        for _ in 0..times {
            guesses.record(now, HERE);
        }
    }

    fn wait_after(wrong: u32) -> u32 {
        let mut guesses = Guesses::new();
        guess_wrong(&mut guesses, Instant::default(), wrong);
        guesses.wait(Instant::default(), HERE).map_or(0, NonZeroU32::get)
    }

    #[test]
    fn waits_grow_after_the_free_guesses_and_end() {
        assert_eq!([4, 5, 6, 7, 8].map(wait_after), [0, 1, 2, 4, 8]);
        assert_eq!([20, 37, 100, 10_000].map(wait_after), [300; 4]);
    }

    #[test]
    fn a_wait_passes_and_a_right_guess_forgives() {
        let mut guesses = Guesses::new();
        let start = Instant::default();
        guess_wrong(&mut guesses, start, 5);
        assert!(guesses.wait(start + FIRST_WAIT, HERE).is_none());
        guess_wrong(&mut guesses, start + FIRST_WAIT, 1);
        assert!(guesses.wait(start + FIRST_WAIT, HERE).is_some());
        guesses.forgive(HERE);
        assert!(guesses.wait(start + FIRST_WAIT, HERE).is_none());
    }

    #[test]
    fn others_do_not_wait_and_the_memory_is_bounded() {
        let mut guesses = Guesses::new();
        guess_wrong(&mut guesses, Instant::default(), 5);
        for i in 0..GUESSERS_MAX {
            let other = Ipv6Addr::from_bits((u128::try_from(i).unwrap() + 1) << 64).into();
            assert!(guesses.wait(Instant::default(), other).is_none());
            guesses.record(Instant::from_millis(1), other);
        }
        assert_eq!(guesses.0.len(), GUESSERS_MAX);
        assert!(guesses.wait(Instant::default(), HERE).is_none(), "the least recent is forgotten");
    }

    #[test]
    fn an_ipv6_host_cannot_dodge_by_changing_its_address() {
        let mut guesses = Guesses::new();
        for i in 1..=5_u128 {
            guesses.record(Instant::default(), Ipv6Addr::from_bits(0x2001_0db8 << 96 | i).into());
        }
        assert!(guesses.wait(Instant::default(), "2001:db8::ffff".parse().unwrap()).is_some());
    }
}
