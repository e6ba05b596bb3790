//! A line that is typed, with the question it answers, in the last row of a terminal.

use std::borrow::Cow;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui_textarea::{CursorMove, TextArea};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::edit::Edit;
use super::history::History;
use super::keys::{Keys, Stroke};
use super::lines::LINE_MAX;

/// Least room for what is typed, in columns. A question that leaves less has a row of its own.
const ROOM_MIN: usize = 8;
/// Most bytes of keys that wait until the line before is taken.
const KEYS_MAX: usize = 1024;
/// Let the terminal keep the cursor's place, and take the cursor back there (DECSC, DECRC). Only the terminal knows how wide
/// it shows a text.
const KEEP_PLACE: &str = "\x1b7";
const BACK_TO_PLACE: &str = "\x1b8";

/// What a user has done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Typed {
    /// A whole line, as bytes without its end.
    Line(Vec<u8>),
    /// The end of the input: Ctrl-D on an empty line.
    End,
    /// The row is to be drawn again, whatever has become of it.
    Redraw,
}

/// A line that is typed key by key.
#[derive(Debug)]
pub(super) struct Editor {
    keys: Keys,
    draft: TextArea<'static>,
    history: History,
    question: String,
    /// Whether what is typed is not shown, and not kept.
    is_hidden: bool,
    /// Whether bytes were typed that are no UTF-8.
    is_broken: bool,
    pasting: Option<Paste>,
}

/// A text that is being pasted: one line, whatever it was.
#[derive(Debug, Default)]
struct Paste {
    /// Whether a line has ended, which makes a space if another follows.
    has_break: bool,
}

impl Editor {
    pub(super) fn new() -> Self {
        Self {
            keys: Keys::default(),
            draft: draft(""),
            history: History::default(),
            question: String::new(),
            is_hidden: false,
            is_broken: false,
            pasting: None,
        }
    }

