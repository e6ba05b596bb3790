//! Questions to the user, asked until the answer makes sense.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::num::NonZeroU16;
use std::path::Path;

use p2pm_core::suite::Password;
use p2pm_core::wire::Name;

use crate::config::password;
use crate::term::Line;
use crate::triad::shell::{Background, Happened, Nothing, Shell, Stop};

/// What came of a question.
#[derive(Debug)]
pub enum Answer<E> {
    /// The user's answer.
    Text(String),
    /// Something happened in the background first. The question still stands on the screen.
    Event(E),
}

impl Shell {
    /// Waits for the answer to a question, which is on the screen already if `asked`, or for the background.
    pub fn ask<B: Background>(
        &mut self,
        question: &str,
        asked: bool,
        background: &mut B,
    ) -> Result<Answer<B::Event>, Stop> {
        if !asked {
            self.console.prompt(question)?;
        }
        loop {
            match self.next(background, |_, _| true)? {
                Happened::Event(event) => return Ok(Answer::Event(event)),
                Happened::Line(Line::Text(text)) => return Ok(Answer::Text(text)),
                Happened::Line(Line::Eof) => return Err(Stop::InputEnded),
                Happened::Line(Line::TooLong) => self.say("that line is too long")?,
                Happened::Line(Line::NotUtf8) => self.say("that is not UTF-8")?,
            }
            self.console.prompt(question)?;
        }
    }

    /// Asks until the answer is valid, while nothing goes on in the background.
    pub fn ask_valid<T>(
        &mut self,
        question: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, Stop> {
        loop {
            let Answer::Text(text) = self.ask(question, false, &mut Nothing)?;
            match parse(&text) {
                Ok(valid) => return Ok(valid),
                Err(why) => self.say(why)?,
            }
        }
    }

    /// Asks for a password, which is not shown.
    pub fn ask_secret(&mut self, question: &str) -> Result<Password, Stop> {
        let _hidden = self.console.hide_input()?;
        self.ask_valid(question, parse_password)
    }
}

/// A password from a file or the environment. `None`: it has to be asked for.
pub fn given_password(file: Option<&Path>, variable: &str) -> Result<Option<Password>, Stop> {
    let bytes = password::given(file, variable).map_err(|error| Stop::Usage(error.to_string()))?;
    let password = bytes.map(|bytes| Password::new(&bytes)).transpose();
    password.map_err(|error| Stop::Usage(error.to_string()))
}

/// A port, which is never 0.
pub fn parse_port(text: &str) -> Result<NonZeroU16, String> {
    text.trim().parse().map_err(|_| "a port is a number from 1 to 65535".to_owned())
}

/// A port to listen on; 0 is one that the system chooses.
pub fn parse_listening_port(text: &str) -> Result<u16, String> {
    text.trim().parse().map_err(|_| "a port is a number from 1 to 65535, or 0 for any".to_owned())
}

/// A user name.
pub fn parse_name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error: p2pm_core::wire::NameError| error.to_string())
}

/// A password of the right length.
pub fn parse_password(text: &str) -> Result<Password, String> {
    Password::new(text.as_bytes()).map_err(|error| error.to_string())
}

/// An IP address, or one of a host name: of version 4 if it has one.
pub fn parse_host(text: &str) -> Result<IpAddr, String> {
    let text = text.trim();
    if let Ok(ip) = text.parse() {
        return Ok(ip);
    }
    let unknown = |why: &dyn Display| format!("{text:?} is neither an IP address nor a known host: {why}");
    let addresses = (text, 0).to_socket_addrs().map_err(|error| unknown(&error))?;
    // Servers listen on IPv4 unless they are told otherwise.
    let address = addresses.min_by_key(SocketAddr::is_ipv6);
    address.map(|address| address.ip()).ok_or_else(|| unknown(&"no address"))
}

/// `HOST:PORT`, where an IPv6 address stands in brackets.
pub fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let (host, port) = text.rsplit_once(':').ok_or_else(|| format!("{text:?} is not ADDRESS:PORT"))?;
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Ok(SocketAddr::new(parse_host(host)?, parse_port(port)?.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_all_their_forms() {
        assert_eq!(parse_address("127.0.0.1:5000").unwrap(), ([127, 0, 0, 1], 5000).into());
        assert_eq!(parse_address("[::1]:5000").unwrap().to_string(), "[::1]:5000");
        for wrong in ["", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", ":5000"] {
            assert!(parse_address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ports_may_be_typed_with_spaces_around_them() {
        assert_eq!(parse_port(" 5460 ").unwrap().get(), 5460);
        assert!(parse_port("0").is_err());
    }
}
