//! The chat screen, the same for the one who called and the one who was called.

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
use crate::triad::wait::Waiter;

/// What ends a chat when it is typed.
const QUIT: &str = "quit";

/// An accepted chat and its connection.
pub struct Chat<S: Suite> {
    peer: Peer,
    conversation: Conversation<S>,
    side: Side,
    /// How long to wait for the other side's line, where they take turns; `None` for ever.
    patience: Option<Duration>,
    /// Until when, while it is the other side's turn.
    reply_due: Option<Instant>,
    /// Whether a line could not be sent.
    has_refused: bool,
}

/// What happened in a chat.
#[derive(Debug)]
pub enum ChatEvent {
    /// The other side wrote this. It is not yet safe for a terminal.
    Text(String),
    /// The other side has kept us waiting for too long.
    Unanswered,
    /// It is over.
    Ended(Ended),
}

/// Who called whom: it decides what the screen says while the other side is to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// We called.
    Caller,
    /// We were called.
    Callee,
}

impl<S: Suite> Chat<S> {
    /// Goes on with the connection on which the chat was agreed.
    pub fn new(peer: Peer, conversation: Conversation<S>, side: Side) -> Self {
        Self { peer, conversation, side, patience: None, reply_due: None, has_refused: false }
    }

    /// Has it end if the other side does not answer a line in this time, where they take turns.
    #[must_use]
    pub fn with_patience(self, patience: Option<Duration>) -> Self {
        Self { patience, ..self }
    }

    /// Shows how the chat begins. `wanted` is how this side would take turns.
    pub fn open(&self, shell: &mut Shell, wanted: Turns) -> Result<(), Stop> {
        // What has been typed was for somebody else.
        shell.console.drop_typed_ahead()?;
        if wanted == Turns::Free && self.conversation.turns() == Turns::Linear {
            shell.say("the other side takes turns: who called writes first")?;
        }
        self.show_turn(shell)
    }

    /// Whether a line is taken now: on a terminal the user can always quit; from a pipe a line waits for its turn.
    pub fn takes_line(&self, console: &Console) -> bool {
        let has_room = self.peer.can_send() && !self.conversation.wants_send();
        let is_in_turn = self.conversation.may_write() || console.is_interactive();
        has_room && is_in_turn && !self.only_listens(console)
    }

    /// Whether the chat goes on without a word of ours: we were called, have nobody to write, and need not.
    fn only_listens(&self, console: &Console) -> bool {
        let has_nobody = console.is_at_end() && !console.is_interactive();
        self.side == Side::Callee && self.conversation.turns() == Turns::Free && has_nobody
    }

    /// Whether a line was refused, or did not get out to the last byte.
    pub fn has_unsent(&self) -> bool {
        self.has_refused || !self.peer.can_send()
    }

    /// Shows what happened. If the chat is over with it, this is how; see [`close`](Self::close).
    pub fn show(&self, shell: &mut Shell, event: ChatEvent) -> Result<Option<Ended>, Stop> {
        match event {
            ChatEvent::Ended(ended) => Ok(Some(ended)),
            ChatEvent::Unanswered => Ok(Some(Ended::ByUs(Close::TimedOut))),
            ChatEvent::Text(text) => {
                if self.conversation.turns() == Turns::Linear {
                    // Typed out of turn, it is no start of the line that may be typed now.
                    shell.console.drop_typed_ahead()?;
                }
                // A peer that writes faster than the output takes it is held up, not cut.
                shell.console.wait_for_room();
                shell.say(format_args!("THEM: {}", sanitise(&text)))?;
                self.show_turn(shell)?;
                Ok(None)
            }
        }
    }

    /// Takes a line that the user typed. If it ends the chat, this is how; see [`close`](Self::close).
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

    /// Tells the other side goodbye, unless one of the two has ended it, and waits for its last bytes.
    pub fn close(&mut self, shell: &mut Shell) -> Result<(), Stop> {
        self.conversation.quit(shell.clock.now());
        shell.drain(self)?;
        // What was typed for this chat is for no other. Nobody need be there to be told so.
        let _ = shell.console.withdraw().and_then(|()| shell.console.drop_typed_ahead());
        Ok(())
    }

    /// Invites the user to write, or says whom the chat waits for.
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

    /// Sends a line that the user typed, or says why it cannot be sent.
    fn write(&mut self, shell: &mut Shell, line: &Line) -> Result<(), String> {
        match line {
            // Enter pressed by accident is not worth a turn.
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

/// Runs a chat on the screen until it is over, whoever ends it; `also` goes on meanwhile, and what it has to
/// say is shown.
///
/// If the user's side is to stop, the other side is told goodbye first.
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
