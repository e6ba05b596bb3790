//! Command line of `client`.

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use p2pm_core::wire::Name;
use p2pm_posix::exit::Exit;

use crate::config::address::{Address, parse_port, parse_server};
use crate::config::options::{ChatOptions, TERMINAL};
use crate::manual::Manual;
use crate::triad::ask::parse_name;
use crate::triad::rendezvous;

/// Environment variable that holds the password of the community server.
const SERVER_VARIABLE: &str = "P2PM_SERVER_PASSWORD";

/// Environment variable that holds the password of the node that is called.
const CHAT_VARIABLE: &str = "P2PM_CHAT_PASSWORD";

/// The manual of `client`.
pub(crate) const MANUAL: Manual = Manual {
    secrets: (
        "PASSWORDS",
        "The server's password is taken from --server-password-file, else from the environment variable \
         P2PM_SERVER_PASSWORD, that of the one you call from --chat-password-file, else from P2PM_CHAT_PASSWORD; \
         else they are asked for. Never give them on a command line, which everybody on the machine can read.",
    ),
    exits: &[
        (Exit::Success, "done"),
        (Exit::Failure, "failure of the network or the protocol, or some of what was piped in was not sent"),
        (Exit::Usage, "mistake in the command"),
        (Exit::Refused, "refused (wrong password, busy, full, name taken)"),
        (Exit::Interrupted, "interrupted"),
    ],
    environment: &[
        (SERVER_VARIABLE, "See PASSWORDS."),
        (CHAT_VARIABLE, "See PASSWORDS."),
        ("XDG_RUNTIME_DIR", "See FILES."),
        TERMINAL,
    ],
    files: &[rendezvous::FILES],
    examples: &[
        ("client", "Show the menu."),
        (
            "client --server 192.0.2.1:5000 --server-password-file ~/.hall --name katie --port 5460",
            "Be on the list of a community server at once. Only the passwords of those you call are asked for.",
        ),
        (
            "echo 'dinner?' | client --call 192.0.2.9:5006 --chat-password-file ~/.abdul --timeout 60",
            "Say something, and wait for the answer for a minute.",
        ),
    ],
    see_also: &["nodeServer(1)", "communityserver(1)", "p2pm(1)"],
};

/// Meets others at a community server, and calls them for a private chat.
///
/// Without options it is a menu. What is given here is not asked. An address is an IP address or the name of a
/// host, of which every address is tried; one of IPv6 stands in brackets before a port.
#[derive(Debug, Default, Parser)]
#[command(name = "client", version, max_term_width = 100, after_help = MANUAL.after_help())]
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

    /// File with the server's password in its only line, which nobody else may read
    #[arg(long, value_name = "FILE")]
    pub server_password_file: Option<PathBuf>,

    /// Node to call at once; the program ends with the chat
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub call: Option<Address>,

    /// How long to wait for the answer to a line, where you take turns; otherwise for ever. Without an
    /// answer in time, the program says goodbye and ends with 1
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    pub timeout: Option<u32>,

    /// File with the password of the one you call in its only line, which nobody else may read
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
    const DEFAULT: Self = Self { server: Some(SERVER_VARIABLE), chat: Some(CHAT_VARIABLE) };
}

impl Options {
    /// Time limit for the answer to a line.
    pub fn patience(&self) -> Option<Duration> {
        self.timeout.map(|seconds| Duration::from_secs(seconds.into()))
    }
}
