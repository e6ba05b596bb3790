//! Transitions on events of the network.

use std::io;
use std::mem;
use std::num::NonZeroU16;

use p2pm_core::channel::Ended;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::wire::{Change, Close, Endpoint, JoinRefusal, Name, User};

use super::Client;
use super::call::{Call, CallEvent};
use super::lobby::{Lobby, LobbyEvent};
use super::state::{Goal, State, Target};
use crate::triad::chat::ChatEvent;
use crate::triad::ended::{describe, describe_chat};
use crate::triad::host_dial::HostDialError;
use crate::triad::listener::has_listener;
use crate::triad::net::Socket;
use crate::triad::rendezvous::{ChatLock, Rendezvous};
use crate::triad::shell::Stop;
use p2pm_posix::exit::Exit;

/// Connection attempts.
impl<S: Suite> Client<'_, S> {
    /// Handles the outcome of a connection attempt.
    pub(super) fn take_connection(&mut self, outcome: Result<Socket, HostDialError>) -> Result<(), Stop> {
        let State::Dialing(target, password, _) = &self.state else { return Ok(()) };
        let (target, password) = (target.clone(), password.clone());
        match (outcome, target.goal) {
            (Ok(socket), Goal::Server) => {
                self.lobby = Some(Lobby::new(socket, password, self.shell.clock.now())?);
                self.enter(State::Authenticating(target))
            }
            (Ok(socket), Goal::Node) => self.call(target, socket, password),
            (Err(error), _) => {
                self.shell.say(format_args!("cannot connect to {}: {error}", target.address))?;
                self.finish(Exit::Failure)
            }
        }
    }

    /// A wrong password is not offered again.
    fn forget_wrong_password(&mut self, ended: Ended) {
        if let Ended::Claimed(Close::WrongPassword) = ended
            && let State::Authenticating(target) | State::Calling(target, ..) = &self.state
        {
            self.memory.forget_password(target);
        }
    }
}

