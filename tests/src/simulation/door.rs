//! How a door must answer, as the protocol's description has it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use p2pm_core::session::Ended;
use p2pm_core::time::Instant;
use p2pm_core::wire::Close;

/// Wrong guesses by address.
#[derive(Default)]
pub struct DoorModel(BTreeMap<IpAddr, (u32, Instant)>);

impl DoorModel {
    /// What somebody is told who presents a password: `None` is welcome.
    pub fn judge(&mut self, now: Instant, from: IpAddr, right: bool) -> Option<Close> {
        let (wrong, last) = self.0.get(&from).copied().unwrap_or_default();
        if wrong >= 5 {
            let wait = Duration::from_secs((1_u64 << (wrong - 5)).min(300));
            let left = (last + wait).since(now).as_millis().div_ceil(1000);
            if left > 0 {
                let seconds = u32::try_from(left).expect("at most 300");
                return Some(Close::TooManyGuesses { seconds });
            }
        }
        if right {
            self.0.remove(&from);
            return None;
        }
        self.0.insert(from, (wrong + 1, now));
        Some(Close::WrongPassword)
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
