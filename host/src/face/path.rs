//! Paths as they are typed.

use std::env;
use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use p2pm_core::wire::sanitise;

/// Beginning of a path from the user's home directory on.
const HOME: &str = "~/";
/// Entries of a directory beyond which no path in it is completed.
const ENTRIES_MAX: usize = 10_000;

/// Scheme of the URI of a file (RFC 8089).
const FILE_SCHEME: &str = "file:";

/// The path that was typed, from the root on: `~/` is the user's home directory, and what else does not begin there begins in
/// the current one. If nothing is there, what a terminal types for a file that is dropped on it is understood: a word as for a
/// shell, or a URI.
///
/// # Errors
///
/// If it is empty, or there is no current directory.
pub(super) fn absolute(typed: &str) -> io::Result<PathBuf> {
    let from_root = |typed: &str| std::path::absolute(with_home(typed, env::home_dir().as_deref()));
    let literal = from_root(typed)?;
    match dropped(typed) {
        Some(path) if literal.symlink_metadata().is_err() => from_root(&path),
        _ => Ok(literal),
    }
}

/// The path of a file that is dropped on a terminal, from what that types.
fn dropped(typed: &str) -> Option<String> {
    // In a URI a quote may stand for itself.
    let word = if typed.starts_with(FILE_SCHEME) { typed.to_owned() } else { only_word(typed)? };
    match word.strip_prefix(FILE_SCHEME) {
        Some(rest) => path_of(rest),
        None => Some(word),
    }
}

/// The word that this is for a shell, if it is one.
fn only_word(typed: &str) -> Option<String> {
    let mut words = shlex::split(typed)?.into_iter();
    words.next().filter(|_| words.next().is_none())
}

/// The path in the URI of a file on this machine, behind the scheme.
fn path_of(rest: &str) -> Option<String> {
    let path = match rest.strip_prefix("//") {
        Some(rest) => rest.strip_prefix("localhost").unwrap_or(rest),
        None => rest,
    };
    path.starts_with('/').then(|| percent_decoded(path))?
}

/// A text in which `%` and two digits stand for a byte (RFC 3986 §2.1).
fn percent_decoded(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

/// The path that was typed, with the home directory in place of `~/`.
fn with_home(typed: &str, home: Option<&Path>) -> PathBuf {
    match (typed.strip_prefix(HOME), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(typed),
    }
}

/// Where the last name of a path begins that is half typed.
pub(super) fn last_name(typed: &str) -> usize {
    typed.rfind('/').map_or(0, |slash| slash + 1)
}

/// The names in the directory of a path that is half typed which begin as its last one does, in order, with a slash behind
/// folders: hidden ones only if their dot is typed, and none that cannot be shown as they are.
///
/// # Errors
///
/// If the directory cannot be read, or has more than [`ENTRIES_MAX`] entries.
pub(super) fn candidates(typed: &str) -> io::Result<Vec<String>> {
    let (directory, begun) = typed.split_at(last_name(typed));
    let directory = if directory.is_empty() { "./" } else { directory };
    let (mut names, mut count) = (Vec::new(), 0);
    for entry in fs::read_dir(with_home(directory, env::home_dir().as_deref()))? {
        count += 1;
        if count > ENTRIES_MAX {
            return Err(io::Error::other("too many files to complete their names"));
        }
        names.extend(candidate(&entry?, begun));
    }
    names.sort_unstable();
    Ok(names)
}

fn candidate(entry: &DirEntry, begun: &str) -> Option<String> {
    let name = entry.file_name().into_string().ok()?;
    let is_meant = name.starts_with(begun) && (begun.starts_with('.') || !name.starts_with('.'));
    if !is_meant || sanitise(&name).to_string() != name {
        return None;
    }
    // Of a link, what it leads to: it is sent if it is typed.
    let end = if entry.path().is_dir() { "/" } else { "" };
    Some(name + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_begins_at_home_where_it_says_so() {
        let home = Some(Path::new("/home/katie"));
        for (typed, path) in [
            ("~/my photo.jpg", "/home/katie/my photo.jpg"),
            ("~", "~"),
            ("~abdul/x", "~abdul/x"),
            ("/x", "/x"),
        ] {
            assert_eq!(with_home(typed, home), Path::new(path));
        }
        assert_eq!(with_home("~/x", None), Path::new("~/x"));
        assert_eq!(absolute("/x").unwrap(), Path::new("/x"));
        assert!(absolute("x").unwrap().is_absolute());
    }

    #[test]
    fn a_file_that_is_dropped_on_a_terminal_is_meant() {
        for (typed, path) in [
            ("'/my photos/x'", Some("/my photos/x")),
            (r"'/katie'\''s/x'", Some("/katie's/x")),
            (r"/my\ photos/x", Some("/my photos/x")),
            ("\"/my photos/x\"", Some("/my photos/x")),
            ("file:///my%20photos/zo%C3%AB", Some("/my photos/zoë")),
            ("'file:///x'", Some("/x")),
            ("file://localhost/x", Some("/x")),
            ("file:/it's", Some("/it's")),
            ("/x", Some("/x")),
            ("file://abduls-machine/x", None),
            ("file:///x%", None),
            ("file:///x%+1", None),
            ("file:///x%ff", None),
            ("'/one' '/two'", None),
            ("'/x", None),
            ("/my photos/x", None),
        ] {
            assert_eq!(dropped(typed).as_deref(), path, "{typed}");
        }
    }

    #[test]
    fn a_file_that_has_this_very_name_is_meant_first() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::write(path("it's"), "").unwrap();
        let typed = path(r"it\'s");
        let meant = || absolute(typed.to_str().unwrap()).unwrap();
        assert_eq!(meant(), path("it's"));
        fs::write(&typed, "").unwrap();
        assert_eq!(meant(), typed);
        let nowhere = path("'nowhere");
        assert_eq!(absolute(nowhere.to_str().unwrap()).unwrap(), nowhere);
    }

    #[test]
    fn names_go_on_from_what_is_typed() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        fs::create_dir(path("photos of zoë")).unwrap();
        for name in ["photo.jpg", "plan.txt", ".hidden", "photo\x1b[2J", "photo\u{202e}gpj.exe"] {
            fs::write(path(name), "").unwrap();
        }
        let at = |typed: &str| candidates(&format!("{}/{typed}", directory.path().display())).unwrap();
        assert_eq!(at("ph"), ["photo.jpg", "photos of zoë/"]);
        assert_eq!(at(""), ["photo.jpg", "photos of zoë/", "plan.txt"]);
        assert_eq!(at("."), [".hidden"]);
        assert_eq!(at("photos of zoë/"), [""; 0]);
        assert!(candidates("/nowhere at all/x").is_err());
    }

    #[test]
    fn a_directory_without_end_is_not_read_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        for number in 0..=ENTRIES_MAX {
            fs::write(directory.path().join(number.to_string()), "").unwrap();
        }
        let typed = format!("{}/1", directory.path().display());
        assert!(candidates(&typed).unwrap_err().to_string().starts_with("too many"));
    }
}
