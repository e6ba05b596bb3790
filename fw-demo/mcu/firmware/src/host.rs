//! What the debugger does for the board, by semihosting: it gives it its settings, and is told how it ended.
//!
//! A board without one reads its settings from a page of its flash, and has nobody to tell.

use core::str;

use defmt::Display2Format;
use p2pm_fw::app::Outcome;
use p2pm_fw::settings::Settings;
use semihosting::experimental::env;
use semihosting::fs::File;
use semihosting::io::Read;
use semihosting::process::ExitCode;
use zeroize::Zeroizing;

/// The longest settings, in bytes.
const SETTINGS_MAX: usize = 1024;
/// The longest name of the image and of the file.
const ARGUMENTS_MAX: usize = 512;

/// The exit status, the same as that of the other programs, of one that was called wrongly.
const USAGE: u8 = 2;

/// The settings, from the file that is named behind the image. Ends the program if they make no sense.
#[inline(never)] // the text is not to stay on the stack for ever
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

/// Reads the settings, as much of them as there is room for, and says how many bytes that is.
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

/// Says why the board cannot do what it was told, and ends the program.
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

/// Ends the program over what cannot happen.
pub(crate) fn fail() -> ! {
    exit(Outcome::Failed)
}

fn exit_with(status: u8) -> ! {
    ExitCode::from(status).exit_process()
}
