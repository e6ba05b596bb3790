//! States of the client.

use std::num::NonZeroU16;

use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::Name;

use super::call::{Call, CallEvent};
use crate::config::address::{Address, Host};
use crate::term::Console;
use crate::triad::chat::{Chat, ChatEvent};
use crate::triad::host_dial::{HostDial, HostDialError};
use crate::triad::net::{Socket, Stack};
use crate::triad::rendezvous::ChatLock;
use crate::triad::shell::Background;
use crate::wait::Waiter;
use p2pm_posix::exit::Exit;

const MENU: &str = "\
Please pick an option from the menu
-----
[1] --- Connect community server
[2] --- Start a private chat
[3] --- Exit";

/// Line of 2015 between a menu and what follows it.
pub(super) const RULE: &str = "-----";

/// Kind of peer to connect to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Goal {
    /// The community server.
    Server,
    /// A node, for a chat.
    Node,
}

impl Goal {
    /// Its program.
    fn program(self) -> &'static str {
        match self {
            Self::Server => "communityserver",
            Self::Node => "nodeServer",
        }
    }
}

/// Kind and address of a peer to connect to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Target {
    pub(super) goal: Goal,
    pub(super) address: Address,
}

/// State of the client: at a question, or waiting for a peer.
pub(super) enum State<S: Suite> {
    /// At the menu.
    Menu,
    /// Asking for the address.
    AskAddress(Goal),
    /// Asking for the port of this host.
    AskPort(Goal, Host),
    /// Asking for the password of the target.
    AskPassword(Target),
    /// Connecting; the password is kept for the handshake.
    Dialing(Target, Password, HostDial),
    /// Waiting for the community server's handshake.
    Authenticating(Target),
    /// Asking for the port of the user's node, after the handshake.
    AskLocalPort,
    /// Asking for a name, for a node on this port.
    AskName {
        port: NonZeroU16,
        /// Whether another name was taken.
        is_taken: bool,
    },
    /// Waiting for the answer to the join request.
    Joining(Name, NonZeroU16),
    /// Waiting for the list.
    Listing,
    /// Asking whom to call.
    Lobby,
    /// Waiting for a node's answer to the call, while the lock keeps our own node from a chat.
    Calling(Target, Box<Call<S>>, Option<ChatLock>),
    /// In a chat, while the lock keeps our own node from another one.
    Chatting(
        Box<Chat<S>>,
        #[expect(dead_code, reason = "it is held until the chat is over")] Option<ChatLock>,
    ),
    /// The program is to end with this status.
    Over(Exit),
}

/// Event of what goes on in a [`State`].
pub(super) enum Progress {
    /// Outcome of the connection attempt.
    Dialed(Result<Socket, HostDialError>),
    /// Event of the call.
    Call(CallEvent),
    /// Event of the chat.
    Chat(ChatEvent),
}

impl<S: Suite> State<S> {
    /// The question asked in this state, in the words of 2015. In a chat the chat screen prompts.
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

    /// What is shown before the question, for those who do not know what to answer.
    pub(super) fn introduction(&self) -> Option<String> {
        match self {
            Self::Menu => Some(MENU.to_owned()),
            Self::AskAddress(goal) => Some(format!(
                "the {} shows its address on the machine where it runs; 127.0.0.1 is this one",
                goal.program()
            )),
            Self::AskPassword(Target { goal, address }) => {
                let program = goal.program();
                Some(format!("whoever runs the {program} at {address} can tell you its password\n{RULE}"))
            }
            _ => None,
        }
    }

    /// Whether a line is taken now; otherwise it waits for a state that takes one.
    pub(super) fn takes_line(&self, console: &Console) -> bool {
        match self {
            Self::Chatting(chat, _) => chat.takes_line(console),
            state => state.question().is_some(),
        }
    }

    /// Whether the answer is to be hidden.
    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::AskPassword(_))
    }

    /// Whether the state depends on the connection to the community server.
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
