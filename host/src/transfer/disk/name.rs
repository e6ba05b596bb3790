//! Names that peers and files have, and names that files get here.
//!
//! Whatever is changed in a name can be seen, and the same name is always changed in the same way. Where two different names
//! must not become one, a mark of the original is added: `~` and eight digits, before the extension.

use std::borrow::Cow;

use p2pm_core::limits::LABEL_MAX;
use p2pm_core::transfer::Chain;
use p2pm_core::wire::{Label, sanitise};

/// Longest extension, with its dot, that a name keeps at its end, in bytes.
const EXTENSION_MAX: usize = 16;
/// Longest name for a file system that has refused another one, in bytes: the limit of encrypted ones.
const PLAIN_MAX: usize = 140;
/// What stands before a name, or after it, that would mean something as it is.
const GUARD: char = '_';
/// Length of a mark, with its tilde, in bytes.
const MARK_LEN: usize = 9;

/// Name in the inbox of what has this label.
///
/// Nothing hidden is put there, since it may be the folder of a shell's settings; nothing that a program takes for an option;
/// and nothing that Windows gives a meaning of its own. What is not seen, such as a control character, becomes U+FFFD.
pub(super) fn in_inbox(label: &str) -> String {
    fit(&guarded(&sanitise(label).to_string()), "", LABEL_MAX)
}

/// Name of what has this label inside a folder. There it is kept as it is, since programs that use the folder rely on its
/// names; but what is not seen becomes U+FFFD, and the name is marked.
pub(super) fn in_folder(label: &str) -> Cow<'_, str> {
    let shown = sanitise(label).to_string();
    if shown == label {
        Cow::Borrowed(label)
    } else {
        Cow::Owned(marked(&shown, label.as_bytes(), LABEL_MAX))
    }
}

/// Name for a file system that does not hold another one: a short one, without anything that any system gives a meaning, and
/// marked.
pub(super) fn plain(label: &str) -> String {
    let replaced = sanitise(label).to_string().replace(['<', '>', ':', '"', '\\', '|', '?', '*'], "_");
    marked(&guarded(&replaced), label.as_bytes(), PLAIN_MAX)
}

/// The name with a number, for where the name is taken: `a (1).pdf`.
pub(super) fn numbered(name: &str, number: u32) -> String {
    fit(name, &format!(" ({number})"), LABEL_MAX)
}

/// The label for a name on disk. One that is no label, for it is not UTF-8, is shown as well as can be, and marked.
pub(super) fn label(name: &[u8]) -> Cow<'_, str> {
    match Label::new(name) {
        Ok(label) => Cow::Borrowed(label.as_str()),
        Err(_) => {
            Cow::Owned(marked(&String::from_utf8_lossy(name).replace(['/', '\0'], "_"), name, LABEL_MAX))
        }
    }
}

/// Whether a name ends as those do that are marked.
pub(super) fn is_marked(name: &str) -> bool {
    let (stem, _) = split(name);
    let mark = stem.len().checked_sub(MARK_LEN).and_then(|start| stem.as_bytes().get(start..));
    mark.is_some_and(|mark| {
        mark.iter().enumerate().all(|(at, byte)| match at {
            0 => *byte == b'~',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
    })
}

fn marked(name: &str, original: &[u8], max: usize) -> String {
    let mut chain = Chain::default();
    chain.update(original);
    let [a, b, c, d, ..] = chain.extent().hash;
    fit(name, &format!("~{:08x}", u32::from_be_bytes([a, b, c, d])), max)
}

/// The name with nothing at its beginning and end, nor as a whole, that means something.
fn guarded(name: &str) -> String {
    let mut guarded = String::with_capacity(name.len() + 2);
    if name.starts_with(['.', '-', '~', ' ']) || name.is_empty() || is_device(name) {
        guarded.push(GUARD);
    }
    guarded.push_str(name);
    if name.ends_with(['.', ' ']) {
        guarded.push(GUARD);
    }
    guarded
}

/// Whether Windows takes a name for a device, whatever its extension is.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_uppercase();
    let is_port = |stem: &str| {
        let mut numbers =
            stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")).unwrap_or_default().chars();
        let number = numbers.next();
        number.is_some_and(|number| number.is_ascii_digit() || "¹²³".contains(number))
            && numbers.next().is_none()
    };
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CLOCK$" | "CONIN$" | "CONOUT$") || is_port(&stem)
}

/// Stem and extension of a name.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 && name.len() - dot <= EXTENSION_MAX => name.split_at(dot),
        _ => (name, ""),
    }
}