/// Events of the community server.
impl<S: Suite> Client<'_, S> {
    /// Handles an event of the community server, in any state.
    pub(super) fn take_lobby_event(&mut self, event: LobbyEvent) -> Result<(), Stop> {
        match event {
            LobbyEvent::Welcome => match self.options.port {
                Some(port) => self.ask_name(port),
                None => self.enter(State::AskLocalPort),
            },
            LobbyEvent::Joined(endpoint) => self.joined(endpoint),
            LobbyEvent::JoinRefused(refusal) => self.join_refused(refusal),
            LobbyEvent::List(users) => {
                self.show_list(users)?;
                self.met()
            }
            LobbyEvent::Presence(changes, missed) => self.show_changes(changes, missed),
            LobbyEvent::NodeIsInChat => {
                self.shell.say("your nodeServer is in a chat")?;
                self.leave_lobby()?;
                self.without_lobby(Exit::Failure)
            }
            LobbyEvent::Ended(ended) => self.lobby_ended(ended),
        }
    }

    /// Joins with the name given on the command line, or asks for one. The user's node listens on `port`.
    pub(super) fn ask_name(&mut self, port: NonZeroU16) -> Result<(), Stop> {
        match self.options.name.clone() {
            Some(name) => self.join(name, port),
            None => self.enter(State::AskName { port, is_taken: false }),
        }
    }

    /// Sends a join request.
    pub(super) fn join(&mut self, name: Name, port: NonZeroU16) -> Result<(), Stop> {
        if let Some(lobby) = &mut self.lobby {
            lobby.join(name.clone(), port);
        }
        self.enter(State::Joining(name, port))
    }

    /// After joining: fetches the list, subscribes to changes, opens a mailbox for our node.
    fn joined(&mut self, endpoint: Endpoint) -> Result<(), Stop> {
        let State::Joining(name, port) = &self.state else { return Ok(()) };
        let (name, port) = (name.clone(), *port);
        self.shell.say(format_args!("you are online as {name}, to be called at {endpoint}"))?;
        // If the port cannot be checked, there is nothing to say.
        if has_listener(port).is_ok_and(|listened| !listened) {
            self.shell.say(format_args!("nobody listens on your port {port} yet: start nodeServer"))?;
        }
        self.name = Some(name);
        self.port = Some(port);
        if let Some(Err(error)) = self.lobby.as_mut().map(|lobby| lobby.subscribe(port)) {
            self.shell.say(format_args!("your nodeServer cannot tell us when it is in a chat: {error}"))?;
        }
        self.list()
    }

    fn join_refused(&mut self, refusal: JoinRefusal) -> Result<(), Stop> {
        let State::Joining(name, port) = &self.state else { return Ok(()) };
        match refusal {
            JoinRefusal::NameTaken => {
                let port = *port;
                self.shell.say(format_args!("{name} is taken; please choose another name"))?;
                self.enter(State::AskName { port, is_taken: true })
            }
            JoinRefusal::Full => {
                self.shell.say("the community server is full")?;
                self.leave_lobby()?;
                self.finish(Exit::Refused)
            }
        }
    }

    /// Requests the list.
    pub(super) fn list(&mut self) -> Result<(), Stop> {
        if let Some(lobby) = &mut self.lobby {
            lobby.request_list();
        }
        self.enter(State::Listing)
    }

    /// The list has arrived, or never will: continues with the call of the command line, or the lobby.
    fn met(&mut self) -> Result<(), Stop> {
        let scripted_call = self.options.call.clone().filter(|_| self.is_scripted);
        if let Some(address) = scripted_call {
            return self.reach(Target { goal: Goal::Node, address });
        }
        self.is_scripted = false;
        self.go_back()
    }

    fn show_list(&mut self, users: Vec<User>) -> Result<(), Stop> {
        self.shell.say("")?;
        for (number, User { name, endpoint }) in (1_usize..).zip(&users) {
            // In front of the name, so that no name can imitate it.
            let you = if Some(name) == self.name.as_ref() { ", you" } else { "" };
            self.shell.say(format_args!("[{number}{you}] {name}\n{}\n{}", endpoint.ip(), endpoint.port()))?;
        }
        self.roster.replace(users);
        Ok(())
    }

    fn show_changes(&mut self, changes: Vec<Change>, missed: u32) -> Result<(), Stop> {
        for change in changes {
            match change {
                Change::Joined(user) if Some(&user.name) == self.name.as_ref() => {}
                Change::Joined(user) => {
                    self.shell.say(format_args!("{} is online: {}", user.name, user.endpoint))?;
                    self.roster.add(user);
                }
                Change::Left(name) => {
                    self.shell.say(format_args!("{name} is gone"))?;
                    self.roster.remove(&name);
                }
            }
        }
        if missed > 0 {
            self.shell.say(format_args!("and {missed} earlier changes: fetch the list again"))?;
        }
        Ok(())
    }

    /// The connection has ended; if we ended it, `Close` is still to be sent.
    fn lobby_ended(&mut self, ended: Ended) -> Result<(), Stop> {
        self.forget_wrong_password(ended);
        let mut lobby = self.lobby.take();
        self.shell.drain(&mut lobby)?;
        self.shell.say(format_args!("community server: {}", describe(ended)))?;
        let exit = if ended.is_refusal() { Exit::Refused } else { Exit::Failure };
        match self.state {
            // An incomplete list is not shown. A call does not need it.
            State::Listing if self.options.call.is_none() => self.finish(exit),
            _ => self.without_lobby(exit),
        }
    }

    /// Leaves the states that depend on the community server, which is gone.
    fn without_lobby(&mut self, exit: Exit) -> Result<(), Stop> {
        match self.state {
            State::Listing => self.met(),
            State::Lobby => self.enter(State::Menu),
            _ if self.state.is_joining() => self.finish(exit),
            _ => Ok(()),
        }
    }
}

/// State of the user's own node, asked before a call.
enum OwnNode {
    /// In no chat. If it runs, it begins none while the lock is held.
    Free(Option<ChatLock>),
    /// In a chat.
    InChat,
}

