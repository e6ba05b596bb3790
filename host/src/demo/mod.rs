//! `p2pm demo`: the whole story in one terminal, on this machine alone.

mod actor;
mod circle;
mod triad;

use std::io::{self, Write};

use p2pm_core::suite::Xor;
use p2pm_posix::exit::Exit;

use crate::config::options::SuiteName;
use crate::suite::Sealed;
use crate::term::report;

/// A story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Story {
    /// Nodes without a server.
    Circle,
    /// The use cases of 2015, by programs with this suite.
    Triad(SuiteName),
}

/// Tells a story, and ends.
pub fn main(story: Story) -> Exit {
    let told = match story {
        Story::Circle => circle::tell(),
        Story::Triad(SuiteName::Sealed) => triad::tell::<Sealed>(SuiteName::Sealed),
        Story::Triad(SuiteName::Xor) => triad::tell::<Xor>(SuiteName::Xor),
    };
    match told {
        Ok(()) => Exit::Success,
        Err(error) => {
            report(format_args!("p2pm: the demo went wrong: {error}"));
            Exit::Failure
        }
    }
}

fn narrate(text: &str) -> io::Result<()> {
    writeln!(io::stdout(), "\n--- {text}")
}
