//! The suites a program can be told to use, and what it says about them.

use clap::ValueEnum;

/// How a connection is protected. Both ends must be told the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SuiteName {
    /// The cipher of 2015, every byte XOR 'A': it hides nothing from anyone who looks
    Xor,
}

impl SuiteName {
    /// What the user must know before using it: one line.
    pub fn warning(self) -> &'static str {
        match self {
            Self::Xor => {
                "note: suite xor is obfuscation, not protection: whoever can watch the network can read all"
            }
        }
    }
}
