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

/// The path that was typed, from the root on: `~/` is the user's home directory, and what else does not begin there begins in
/// the current one.
///
/// # Errors
///
/// If it is empty, or there is no current directory.
pub(super) fn absolute(typed: &str) -> io::Result<PathBuf> {
    std::path::absolute(with_home(typed, env::home_dir().as_deref()))
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
