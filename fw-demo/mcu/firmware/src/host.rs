//! Services of the debugger, by semihosting: it supplies the settings and takes the exit status.
//!
//! Without a debugger a board would read its settings from a page of its flash, and report no exit status.

use core::str;

use defmt::Display2Format;
use p2pm_fw::app::Outcome;
use p2pm_fw::settings::Settings;
use semihosting::experimental::env;
use semihosting::fs::File;
use semihosting::io::Read;
use semihosting::process::ExitCode;
use zeroize::Zeroizing;

/// Longest settings, in bytes.
const SETTINGS_MAX: usize = 1024;
/// Longest names of image and file together, in bytes.
const ARGUMENTS_MAX: usize = 512;

/// Exit status for a usage error, the same as that of the other programs.
const USAGE: u8 = 2;

/// Reads the settings from the file named on the command line after the image. Ends the program if they are
/// invalid.
#[inline(never)] // so that the text does not stay on the stack
pub fn settings() -> Settings {
    let mut text = Zeroizing::new([0; SETTINGS_MAX + 1]);
    let len =
        read_settings(text.as_mut_slice()).unwrap_or_else(|| misconfigured("the settings cannot be read"));
    let text = text.get(..len).filter(|text| text.len() <= SETTINGS_MAX);
    let text = text.and_then(|text| str::from_utf8(text).ok());
    match Settings::parse(text.unwrap_or_else(|| misconfigured("the settings are too long, or not UTF-8"))) {
        Ok(settings) => settings,
        Err(error) => {
            defmt::error!("settings: {}", Display2Format(&error));
            exit_with(USAGE)
        }
    }
}

/// Reads the settings into a buffer, and returns their length if they could be read.
fn read_settings(into: &mut [u8]) -> Option<usize> {
    let arguments = env::args::<ARGUMENTS_MAX>().ok()?;
    let name = (&arguments).nth(1)?.ok()?;
    let mut terminated = heapless::CString::<ARGUMENTS_MAX>::new();
    terminated.extend_from_bytes(name.as_bytes()).ok()?;
    let mut file = File::open(&*terminated).ok()?;
    let mut len = 0;
    while let Some(room) = into.get_mut(len..).filter(|room| !room.is_empty()) {
        match file.read(room).ok()? {
            0 => return Some(len),
            read => len += read,
        }
    }
    Some(len)
}

/// Reports why the settings are unusable, and ends the program.
pub fn misconfigured(why: &str) -> ! {
    defmt::error!("{}", why);
    exit_with(USAGE)
}

/// Ends the program, and with it the emulator.
pub fn exit(outcome: Outcome) -> ! {
    exit_with(match outcome {
        Outcome::Done => 0,
        Outcome::Failed => 1,
        Outcome::Refused => 3,
    })
}

/// Ends the program after an error that cannot happen.
pub(crate) fn fail() -> ! {
    exit(Outcome::Failed)
}

fn exit_with(status: u8) -> ! {
    ExitCode::from(status).exit_process()
}
