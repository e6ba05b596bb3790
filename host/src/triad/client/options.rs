//! Command line of `client`.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use p2pm_core::wire::Name;

use crate::config::address::{Address, parse_port, parse_server};
use crate::config::options::ChatOptions;
use crate::triad::ask::parse_name;

/// Meets others at a community server, and calls them for a private chat.
///
/// Without options it is a menu. What is given here is not asked. An address is an IP address or the name of a
/// host, of which every address is tried; one of IPv6 stands in brackets before a port. Passwords come from a file that nobody
/// else can read, from an environment variable, or from the keyboard, never from the command line, which
/// everybody on this machine can read.
///
/// Exit status: 0 done, 1 network or protocol failed, or some of what was piped in was not sent, 2 called
/// wrongly, 3 refused (wrong password, busy, full), 130 interrupted.
#[derive(Debug, Default, Parser)]
#[command(name = "client", version, max_term_width = 100)]
pub struct Options {
    /// Community server to connect to at once; without a port, on port 5000
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = parse_server)]
    pub server: Option<Address>,

    /// The name others see
    #[arg(long, value_parser = parse_name)]
    pub name: Option<Name>,

    /// Port on which your nodeServer listens; it tells callers that you are busy while this client is in a chat
    #[arg(long, value_name = "PORT", value_parser = parse_port)]
    pub port: Option<NonZeroU16>,

    /// File with the server's password. Without it, the environment variable `P2PM_SERVER_PASSWORD` counts
    #[arg(long, value_name = "FILE")]
    pub server_password_file: Option<PathBuf>,

    /// Node to call at once; the program ends with the chat
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub call: Option<Address>,

    /// How long to wait for the answer to a line, where you take turns; otherwise for ever. Without an
    /// answer in time, the program says goodbye and ends with 1
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub timeout: Option<u32>,

    /// File with the password of the one you call. Without it, the environment variable
    /// `P2PM_CHAT_PASSWORD` counts
    #[arg(long, value_name = "FILE")]
    pub chat_password_file: Option<PathBuf>,

    /// Environment variables that may have the passwords.
    #[arg(skip = Variables::DEFAULT)]
    pub variables: Variables,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub chat: ChatOptions,
}

/// Environment variables with passwords; `None` where the environment does not count.
#[derive(Clone, Copy, Debug, Default)]
pub struct Variables {
    /// The password of the community server.
    pub server: Option<&'static str>,
    /// The password of the node that is called.
    pub chat: Option<&'static str>,
}

impl Variables {
    const DEFAULT: Self = Self { server: Some("P2PM_SERVER_PASSWORD"), chat: Some("P2PM_CHAT_PASSWORD") };
}

impl Options {
    /// Time limit for the answer to a line.
    pub fn patience(&self) -> Option<Duration> {
        self.timeout.map(|seconds| Duration::from_secs(seconds.into()))
    }
}