    /// Takes bytes that the terminal sends.
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.keys.extend(bytes);
    }

    /// Whether more bytes can be taken.
    pub(super) fn want_more(&self) -> bool {
        self.keys.len() < KEYS_MAX
    }

    /// The question that is answered; empty if there is none.
    pub(super) fn ask(&mut self, question: String) {
        self.question = question;
    }

    /// Hides what is typed from now on, or shows it. What was typed before is neither shown nor hidden.
    pub(super) fn hide(&mut self, is_hidden: bool) {
        if self.is_hidden != is_hidden {
            // With what could be yanked: a password must not come to light.
            self.clear();
            self.is_hidden = is_hidden;
        }
    }

    /// Forgets what is typed if that is hidden: nobody could see what they go on with.
    pub(super) fn clear_hidden(&mut self) {
        if self.is_hidden {
            self.clear();
        }
    }

    /// Drops what is typed; true if anything was.
    pub(super) fn drop_typed(&mut self) -> bool {
        let was_typed = !self.draft.is_empty() || self.keys.len() > 0;
        self.clear();
        self.keys = Keys::default();
        self.pasting = None;
        was_typed
    }

    fn clear(&mut self) {
        self.draft = draft("");
        self.is_broken = false;
    }

    /// Does what the keys say, up to something to be told; `None` once there are no more keys.
    pub(super) fn next(&mut self) -> Option<Typed> {
        while let Some(stroke) = self.keys.next() {
            match stroke {
                Stroke::PasteBegins => self.pasting = Some(Paste::default()),
                Stroke::PasteEnds => self.pasting = None,
                Stroke::NotUtf8 => {
                    self.is_broken = true;
                    self.insert(char::REPLACEMENT_CHARACTER);
                }
                Stroke::Key(key) if self.pasting.is_some() => self.paste(key),
                Stroke::Key(key) => {
                    if let Some(typed) = self.press(key) {
                        return Some(typed);
                    }
                }
            }
        }
        None
    }

    fn press(&mut self, key: KeyEvent) -> Option<Typed> {
        let has_control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Enter => return Some(Typed::Line(self.finish())),
            KeyCode::Char('d') if has_control && self.draft.is_empty() => return Some(Typed::End),
            KeyCode::Char('l' | 'r') if has_control => return Some(Typed::Redraw),
            KeyCode::Up => self.recall(true),
            KeyCode::Down => self.recall(false),
            KeyCode::Char('p') if has_control => self.recall(true),
            KeyCode::Char('n') if has_control => self.recall(false),
            // There are no pages.
            KeyCode::Char('v') if !key.modifiers.is_empty() => {}
            KeyCode::Tab => self.insert('\t'),
            KeyCode::Char(c) if key.modifiers.is_empty() => self.insert(c),
            _ => match Edit::of(key) {
                Some(Edit::Yank) if self.is_full() => {}
                Some(edit) => edit.apply(&mut self.draft),
                None => drop(self.draft.input(key)),
            },
        }
        None
    }

    /// Something pasted is typed, and no key: it does nothing by itself.
    fn paste(&mut self, key: KeyEvent) {
        let Some(paste) = &mut self.pasting else { return };
        let c = match key.code {
            KeyCode::Enter => {
                paste.has_break = true;
                return;
            }
            KeyCode::Tab => '\t',
            KeyCode::Char(c) if key.modifiers.is_empty() => c,
            _ => return,
        };
        if std::mem::take(&mut paste.has_break) {
            self.insert(' ');
        }
        self.insert(c);
    }

    /// A line that is too long takes no more, and says so in the end by its length.
    fn insert(&mut self, c: char) {
        if !self.is_full() {
            self.draft.insert_char(c);
        }
    }

    fn is_full(&self) -> bool {
        self.text().len() > LINE_MAX
    }

    fn recall(&mut self, is_older: bool) {
        if self.is_hidden {
            return;
        }
        let typed = &self.draft;
        if let Some(text) = self.history.recall(is_older, || typed.lines().concat()) {
            self.replace(&text);
        }
    }

    /// What stays on the screen of a line.
    pub(super) fn shown<'a>(&self, line: &'a [u8]) -> Cow<'a, str> {
        if self.is_hidden { Cow::Borrowed("") } else { String::from_utf8_lossy(line) }
    }

    fn finish(&mut self) -> Vec<u8> {
        let text = self.draft.lines().concat();
        if !self.is_hidden && !self.is_broken && text.len() <= LINE_MAX {
            self.history.keep(&text);
        }
        let mut bytes = text.into_bytes();
        if self.is_broken {
            bytes.push(0xff);
        }
        self.replace("");
        self.is_broken = false;
        bytes
    }

    /// Sets what is typed. What can be yanked stays.
    fn replace(&mut self, text: &str) {
        let yank = self.draft.yank_text();
        self.draft = draft(text);
        self.draft.set_yank_text(yank);
    }

    /// The line as it is typed so far.
    fn text(&self) -> &str {
        self.draft.lines().first().map_or("", String::as_str)
    }

    /// The question, on a terminal with so many columns.
    pub(super) fn prompt(&self, columns: usize) -> String {
        let is_wide = last_line(&self.question).width() + ROOM_MIN > columns;
        format!("{}{}", self.question, if is_wide { "\n" } else { "" })
    }

    /// What is shown behind the question, with the cursor at its place. It does not reach the end of the row.
    pub(super) fn row(&self, columns: usize) -> String {
        if self.is_hidden {
            return String::new();
        }
        let room = columns.saturating_sub(last_line(&self.prompt(columns)).width() + 1).max(1);
        let cells: Vec<_> = self.text().chars().map(|c| if c == '\t' { ' ' } else { c }).collect();
        let (before, behind) = cells.split_at(self.draft.cursor().1);
        // Of a long text, some of what is behind the cursor and the end of what is before it.
        let reserved = width(fitting(behind.iter(), room / 3));
        let hidden = before.len() - fitting(before.iter().rev(), room - reserved).count();
        let before = &before[hidden..];
        let left = room - width(before.iter());
        let before: String = before.iter().collect();
        let behind: String = fitting(behind.iter(), left).collect();
        if behind.is_empty() { before } else { format!("{before}{KEEP_PLACE}{behind}{BACK_TO_PLACE}") }
    }
}

