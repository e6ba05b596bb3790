//! Model of a door's rate limit, after the protocol's description.

use std::collections::BTreeMap;
use std::net::IpAddr;

use p2pm_core::channel::Ended;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Message};

/// Cost of a guess, in tokens of one millisecond.
const COST: u64 = 10_000;
/// Capacity of a bucket.
const PATIENCE: u64 = 5 * COST;

/// Tokens left by address, and when that was.
#[derive(Default)]
pub struct DoorModel(BTreeMap<IpAddr, (u64, Instant)>);

/// Input of a peer to the door.
#[derive(Clone, Copy, Debug)]
pub enum Shown {
    /// Its Hello.
    Hello,
    /// Its password.
    Credentials,
}

impl Shown {
    /// Input to the door in this message, if any.
    pub fn by(message: &Message<'_>) -> Option<Self> {
        match message {
            Message::Hello(_) => Some(Self::Hello),
            Message::Credentials(_) => Some(Self::Credentials),
            _ => None,
        }
    }
}

impl DoorModel {
    /// Answer to a peer with this input and the right or a wrong password: `None` if it may continue.
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

/// Checks that an end did what the door decided.
pub fn check_verdict(verdict: Option<Close>, ended: Option<Ended>) {
    let guessing = |close| matches!(close, Close::WrongPassword | Close::TooManyGuesses { .. });
    match (verdict, ended) {
        (Some(close), ended) => assert_eq!(ended, Some(Ended::ByUs(close)), "the door's answer"),
        (None, Some(Ended::ByUs(close))) => assert!(!guessing(close), "{close} for no reason"),
        (None, _) => {}
    }
}
