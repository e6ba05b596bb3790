//! `client`: menu, community server, private chat.
//!
//! A state machine: `State` is the user's position, and `Client::handle` makes the transitions. Only the main
//! loop waits.

mod answers;
mod call;
mod events;
mod lobby;
mod memory;
mod options;
mod roster;
mod state;

use std::num::NonZeroU16;

use p2pm_core::suite::{Password, Suite, Xor};
use p2pm_core::wire::Name;

pub(crate) use self::options::MANUAL;
pub use self::options::Options;

use self::lobby::Lobby;
use self::memory::Memory;
use self::roster::Roster;
use self::state::{Goal, Progress, RULE, State, Target};
use crate::config::options::SuiteName;
use crate::suite::Sealed;
use crate::triad::ask::given_password;
use crate::triad::host_dial::HostDial;
use crate::triad::shell::{Both, Either, Happened, Shell, Stop};
use p2pm_posix::exit::Exit;

const HELP: &str = "\
1 or 2: connect to a community server and see who is online, or call a node
3, q or quit: leave
An address is an IP address or the name of a host, with its port or without:
192.0.2.1:5000, [2001:db8::1]:5000, hall.example
Enter takes what stands in [brackets]; menu instead of an address leads back
In a chat, quit ends it
(unconfirmed) behind a reason: it came before the password was proved, so
anybody between you and the other side can have said it, not they alone. That
holds for \"wrong password\", too. Never use another suite because of it";

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

/// The program's state.
struct Client<'a, S: Suite> {
    shell: &'a mut Shell,
    options: &'a Options,
    state: State<S>,
    /// Whether the program still carries out its command line: a failure then ends it.
    is_scripted: bool,
    /// Connection to the community server, if there is one.
    lobby: Option<Lobby<S>>,
    /// The user's name, once known.
    name: Option<Name>,
    /// Port of the user's node, once known.
    port: Option<NonZeroU16>,
    roster: Roster,
    memory: Memory,
}

impl<'a, S: Suite> Client<'a, S> {
    fn new(shell: &'a mut Shell, options: &'a Options) -> Self {
        Self {
            shell,
            options,
            state: State::Menu,
            is_scripted: options.server.is_some() || options.call.is_some(),
            lobby: None,
            name: options.name.clone(),
            port: options.port,
            roster: Roster::default(),
            memory: Memory::default(),
        }
    }

    fn run(mut self) -> Result<Exit, Stop> {
        let ended = self.follow();
        // Peers are sent a goodbye even if the terminal is gone.
        let shown = self.shell.console.show_input();
        let withdrawn = self.shell.console.withdraw();
        self.hang_up()?;
        self.leave_lobby()?;
        shown?;
        withdrawn?;
        ended
    }

    /// Main loop: handles lines and events until the program is to end.
    fn follow(&mut self) -> Result<Exit, Stop> {
        self.start()?;
        loop {
            if let State::Over(exit) = self.state {
                return Ok(exit);
            }
            let mut ongoing = Both(&mut self.state, &mut self.lobby);
            let happened = self.shell.next(&mut ongoing, |ongoing, console| ongoing.0.takes_line(console))?;
            self.handle(happened)?;
        }
    }

    fn start(&mut self) -> Result<(), Stop> {
        match (&self.options.server, &self.options.call) {
            (Some(server), _) => self.reach(Target { goal: Goal::Server, address: server.clone() }),
            (None, Some(node)) => self.reach(Target { goal: Goal::Node, address: node.clone() }),
            (None, None) => self.enter(State::Menu),
        }
    }

    /// Handles a line or an event. Every transition starts here.
    fn handle(&mut self, happened: Happened<Either<Progress, lobby::LobbyEvent>>) -> Result<(), Stop> {
        match happened {
            Happened::Line(line) => self.take_line(&line),
            Happened::Event(Either::Second(event)) => self.take_lobby_event(event),
            Happened::Event(Either::First(Progress::Dialed(outcome))) => self.take_connection(outcome),
            Happened::Event(Either::First(Progress::Call(event))) => self.take_call_event(event),
            Happened::Event(Either::First(Progress::Chat(event))) => self.take_chat_event(event),
        }
    }

