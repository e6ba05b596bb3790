//! Command line of `nodeServer`.

use std::path::PathBuf;

use clap::Parser;

use crate::config::options::{ChatOptions, PASSWORD, PASSWORD_VARIABLE, TERMINAL};
use crate::manual::Manual;
use crate::triad::rendezvous;
use p2pm_posix::exit::Exit;

/// The manual of `nodeServer`.
pub(crate) const MANUAL: Manual = Manual {
    secrets: PASSWORD,
    exits: &[
        (Exit::Success, "ended by its user or by a signal"),
        (Exit::Failure, "failure of the network or of this machine"),
        (Exit::Usage, "mistake in the command"),
        (Exit::Interrupted, "interrupted before it listened"),
    ],
    environment: &[(PASSWORD_VARIABLE, "See PASSWORD."), ("XDG_RUNTIME_DIR", "See FILES."), TERMINAL],
    files: &[rendezvous::FILES],
    examples: &[
        ("nodeServer", "Ask for a port and a password, and wait for a call."),
        (
            "nodeServer --port 5460 --password-file ~/.p2pm </dev/null >>heard.log",
            "Take calls without a user, and keep what callers write.",
        ),
    ],
    see_also: &["client(1)", "communityserver(1)", "p2pm(1)"],
};

/// Waits for a private chat: the program that others call.
///
/// Listens on a port of yours, takes one chat at a time from whoever knows your password, and goes back to
/// listening when it is over. Whoever calls meanwhile is told that you are busy. Type `quit` to end a chat,
/// Ctrl-C to end the program, or Ctrl-D while nobody is in a chat with you. What is not given here is asked.
///
/// Lines from a pipe wait for their turn, in one chat after the other. Once they have ended (at once from
/// /dev/null), the program goes on and shows what callers write. Where you take turns it says goodbye when the
/// next line would be yours. Once nobody reads its output any more, callers are refused.
#[derive(Debug, Default, Parser)]
#[command(name = "nodeServer", version, max_term_width = 100, after_help = MANUAL.after_help())]
pub struct Options {
    /// Port to listen on; 0 for any that is free
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,

    /// File with the password that callers must give in its only line, which nobody else may read
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Environment variable that may have the password.
    #[arg(skip = Some(PASSWORD_VARIABLE))]
    pub password_variable: Option<&'static str>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub chat: ChatOptions,
}
