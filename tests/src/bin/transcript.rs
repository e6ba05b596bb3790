//! Records one session: the inputs of its ends, and what they emit.

use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

use clap::Parser;
use p2pm_core::wire::SuiteId;
use p2pm_tests::transcript::{Transcript, recorded, tapes, told};
use p2pm_transcript::{MAGIC, Story};

/// Of the stories.
const SEED: u64 = 2015;

/// Records one session in both suites, and the stories of a circle, and says how much there is in each.
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
    let Transcript { mut recording, mut emission, .. } = Transcript::of(&session);
    for (story, name) in Story::ALL.into_iter().zip(["circle", "discovery"]) {
        let (told, ends) = told(story, SEED).map_err(io::Error::other)?;
        println!("{name}: {} bytes, {} conversations, {ends} ends of them", told.len(), ends / 2);
        recording.extend(&recorded(story, SEED)[MAGIC.len()..]);
        emission.extend(told);
    }
    fs::write(&options.recording, recording)?;
    fs::write(&options.emission, emission)
}
