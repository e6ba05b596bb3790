//! One conversation: with somebody, or with everyone in a circle.

use std::collections::VecDeque;

use ratatui_textarea::{TextArea, WrapMode};

use super::complete::SEND;
use super::entry::{Content, Entry, Fate, Message};
use crate::face::recipient::Recipient;
use crate::term::History;

/// Entries kept of one conversation. The oldest go.
const ENTRIES_MAX: usize = 10_000;

/// With whom a conversation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::face::term) enum With {
    /// Everyone in a circle, which is named if there are several.
    Everyone(Option<String>),
    /// Somebody, by tag.
    One(String),
}

impl With {
    /// For whom a text is that is said here.
    pub(super) fn recipient(&self) -> Recipient {
        match self {
            Self::Everyone(circle) => Recipient::All(circle.clone()),
            Self::One(tag) => Recipient::One(tag.clone()),
        }
    }
}

/// A conversation.
pub(in crate::face::term) struct Chat {
    pub(in crate::face::term) with: With,
    pub(in crate::face::term) entries: VecDeque<Entry>,
    /// Messages that came while it was not looked at.
    pub(in crate::face::term) unread: usize,
    /// What is half typed.
    pub(in crate::face::term) draft: TextArea<'static>,
    /// Screen lines below the ones that are shown.
    pub(in crate::face::term) scroll: usize,
    history: History,
}

impl Chat {
    pub(in crate::face::term) fn new(with: With) -> Self {
        Self {
            with,
            entries: VecDeque::new(),
            unread: 0,
            draft: draft(""),
            scroll: 0,
            history: History::default(),
        }
    }

    /// Whether it is with the person who has this tag.
    pub(super) fn is_with(&self, tag: &str) -> bool {
        matches!(&self.with, With::One(of) if of == tag)
    }

    pub(super) fn push(&mut self, at: &str, content: Content) {
        if self.entries.len() == ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { at: at.to_owned(), content });
    }

    /// Something is known of our messages to somebody up to this number.
    pub(super) fn learn(&mut self, tag: &str, up_to: u32, fate: &Fate) {
        for message in self.messages_mut() {
            message.learn(tag, up_to, fate);
        }
    }

    /// No device holds our messages to somebody any more from this number on.
    pub(super) fn unhold(&mut self, tag: &str, from: u32) {
        self.messages_mut().for_each(|message| message.unhold(tag, from));
    }

    /// News of what has become of our messages were lost.
    pub(super) fn lose_receipts(&mut self) {
        self.messages_mut().for_each(Message::lose_receipts);
    }

    /// Whether anybody has said something in it, or has begun to.
    pub(super) fn has_texts(&self) -> bool {
        let is_text = |entry: &Entry| matches!(entry.content, Content::Ours(_) | Content::Theirs { .. });
        self.entries.iter().any(is_text) || !self.draft.is_empty()
    }

    /// Our messages.
    pub(super) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.entries.iter().filter_map(|entry| match &entry.content {
            Content::Ours(message) => Some(message),
            _ => None,
        })
    }

    fn messages_mut(&mut self) -> impl Iterator<Item = &mut Message> {
        self.entries.iter_mut().rev().filter_map(|entry| match &mut entry.content {
            Content::Ours(message) => Some(message),
            _ => None,
        })
    }

    /// The last message, if it has failed: it is taken out, to be sent again.
    pub(super) fn take_failed(&mut self) -> Option<String> {
        let last = self.entries.iter().rposition(|entry| matches!(entry.content, Content::Ours(_)))?;
        match &self.entries[last].content {
            Content::Ours(message) if message.has_failed() => {
                let text = message.text.clone();
                self.entries.remove(last);
                Some(text)
            }
            _ => None,
        }
    }

    pub(super) fn typed(&self) -> String {
        self.draft.lines().join("\n")
    }

    /// Takes what was typed, for the history and to be done.
    pub(super) fn take_draft(&mut self) -> String {
        let text = self.typed();
        self.draft = draft("");
        self.history.keep(&text);
        text
    }

    /// Has the command for a file in the draft again, if nothing was typed since.
    pub(super) fn restore_send(&mut self) {
        let command = self.history.last().filter(|last| last.starts_with(SEND));
        if let Some(command) = command.filter(|_| self.draft.is_empty()) {
            self.draft = draft(command);
        }
    }

    /// Takes over what was typed in another one, and is half typed there.
    pub(super) fn take_typed(&mut self, other: Self) {
        (self.draft, self.history) = (other.draft, other.history);
    }

    pub(super) fn set_draft(&mut self, text: &str) {
        self.draft = draft(text);
    }

    /// Puts an older line, or a newer one, into the draft.
    pub(super) fn recall(&mut self, is_older: bool) {
        let draft = &self.draft;
        if let Some(text) = self.history.recall(is_older, || draft.lines().join("\n")) {
            self.set_draft(&text);
        }
    }
}

/// Row and column of the cursor, in characters.
pub(super) fn draft_position(draft: &TextArea<'_>) -> (usize, usize) {
    let cursor = draft.cursor();
    (cursor.0, cursor.1)
}

/// A draft of this text, with the cursor behind it.
fn draft(text: &str) -> TextArea<'static> {
    let mut draft = TextArea::new(text.split('\n').map(str::to_owned).collect());
    draft.set_wrap_mode(WrapMode::WordOrGlyph);
    draft.set_cursor_line_style(ratatui::style::Style::default());
    draft.move_cursor(ratatui_textarea::CursorMove::Bottom);
    draft.move_cursor(ratatui_textarea::CursorMove::End);
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_entries_go() {
        let mut chat = Chat::new(With::Everyone(None));
        for number in 0..=ENTRIES_MAX {
            chat.push("10:30", Content::Note(number.to_string()));
        }
        assert_eq!(chat.entries.len(), ENTRIES_MAX);
        assert_eq!(chat.entries[0].content, Content::Note("1".into()));
    }
}
