//! Keys from the bytes that a terminal sends for them.
//!
//! The terminal is one of the files that a program waits for with poll(2), and is read without blocking, in pieces. The reader
//! of crossterm is none that could be waited for: it has the terminal of the process to itself, and blocks.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Longest control sequence, in bytes. What is longer is none.
const SEQUENCE_MAX: usize = 32;
const ESCAPE: u8 = 0x1b;

/// What a terminal tells of its keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    /// A key.
    Key(KeyEvent),
    /// What follows is pasted.
    PasteBegins,
    /// Nothing more is pasted.
    PasteEnds,
    /// A byte that is no UTF-8.
    NotUtf8,
}

/// Bytes that are no keys yet.
#[derive(Debug, Default)]
pub(super) struct Keys(Vec<u8>);

/// What the bytes begin with.
enum Beginning {
    /// More bytes are needed.
    Unfinished,
    /// This, in so many bytes.
    Of(Option<Stroke>, usize),
}

impl Keys {
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Number of bytes that were not taken.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The next key, if all of it is here. What a terminal may send beside keys is passed over.
    pub(super) fn next(&mut self) -> Option<Stroke> {
        loop {
            match beginning(&self.0) {
                Beginning::Unfinished => return None,
                Beginning::Of(stroke, len) => {
                    self.0.drain(..len);
                    if stroke.is_some() {
                        return stroke;
                    }
                }
            }
        }
    }
}

fn beginning(bytes: &[u8]) -> Beginning {
    match bytes {
        [] | [ESCAPE] | [ESCAPE, b'[' | b'O'] => Beginning::Unfinished,
        [ESCAPE, ESCAPE, ..] => Beginning::Of(None, 1),
        [ESCAPE, b'[', rest @ ..] => sequence(rest),
        [ESCAPE, b'O', letter, ..] => Beginning::Of(named(b"", *letter), 3),
        [ESCAPE, rest @ ..] => match character(rest) {
            Beginning::Of(Some(Stroke::Key(key)), len) => {
                let key = KeyEvent::new(key.code, key.modifiers | KeyModifiers::ALT);
                Beginning::Of(Some(Stroke::Key(key)), len + 1)
            }
            Beginning::Of(stroke, len) => Beginning::Of(stroke, len + 1),
            unfinished @ Beginning::Unfinished => unfinished,
        },
        _ => character(bytes),
    }
}

/// A key that is a character, alone or with Ctrl.
fn character(bytes: &[u8]) -> Beginning {
    let code = match bytes[0] {
        b'\r' | b'\n' => KeyCode::Enter,
        b'\t' => KeyCode::Tab,
        0x08 | 0x7f => KeyCode::Backspace,
        letter @ 0x01..=0x1a => return control(letter),
        _ => return unicode(bytes),
    };
    Beginning::Of(Some(Stroke::Key(code.into())), 1)
}

fn control(letter: u8) -> Beginning {
    let code = KeyCode::Char(char::from(letter | 0x60));
    Beginning::Of(Some(Stroke::Key(KeyEvent::new(code, KeyModifiers::CONTROL))), 1)
}

fn unicode(bytes: &[u8]) -> Beginning {
    let Some(chunk) = bytes[..bytes.len().min(4)].utf8_chunks().next() else { return Beginning::Unfinished };
    match chunk.valid().chars().next() {
        // No key sends a control character of the second set (ECMA-48, 5.3), or what is left of the first.
        Some(control) if control.is_control() => Beginning::Of(None, control.len_utf8()),
        Some(c) => Beginning::Of(Some(Stroke::Key(KeyCode::Char(c).into())), c.len_utf8()),
        None => match std::str::from_utf8(chunk.invalid()) {
            Err(error) if error.error_len().is_none() && chunk.invalid().len() == bytes.len() => {
                Beginning::Unfinished
            }
            _ => Beginning::Of(Some(Stroke::NotUtf8), chunk.invalid().len()),
        },
    }
}

/// A control sequence (ECMA-48, 5.4) behind its introducer.
fn sequence(rest: &[u8]) -> Beginning {
    let len_before = "\x1b[".len();
    if let [b'[', ..] = rest {
        // A function key of the Linux console.
        return if rest.len() < 2 { Beginning::Unfinished } else { Beginning::Of(None, len_before + 2) };
    }
    match rest.iter().position(|byte| !(0x20..=0x3f).contains(byte)) {
        Some(end) if end < SEQUENCE_MAX && (0x40..=0x7e).contains(&rest[end]) => {
            Beginning::Of(named(&rest[..end], rest[end]), len_before + end + 1)
        }
        Some(end) => Beginning::Of(None, len_before + end),
        None if rest.len() < SEQUENCE_MAX => Beginning::Unfinished,
        None => Beginning::Of(None, len_before + rest.len()),
    }
}

