//! Command line options that several programs share.

use clap::{Args, ValueEnum};
use p2pm_core::node::Policy;
use p2pm_core::suite::{Suite, Xor};
use serde::{Deserialize, Serialize};

use crate::manual::Entry;
use crate::suite::Sealed;
use p2pm_core::wire::Turns;

/// Environment variable that holds a password.
pub const PASSWORD_VARIABLE: &str = "P2PM_PASSWORD";

/// Where a program with one password takes it from, for its manual.
pub const PASSWORD: Entry = (
    "PASSWORD",
    "The password is taken from --password-file, else from the environment variable P2PM_PASSWORD, else it is asked \
     for. Never give it on a command line, which everybody on the machine can read.",
);

/// What a terminal is asked for, for the manual of a program that asks questions.
pub const TERMINAL: Entry =
    ("TERM", "Where it is `dumb`, lines are edited as the terminal's driver does it, not as in a shell.");

/// How what is sent is protected. Both sides must name the same suite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SuiteName {
    /// Encrypted and authenticated by the password: nobody in between can read it, change it, or guess at leisure
    #[default]
    Sealed,
    /// The cipher of 2015, every byte XOR 'A': obfuscation, not protection
    Xor,
}

impl SuiteName {
    /// See [`Suite::CAUTION`].
    pub const fn caution(self) -> Option<&'static str> {
        match self {
            Self::Xor => Xor::CAUTION,
            Self::Sealed => Sealed::CAUTION,
        }
    }
}

/// Whom to accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Accept {
    /// Ask me about those who are new
    Ask,
    /// Only those who were accepted before
    Known,
    /// Everybody
    All,
}

impl From<Accept> for Policy {
    fn from(accept: Accept) -> Self {
        match accept {
            Accept::Ask => Self::Ask,
            Accept::Known => Self::Known,
            Accept::All => Self::All,
        }
    }
}

impl From<Policy> for Accept {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Ask => Self::Ask,
            Policy::Known => Self::Known,
            Policy::All => Self::All,
        }
    }
}

/// How a user chats, whoever called whom.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct ChatOptions {
    /// Both sides may write at any time, if the other side says so too; otherwise they take turns
    #[arg(long)]
    pub free: bool,

    /// How connections are protected; both ends must agree
    #[arg(long, value_enum, default_value_t)]
    pub suite: SuiteName,
}

impl ChatOptions {
    /// Turn-taking that this side offers or accepts.
    pub fn turns(self) -> Turns {
        if self.free { Turns::Free } else { Turns::Linear }
    }
}
