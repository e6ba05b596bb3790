//! Chat screen, the same for caller and callee.

use std::time::Duration;

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Conversation, ConversationEvent};
use p2pm_core::error::SendError;
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::suite::Suite;
use p2pm_core::time::{Instant, earliest};
use p2pm_core::wire::{Close, Turns, sanitise};

use crate::term::{Console, LINE_MAX, Line};
use crate::triad::net::Stack;
use crate::triad::peer::Peer;
use crate::triad::shell::{Background, Both, Either, Happened, Shell, Stop};
use crate::wait::Waiter;

/// Input that ends a chat.
const QUIT: &str = "quit";

/// An accepted chat and its connection.
pub struct Chat<S: Suite> {
    peer: Peer,
    conversation: Conversation<S>,
    side: Side,
    /// Time limit for the peer's answer in a linear chat; `None` is unlimited.
    patience: Option<Duration>,
    /// Deadline for the peer's answer, while it is the peer's turn.
    reply_due: Option<Instant>,
    /// Whether a line could not be sent.
    has_refused: bool,
}

/// Events of a chat.
#[derive(Debug)]
pub enum ChatEvent {
    /// Text from the peer, not yet sanitised for a terminal.
    Text(String),
    /// The peer has not answered in time.
    Unanswered,
    /// The chat has ended.
    Ended(Ended),
}

/// Side of a chat, which decides what the screen shows while it is the peer's turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We called.
    Caller,
    /// We were called.
    Callee,
}

impl<S: Suite> Chat<S> {
    /// A chat on the connection on which it was agreed.
    pub fn new(peer: Peer, conversation: Conversation<S>, side: Side) -> Self {
        Self { peer, conversation, side, patience: None, reply_due: None, has_refused: false }
    }

    /// Sets a time limit for the peer's answers in a linear chat.
    #[must_use]
    pub fn with_patience(self, patience: Option<Duration>) -> Self {
        Self { patience, ..self }
    }

    /// Shows the beginning of the chat. `wanted` are the turns that this side offered.
    pub fn open(&self, shell: &mut Shell, wanted: Turns) -> Result<(), Stop> {
        // Type-ahead was not meant for this peer.
        shell.console.drop_typed_ahead()?;
        if wanted == Turns::Free && self.conversation.turns() == Turns::Linear {
            shell.say("the other side takes turns: who called writes first")?;
        }
        self.show_turn(shell)
    }

    /// Whether a line is taken now: on a terminal always, so that the user can quit; from a pipe only in
    /// turn.
    pub fn takes_line(&self, console: &Console) -> bool {
        let has_room = self.peer.can_send() && !self.conversation.wants_send();
        let is_in_turn = self.conversation.may_write() || console.is_interactive();
        has_room && is_in_turn && !self.only_listens(console)
    }

    /// Whether the chat goes on without our input: a free chat of the callee's whose piped input has ended.
    fn only_listens(&self, console: &Console) -> bool {
        let has_nobody = console.is_at_end() && !console.is_interactive();
        self.side == Side::Callee && self.conversation.turns() == Turns::Free && has_nobody
    }

    /// Whether a line was refused, or not sent to its last byte.
    pub fn has_unsent(&self) -> bool {
        self.has_refused || !self.peer.can_send()
    }

    /// Shows an event. Returns how the chat ended if it did; see [`close`](Self::close).
    pub fn show(&self, shell: &mut Shell, event: ChatEvent) -> Result<Option<Ended>, Stop> {
        match event {
            ChatEvent::Ended(ended) => Ok(Some(ended)),
            ChatEvent::Unanswered => Ok(Some(Ended::ByUs(Close::TimedOut))),
            ChatEvent::Text(text) => {
                if self.conversation.turns() == Turns::Linear {
                    // Type-ahead out of turn is not the start of the next line, unless the user sees that it is.
                    shell.console.drop_unseen()?;
                }
                // Backpressure: a peer that writes faster than the output takes it is not read meanwhile.
                shell.console.wait_for_room();
                shell.say(format_args!("THEM: {}", sanitise(&text)))?;
                self.show_turn(shell)?;
                Ok(None)
            }
        }
    }

    /// Handles a line of the user's. Returns how the chat ended if it did; see [`close`](Self::close).
    pub fn take_line(&mut self, shell: &mut Shell, line: &Line) -> Result<Option<Ended>, Stop> {
        if *line == Line::Eof || *line == Line::Text(QUIT.to_owned()) {
            return Ok(Some(Ended::ByUs(Close::Goodbye)));
        }
        if let Err(why) = self.write(shell, line) {
            self.has_refused = true;
            shell.say(format_args!("not sent: {why}"))?;
        }
        self.show_turn(shell)?;
        Ok(None)
    }

