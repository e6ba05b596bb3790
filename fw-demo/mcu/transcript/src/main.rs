//! Plays the file `recording` in the working directory of the emulator's host, and writes what the core emits
//! to the file `emission`.

#![no_std]
#![no_main]

mod file;

use cortex_m as _; // critical sections
use cortex_m_rt::entry;
use defmt::Display2Format;
use file::{Emission, Recording};
use p2pm_mcu as _;
use p2pm_transcript::{Error, Played, play};
use semihosting::process::ExitCode;

#[entry]
fn main() -> ! {
    let status = match play_files() {
        Ok(Played { ends, bytes }) => {
            defmt::info!("{} bytes from {} ends of conversations", bytes, ends);
            ExitCode::SUCCESS
        }
        Err(error) => {
            defmt::error!("{}", Display2Format(&error));
            ExitCode::FAILURE
        }
    };
    status.exit_process()
}

fn play_files() -> Result<Played, Error> {
    let mut recording = Recording::open(c"recording").map_err(Error::Reading)?;
    let emission = Emission::create(c"emission").map_err(Error::Writing)?;
    play(&mut recording, emission)
}
