//! Services of the debugger, by semihosting: it supplies the settings and takes the exit status.
//!
//! Without a debugger a board would read its settings from a page of its flash, and report no exit status.

use core::str;

use defmt::Display2Format;
use heapless::CString;
use p2pm_fw::app::Outcome;
use p2pm_fw::settings::Settings;
use semihosting::experimental::env;
use semihosting::fs::File;
use semihosting::io::Read;
use semihosting::process::ExitCode;
use zeroize::Zeroizing;

use crate::store::HostFile;

/// Longest settings, in bytes.
const SETTINGS_MAX: usize = 1024;
/// Longest names of image and files together, in bytes.
pub(crate) const ARGUMENTS_MAX: usize = 512;

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
    let mut file = File::open(&*argument(1)?).ok()?;
    let mut len = 0;
    while let Some(room) = into.get_mut(len..).filter(|room| !room.is_empty()) {
        match file.read(room).ok()? {
            0 => return Some(len),
            read => len += read,
        }
    }
    Some(len)
}

/// An argument from the command line, of which the image is the first.
fn argument(index: usize) -> Option<CString<ARGUMENTS_MAX>> {
    let arguments = env::args::<ARGUMENTS_MAX>().ok()?;
    let argument = (&arguments).nth(index)?.ok()?;
    let mut terminated = CString::new();
    terminated.extend_from_bytes(argument.as_bytes()).ok()?;
    Some(terminated)
}

/// Memory that outlasts a reset: the file named on the command line after the settings. Without one there is none.
pub fn store() -> Option<HostFile> {
    argument(2).map(HostFile::new)
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
