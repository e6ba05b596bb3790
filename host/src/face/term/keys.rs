//! Keys, as in irssi and weechat.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Go to the conversation with this number.
    Go(usize),
    /// Go to the next one with something new, or with somebody who asks.
    Attend,
    /// Accept whoever asks first.
    Accept,
    Next,
    Previous,
    Send,
    NewLine,
    Complete,
    Recall {
        is_older: bool,
    },
    Scroll {
        is_up: bool,
    },
    /// To the newest line.
    Bottom,
    Edit(Edit),
    /// Clear what was typed, or, the second time, quit.
    Clear,
    /// Quit, if nothing is typed.
    QuitIfEmpty,
    Suspend,
    Redraw,
    Help,
    /// What a text is made of.
    Type,
}

/// A change of what is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edit {
    Head,
    End,
    DeleteWord,
    DeleteToHead,
    DeleteToEnd,
    Yank,
}

/// What can be typed, for those who ask.
pub(super) const HELP: [(&str, &str); 15] = [
    ("Alt-0 … Alt-9", "conversation 0 to 9"),
    ("Alt-A", "the next one with something new, or with somebody who asks"),
    ("Alt-Y", "accept whoever asks first"),
    ("Ctrl-N, Ctrl-P", "the next conversation, the one before"),
    ("Enter", "send; a command if it begins with /"),
    ("Alt-Enter", "a new line"),
    ("Tab", "complete a name or a command"),
    ("Up, Down", "what was typed before"),
    ("PgUp, PgDn, Esc", "scroll; to the newest"),
    ("Ctrl-A, Ctrl-E", "to the beginning, to the end of the line"),
    ("Ctrl-W, Ctrl-U, Ctrl-K", "delete a word, to the beginning, to the end"),
    ("Ctrl-Y", "put back what was deleted"),
    ("Ctrl-C", "clear the line; once more, quit"),
    ("Ctrl-D, Ctrl-Z", "quit on an empty line; stop, until fg"),
    ("F1, Ctrl-L", "this; draw the screen again"),
];

/// What a key does.
pub(super) fn action(key: KeyEvent) -> Action {
    let is_alt = key.modifiers.contains(KeyModifiers::ALT);
    if key.modifiers.contains(KeyModifiers::CONTROL) && !is_alt {
        return with_control(key.code);
    }
    match key.code {
        KeyCode::Char(digit @ '0'..='9') if is_alt => Action::Go(digit as usize - '0' as usize),
        KeyCode::Char('a' | 'A') if is_alt => Action::Attend,
        KeyCode::Char('y' | 'Y') if is_alt => Action::Accept,
        KeyCode::Enter if is_alt => Action::NewLine,
        KeyCode::Enter => Action::Send,
        KeyCode::Tab => Action::Complete,
        KeyCode::Up => Action::Recall { is_older: true },
        KeyCode::Down => Action::Recall { is_older: false },
        KeyCode::PageUp => Action::Scroll { is_up: true },
        KeyCode::PageDown => Action::Scroll { is_up: false },
        KeyCode::Home => Action::Edit(Edit::Head),
        KeyCode::End => Action::Edit(Edit::End),
        KeyCode::Esc => Action::Bottom,
        KeyCode::F(1) => Action::Help,
        _ => Action::Type,
    }
}

fn with_control(code: KeyCode) -> Action {
    let KeyCode::Char(letter) = code else { return Action::Type };
    match letter.to_ascii_lowercase() {
        'a' => Action::Edit(Edit::Head),
        'e' => Action::Edit(Edit::End),
        'w' => Action::Edit(Edit::DeleteWord),
        'u' => Action::Edit(Edit::DeleteToHead),
        'k' => Action::Edit(Edit::DeleteToEnd),
        'y' => Action::Edit(Edit::Yank),
        'n' => Action::Next,
        'p' => Action::Previous,
        'j' => Action::NewLine,
        'c' => Action::Clear,
        'd' => Action::QuitIfEmpty,
        'z' => Action::Suspend,
        'l' => Action::Redraw,
        _ => Action::Type,
    }
}
