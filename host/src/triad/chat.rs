//! The chat screen, the same for the one who called and the one who was called.

use p2pm_core::channel::{Ended, Machine};
use p2pm_core::chat::{Conversation, ConversationEvent};
use p2pm_core::error::SendError;
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
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
}

/// What happened in a chat.
#[derive(Debug)]
pub enum ChatEvent {
    /// The other side wrote this. It is not yet safe for a terminal.
    Text(String),
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
    pub fn new(peer: Peer, conversation: Conversation<S>) -> Self {
        Self { peer, conversation }
    }

    /// How turns are taken.
    pub fn turns(&self) -> Turns {
        self.conversation.turns()
    }

    /// Whether a line is taken now: on a terminal the user can always quit; from a pipe a line waits for its turn.
    fn takes_line(&self, console: &Console) -> bool {
        self.peer.can_send() && (self.conversation.may_write() || console.is_interactive())
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
        let Self { peer, conversation } = self;
        let now = shell.clock.now();
        peer.send(&mut shell.stack, now, |out| conversation.send_text(now, text, out))
    }

    fn quit(&mut self, shell: &Shell) {
        let now = shell.clock.now();
        self.conversation.quit(now);
    }
}

impl<S: Suite> Background for Chat<S> {
    type Event = ChatEvent;

    fn wait_for<'fd>(&'fd mut self, waiter: &mut Waiter<'fd>) {
        self.peer.wait_for(&self.conversation, waiter);
    }

    fn deadline(&mut self) -> Option<Instant> {
        self.peer.deadline(&self.conversation)
    }

    fn poll(&mut self, stack: &mut Stack, now: Instant) -> Option<ChatEvent> {
        self.peer.poll(stack, &mut self.conversation, now, |event| match event {
            ConversationEvent::Text(text) => ChatEvent::Text(text.to_owned()),
            ConversationEvent::Ended(ended) => ChatEvent::Ended(ended),
        })
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
    side: Side,
    wanted: Turns,
    also: &mut B,
) -> Result<Ended, Stop>
where
    B: Background<Event: std::fmt::Display>,
{
    if wanted == Turns::Free && chat.turns() == Turns::Linear {
        shell.say("the other side takes turns: who called writes first")?;
    }
    let result = screen(shell, chat, side, also);
    chat.quit(shell);
    // First of all the other side: our own terminal may be gone.
    shell.drain(chat)?;
    shell.console.withdraw()?;
    result
}

fn screen<S: Suite, B>(shell: &mut Shell, chat: &mut Chat<S>, side: Side, also: &mut B) -> Result<Ended, Stop>
where
    B: Background<Event: std::fmt::Display>,
{
    show_turn(shell, chat, side)?;
    loop {
        match shell.next(&mut Both(chat, also), |both, console| both.0.takes_line(console))? {
            Happened::Event(Either::First(ChatEvent::Text(text))) => {
                shell.say(format_args!("THEM: {}", sanitise(&text)))?;
                show_turn(shell, chat, side)?;
            }
            Happened::Event(Either::First(ChatEvent::Ended(ended))) => return Ok(ended),
            Happened::Event(Either::Second(notice)) => shell.say(notice)?,
            Happened::Line(Line::Text(text)) if text == QUIT => return Ok(Ended::ByUs(Close::Goodbye)),
            Happened::Line(Line::Eof) => return Ok(Ended::ByUs(Close::Goodbye)),
            Happened::Line(line) => {
                if let Err(why) = chat.write(shell, &line) {
                    shell.say(format_args!("not sent: {why}"))?;
                }
                show_turn(shell, chat, side)?;
            }
        }
    }
}

/// Invites the user to write, or says whom the chat waits for.
fn show_turn<S: Suite>(shell: &mut Shell, chat: &Chat<S>, side: Side) -> Result<(), Stop> {
    if chat.conversation.may_write() {
        shell.console.prompt("YOU: ")?;
    } else if side == Side::Callee && chat.conversation.turns() == Turns::Linear {
        shell.say("waiting for client...")?;
    }
    Ok(())
}
