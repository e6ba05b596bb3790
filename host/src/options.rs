//! What the command lines of the programs have in common.

use clap::ValueEnum;

/// The environment variable that holds a password.
pub const PASSWORD_VARIABLE: &str = "P2PM_PASSWORD";

/// How what is sent is protected. Both sides must name the same suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SuiteName {
    /// The cipher of 2015, every byte XOR 'A': obfuscation, not protection
    Xor,
}

impl SuiteName {
    /// What whoever uses the suite must know, in a line.
    pub const fn caution(self) -> &'static str {
        match self {
            Self::Xor => {
                "caution: the xor suite is obfuscation, not protection: \
                 whoever sees the traffic can read it, the password too"
            }
        }
    }
}
