//! Sanitising of peers' text for a terminal.

use core::fmt::{self, Display, Formatter, Write};

use super::unicode::{is_joining, is_pictograph, is_unclear, is_unseen};

/// Displays `text` without characters that a terminal or the bidirectional algorithm could act on, or that
/// are invisible: each becomes U+FFFD, and a tab becomes a space.
///
/// An invisible character stays if the one before it calls for it, at most one in a place: a variation
/// selector, a joiner between pictographs or in a script that needs it, the tags of a flag.
pub fn sanitise(text: &str) -> impl Display {
    Sanitised(text)
}

struct Sanitised<'a>(&'a str);

impl Display for Sanitised<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut before = Before::default();
        let mut chars = self.0.chars();
        while let Some(c) = chars.next() {
            let shown = match c {
                '\t' => ' ',
                c if !is_unseen(c) || before.calls_for(c, chars.as_str()) => c,
                _ => char::REPLACEMENT_CHARACTER,
            };
            before.take(shown, chars.as_str());
            f.write_char(shown)?;
        }
        Ok(())
    }
}

const COMBINING_GRAPHEME_JOINER: char = '\u{34F}';
const ZERO_WIDTH_NON_JOINER: char = '\u{200C}';
const ZERO_WIDTH_JOINER: char = '\u{200D}';

/// Context that decides whether an invisible character belongs to the one before it.
#[derive(Default)]
struct Before {
    /// The last visible character, or the one before a variation selector.
    base: Option<char>,
    /// Whether a variation selector has followed it.
    is_varied: bool,
    /// Number of tags still to come for the preceding flag.
    tags_left: usize,
}

impl Before {
    /// Whether the invisible character `c` belongs to the one before it, or joins that to `rest`.
    fn calls_for(&self, c: char, rest: &str) -> bool {
        let Some(base) = self.base else { return self.tags_left > 0 };
        let is_joined = is_pictograph(base) || is_skin_tone(base);
        match c {
            ZERO_WIDTH_JOINER if is_joined => rest.chars().next().is_some_and(is_pictograph),
            _ if self.is_varied => false,
            COMBINING_GRAPHEME_JOINER | ZERO_WIDTH_NON_JOINER | ZERO_WIDTH_JOINER => is_joining(base),
            '\u{180B}'..='\u{180F}' => matches!(base, '\u{1820}'..='\u{18AA}'),
            '\u{FE0E}' | '\u{FE0F}' => is_pictograph(base) || matches!(base, '#' | '*' | '0'..='9'),
            '\u{FE00}'..='\u{FE0D}' => base == '0' || !base.is_ascii(),
            '\u{E0100}'..='\u{E01EF}' => is_ideograph(base),
            _ => self.tags_left > 0,
        }
    }

    /// Records that `shown` was written, with `rest` to come.
    fn take(&mut self, shown: char, rest: &str) {
        self.tags_left = match shown {
            BLACK_FLAG => tags_of_flag(rest),
            _ => self.tags_left.saturating_sub(1),
        };
        self.is_varied = is_variation_selector(shown);
        if !self.is_varied {
            let is_base = !is_unseen(shown) && !is_unclear(shown) && !is_stand_in(shown);
            self.base = is_base.then_some(shown);
        }
    }
}

const BLACK_FLAG: char = '\u{1F3F4}';
const CANCEL_TAG: char = '\u{E007F}';

/// Number of tags at the start of `rest` if they form the flag of a subdivision (UTS #51, ED-14a): 3 to 7
/// small letters and digits of CLDR's code, and the cancel tag; otherwise 0.
fn tags_of_flag(rest: &str) -> usize {
    let is_tag = |c: &char| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
    let subdivision = rest.chars().take(8).take_while(is_tag).count();
    let is_whole = (3..=7).contains(&subdivision) && rest.chars().nth(subdivision) == Some(CANCEL_TAG);
    if is_whole { subdivision + 1 } else { 0 }
}

/// Whether `c` replaces a tab or an invisible character.
fn is_stand_in(c: char) -> bool {
    matches!(c, ' ' | char::REPLACEMENT_CHARACTER)
}

fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1F3FB}'..='\u{1F3FF}')
}

