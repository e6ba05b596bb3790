//! Puts a community server under load and measures what a user costs it.

use std::process::ExitCode;

use p2pm_tests::loadgen;

fn main() -> ExitCode {
    match loadgen::run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("loadgen: {e}");
            ExitCode::FAILURE
        }
    }
}
