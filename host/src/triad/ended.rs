//! How a conversation ended, for the user.

use std::fmt::Display;

use p2pm_core::channel::Ended;
use p2pm_core::wire::Close;

/// In the words of the one at the terminal.
pub fn describe(ended: Ended) -> String {
    match ended {
        Ended::ByUs(Close::Goodbye) => "you said goodbye".to_owned(),
        Ended::ByPeer(Close::Goodbye) => "the other side said goodbye".to_owned(),
        Ended::Claimed(Close::ServiceMismatch) => {
            unconfirmed(&"a nodeServer where a community server was called, or the other way about")
        }
        Ended::Claimed(close) => unconfirmed(&close),
        Ended::ByPeer(close) => close.to_string(),
        Ended::ByUs(_) | Ended::Lost => ended.to_string(),
    }
}

/// Said before the password was proved.
fn unconfirmed(why: &impl Display) -> String {
    format!("{why} (unconfirmed: anybody in between can say so)")
}