/// The key that has this control sequence.
fn named(parameters: &[u8], last: u8) -> Option<Stroke> {
    let mut numbers =
        parameters.split(|byte| *byte == b';').map(|it| std::str::from_utf8(it).ok()?.parse().ok());
    let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
    let code = match (last, first) {
        (b'A', _) => KeyCode::Up,
        (b'B', _) => KeyCode::Down,
        (b'C', _) => KeyCode::Right,
        (b'D', _) => KeyCode::Left,
        (b'H', _) | (b'~', Some(1 | 7)) => KeyCode::Home,
        (b'F', _) | (b'~', Some(4 | 8)) => KeyCode::End,
        (b'~', Some(3)) => KeyCode::Delete,
        (b'~', Some(200)) => return Some(Stroke::PasteBegins),
        (b'~', Some(201)) => return Some(Stroke::PasteEnds),
        _ => return None,
    };
    Some(Stroke::Key(KeyEvent::new(code, modifiers(second.unwrap_or(1)))))
}

/// Modifiers by the number that xterm sends for them: one more than a sum of bits. Shift makes no difference: nothing is
/// selected.
fn modifiers(number: u16) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let of = |bit, modifier| if bits & bit == 0 { KeyModifiers::NONE } else { modifier };
    of(2, KeyModifiers::ALT) | of(4, KeyModifiers::CONTROL)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], step: usize) -> Vec<Stroke> {
        let mut keys = Keys::default();
        let mut strokes = Vec::new();
        for piece in bytes.chunks(step) {
            keys.extend(piece);
            strokes.extend(std::iter::from_fn(|| keys.next()));
            assert!(keys.len() < SEQUENCE_MAX + step + 2);
        }
        strokes
    }

    fn key(code: KeyCode) -> Stroke {
        Stroke::Key(code.into())
    }

    fn with(modifiers: KeyModifiers, code: KeyCode) -> Stroke {
        Stroke::Key(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn however_they_are_split_keys_are_the_same() {
        let bytes = "a漢😀\r\n\t\x7f\x08\x01\x1a\x1b[A\x1bOB\x1b[1;5C\x1b[D\x1b[1~\x1bOF\x1b[3~\x1bb\x1b[200~p\x1b[201~"
            .as_bytes();
        let expected = [
            key(KeyCode::Char('a')),
            key(KeyCode::Char('漢')),
            key(KeyCode::Char('😀')),
            key(KeyCode::Enter),
            key(KeyCode::Enter),
            key(KeyCode::Tab),
            key(KeyCode::Backspace),
            key(KeyCode::Backspace),
            with(KeyModifiers::CONTROL, KeyCode::Char('a')),
            with(KeyModifiers::CONTROL, KeyCode::Char('z')),
            key(KeyCode::Up),
            key(KeyCode::Down),
            with(KeyModifiers::CONTROL, KeyCode::Right),
            key(KeyCode::Left),
            key(KeyCode::Home),
            key(KeyCode::End),
            key(KeyCode::Delete),
            with(KeyModifiers::ALT, KeyCode::Char('b')),
            Stroke::PasteBegins,
            key(KeyCode::Char('p')),
            Stroke::PasteEnds,
        ];
        for step in 1..=bytes.len() {
            assert_eq!(all(bytes, step), expected, "{step}");
        }
    }

    #[test]
    fn what_is_no_key_costs_no_other() {
        let long = [b"\x1b[", &[b'1'; 100][..], b"~"].concat();
        for (bytes, before_x) in [
            (&b"\x1b[[A"[..], vec![]),
            (b"\x1b[15~", vec![]),
            (b"\x1b[1\x01", vec![with(KeyModifiers::CONTROL, KeyCode::Char('a'))]),
            (b"\x1b\x1b[A", vec![key(KeyCode::Up)]),
            (b"\0\x1c", vec![]),
            ("\u{9b}".as_bytes(), vec![]),
            (b"\xff", vec![Stroke::NotUtf8]),
            (b"\xe6\xbc", vec![Stroke::NotUtf8]),
            (b"\xf0\x9f\x98x", vec![Stroke::NotUtf8, key(KeyCode::Char('x'))]),
        ] {
            let expected = [before_x, vec![key(KeyCode::Char('x'))]].concat();
            for step in 1..=bytes.len() {
                assert_eq!(all(&[bytes, b"x"].concat(), step), expected, "{bytes:x?} {step}");
            }
        }
        // The rest of what is too long is typed. It is bounded.
        assert!(all(&long, 7).len() < 100);
    }
}
