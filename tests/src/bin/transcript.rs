//! Records one session: the inputs of its ends, and what they emit.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

use clap::Parser;
use p2pm_core::wire::SuiteId;
use p2pm_tests::transcript::{Transcript, tapes};

/// Records one session in both suites, and says how much there is in each.
#[derive(Parser)]
struct Options {
    /// Where to write what the ends are told and hear
    recording: PathBuf,
    /// Where to write what they emit
    emission: PathBuf,
}

fn main() -> ExitCode {
    match write(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("transcript: {e}");
            ExitCode::FAILURE
        }
    }
}

fn write(options: &Options) -> io::Result<()> {
    let mut session = Vec::new();
    for (suite, name) in [(SuiteId::Xor, "xor"), (SuiteId::Sealed, "sealed")] {
        let tapes = tapes(suite);
        let Transcript { emission, conversations, ends, .. } = Transcript::of(&tapes);
        println!("{name}: {} bytes, {conversations} conversations, {ends} ends of them", emission.len());
        session.extend(tapes);
    }
    let Transcript { recording, emission, .. } = Transcript::of(&session);
    fs::write(&options.recording, recording)?;
    fs::write(&options.emission, emission)
}
