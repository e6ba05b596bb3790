//! What a peer sent, made safe to show.

use core::fmt::{self, Display, Formatter, Write};

use super::name::stays_in_place;

/// `text` as a terminal may see it: a tab becomes a space, and every other character that a terminal or a
/// reader of bidirectional text could act on, rather than show, becomes U+FFFD. All else passes as it is.
pub fn sanitise(text: &str) -> impl Display {
    Sanitised(text)
}

struct Sanitised<'a>(&'a str);

impl Display for Sanitised<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.chars().map(shown).try_for_each(|c| f.write_char(c))
    }
}

fn shown(c: char) -> char {
    match c {
        '\t' => ' ',
        c if stays_in_place(c) => c,
        _ => char::REPLACEMENT_CHARACTER,
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::format;
    use std::string::{String, ToString};

    use super::sanitise;

    fn shown(text: &str) -> String {
        sanitise(text).to_string()
    }

    #[test]
    fn text_and_its_white_space_pass_unchanged() {
        for text in [
            "",
            "\u{2764}\u{FE0F}",
            "\u{1F468}\u{200D}\u{1F467}",
            "hello  user! ",
            "  naïve  ",
            "日本語",
            "🦀",
            "a\u{00A0}b",
            "e\u{0301}",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn a_tab_is_a_space() {
        assert_eq!(shown("a\tb"), "a b");
    }

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(shown("\x1b[2Jgone"), "\u{FFFD}[2Jgone");
        assert_eq!(shown("\x1b]0;title\x07"), "\u{FFFD}]0;title\u{FFFD}");
        assert_eq!(shown("\u{9b}31m"), "\u{FFFD}31m");
    }

    #[test]
    fn no_control_character_passes() {
        for c in ('\0'..='\u{9F}').filter(|c| c.is_control() && *c != '\t') {
            assert_eq!(shown(&format!("a{c}b")), "a\u{FFFD}b", "{c:?}");
        }
    }

    #[test]
    fn no_format_character_passes_and_their_neighbours_do() {
        let formats = ['\u{061C}'].into_iter().chain('\u{200E}'..='\u{200F}');
        for c in formats.chain('\u{2028}'..='\u{202E}').chain('\u{2066}'..='\u{206F}') {
            assert_eq!(shown(&c.to_string()), "\u{FFFD}", "{c:?}");
        }
        for c in ['\u{200D}', '\u{2010}', '\u{2027}', '\u{202F}', '\u{205F}', '\u{2070}'] {
            assert_eq!(shown(&c.to_string()), c.to_string(), "{c:?}");
        }
    }
}
