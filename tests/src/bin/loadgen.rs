//! Load generator for a community server: measures the cost per user.

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
