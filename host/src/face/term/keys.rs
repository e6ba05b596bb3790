//! Keys, as in irssi and weechat.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::term::Edit;

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// Go to the conversation with this number.
    Go(usize),
    /// Go to the next one with something new, or with somebody who asks.
    Attend,
    /// Accept whoever asks, or turn them away; or else a file that is offered.
    Decide(Decision),
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
    /// Clear what was typed, or, the second time on an empty line, quit.
    Clear,
    /// Quit, if nothing is typed.
    QuitIfEmpty,
    Suspend,
    Redraw,
    Help,
    /// What a text is made of.
    Type,
}

/// What becomes of somebody who asks, or of a file. To block them for good is typed, not a key that could be hit by mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Accept,
    Deny,
}

/// What can be typed, for those who ask.
pub(super) const HELP: [(&str, &str); 11] = [
    ("Alt-0 … Alt-9", "conversation 0 to 9; Ctrl-N, Ctrl-P: the next, the previous"),
    ("Alt-A", "the next with something new, or with somebody who asks"),
    ("Alt-Y, Alt-N", "accept whoever asks, turn them away; or else what is offered"),
    ("Enter, Alt-Enter", "send; a new line"),
    ("Tab", "complete a name, a command or a path"),
    ("Up, Down", "what was typed before"),
    ("PgUp, PgDn, Esc", "older lines, newer ones, the newest"),
    ("Ctrl-A E W U K Y", "edit the line as in a shell"),
    ("Ctrl-C", "clear the line; twice on an empty one, quit"),
    ("Ctrl-D, Ctrl-Z", "quit on an empty line; stop, until fg"),
    ("F1, Ctrl-L", "this; draw the screen again"),
];

/// What a key does.
pub(super) fn action(key: KeyEvent) -> Action {
    if let Some(edit) = Edit::of(key) {
        return Action::Edit(edit);
    }
    let is_alt = key.modifiers.contains(KeyModifiers::ALT);
    if key.modifiers.contains(KeyModifiers::CONTROL) && !is_alt {
        return with_control(key.code);
    }
    match key.code {
        KeyCode::Char(digit @ '0'..='9') if is_alt => Action::Go(digit as usize - '0' as usize),
        KeyCode::Char('a' | 'A') if is_alt => Action::Attend,
        KeyCode::Char('y' | 'Y') if is_alt => Action::Decide(Decision::Accept),
        KeyCode::Char('n' | 'N') if is_alt => Action::Decide(Decision::Deny),
        KeyCode::Enter if is_alt => Action::NewLine,
        KeyCode::Enter => Action::Send,
        KeyCode::Tab => Action::Complete,
        KeyCode::Up => Action::Recall { is_older: true },
        KeyCode::Down => Action::Recall { is_older: false },
        KeyCode::PageUp => Action::Scroll { is_up: true },
        KeyCode::PageDown => Action::Scroll { is_up: false },
        KeyCode::Esc => Action::Bottom,
        KeyCode::F(1) => Action::Help,
        _ => Action::Type,
    }
}

fn with_control(code: KeyCode) -> Action {
    let KeyCode::Char(letter) = code else { return Action::Type };
    match letter.to_ascii_lowercase() {
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
