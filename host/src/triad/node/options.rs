//! Command line of `nodeServer`.

use std::path::PathBuf;

use clap::Parser;

use crate::config::options::{ChatOptions, PASSWORD_VARIABLE};

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
#[command(name = "nodeServer", version, max_term_width = 100)]
pub struct Options {
    /// Port to listen on; 0 for any that is free
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,

    /// File with the password that callers must give; nobody else may be able to read it.
    /// Without it, the environment variable `P2PM_PASSWORD` counts
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,

    /// Environment variable that may have the password.
    #[arg(skip = Some(PASSWORD_VARIABLE))]
    pub password_variable: Option<&'static str>,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub chat: ChatOptions,
}
