//! Option 2: a private chat.

use std::net::SocketAddr;

use p2pm_core::channel::Ended;
use p2pm_core::suite::{Password, Suite};

use super::Client;
use super::call::{Call, CallEvent};
use crate::triad::ask::{given_password, parse_port};
use crate::triad::chat::{Side, converse};
use crate::triad::ended::describe;
use crate::triad::shell::{Both, Either, Nothing, Stop};
use p2pm_posix::exit::Exit;

/// Where the password of the one we call is looked for if no file is named.
const PASSWORD_VARIABLE: &str = "P2PM_CHAT_PASSWORD";

impl<S: Suite> Client<'_, S> {
    /// Asks whom to call, and calls.
    pub(super) fn talk(&mut self) -> Result<(), Stop> {
        let Some(host) = self.ask_host("Enter the ip address to connect to: ")? else { return Ok(()) };
        let port = self.ask_valid("Enter port number to of server: ", parse_port)?;
        self.talk_to(SocketAddr::new(host, port.get()))?;
        Ok(())
    }

    /// Calls a node, and chats if it accepts. Then we are no longer on anybody's list.
    pub(super) fn talk_to(&mut self, node: SocketAddr) -> Result<Exit, Stop> {
        self.shell.say("-----")?;
        // Before connecting: a node gives up on whoever takes too long to authenticate.
        let password = self.chat_password()?;
        let Some(socket) = self.connect(node)? else { return Ok(Exit::Failure) };
        let now = self.shell.clock.now();
        let mut call = Call::new(socket, password, self.options.chat.turns(), self.name.clone(), now)?;
        let answer = self.ring(&mut call);
        if !matches!(answer, Ok(None)) {
            call.hang_up(self.shell.clock.now());
            self.shell.drain(&mut call)?;
        }
        if let Some(ended) = answer? {
            self.shell.say(format_args!("no chat: {}", describe(ended)))?;
            return Ok(ended.into());
        }
        let Some(mut chat) = call.into_chat() else { return Ok(Exit::Failure) };
        self.leave_lobby()?;
        let ended = converse(self.shell, &mut chat, Side::Caller, self.options.chat.turns(), &mut Nothing)?;
        self.shell.say(format_args!("chat over: {}", describe(ended)))?;
        Ok(ended.into())
    }

    fn chat_password(&mut self) -> Result<Password, Stop> {
        match given_password(self.options.chat_password_file.as_deref(), PASSWORD_VARIABLE)? {
            Some(password) => Ok(password),
            // What is piped in are messages, and none of them shall be sent as a password.
            None if self.options.call.is_some() && !self.shell.console.is_interactive() => {
                Err(Stop::Usage(format!("no password for the call: set {PASSWORD_VARIABLE}, or name a file")))
            }
            None => self.ask_secret("Please enter password:\n"),
        }
    }

    /// Waits for the answer: `None` if the call is accepted, otherwise why not.
    fn ring(&mut self, call: &mut Call<S>) -> Result<Option<Ended>, Stop> {
        loop {
            match self.shell.next_event(&mut Both(call, &mut self.lobby))? {
                Either::First(CallEvent::Accepted) => return Ok(None),
                Either::First(CallEvent::Ended(ended)) => return Ok(Some(ended)),
                Either::Second(event) => self.show(event)?,
            }
        }
    }
}
