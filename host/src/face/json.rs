//! JSON on standard output, which may be a terminal.

use std::fmt::Write;

use p2pm_core::wire::sanitise;
use serde::Serialize;

/// A value as a line of JSON without its end. Characters that a terminal could act on are escaped, which means the same.
pub(super) fn line(value: &impl Serialize) -> serde_json::Result<String> {
    let mut line = String::new();
    for character in serde_json::to_string(value)?.chars() {
        if is_harmless(character) {
            line.push(character);
        } else {
            escape(character, &mut line);
        }
    }
    Ok(line)
}

/// Whether a terminal shows the character, whatever is beside it.
fn is_harmless(character: char) -> bool {
    let is_plain = character == ' ' || character.is_ascii_graphic();
    is_plain || sanitise(character.encode_utf8(&mut [0; 4])).to_string().starts_with(character)
}

/// Appends the character as RFC 8259 §7 escapes it.
fn escape(character: char, line: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        // To write to a string cannot fail.
        let _ = write!(line, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_reaches_a_terminal_that_could_act_on_it() {
        for (text, shown) in [
            ("dinner?", "\"dinner?\""),
            ("\u{1b}[2J\u{7f}", "\"\\u001b[2J\\u007f\""),
            ("\u{9b}2J", "\"\\u009b2J\""),
            ("\u{202e}exe", "\"\\u202eexe\""),
            ("zo\u{eb} \u{1f600} \u{6f22}", "\"zo\u{eb} \u{1f600} \u{6f22}\""),
            ("\u{e0041}", "\"\\udb40\\udc41\""),
        ] {
            let line = line(&text).unwrap();
            assert_eq!(line, shown);
            assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text, "it means the same");
        }
    }
}