fn is_variation_selector(c: char) -> bool {
    matches!(c,
        '\u{180B}'..='\u{180D}' | '\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Blocks of ideographs, with the compatibility ones.
fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFD}')
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
        let texts =
            ["", "hello  user! ", "  naïve  ", "日本語", "🦀", "a\u{A0}b\u{3000}c", "e\u{301}", "\u{E0B0}"];
        for text in texts {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn pictures_of_several_characters_stay_whole() {
        for picture in [
            "\u{2764}\u{FE0F}",
            "\u{2764}\u{FE0E}",
            "1\u{FE0F}\u{20E3}#\u{FE0F}\u{20E3}",
            "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}",
            "\u{1F469}\u{1F3FD}\u{200D}\u{1F680}",
            "\u{2764}\u{FE0F}\u{200D}\u{1F525}",
            "\u{1F3F3}\u{FE0F}\u{200D}\u{26A7}\u{FE0F}",
            "\u{1F1E9}\u{1F1EA}",
            "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}!",
        ] {
            assert_eq!(shown(picture), picture);
        }
    }

    #[test]
    fn what_scripts_need_stays() {
        for text in [
            "\u{645}\u{6CC}\u{200C}\u{62E}\u{648}\u{627}\u{647}\u{645}", // Persian, without joining
            "\u{5D1}\u{5BC}\u{5B0}\u{34F}\u{5BD}",                       // Hebrew, marks in their order
            "\u{0DC1}\u{0DCA}\u{200D}\u{0DBB}\u{0DD3}",                  // Sinhala, a conjunct
            "\u{915}\u{94D}\u{200C}\u{937}",                             // Devanagari, no conjunct
            "\u{1820}\u{180B}\u{1820}\u{180E}",                          // Mongolian, a variant
            "\u{845B}\u{E0100}",                                         // an ideograph, a variant
            "\u{2229}\u{FE00}0\u{FE00}",                                 // symbols with serifs and slashes
            "\u{6DD}\u{0661}",                                           // Arabic, a number's frame
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn what_belongs_to_nothing_is_shown_to_be_there() {
        for (text, safe) in [
            ("pass\u{AD}word", "pass\u{FFFD}word"),
            ("a\u{200B}b\u{2060}c\u{FEFF}", "a\u{FFFD}b\u{FFFD}c\u{FFFD}"),
            ("a\u{200D}b \u{200C}", "a\u{FFFD}b \u{FFFD}"),
            ("\u{1F468}\u{200D}a", "\u{1F468}\u{FFFD}a"),
            ("\u{647}\u{200D}\u{200D}", "\u{647}\u{200D}\u{FFFD}"),
            ("a\u{FE0F}\u{FE00}", "a\u{FFFD}\u{FFFD}"),
            ("\u{2764}\u{FE0F}\u{FE0F}", "\u{2764}\u{FE0F}\u{FFFD}"),
            ("\u{845B}\u{E0100}\u{E0101}", "\u{845B}\u{E0100}\u{FFFD}"),
            ("\u{1F980}\u{E0100}", "\u{1F980}\u{FFFD}"),
            ("a\u{180B}\u{3164}\u{FFFF}", "a\u{FFFD}\u{FFFD}\u{FFFD}"),
            ("a\u{E0061}\u{E007F}", "a\u{FFFD}\u{FFFD}"),
        ] {
            assert_eq!(shown(text), safe, "{text:?}");
        }
    }

    #[test]
    fn tags_that_are_no_flag_are_shown_to_be_there() {
        let flag = |tags: &str| format!("\u{1F3F4}{tags}");
        for tags in [
            "\u{E0067}\u{E0062}\u{E007F}",
            "\u{E0067}\u{E0062}\u{E0073}",
            "\u{E0067}\u{E0062}\u{E0041}\u{E007F}",
            &("\u{E0067}".repeat(8) + "\u{E007F}"),
        ] {
            let hidden = "\u{FFFD}".repeat(tags.chars().count());
            assert_eq!(shown(&flag(tags)), flag(&hidden), "{tags:?}");
        }
        let whole = flag("\u{E0067}\u{E0062}\u{E0073}\u{E007F}");
        assert_eq!(shown(&(whole.clone() + "\u{E0067}")), whole + "\u{FFFD}");
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
    fn what_reorders_text_never_passes_and_its_neighbours_do() {
        let formats = ['\u{061C}'].into_iter().chain('\u{200E}'..='\u{200F}');
        for c in formats.chain('\u{2028}'..='\u{202E}').chain('\u{2066}'..='\u{206F}') {
            assert_eq!(shown(&format!("\u{5D0}{c}")), "\u{5D0}\u{FFFD}", "{c:?}");
        }
        for c in ['\u{2010}', '\u{2027}', '\u{202F}', '\u{205F}', '\u{2070}'] {
            assert_eq!(shown(&c.to_string()), c.to_string(), "{c:?}");
        }
    }
}
