//! `p2pm demo`: the whole story in one terminal, on this machine alone.

mod actor;
mod circle;
mod triad;

use std::io::{self, Write};

use crate::term::report;
use p2pm_posix::exit::Exit;

/// Tells the story of a circle, or that of 2015, and ends.
pub fn main(is_of_2015: bool) -> Exit {
    match if is_of_2015 { triad::tell() } else { circle::tell() } {
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
