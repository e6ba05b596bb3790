//! Assembly of lines from partial reads.

/// Longest line accepted, in bytes without its end.
pub const LINE_MAX: usize = 4096;

/// A line of the user's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A line as typed, with its white space, without its `\n` or `\r\n`.
    Text(String),
    /// A line longer than [`LINE_MAX`], dropped as a whole.
    TooLong,
    /// A line that is not UTF-8, dropped.
    NotUtf8,
    /// End of the input.
    Eof,
}

/// Buffer of bytes not yet taken as lines, bounded: at most one line, and what was read with its end.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    /// The current line is too long, and its beginning has been dropped.
    overlong: bool,
    ended: bool,
}

impl Lines {
    pub(super) fn extend(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let room = LINE_MAX + "\r".len();
        if self.bytes.len() > room && !self.bytes.contains(&b'\n') {
            self.bytes.clear();
            self.overlong = true;
        }
    }

    pub(super) fn finish(&mut self) {
        self.ended = true;
    }

    pub(super) fn want_more(&self) -> bool {
        !self.ended && !self.bytes.contains(&b'\n')
    }

    /// Whether there is nothing to take except the end.
    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.overlong
    }

    /// Whether only the end is left.
    pub(super) fn is_at_end(&self) -> bool {
        self.ended && self.is_empty()
    }

    pub(super) fn next(&mut self) -> Option<Line> {
        if let Some(end) = self.bytes.iter().position(|&b| b == b'\n') {
            let line: Vec<u8> = self.bytes.drain(..=end).collect();
            let line = &line[..end];
            return Some(self.line(line.strip_suffix(b"\r").unwrap_or(line).to_vec()));
        }
        if !self.ended {
            return None;
        }
        let unfinished = std::mem::take(&mut self.bytes);
        if unfinished.is_empty() && !self.overlong { Some(Line::Eof) } else { Some(self.line(unfinished)) }
    }

    fn line(&mut self, bytes: Vec<u8>) -> Line {
        if std::mem::take(&mut self.overlong) || bytes.len() > LINE_MAX {
            return Line::TooLong;
        }
        String::from_utf8(bytes).map_or(Line::NotUtf8, Line::Text)
    }
}

#[cfg(test)]
mod tests {
    use super::{LINE_MAX, Line, Lines};

    /// Every line of `input`, which arrives in pieces of `step` bytes.
    fn all(input: &[u8], step: usize) -> Vec<Line> {
        let mut lines = Lines::default();
        let mut taken = Vec::new();
        for piece in input.chunks(step) {
            lines.extend(piece);
            taken.extend(std::iter::from_fn(|| lines.next()));
            assert!(lines.want_more());
            assert!(lines.bytes.len() <= LINE_MAX + 1);
        }
        lines.finish();
        taken.extend(std::iter::from_fn(|| lines.next()).take_while(|line| *line != Line::Eof));
        taken
    }

    fn text(line: &str) -> Line {
        Line::Text(line.into())
    }

    #[test]
    fn any_split_gives_the_same_lines() {
        let input = " a\tb \r\n\n\r\r\nnaïve\nlast".as_bytes();
        for step in 1..=input.len() {
            let expected = [text(" a\tb "), text(""), text("\r"), text("naïve"), text("last")];
            assert_eq!(all(input, step), expected, "{step}");
        }
    }

    #[test]
    fn the_longest_line_is_taken_and_a_longer_one_dropped_whole() {
        let longest = "x".repeat(LINE_MAX);
        for step in [1, 7, 1024, 10_000] {
            let input = format!("{longest}\r\n{longest}y\n{longest}{longest}{longest}\nnext\n{longest}y");
            let expected = [text(&longest), Line::TooLong, Line::TooLong, text("next"), Line::TooLong];
            assert_eq!(all(input.as_bytes(), step), expected, "{step}");
        }
    }

    #[test]
    fn a_line_that_is_not_utf8_costs_no_other() {
        assert_eq!(all(b"a\n\xFF\xFE\nb\n", 3), [text("a"), Line::NotUtf8, text("b")]);
    }

    #[test]
    fn the_end_is_told_again_and_again() {
        let mut lines = Lines::default();
        lines.finish();
        assert_eq!([lines.next(), lines.next()], [Some(Line::Eof), Some(Line::Eof)]);
        assert!(!lines.want_more());
    }
}
