//! What the node is asked, and where its answer belongs.

use super::{App, With};
use crate::node::{Answer, Ask};

/// A question to the node.
#[derive(Debug)]
pub(in crate::face::term) enum Question {
    /// Who is here, and who is known.
    People,
    /// What the user has typed as a command, or pressed as a key.
    Command(Ask),
    /// To say a text in a conversation.
    Text { with: With, text: String },
}

impl Question {
    /// The request that asks it.
    pub(in crate::face::term) fn request(&self) -> Ask {
        match self {
            Self::People => Ask::Who {},
            Self::Command(ask) => ask.clone(),
            Self::Text { with, text } => with.recipient().say(text),
        }
    }
}

impl App {
    /// The node has answered, now or after a while.
    pub(in crate::face::term) fn take_answer(&mut self, question: &Question, answer: Answer) {
        match (question, answer) {
            (Question::People, Answer::Who { me, people }) => self.set_people(me, people),
            (Question::People, _) => {}
            (Question::Command(_), answer) => self.answered(&answer),
            (Question::Text { with, text }, answer) => self.said(with, text, &answer),
        }
    }
}