/// As many characters as fit into so many columns.
fn fitting<'a>(text: impl Iterator<Item = &'a char>, columns: usize) -> impl Iterator<Item = &'a char> {
    let mut used = 0;
    text.take_while(move |c| {
        used += char_width(**c);
        used <= columns
    })
}

fn width<'a>(text: impl Iterator<Item = &'a char>) -> usize {
    text.map(|c| char_width(*c)).sum()
}

/// Columns of a character, at most: terminals differ in what they make of several.
fn char_width(c: char) -> usize {
    const WIDE_PICTURE: char = '\u{fe0f}';
    if c == WIDE_PICTURE { 1 } else { c.width().unwrap_or(0) }
}

/// The part of a prompt that what is typed follows in a row.
pub(super) fn last_line(prompt: &str) -> &str {
    prompt.rsplit('\n').next().unwrap_or_default()
}

fn draft(text: &str) -> TextArea<'static> {
    let mut draft = TextArea::new(vec![text.to_owned()]);
    draft.set_max_histories(0);
    draft.move_cursor(CursorMove::End);
    draft
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: usize = 80;

    /// An editor in which this was typed.
    fn typed(keys: &str) -> Editor {
        let mut editor = Editor::new();
        press(&mut editor, keys);
        editor
    }

    fn press(editor: &mut Editor, keys: &str) {
        editor.extend(keys.as_bytes());
        assert_eq!(editor.next(), None, "{keys:?}");
    }

    fn lines(editor: &mut Editor) -> Vec<String> {
        let line = |typed| match typed {
            Typed::Line(bytes) => String::from_utf8(bytes).unwrap(),
            other => panic!("{other:?}"),
        };
        std::iter::from_fn(|| editor.next()).map(line).collect()
    }

    /// The row with a bar where the cursor is.
    fn row(editor: &Editor, columns: usize) -> String {
        let row = editor.row(columns).replace(BACK_TO_PLACE, "");
        if row.contains(KEEP_PLACE) { row.replace(KEEP_PLACE, "|") } else { format!("{row}|") }
    }

    #[test]
    fn keys_edit_the_line() {
        for (keys, shown) in [
            ("one two", "one two|"),
            ("one two\x01", "|one two"),
            ("one two\x01\x05", "one two|"),
            ("one two\x17", "one |"),
            ("one two\x15", "|"),
            ("one two\x01\x1b[C\x0b", "o|"),
            ("one two\x17\x19\x19", "one twotwo|"),
            ("one two\x1b[D\x1b[D\x7f", "one |wo"),
            ("one two\x1b[H\x1b[3~", "|ne two"),
            ("one two\x1b[H\x04", "|ne two"),
            ("one two\x1b[1~\x1b[4~", "one two|"),
            ("one two\x1bb", "one |two"),
            ("a\tb\x1b[5~\x1b[6~\x16\x0e\x10\x00", "a b|"),
        ] {
            assert_eq!(row(&typed(keys), COLUMNS), shown, "{keys:?}");
        }
    }

    #[test]
    fn what_was_typed_before_is_found_again_and_no_password_among_it() {
        let mut editor = typed("");
        editor.extend(b"one\rtwo\r");
        assert_eq!(lines(&mut editor), ["one", "two"]);
        editor.hide(true);
        press(&mut editor, "secret\x15\x1b[Aof mine");
        assert_eq!(row(&editor, COLUMNS), "|");
        editor.extend(b"\r");
        assert_eq!(lines(&mut editor), ["of mine"]);
        press(&mut editor, "gone\x15");
        editor.hide(false);
        for (keys, shown) in [
            ("\x19", "|"),
            ("half", "half|"),
            ("\x1b[A", "two|"),
            ("\x1b[A\x1b[A", "one|"),
            ("\x1b[B", "two|"),
            ("\x1b[B", "half|"),
            ("\x1b[B", "half|"),
        ] {
            press(&mut editor, keys);
            assert_eq!(row(&editor, COLUMNS), shown, "{keys:?}");
        }
    }

    #[test]
    fn what_is_pasted_is_one_line_and_does_nothing() {
        let mut editor = typed("<\x1b[200~one\r\n\ntwo\x03\x1b[A\x04\tthree\r\x1b[201~>");
        assert_eq!(row(&editor, COLUMNS), "<one two three>|");
        editor.extend(b"\r");
        assert_eq!(lines(&mut editor), ["<one two\tthree>"]);
    }

    #[test]
    fn lines_typed_ahead_are_taken_one_by_one() {
        let mut editor = typed("");
        editor.ask("name: ".into());
        editor.extend(b"katie\nsecret\n");
        assert_eq!(editor.next(), Some(Typed::Line(b"katie".into())));
        editor.hide(true);
        assert_eq!(editor.next(), Some(Typed::Line(b"secret".into())));
        assert_eq!((editor.next(), editor.drop_typed()), (None, false));
        editor.extend(b"\nhalf");
        assert!(editor.drop_typed());
        assert_eq!(editor.next(), None);
    }

    #[test]
    fn the_end_is_typed_on_an_empty_line_alone() {
        let mut editor = typed("x\x04");
        editor.extend(b"\x7f\x04");
        assert_eq!(editor.next(), Some(Typed::End));
    }

    #[test]
    fn a_paste_without_end_is_bounded_and_too_long() {
        let mut editor = typed("\x1b[200~");
        for _ in 0..100 {
            press(&mut editor, &"x".repeat(LINE_MAX));
        }
        press(&mut editor, "\x1b[201~\x15");
        (0..3).for_each(|_| press(&mut editor, "\x19"));
        editor.extend(b"\r");
        let [line] = &lines(&mut editor)[..] else { panic!() };
        assert!((LINE_MAX + 1..=2 * LINE_MAX + 8).contains(&line.len()), "{}", line.len());
    }

    #[test]
    fn a_line_that_is_not_utf8_is_known_as_such() {
        let mut editor = typed("");
        editor.extend(b"a\xff\x7fb\rc\r");
        assert_eq!(editor.next(), Some(Typed::Line(b"ab\xff".into())));
        assert_eq!(editor.next(), Some(Typed::Line(b"c".into())));
    }

    #[test]
    fn of_a_long_line_the_part_around_the_cursor_is_shown() {
        let mut editor = typed("0123456789");
        editor.ask("a question\n> ".into());
        assert_eq!(row(&editor, 13), "0123456789|");
        assert_eq!(row(&editor, 12), "123456789|");
        press(&mut editor, "\x1b[D\x1b[D");
        assert_eq!(row(&editor, 12), "1234567|89");
        press(&mut editor, "\x1b[D\x1b[D");
        assert_eq!(row(&editor, 12), "012345|678");
        press(&mut editor, "\x01");
        assert_eq!(row(&editor, 12), "|012345678");
        let mut wide = typed("漢字漢字e\u{301}");
        wide.ask("> ".into());
        assert_eq!(row(&wide, 12), "漢字漢字e\u{301}|");
        assert_eq!(row(&wide, 11), "字漢字e\u{301}|");
        for columns in 0..12 {
            wide.row(columns);
        }
    }

    #[test]
    fn a_wide_question_has_a_row_of_its_own() {
        let mut editor = typed("half");
        editor.ask("the first row\na wide question: ".into());
        assert_eq!(editor.prompt(25), "the first row\na wide question: ");
        assert_eq!(editor.prompt(24), "the first row\na wide question: \n");
        assert_eq!(row(&editor, 24), "half|");
    }
}