    /// Enters a state and asks its question.
    fn enter(&mut self, state: State<S>) -> Result<(), Stop> {
        self.state = state;
        self.shell.console.withdraw()?;
        if let Some(introduction) = self.state.introduction() {
            self.shell.say(introduction)?;
        }
        self.ask()
    }

    /// Asks the state's question, again if it was asked before.
    fn ask(&mut self) -> Result<(), Stop> {
        if self.state.is_secret() {
            self.shell.console.hide_input()?;
        } else {
            self.shell.console.show_input()?;
        }
        if let Some(question) = self.question() {
            self.shell.console.prompt(question)?;
        }
        Ok(())
    }

    /// The state's question, with the default answer before its colon or line end.
    fn question(&self) -> Option<String> {
        let question = self.state.question()?;
        let default = match &self.state {
            State::AskAddress(goal) => self.memory.address(*goal).map(|address| format!("[{address}]")),
            State::AskPort(goal, _) => {
                self.memory.address(*goal).map(|address| format!("[{}]", address.port))
            }
            State::AskPassword(target) => {
                self.memory.password(target).map(|_| "(Enter for the same)".to_owned())
            }
            State::AskLocalPort => self.port.map(|port| format!("[{port}]")),
            State::AskName { is_taken: false, .. } => self.name.as_ref().map(|name| format!("[{name}]")),
            _ => None,
        };
        let Some(default) = default else { return Some(question.to_owned()) };
        let (text, end) = question.split_at(question.trim_end_matches([':', ' ', '\n']).len());
        Some(format!("{text} {default}{end}"))
    }

    /// Starts to connect to a server or a node.
    ///
    /// The password is asked for first, since the peer's time limit for authentication starts with the
    /// connection.
    fn reach(&mut self, target: Target) -> Result<(), Stop> {
        self.memory.remember_address(&target);
        match self.given_password(target.goal)? {
            Some(password) => {
                self.shell.say(RULE)?;
                self.dial(target, password)
            }
            None => self.enter(State::AskPassword(target)),
        }
    }

    fn given_password(&self, goal: Goal) -> Result<Option<Password>, Stop> {
        let Options { server_password_file, chat_password_file, variables, .. } = self.options;
        let (file, variable) = match goal {
            Goal::Server => (server_password_file, variables.server),
            Goal::Node => (chat_password_file, variables.chat),
        };
        let given = given_password(file.as_deref(), variable)?;
        // Piped input consists of chat texts, none of which may be sent as a password.
        let is_piped = self.options.call.is_some() && !self.shell.console.is_interactive();
        if given.is_none() && goal == Goal::Node && is_piped {
            let place = variable.map_or_else(String::new, |variable| format!("set {variable}, or "));
            return Err(Stop::Usage(format!("no password for the call: {place}name a file")));
        }
        Ok(given)
    }

    fn dial(&mut self, target: Target, password: Password) -> Result<(), Stop> {
        let dial = HostDial::start(target.address.clone(), self.shell.clock.now())?;
        self.enter(State::Dialing(target, password, dial))
    }

    /// The goal is done or has failed: ends a scripted program, else goes back.
    fn finish(&mut self, exit: Exit) -> Result<(), Stop> {
        if self.is_scripted { self.enter(State::Over(exit)) } else { self.go_back() }
    }

    /// Goes back to the lobby, or to the menu if not connected.
    fn go_back(&mut self) -> Result<(), Stop> {
        let is_connected = self.lobby.is_some();
        self.enter(if is_connected { State::Lobby } else { State::Menu })
    }

    /// Ends the current call or chat.
    fn hang_up(&mut self) -> Result<(), Stop> {
        match &mut self.state {
            State::Calling(_, call, _) => {
                call.hang_up(self.shell.clock.now());
                self.shell.drain(&mut **call)?;
            }
            State::Chatting(chat, _) => chat.close(self.shell)?,
            _ => {}
        }
        Ok(())
    }

    /// Sends the community server a goodbye, if connected.
    fn leave_lobby(&mut self) -> Result<(), Stop> {
        let Some(mut lobby) = self.lobby.take() else { return Ok(()) };
        lobby.leave(self.shell.clock.now());
        self.shell.drain(&mut lobby)?;
        self.shell.say("left the community server")?;
        Ok(())
    }
}