/// Calls.
impl<S: Suite> Client<'_, S> {
    /// Calls, unless this user is in a chat, which is limited to one, called or calling.
    fn call(&mut self, target: Target, socket: Socket, password: Password) -> Result<(), Stop> {
        let lock = match self.lock_chat(&target, &socket) {
            Ok(OwnNode::Free(lock)) => lock,
            Ok(OwnNode::InChat) => return self.refuse_two_chats(),
            // Two chats are better than none.
            Err(error) => {
                self.shell.say(format_args!("cannot ask whether your nodeServer is in a chat: {error}"))?;
                None
            }
        };
        let now = self.shell.clock.now();
        let call = Call::new(socket, password, self.options.chat.turns(), self.name.clone(), now)?;
        self.enter(State::Calling(target, Box::new(call), lock))
    }

    fn refuse_two_chats(&mut self) -> Result<(), Stop> {
        self.shell.say("no chat: your nodeServer is in one, or another client of yours; end that first")?;
        self.finish(Exit::Refused)
    }

    /// Takes the user's chat lock, unless our node is in a chat. No lock is needed for a call of our own
    /// node, which has both ends of the chat, nor if it is not known which of several running nodes is ours.
    fn lock_chat(&self, target: &Target, socket: &Socket) -> io::Result<OwnNode> {
        let rendezvous = Rendezvous::of_user()?;
        let said = self.port.map(NonZeroU16::get);
        let Some(port) = said.map_or_else(|| rendezvous.only_node(), |port| Ok(Some(port)))? else {
            return Ok(OwnNode::Free(None));
        };
        if port == target.address.port.get() && socket.is_local()? {
            return Ok(OwnNode::Free(None));
        }
        Ok(rendezvous.lock_chat(port)?.map_or(OwnNode::InChat, |lock| OwnNode::Free(Some(lock))))
    }

    /// Handles the outcome of a call.
    pub(super) fn take_call_event(&mut self, event: CallEvent) -> Result<(), Stop> {
        match event {
            CallEvent::Accepted => self.begin_chat(),
            CallEvent::Ended(ended) => {
                self.forget_wrong_password(ended);
                self.hang_up()?;
                self.shell.say(format_args!("no chat: {}", describe(ended)))?;
                self.finish(ended.into())
            }
        }
    }

    /// Begins the chat and leaves the community: a user in a chat is not listed.
    fn begin_chat(&mut self) -> Result<(), Stop> {
        let (call, lock) = match mem::replace(&mut self.state, State::Menu) {
            State::Calling(_, call, lock) => (call, lock),
            other => {
                self.state = other;
                return Ok(());
            }
        };
        let Some(chat) = call.into_chat() else { return self.finish(Exit::Failure) };
        let chat = chat.with_patience(self.options.patience());
        self.state = State::Chatting(Box::new(chat), lock);
        self.leave_lobby()?;
        if let State::Chatting(chat, _) = &self.state {
            chat.open(self.shell, self.options.chat.turns())?;
        }
        Ok(())
    }

    /// Handles a text from the peer, or the end of the chat.
    pub(super) fn take_chat_event(&mut self, event: ChatEvent) -> Result<(), Stop> {
        let State::Chatting(chat, _) = &self.state else { return Ok(()) };
        let ended = chat.show(self.shell, event)?;
        ended.map_or(Ok(()), |ended| self.end_chat(ended))
    }

    pub(super) fn end_chat(&mut self, ended: Ended) -> Result<(), Stop> {
        self.hang_up()?;
        self.shell.say(format_args!("chat over: {}", describe_chat(ended)))?;
        let exit = self.account_for_input(ended.into())?;
        self.finish(exit)
    }

    /// The exit status after a scripted chat: failure if some of the piped input was not sent.
    fn account_for_input(&mut self, exit: Exit) -> Result<Exit, Stop> {
        if exit != Exit::Success || !self.is_scripted || self.shell.console.is_interactive() {
            return Ok(exit);
        }
        let is_left = self.shell.console.has_untaken()?;
        if is_left {
            self.shell.say("not sent: the rest of the input")?;
        }
        let is_unsent = matches!(&self.state, State::Chatting(chat, _) if chat.has_unsent());
        Ok(if is_left || is_unsent { Exit::Failure } else { exit })
    }
}
