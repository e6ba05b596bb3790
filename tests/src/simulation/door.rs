//! How a door must answer, as the protocol's description has it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use p2pm_core::channel::Ended;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Message};

/// What a guess costs, in milliseconds of patience.
const COST: u64 = 10_000;
/// How much patience everybody has from the start, and at most.
const PATIENCE: u64 = 5 * COST;

/// By address how much patience was left, and when.
#[derive(Default)]
pub struct DoorModel(BTreeMap<IpAddr, (u64, Instant)>);

/// What somebody at the door shows.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// That they are there.
    Hello,
    /// A password.
    Credentials,
}

impl Shown {
    /// What this message is to the door, if anything.
    pub fn by(message: &Message<'_>) -> Option<Self> {
        match message {
            Message::Hello(_) => Some(Self::Hello),
            Message::Credentials(_) => Some(Self::Credentials),
            _ => None,
        }
    }
}

impl DoorModel {
    /// What somebody is told who shows this and has the right password or not: `None` if they may go on.
    pub fn judge(&mut self, now: Instant, from: IpAddr, shown: Shown, right: bool) -> Option<Close> {
        let (left, last) = self.0.get(&from).copied().unwrap_or((PATIENCE, now));
        let regained = u64::try_from(now.since(last).as_millis()).expect("a short time");
        let left = PATIENCE.min(left + regained);
        self.0.insert(from, (left, now));
        match (shown, left.checked_sub(COST)) {
            (_, None) => {
                let seconds = u32::try_from((COST - left).div_ceil(1000)).expect("at most 10");
                Some(Close::TooManyGuesses { seconds })
            }
            (Shown::Credentials, Some(rest)) if !right => {
                self.0.insert(from, (rest, now));
                Some(Close::WrongPassword)
            }
            _ => None,
        }
    }
}

/// Whether an end did what the door had it do.
pub fn check_verdict(verdict: Option<Close>, ended: Option<Ended>) {
    let guessing = |close| matches!(close, Close::WrongPassword | Close::TooManyGuesses { .. });
    match (verdict, ended) {
        (Some(close), ended) => assert_eq!(ended, Some(Ended::ByUs(close)), "the door's answer"),
        (None, Some(Ended::ByUs(close))) => assert!(!guessing(close), "{close} for no reason"),
        (None, _) => {}
    }
}
