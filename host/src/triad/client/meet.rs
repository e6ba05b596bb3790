//! Option 1: the community server.

use std::net::SocketAddr;
use std::num::NonZeroU16;

use p2pm_core::channel::Ended;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::wire::{Endpoint, JoinRefusal, User};

use super::Client;
use super::lobby::{Lobby, LobbyEvent};
use crate::triad::ask::{given_password, parse_name, parse_port};
use crate::triad::shell::Stop;
use p2pm_posix::exit::Exit;

/// Where the server's password is looked for if no file is named.
const PASSWORD_VARIABLE: &str = "P2PM_SERVER_PASSWORD";

const LOBBY: &str = "Enter for the list, a number or name to chat, menu for the menu: ";

/// What the server says to what we ask.
enum Reply {
    Welcome,
    Joined(Endpoint),
    Refused(JoinRefusal),
    Ended(Ended),
}

impl<S: Suite> Client<'_, S> {
    /// Asks where the server is, and meets others there.
    pub(super) fn meet(&mut self) -> Result<(), Stop> {
        let Some(host) = self.ask_host("Enter the ip address to connect to\n")? else { return Ok(()) };
        let port = self.ask_valid("Enter port number to of server\n", parse_port)?;
        self.meet_at(SocketAddr::new(host, port.get()))?;
        self.linger()
    }

    /// Connects to a server, and joins it.
    pub(super) fn meet_at(&mut self, server: SocketAddr) -> Result<Exit, Stop> {
        self.shell.say("-----")?;
        // Before connecting: a server gives up on whoever takes too long to authenticate.
        let password = self.server_password()?;
        let Some(socket) = self.connect(server)? else { return Ok(Exit::Failure) };
        self.lobby = Some(Lobby::new(socket, password, self.shell.clock.now())?);
        match self.reply()? {
            Reply::Welcome => self.join(),
            Reply::Ended(ended) => Ok(ended.into()),
            Reply::Joined(_) | Reply::Refused(_) => Ok(Exit::Failure),
        }
    }

    fn server_password(&mut self) -> Result<Password, Stop> {
        match given_password(self.options.server_password_file.as_deref(), PASSWORD_VARIABLE)? {
            Some(password) => Ok(password),
            None => self.ask_secret("Please enter password: "),
        }
    }

    /// Puts us on the list, under a name that is free.
    fn join(&mut self) -> Result<Exit, Stop> {
        let port = match self.options.port {
            Some(port) => Some(port),
            None => self.ask_valid_connected("Welcome inside, Enter your local port number: ", parse_port)?,
        };
        let Some(port) = port else { return Ok(Exit::Failure) };
        let mut given = self.options.name.clone();
        let mut is_taken = false;
        loop {
            let name = match given.take() {
                Some(name) => Some(name),
                None => match self.ask_valid_connected("Enter username: ", parse_name) {
                    // Nobody is there to choose another name.
                    Err(Stop::InputEnded) if is_taken => return Ok(Exit::Refused),
                    name => name?,
                },
            };
            let (Some(name), Some(lobby)) = (name, &mut self.lobby) else { return Ok(Exit::Failure) };
            lobby.join(name.clone(), port);
            match self.reply()? {
                Reply::Joined(endpoint) => {
                    self.shell.say(format_args!("you are online as {name}, to be called at {endpoint}"))?;
                    self.name = Some(name);
                    self.settle(port)?;
                    return Ok(Exit::Success);
                }
                Reply::Refused(JoinRefusal::NameTaken) => {
                    is_taken = true;
                    self.shell.say(format_args!("{name} is taken; please choose another name"))?;
                }
                Reply::Refused(JoinRefusal::Full) => {
                    self.shell.say("the community server is full")?;
                    self.leave_lobby()?;
                    return Ok(Exit::Refused);
                }
                Reply::Ended(ended) => return Ok(ended.into()),
                Reply::Welcome => {}
            }
        }
    }

    /// Joined: see who is there, hear who comes and goes, be found by our node.
    fn settle(&mut self, port: NonZeroU16) -> Result<(), Stop> {
        let Some(lobby) = &mut self.lobby else { return Ok(()) };
        if let Err(error) = lobby.settle(port) {
            self.shell.say(format_args!("your nodeServer cannot tell us when it is in a chat: {error}"))?;
        }
        self.fetch_list()
    }

    /// Asks for the list, and shows it when it has come.
    fn fetch_list(&mut self) -> Result<(), Stop> {
        if let Some(lobby) = &mut self.lobby {
            lobby.request_list();
        }
        while self.lobby.is_some() {
            let event = self.shell.next_event(&mut self.lobby)?;
            let is_list = matches!(event, LobbyEvent::List(_));
            self.show(event)?;
            if is_list {
                break;
            }
        }
        Ok(())
    }

    /// What the server says to what we have just asked. Whatever else happens meanwhile is shown.
    fn reply(&mut self) -> Result<Reply, Stop> {
        loop {
            let event = self.shell.next_event(&mut self.lobby)?;
            match event {
                LobbyEvent::Welcome => return Ok(Reply::Welcome),
                LobbyEvent::Joined(endpoint) => return Ok(Reply::Joined(endpoint)),
                LobbyEvent::JoinRefused(refusal) => return Ok(Reply::Refused(refusal)),
                LobbyEvent::Ended(ended) => {
                    self.lobby_ended(ended)?;
                    return Ok(Reply::Ended(ended));
                }
                other => self.show(other)?,
            }
        }
    }

    /// Stays with the community server: the list, again and again, until the user picks somebody, goes back
    /// to the menu, or is no longer connected.
    pub(super) fn linger(&mut self) -> Result<(), Stop> {
        loop {
            let text = match self.ask_connected(LOBBY) {
                Ok(Some(text)) => text,
                // The menu finds out too that the input has ended, and ends the program.
                Ok(None) | Err(Stop::InputEnded) => return Ok(()),
                Err(stop) => return Err(stop),
            };
            match text.trim() {
                "menu" => return Ok(()),
                "" => self.fetch_list()?,
                pick => self.pick(pick)?,
            }
        }
    }

    fn pick(&mut self, pick: &str) -> Result<(), Stop> {
        if let Some(user) = self.find(pick) {
            self.talk_to(user.endpoint.into())?;
            return Ok(());
        }
        self.shell.say(format_args!("{pick:?} is neither a number nor a name on the list"))?;
        self.fetch_list()
    }

    /// The user with this number or name on the list that was shown last.
    fn find(&self, pick: &str) -> Option<User> {
        let by_number = || self.users.get(pick.parse::<usize>().ok()?.checked_sub(1)?)?.as_ref();
        let by_name = || self.users.iter().flatten().find(|user| user.name.as_str() == pick);
        // Nobody can take another's place by calling themselves a number.
        by_number().or_else(by_name).cloned()
    }
}
