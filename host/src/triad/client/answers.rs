//! Transitions on the user's input.

use p2pm_core::suite::Suite;

use super::state::{Goal, State, Target};
use super::{Client, HELP};
use crate::config::address::{Address, PartialAddress, parse_port};
use crate::term::Line;
use crate::triad::ask::{answer, parse_name, parse_password};
use crate::triad::shell::Stop;
use p2pm_posix::exit::Exit;

/// Parses an answer; an empty one repeats the last value, if there is one.
fn or_last<T: Clone>(
    text: &str,
    last: Option<&T>,
    parse: impl Fn(&str) -> Result<T, String>,
) -> Result<T, String> {
    match last {
        Some(last) if text.is_empty() => Ok(last.clone()),
        _ => parse(text),
    }
}

impl<S: Suite> Client<'_, S> {
    /// Handles a line, or the end of input.
    pub(super) fn take_line(&mut self, line: &Line) -> Result<(), Stop> {
        if let State::Chatting(chat, _) = &mut self.state {
            let ended = chat.take_line(self.shell, line)?;
            return ended.map_or(Ok(()), |ended| self.end_chat(ended));
        }
        if *line == Line::Eof {
            return self.end_input();
        }
        match answer(line)? {
            Ok(text) => self.take_answer(text),
            Err(why) => self.ask_again(why),
        }
    }

    /// End of input: at the menu or in the lobby a regular end, since the terminal was closed or the piped
    /// commands are done.
    fn end_input(&mut self) -> Result<(), Stop> {
        match self.state {
            State::Menu | State::Lobby => self.enter(State::Over(Exit::Success)),
            State::AskName { is_taken: true, .. } => self.enter(State::Over(Exit::Refused)),
            _ => Err(Stop::InputEnded),
        }
    }

    fn take_answer(&mut self, text: &str) -> Result<(), Stop> {
        match &self.state {
            State::Menu => self.select(text.trim()),
            State::AskAddress(goal) => self.take_address(*goal, text.trim()),
            State::AskPort(goal, host) => {
                match or_last(text, self.memory.address(*goal).map(|last| &last.port), parse_port) {
                    Ok(port) => {
                        self.reach(Target { goal: *goal, address: Address { host: host.clone(), port } })
                    }
                    Err(why) => self.ask_again(why),
                }
            }
            State::AskPassword(target) => match or_last(text, self.memory.password(target), parse_password) {
                Ok(password) => {
                    let target = target.clone();
                    self.memory.remember_password(&target, password.clone());
                    self.dial(target, password)
                }
                Err(why) => self.ask_again(why),
            },
            State::AskLocalPort => match or_last(text, self.port.as_ref(), parse_port) {
                Ok(port) => self.ask_name(port),
                Err(why) => self.ask_again(why),
            },
            State::AskName { port, is_taken } => {
                match or_last(text, self.name.as_ref().filter(|_| !is_taken), parse_name) {
                    Ok(name) => self.join(name, *port),
                    Err(why) => self.ask_again(why),
                }
            }
            State::Lobby => self.pick(text.trim()),
            // These states ask nothing.
            State::Dialing(..)
            | State::Authenticating(_)
            | State::Joining(..)
            | State::Listing
            | State::Calling(..)
            | State::Chatting(..)
            | State::Over(_) => Ok(()),
        }
    }

    fn ask_again(&mut self, why: impl std::fmt::Display) -> Result<(), Stop> {
        self.shell.say(why)?;
        self.ask()
    }

    fn select(&mut self, option: &str) -> Result<(), Stop> {
        match option {
            "1" if self.lobby.is_some() => self.enter(State::Lobby),
            "1" => self.enter(State::AskAddress(Goal::Server)),
            "2" => self.enter(State::AskAddress(Goal::Node)),
            "3" | "q" | "quit" => self.enter(State::Over(Exit::Success)),
            "help" => self.ask_again(HELP),
            other => {
                self.shell.say(format_args!("there is no option {other:?}; help says which there are"))?;
                self.enter(State::Menu)
            }
        }
    }

    /// Handles an address. One with a port needs no further question. An empty answer repeats the last
    /// address, or leads back if there is none.
    fn take_address(&mut self, goal: Goal, text: &str) -> Result<(), Stop> {
        match (text, self.memory.address(goal).cloned()) {
            ("", Some(address)) => return self.reach(Target { goal, address }),
            ("", None) | ("menu", _) => return self.go_back(),
            _ => {}
        }
        match text.parse() {
            Ok(PartialAddress { host, port: Some(port) }) => {
                self.reach(Target { goal, address: Address { host, port } })
            }
            Ok(PartialAddress { host, port: None }) => self.enter(State::AskPort(goal, host)),
            Err(why) => self.ask_again(why),
        }
    }

    fn pick(&mut self, pick: &str) -> Result<(), Stop> {
        match pick {
            "menu" => return self.enter(State::Menu),
            "" => return self.list(),
            _ => {}
        }
        if let Some(user) = self.roster.find(pick) {
            let address = user.endpoint.into();
            return self.reach(Target { goal: Goal::Node, address });
        }
        // Commands have lower precedence than names on the list.
        match pick {
            "help" => self.ask_again(HELP),
            "q" | "quit" => self.enter(State::Over(Exit::Success)),
            _ => {
                self.shell.say(format_args!("{pick:?} is neither a number nor a name on the list"))?;
                self.list()
            }
        }
    }
}
