//! Questions to the user, repeated until the answer is valid.

use std::path::Path;

use p2pm_core::suite::Password;
use p2pm_core::wire::Name;

use crate::config::password;
use crate::term::Line;
use crate::triad::shell::{Happened, Nothing, Shell, Stop};

impl Shell {
    /// Asks until the answer is valid, with no background.
    pub fn ask_valid<T>(
        &mut self,
        question: &str,
        mut parse: impl FnMut(&str) -> Result<T, String>,
    ) -> Result<T, Stop> {
        loop {
            self.console.prompt(question)?;
            let Happened::Line(line) = self.next(&mut Nothing, |_, _| true)?;
            match answer(&line)?.and_then(&mut parse) {
                Ok(valid) => return Ok(valid),
                Err(why) => self.say(why)?,
            }
        }
    }

    /// Asks for a password, with the echo off.
    pub fn ask_secret(&mut self, question: &str) -> Result<Password, Stop> {
        self.console.hide_input()?;
        let password = self.ask_valid(question, parse_password);
        self.console.show_input()?;
        password
    }
}

/// The text of a line that answers a question, or why it is invalid. The end of input stops the program.
pub fn answer(line: &Line) -> Result<Result<&str, String>, Stop> {
    match line {
        Line::Text(text) => Ok(Ok(text)),
        Line::TooLong => Ok(Err("that line is too long".to_owned())),
        Line::NotUtf8 => Ok(Err("that is not UTF-8".to_owned())),
        Line::Eof => Err(Stop::InputEnded),
    }
}

/// A password from a file or an environment variable; `None` if it has to be asked for.
pub fn given_password(file: Option<&Path>, variable: Option<&str>) -> Result<Option<Password>, Stop> {
    let bytes = password::given(file, variable).map_err(|error| Stop::Usage(error.to_string()))?;
    let password = bytes.map(|bytes| Password::new(&bytes)).transpose();
    password.map_err(|error| Stop::Usage(error.to_string()))
}

/// Parses a user name.
pub fn parse_name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error: p2pm_core::wire::NameError| error.to_string())
}

/// Parses a password.
pub fn parse_password(text: &str) -> Result<Password, String> {
    Password::new(text.as_bytes()).map_err(|error| error.to_string())
}
