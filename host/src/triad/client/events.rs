//! What others do, and what that leads to.

use std::io;
use std::num::NonZeroU16;

use p2pm_core::channel::Ended;
use p2pm_core::suite::{Password, Suite};
use p2pm_core::wire::{Change, Close, Endpoint, JoinRefusal, Name, User};

use super::Client;
use super::call::{Call, CallEvent};
use super::lobby::{Lobby, LobbyEvent};
use super::state::{Goal, State, Target};
use crate::triad::chat::ChatEvent;
use crate::triad::dial::DialError;
use crate::triad::ended::{describe, describe_chat};
use crate::triad::listener::has_listener;
use crate::triad::net::Socket;
use crate::triad::rendezvous::{ChatLock, Rendezvous};
use crate::triad::shell::Stop;
use p2pm_posix::exit::Exit;

/// Of a connection.
impl<S: Suite> Client<'_, S> {
    /// It is there, or will not be.
    pub(super) fn take_connection(&mut self, outcome: Result<Socket, DialError>) -> Result<(), Stop> {
        let State::Dialing(target, password, _) = std::mem::replace(&mut self.state, State::Menu) else {
            return Ok(());
        };
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

    /// It is not offered again.
    fn forget_wrong_password(&mut self, ended: Ended) {
        if let Ended::Claimed(Close::WrongPassword) = ended
            && let State::Authenticating(target) | State::Calling(target, ..) = &self.state
        {
            self.memory.forget_password(target);
        }
    }
}

/// Of the community server.
impl<S: Suite> Client<'_, S> {
    /// Whatever it says, wherever we are.
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

    /// For a node on `port`, the name that was given, or is asked for.
    pub(super) fn ask_name(&mut self, port: NonZeroU16) -> Result<(), Stop> {
        match self.options.name.clone() {
            Some(name) => self.join(name, port),
            None => self.enter(State::AskName { port, is_taken: false }),
        }
    }

    /// Asks to be put on the list.
    pub(super) fn join(&mut self, name: Name, port: NonZeroU16) -> Result<(), Stop> {
        if let Some(lobby) = &mut self.lobby {
            lobby.join(name.clone(), port);
        }
        self.enter(State::Joining(name, port))
    }

    /// On the list: see who is there, hear who comes and goes, be found by our node.
    fn joined(&mut self, endpoint: Endpoint) -> Result<(), Stop> {
        let State::Joining(name, port) = std::mem::replace(&mut self.state, State::Listing) else {
            return Ok(());
        };
        self.shell.say(format_args!("you are online as {name}, to be called at {endpoint}"))?;
        // Where it cannot be asked there is nothing to say.
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

    /// Asks for the list.
    pub(super) fn list(&mut self) -> Result<(), Stop> {
        if let Some(lobby) = &mut self.lobby {
            lobby.request_list();
        }
        self.enter(State::Listing)
    }

    /// There is nothing to wait for any more at the community server: the list has come, or it never will.
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
            // Before the name, where no name can imitate it.
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

    /// The connection is over: if it was we who ended it, the server is told why.
    fn lobby_ended(&mut self, ended: Ended) -> Result<(), Stop> {
        self.forget_wrong_password(ended);
        let mut lobby = self.lobby.take();
        self.shell.drain(&mut lobby)?;
        self.shell.say(format_args!("community server: {}", describe(ended)))?;
        let exit = if ended.is_refusal() { Exit::Refused } else { Exit::Failure };
        match self.state {
            // Of a list that did not come whole nothing is shown. A call does not need it.
            State::Listing if self.options.call.is_none() => self.finish(exit),
            _ => self.without_lobby(exit),
        }
    }

    /// The community server is gone, and with it what we were about to do there.
    fn without_lobby(&mut self, exit: Exit) -> Result<(), Stop> {
        match self.state {
            State::Listing => self.met(),
            State::Lobby => self.enter(State::Menu),
            _ if self.state.is_joining() => self.finish(exit),
            _ => Ok(()),
        }
    }
}

/// What our own node does while we want to call somebody.
enum OwnNode {
    /// It is in no chat, and begins none as long as the lock is there, if there is such a node.
    Free(Option<ChatLock>),
    /// It is in a chat.
    InChat,
}

/// Of a call.
impl<S: Suite> Client<'_, S> {
    /// A user has one chat at a time, be it called or calling.
    fn call(&mut self, target: Target, socket: Socket, password: Password) -> Result<(), Stop> {
        let lock = match self.lock_chat(&target, &socket) {
            Ok(OwnNode::Free(lock)) => lock,
            Ok(OwnNode::InChat) => return self.refuse_two_chats(),
            // Better two chats than none.
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

    /// The right to be in a chat, unless our node is in one. Whoever tries out their own node has both ends of one
    /// chat, and no node is ours as long as we have said so of none and several run.
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

    /// There is a chat, or will be none.
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

    /// Whoever is in a chat is on nobody's list.
    fn begin_chat(&mut self) -> Result<(), Stop> {
        let State::Calling(_, call, lock) = std::mem::replace(&mut self.state, State::Menu) else {
            return Ok(());
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

    /// The other side wrote, or ended the chat.
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

    /// A program that was started for this chat has not done its work if some of what was piped in was not sent.
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
