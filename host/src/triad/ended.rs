//! Description for the user of how a conversation ended.

use std::fmt::Display;

use p2pm_core::channel::Ended;
use p2pm_core::wire::Close;

/// Describes the end from the view of the user at the terminal.
pub fn describe(ended: Ended) -> String {
    match ended {
        Ended::ByUs(Close::Goodbye) => "you said goodbye".to_owned(),
        Ended::ByPeer(Close::Goodbye) => "the other side said goodbye".to_owned(),
        Ended::Claimed(Close::ServiceMismatch) => {
            unconfirmed(&"a nodeServer where a community server was called, or the other way about")
        }
        Ended::Claimed(close @ Close::SuiteMismatch) => {
            unconfirmed(&format_args!("{close}: both must name the same with --suite"))
        }
        // A wrong password is unconfirmed too, as `help` says, but is nearly always true.
        Ended::Claimed(close @ Close::WrongPassword) | Ended::ByPeer(close) => close.to_string(),
        Ended::Claimed(close) => unconfirmed(&close),
        Ended::ByUs(_) | Ended::Lost => ended.to_string(),
    }
}

/// Describes the end of a chat. If the connection was dead, the last text may be lost.
pub fn describe_chat(ended: Ended) -> String {
    let is_dead =
        matches!(ended, Ended::Lost | Ended::ByUs(Close::TimedOut) | Ended::ByPeer(Close::TimedOut));
    let doubt = if is_dead { "; the last message may not have arrived" } else { "" };
    format!("{}{doubt}", describe(ended))
}

/// Marks a reason that arrived before the password was proved.
fn unconfirmed(why: &impl Display) -> String {
    format!("{why} (unconfirmed)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chat_on_a_dead_connection_leaves_a_doubt() {
        for (ended, is_dead) in [
            (Ended::Lost, true),
            (Ended::ByUs(Close::TimedOut), true),
            (Ended::ByPeer(Close::TimedOut), true),
            (Ended::ByPeer(Close::Goodbye), false),
            (Ended::ByUs(Close::Goodbye), false),
        ] {
            assert_eq!(describe_chat(ended).contains("may not have arrived"), is_dead, "{ended:?}");
        }
    }

    #[test]
    fn what_is_said_before_the_password_is_proved_is_a_claim() {
        assert_eq!(describe(Ended::Claimed(Close::WrongPassword)), "wrong password");
        assert!(describe(Ended::Claimed(Close::Full)).ends_with(" (unconfirmed)"));
        let mismatch = describe(Ended::Claimed(Close::SuiteMismatch));
        assert!(mismatch.contains("--suite") && mismatch.ends_with(" (unconfirmed)"), "{mismatch}");
    }
}
