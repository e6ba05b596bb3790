//! `client`: the menu, the community server, the private chat.

mod call;
mod lobby;
mod meet;
mod options;
mod talk;

use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;

use p2pm_core::channel::Ended;
use p2pm_core::suite::{Password, Sealed, Suite, Xor};
use p2pm_core::wire::{Change, Name, User};

pub use self::options::Options;

use self::lobby::{Lobby, LobbyEvent};
use crate::config::options::SuiteName;
use crate::triad::ask::{Answer, parse_host, parse_password};
use crate::triad::ended::describe;
use crate::triad::shell::{Shell, Stop};
use p2pm_posix::exit::Exit;

/// Runs the program on its terminal.
pub fn main(options: &Options) -> Exit {
    let ended = match Shell::new() {
        Ok(mut shell) => run(&mut shell, options),
        Err(error) => Err(error.into()),
    };
    ended.unwrap_or_else(|stop| stop.report("client"))
}

/// Runs the program until the user leaves.
pub fn run(shell: &mut Shell, options: &Options) -> Result<Exit, Stop> {
    if let Some(caution) = options.chat.suite.caution() {
        shell.say(caution)?;
    }
    match options.chat.suite {
        SuiteName::Xor => Client::<Xor>::new(shell, options).run(),
        SuiteName::Sealed => Client::<Sealed>::new(shell, options).run(),
    }
}

/// The user, and where they are.
struct Client<'a, S: Suite> {
    shell: &'a mut Shell,
    options: &'a Options,
    /// The community server, while connected.
    lobby: Option<Lobby<S>>,
    /// What we call ourselves, once we have said so.
    name: Option<Name>,
    /// The last list, as numbered on the screen, and who has come since; `None` for who has gone.
    users: Vec<Option<User>>,
}

const MENU: &str = "\
Please pick an option from the menu
-----
[1] --- Connect community server
[2] --- Start a private chat
[3] --- Exit";

impl<'a, S: Suite> Client<'a, S> {
    fn new(shell: &'a mut Shell, options: &'a Options) -> Self {
        Self { shell, options, lobby: None, name: options.name.clone(), users: Vec::new() }
    }

    fn run(mut self) -> Result<Exit, Stop> {
        let ended = self.follow_options();
        // A terminal that is gone keeps nobody from saying goodbye.
        let withdrawn = self.shell.console.withdraw();
        self.leave_lobby()?;
        withdrawn?;
        ended
    }

    fn follow_options(&mut self) -> Result<Exit, Stop> {
        if let Some(server) = self.options.server {
            let exit = self.meet_at(server)?;
            if exit != Exit::Success {
                return Ok(exit);
            }
        }
        if let Some(node) = self.options.call {
            return self.talk_to(node);
        }
        self.linger()?;
        self.menu()
    }

    fn menu(&mut self) -> Result<Exit, Stop> {
        loop {
            self.shell.say(MENU)?;
            let selection = match self.ask("Selection: ") {
                // Whoever closes the terminal, or pipes in what to do, is done.
                Err(Stop::InputEnded) => return Ok(Exit::Success),
                selection => selection?,
            };
            match selection.trim() {
                "1" if self.lobby.is_some() => self.linger()?,
                "1" => self.meet()?,
                "2" => self.talk()?,
                "3" => return Ok(Exit::Success),
                other => self.shell.say(format_args!("there is no option {other:?}"))?,
            }
        }
    }

    /// Asks, unless `asked` already, until there is an answer or something has happened in the lobby, which
    /// is shown.
    fn ask_once(&mut self, question: &str, asked: &mut bool) -> Result<Option<String>, Stop> {
        match self.shell.ask(question, std::mem::replace(asked, true), &mut self.lobby)? {
            Answer::Text(text) => Ok(Some(text)),
            Answer::Event(event) => self.show(event).map(|()| None),
        }
    }

    /// Asks, whatever happens meanwhile.
    fn ask(&mut self, question: &str) -> Result<String, Stop> {
        let mut asked = false;
        loop {
            if let Some(text) = self.ask_once(question, &mut asked)? {
                return Ok(text);
            }
        }
    }

    /// Asks until the answer is valid.
    fn ask_valid<T>(&mut self, question: &str, parse: impl Fn(&str) -> Result<T, String>) -> Result<T, Stop> {
        loop {
            match parse(&self.ask(question)?) {
                Ok(valid) => return Ok(valid),
                Err(why) => self.shell.say(why)?,
            }
        }
    }

    /// Asks for a host; nothing entered leads back to where we were.
    fn ask_host(&mut self, question: &str) -> Result<Option<IpAddr>, Stop> {
        self.ask_valid(
            question,
            |text| {
                if text.trim().is_empty() { Ok(None) } else { parse_host(text).map(Some) }
            },
        )
    }