/// The name with `tail` before its extension, in at most `max` bytes: the stem is cut.
fn fit(name: &str, tail: &str, max: usize) -> String {
    let (stem, extension) = split(name);
    let room = max.saturating_sub(tail.len() + extension.len());
    let stem = &stem[..stem.floor_char_boundary(room)];
    [stem, tail, extension].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_the_inbox_a_name_means_nothing_to_any_program() {
        for (label, name) in [
            ("photo.jpg", "photo.jpg"),
            ("x.part", "x.part"),
            ("déjà vu (1).txt", "déjà vu (1).txt"),
            (".bashrc", "_.bashrc"),
            ("...", "_..._"),
            ("-rf", "_-rf"),
            ("~", "_~"),
            (" ", "_ _"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("Aux .tar.gz", "_Aux .tar.gz"),
            ("com1", "_com1"),
            ("LPT²", "_LPT²"),
            ("com10", "com10"),
            ("console", "console"),
            ("a.", "a._"),
            ("a ", "a _"),
            ("a\x1b[2Jb", "a\u{fffd}[2Jb"),
            ("photo\u{202e}gpj.exe", "photo\u{fffd}gpj.exe"),
            ("\n", "\u{fffd}"),
            ("..\\..\\x", "_..\\..\\x"),
        ] {
            assert_eq!(in_inbox(label), name, "{label:?}");
        }
    }

    #[test]
    fn inside_a_folder_only_what_is_not_seen_is_changed() {
        for label in [".gitignore", "-", "aux.c", "a.", "Makefile~", "x y"] {
            assert_eq!(in_folder(label), label);
            assert!(!is_marked(label));
        }
        let (one, other) = (in_folder("a\u{1}b.txt"), in_folder("a\u{2}b.txt"));
        assert!(one.starts_with("a\u{fffd}b~") && one.ends_with(".txt") && one != other, "{one}");
        assert!(is_marked(&one) && is_marked(&other) && in_folder(&one) == one);
    }

    #[test]
    fn every_name_fits() {
        for label in
            ["x".repeat(255), "é".repeat(127), "\u{1}".repeat(255), format!("{}.jpeg", "\u{1}".repeat(250))]
        {
            for name in
                [in_inbox(&label), numbered(&in_inbox(&label), 999), in_folder(&label).into(), plain(&label)]
            {
                assert!(Label::new(name.as_bytes()).is_ok(), "{name}");
                assert_eq!(name.ends_with("jpeg"), label.ends_with("jpeg"));
            }
            assert!(plain(&label).len() <= PLAIN_MAX);
            assert!(numbered(&in_inbox(&label), 999).contains(" (999)"));
        }
    }

    #[test]
    fn numbers_come_before_the_extension() {
        for (name, second) in [
            ("a.pdf", "a (1).pdf"),
            ("a", "a (1)"),
            (".x", ".x (1)"),
            ("a.b.c", "a.b (1).c"),
            ("not an. extension since it is long", "not an. extension since it is long (1)"),
        ] {
            assert_eq!(numbered(name, 1), second);
        }
    }

    #[test]
    fn a_plain_name_is_one_everywhere() {
        let name = plain("..\\a:b?.t*t.");
        assert!(
            name.starts_with("_.._a_b_.t_t~") && is_marked(&name) && !name.contains([':', '?', '*', '\\']),
            "{name}"
        );
        assert!(!name.ends_with(['.', ' ']));
        assert!(plain("con.x").starts_with("_con~"));
        assert_ne!(plain("README"), plain("readme"));
    }

    #[test]
    fn a_name_that_is_not_utf_8_gets_a_label() {
        assert_eq!(label(b"a.txt"), "a.txt");
        let (one, other) = (label(b"a\xff.txt"), label(b"a\xfe.txt"));
        assert!(one.starts_with("a\u{fffd}~") && one.ends_with(".txt") && one != other);
        assert!(Label::new(label(&[0xff; 255]).as_bytes()).is_ok());
    }
}
