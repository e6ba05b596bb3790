//! What the node is asked, and where its answer belongs.

use super::{App, With};
use crate::face::deed::Deed;
use crate::face::shown::Shown;
use crate::node::{Answer, Ask, ErrorKind};

/// A question to the node.
#[derive(Debug)]
pub(in crate::face::term) enum Question {
    /// Who is here, and who is known.
    People,
    /// What files there are.
    Files,
    /// What the user has typed as a command, or pressed as a key.
    Command(Ask),
    /// To do something to the only file that can be meant.
    ToOnlyFile(Deed),
    /// To say a text in a conversation.
    Text { with: With, text: String },
}

impl Question {
    /// Whether the answer may wait for a disk.
    pub(in crate::face::term) fn is_of_disk(&self) -> bool {
        match self {
            Self::Command(ask) => ask.is_of_disk(),
            Self::ToOnlyFile(deed) => deed.is_of_disk(),
            Self::People | Self::Files | Self::Text { .. } => false,
        }
    }

    /// Asks it, and waits for the answer.
    pub(in crate::face::term) fn put_to(&self, node: &Shown) -> Answer {
        match self {
            Self::People => node.ask(Ask::Who {}),
            Self::Files => node.ask(Ask::Files {}),
            Self::Command(ask) => node.ask(ask.clone()),
            Self::ToOnlyFile(deed) => deed.to_only_one(node),
            Self::Text { with, text } => node.ask(with.recipient().say(text)),
        }
    }
}

impl App {
    /// The node has answered, now or after a while.
    pub(in crate::face::term) fn take_answer(&mut self, question: &Question, answer: Answer) {
        match (question, answer) {
            // From before the end.
            (Question::People | Question::Files, _) if self.has_ended() => {}
            (Question::People, Answer::Who { me, people }) => self.set_people(me, people),
            (Question::Files, Answer::Files { files }) => self.set_files(&files),
            (Question::People | Question::Files, _) => {}
            (Question::Command(ask), answer) => {
                self.answered(&answer);
                self.restore(ask, &answer);
            }
            (Question::ToOnlyFile(_), answer) => self.answered(&answer),
            (Question::Text { with, text }, answer) => self.said(with, text, &answer),
        }
    }

    /// What was to be sent and is not, as since the path has a mistake, is in the line again where it was typed.
    fn restore(&mut self, ask: &Ask, answer: &Answer) {
        if let (Ask::SendFile { path, .. }, Answer::Error { kind, .. }) = (ask, answer)
            && *kind != ErrorKind::Unavailable
            && let Some(chat) =
                self.chats.iter_mut().find(|it| it.with.recipient().send_file(path.clone()) == *ask)
        {
            chat.restore_send();
        }
    }
}