    /// Asks while we are connected: `None` as soon as we no longer are.
    fn ask_connected(&mut self, question: &str) -> Result<Option<String>, Stop> {
        let mut asked = false;
        while self.lobby.is_some() {
            if let Some(text) = self.ask_once(question, &mut asked)? {
                return Ok(Some(text));
            }
        }
        self.shell.console.withdraw()?;
        Ok(None)
    }

    /// Asks until the answer is valid, or we are no longer connected.
    fn ask_valid_connected<T>(
        &mut self,
        question: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, Stop> {
        while let Some(text) = self.ask_connected(question)? {
            match parse(&text) {
                Ok(valid) => return Ok(Some(valid)),
                Err(why) => self.shell.say(why)?,
            }
        }
        Ok(None)
    }

    /// Asks for a password, which is not shown.
    fn ask_secret(&mut self, question: &str) -> Result<Password, Stop> {
        let _hidden = self.shell.console.hide_input()?;
        self.ask_valid(question, parse_password)
    }

    /// Shows what happened in the lobby; a list is kept, for the user to pick from.
    fn show(&mut self, event: LobbyEvent) -> Result<(), Stop> {
        match event {
            LobbyEvent::List(users) => self.show_list(users)?,
            LobbyEvent::Presence(changes, missed) => self.show_changes(changes, missed)?,
            LobbyEvent::NodeIsInChat => {
                self.shell.say("your nodeServer is in a chat")?;
                self.leave_lobby()?;
            }
            LobbyEvent::Ended(ended) => self.lobby_ended(ended)?,
            // Answers to questions that `meet` asks, and waits for itself.
            LobbyEvent::Welcome | LobbyEvent::Joined(_) | LobbyEvent::JoinRefused(_) => {}
        }
        Ok(())
    }

    fn show_list(&mut self, users: Vec<User>) -> Result<(), Stop> {
        self.shell.say("")?;
        for (number, User { name, endpoint }) in (1_usize..).zip(&users) {
            let you = if Some(name) == self.name.as_ref() { " (you)" } else { "" };
            self.shell.say(format_args!("[{number}] {name}{you}\n{}\n{}", endpoint.ip(), endpoint.port()))?;
        }
        self.users = users.into_iter().map(Some).collect();
        Ok(())
    }

    fn show_changes(&mut self, changes: Vec<Change>, missed: u32) -> Result<(), Stop> {
        for change in changes {
            match change {
                Change::Joined(user) if Some(&user.name) == self.name.as_ref() => {}
                Change::Joined(user) => {
                    self.shell.say(format_args!("{} is online: {}", user.name, user.endpoint))?;
                    self.remember(user);
                }
                Change::Left(name) => {
                    self.shell.say(format_args!("{name} is gone"))?;
                    self.forget(&name);
                }
            }
        }
        if missed > 0 {
            self.shell.say(format_args!("and {missed} earlier changes: fetch the list again"))?;
        }
        Ok(())
    }

    /// Who came while the list was on its way may be on it already, and keeps their number.
    fn remember(&mut self, user: User) {
        match self.users.iter_mut().flatten().find(|known| known.name == user.name) {
            Some(known) => *known = user,
            None => self.users.push(Some(user)),
        }
    }

    /// Nobody of this name can be picked any more; the numbers of the others stay.
    fn forget(&mut self, name: &Name) {
        for user in &mut self.users {
            user.take_if(|user| user.name == *name);
        }
    }

    /// The connection to the community server is over: if it was we who ended it, the server is told why.
    fn lobby_ended(&mut self, ended: Ended) -> Result<(), Stop> {
        let mut lobby = self.lobby.take();
        self.shell.drain(&mut lobby)?;
        self.shell.say(format_args!("community server: {}", describe(ended)))?;
        Ok(())
    }

    /// Says goodbye to the community server, if connected.
    fn leave_lobby(&mut self) -> Result<(), Stop> {
        let Some(mut lobby) = self.lobby.take() else { return Ok(()) };
        lobby.leave(self.shell.clock.now());
        self.shell.drain(&mut lobby)?;
        self.shell.say("left the community server")?;
        Ok(())
    }

    /// Connects, and says why if it cannot.
    fn connect(&mut self, to: SocketAddr) -> Result<Option<crate::triad::net::Socket>, Stop> {
        use crate::triad::net::ConnectError;
        let interrupted = self.shell.signals.as_fd();
        match self.shell.stack.connect_within(to, p2pm_core::limits::CONNECT_TIMEOUT, interrupted) {
            Ok(socket) => Ok(Some(socket)),
            Err(ConnectError::Interrupted) => Err(Stop::Interrupted),
            Err(error) => {
                self.shell.say(format_args!("cannot connect to {to}: {error}"))?;
                Ok(None)
            }
        }
    }
}