    /// Sends a goodbye unless the chat has ended, and waits for the connection to end.
    pub fn close(&mut self, shell: &mut Shell) -> Result<(), Stop> {
        self.conversation.quit(shell.clock.now());
        shell.drain(self)?;
        // Type-ahead for this chat must not reach another one. The notice may have no reader.
        let _ = shell.console.withdraw().and_then(|()| shell.console.drop_typed_ahead());
        Ok(())
    }

    /// Prompts the user, or says that it is the peer's turn.
    fn show_turn(&self, shell: &mut Shell) -> Result<(), Stop> {
        if self.only_listens(&shell.console) {
            return Ok(());
        }
        if self.conversation.may_write() {
            shell.console.prompt("YOU: ")?;
        } else if self.side == Side::Callee && self.conversation.turns() == Turns::Linear {
            shell.say("waiting for client...")?;
        }
        Ok(())
    }

    /// Sends a line of the user's, or says why it cannot be sent.
    fn write(&mut self, shell: &mut Shell, line: &Line) -> Result<(), String> {
        match line {
            // An accidental Enter is not sent, so that it does not cost the turn.
            Line::Text(text) if text.is_empty() && self.conversation.may_write() => Ok(()),
            Line::Text(text) => self.send(shell, text).map_err(|error| match error {
                SendError::TooLong => format!("{} bytes; a message has at most {TEXT_MAX}", text.len()),
                error => error.to_string(),
            }),
            Line::TooLong => Err(format!("more than {LINE_MAX} bytes; a message has at most {TEXT_MAX}")),
            Line::NotUtf8 => Err("this is not UTF-8".to_owned()),
            Line::Eof => Ok(()),
        }
    }

    fn send(&mut self, shell: &mut Shell, text: &str) -> Result<(), SendError> {
        let Self { peer, conversation, patience, reply_due, .. } = self;
        let now = shell.clock.now();
        peer.send(&mut shell.stack, now, |out| conversation.send_text(now, text, out))?;
        if conversation.turns() == Turns::Linear {
            *reply_due = patience.map(|patience| now + patience);
        }
        Ok(())
    }
}

impl<S: Suite> Background for Chat<S> {
    type Event = ChatEvent;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        self.peer.wait_for(&self.conversation, waiter);
    }

    fn deadline(&mut self) -> Option<Instant> {
        earliest(self.peer.deadline(&self.conversation), self.reply_due)
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<ChatEvent> {
        let event = self.peer.poll(stack, &mut self.conversation, now, |event| match event {
            ConversationEvent::Text(text) => ChatEvent::Text(text.to_owned()),
            ConversationEvent::Ended(ended) => ChatEvent::Ended(ended),
        });
        let is_overdue = event.is_none() && self.reply_due.is_some_and(|due| now >= due);
        if is_overdue || event.is_some() {
            self.reply_due = None;
        }
        event.or(is_overdue.then_some(ChatEvent::Unanswered))
    }

    fn is_over(&mut self) -> bool {
        self.conversation.is_closed()
    }
}

/// Runs a chat on the screen until it ends; meanwhile `also` is polled and its events are shown.
///
/// If this program is to stop, the peer is sent a goodbye first.
pub fn converse<S: Suite, B>(
    shell: &mut Shell,
    chat: &mut Chat<S>,
    wanted: Turns,
    also: &mut B,
) -> Result<Ended, Stop>
where
    B: Background<Event: std::fmt::Display>,
{
    let result = screen(shell, chat, wanted, also);
    chat.close(shell)?;
    result
}

fn screen<S: Suite, B>(
    shell: &mut Shell,
    chat: &mut Chat<S>,
    wanted: Turns,
    also: &mut B,
) -> Result<Ended, Stop>
where
    B: Background<Event: std::fmt::Display>,
{
    chat.open(shell, wanted)?;
    loop {
        let ended = match shell.next(&mut Both(chat, also), |both, console| both.0.takes_line(console))? {
            Happened::Event(Either::First(event)) => chat.show(shell, event)?,
            Happened::Event(Either::Second(notice)) => {
                shell.say(notice)?;
                None
            }
            Happened::Line(line) => chat.take_line(shell, &line)?,
        };
        if let Some(ended) = ended {
            return Ok(ended);
        }
    }
}
