//! Keys that change a line, the same wherever one is typed.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};

/// A change of what is typed, beside those that [`TextArea`] has keys for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edit {
    /// The cursor goes to the start of the line.
    Head,
    /// The cursor goes to the end of the line.
    End,
    /// The word before the cursor goes.
    DeleteWord,
    /// What is before the cursor goes.
    DeleteToHead,
    /// What is behind the cursor goes.
    DeleteToEnd,
    /// What has gone last comes back at the cursor.
    Yank,
}

impl Edit {
    /// The change that a key makes; `None` if it makes none.
    pub fn of(key: KeyEvent) -> Option<Self> {
        if !key.modifiers.contains(KeyModifiers::CONTROL) {
            return match key.code {
                KeyCode::Home => Some(Self::Head),
                KeyCode::End => Some(Self::End),
                _ => None,
            };
        }
        let KeyCode::Char(letter) = key.code else { return None };
        match letter.to_ascii_lowercase() {
            _ if key.modifiers.contains(KeyModifiers::ALT) => None,
            'a' => Some(Self::Head),
            'e' => Some(Self::End),
            'w' => Some(Self::DeleteWord),
            'u' => Some(Self::DeleteToHead),
            'k' => Some(Self::DeleteToEnd),
            'y' => Some(Self::Yank),
            _ => None,
        }
    }

    /// Makes the change.
    pub fn apply(self, draft: &mut TextArea<'_>) {
        match self {
            Self::Head => draft.move_cursor(CursorMove::Head),
            Self::End => draft.move_cursor(CursorMove::End),
            Self::DeleteWord => drop(draft.delete_word()),
            Self::DeleteToHead => drop(draft.delete_line_by_head()),
            Self::DeleteToEnd => drop(draft.delete_line_by_end()),
            Self::Yank => drop(draft.paste()),
        }
    }
}
