//! Where the user is, and what goes on there.

use std::num::NonZeroU16;

use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::Name;

use super::call::{Call, CallEvent};
use crate::config::address::{Address, Host};
use crate::term::Console;
use crate::triad::chat::{Chat, ChatEvent};
use crate::triad::dial::{Dial, DialError};
use crate::triad::net::{Socket, Stack};
use crate::triad::rendezvous::ChatLock;
use crate::triad::shell::Background;
use crate::triad::wait::Waiter;
use p2pm_posix::exit::Exit;

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Goal {
    /// The community server.
    Server,
    /// Somebody's node, for a chat.
    Node,
}

/// What is to be reached, and where it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) goal: Goal,
    pub(super) address: Address,
}

/// Where the user is: at a question, or waiting for somebody else.
pub(super) enum State<S: Suite> {
    /// At the menu.
    Menu,
    /// Asked where it is.
    AskAddress(Goal),
    /// Asked for the port of this host.
    AskPort(Goal, Host),
    /// Asked for the password there.
    AskPassword(Target),
    /// The connection is on its way; the password is for it.
    Dialing(Target, Password, Dial),
    /// The community server is to say whether the password is right.
    Authenticating(Target),
    /// Let in, and asked for the port of the user's node.
    AskLocalPort,
    /// Asked for a name, for a node on this port.
    AskName {
        port: NonZeroU16,
        /// Whether this is because another name was taken.
        is_taken: bool,
    },
    /// The community server is to say whether the name is free.
    Joining(Name, NonZeroU16),
    /// On the list, and waiting for it.
    Listing,
    /// Asked whom on the list to call.
    Lobby,
    /// A node is to say whether there is a chat. Meanwhile our own node begins none.
    Calling(Target, Box<Call<S>>, Option<ChatLock>),
    /// In a chat; our own node begins none.
    Chatting(
        Box<Chat<S>>,
        #[expect(dead_code, reason = "it is held until the chat is over")] Option<ChatLock>,
    ),
    /// The program is to end so.
    Over(Exit),
}

/// What comes of what goes on in a [`State`].
pub(super) enum Progress {
    /// There is a connection, or why not.
    Dialed(Result<Socket, DialError>),
    /// Of a call.
    Call(CallEvent),
    /// Of a chat.
    Chat(ChatEvent),
}

impl<S: Suite> State<S> {
    /// The question that stands, as the report of 2015 has it. In a chat the chat asks.
    pub(super) fn question(&self) -> Option<&'static str> {
        Some(match self {
            Self::Menu => "Selection: ",
            Self::AskAddress(Goal::Server) => "Enter the ip address to connect to\n",
            Self::AskAddress(Goal::Node) => "Enter the ip address to connect to: ",
            Self::AskPort(Goal::Server, _) => "Enter port number to of server\n",
            Self::AskPort(Goal::Node, _) => "Enter port number to of server: ",
            Self::AskPassword(Target { goal: Goal::Server, .. }) => "Please enter password: ",
            Self::AskPassword(Target { goal: Goal::Node, .. }) => "Please enter password:\n",
            Self::AskLocalPort => "Welcome inside, Enter your local port number: ",
            Self::AskName { .. } => "Enter username: ",
            Self::Lobby => "Enter for the list, a number or name to chat, menu for the menu: ",
            Self::Dialing(..)
            | Self::Authenticating(_)
            | Self::Joining(..)
            | Self::Listing
            | Self::Calling(..)
            | Self::Chatting(..)
            | Self::Over(_) => return None,
        })
    }

    /// Whether a line that is typed now is taken; otherwise it waits for a state that takes one.
    pub(super) fn takes_line(&self, console: &Console) -> bool {
        match self {
            Self::Chatting(chat, _) => chat.takes_line(console),
            state => state.question().is_some(),
        }
    }

    /// Whether the answer is not to be shown.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::AskPassword(_))
    }

    /// Whether the user is on the way into a community: without the connection to it there is nothing to wait for.
    pub(super) fn is_joining(&self) -> bool {
        matches!(
            self,
            Self::Authenticating(_) | Self::AskLocalPort | Self::AskName { .. } | Self::Joining(..)
        )
    }
}

impl<S: Suite> Background for State<S> {
    type Event = Progress;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        match self {
            Self::Dialing(_, _, dial) => dial.wait_for(waiter),
            Self::Calling(_, call, _) => call.wait_for(waiter),
            Self::Chatting(chat, _) => chat.wait_for(waiter),
            _ => {}
        }
    }

    fn deadline(&mut self) -> Option<Instant> {
        match self {
            Self::Dialing(_, _, dial) => dial.deadline(),
            Self::Calling(_, call, _) => call.deadline(),
            Self::Chatting(chat, _) => chat.deadline(),
            _ => None,
        }
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<Progress> {
        match self {
            Self::Dialing(_, _, dial) => dial.poll(stack, now).map(Progress::Dialed),
            Self::Calling(_, call, _) => call.poll(stack, now).map(Progress::Call),
            Self::Chatting(chat, _) => chat.poll(stack, now).map(Progress::Chat),
            _ => None,
        }
    }

    fn is_over(&mut self) -> bool {
        match self {
            Self::Dialing(_, _, dial) => dial.is_over(),
            Self::Calling(_, call, _) => call.is_over(),
            Self::Chatting(chat, _) => chat.is_over(),
            _ => true,
        }
    }
}
