//! Completion of names, commands and paths.

use crate::face::path;
use crate::face::typed::COMMANDS;

/// Most candidates that are shown.
const CANDIDATES_MAX: usize = 50;

/// What completes a word.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Completion {
    /// What follows what was typed.
    pub(super) rest: String,
    /// What is left to choose from; none if there is only one.
    pub(super) candidates: Vec<String>,
    /// Why nothing completes it, if that is not plain.
    pub(super) problem: Option<String>,
}

/// The command that a path follows.
pub(super) const SEND: &str = "/send ";

/// Completes what was typed at its end: a command at the beginning of the first line, a path behind `/send`, else a name.
pub(super) fn complete(typed: &str, is_first_line: bool, names: &[&str]) -> Completion {
    if is_first_line && let Some(command) = typed.strip_prefix('/').filter(|it| !it.contains(' ')) {
        return among(command, COMMANDS.iter().map(|it| it.name), " ");
    }
    if is_first_line && let Some(path) = typed.strip_prefix(SEND) {
        return of_path(path.trim_start());
    }
    let word = typed.rsplit(' ').next().unwrap_or_default();
    if word.is_empty() && !typed.starts_with('/') {
        return Completion::default();
    }
    among(word, names.iter().copied(), " ")
}

fn of_path(typed: &str) -> Completion {
    match path::candidates(typed) {
        // A file name may go on, and a folder does.
        Ok(names) => among(&typed[path::last_name(typed)..], names.iter().map(String::as_str), ""),
        Err(error) => Completion { problem: Some(error.to_string()), ..Completion::default() },
    }
}

/// The longest text that all that begin like this go on with; and `end` if there is one alone.
fn among<'a>(begun: &str, all: impl Iterator<Item = &'a str>, end: &str) -> Completion {
    let fitting: Vec<_> = all.filter(|it| it.starts_with(begun)).collect();
    let Some((first, others)) = fitting.split_first() else { return Completion::default() };
    let common = others.iter().fold(*first, |common, other| common_beginning(common, other));
    let rest = &common[begun.len()..];
    if others.is_empty() {
        Completion { rest: format!("{rest}{end}"), ..Completion::default() }
    } else {
        let candidates = fitting.iter().take(CANDIDATES_MAX).map(ToString::to_string).collect();
        Completion { rest: rest.to_owned(), candidates, problem: None }
    }
}

fn common_beginning<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b);
    let end = same.map_or(one.len().min(other.len()), |((index, _), _)| index);
    &one[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 3] = ["abdul", "abdullah", "zoë"];

    fn rest(typed: &str) -> String {
        complete(typed, true, &NAMES).rest
    }

    #[test]
    fn what_is_clear_is_completed() {
        assert_eq!(rest("/he"), "lp ");
        assert_eq!(rest("/to z"), "oë ");
        assert_eq!(rest("hello z"), "oë ");
        assert_eq!(rest("/to "), "");
        assert_eq!(rest(""), "");
        assert_eq!(rest("x"), "");
    }

    #[test]
    fn what_is_not_clear_is_said() {
        assert_eq!(
            complete("a", true, &NAMES),
            Completion {
                rest: "bdul".into(),
                candidates: vec!["abdul".into(), "abdullah".into()],
                problem: None
            }
        );
        assert_eq!(complete("/d", true, &NAMES).candidates, ["deny", "distrust", "doctor"]);
        assert_eq!(complete("/d", false, &NAMES), Completion::default());
    }

    #[test]
    fn a_path_is_completed_to_its_end() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().to_str().unwrap();
        std::fs::create_dir(directory.path().join("my photos")).unwrap();
        for name in ["my photos/at eight.jpg", "my photos/at nine.jpg"] {
            std::fs::write(directory.path().join(name), "").unwrap();
        }
        assert_eq!(rest(&format!("/send {root}/m")), "y photos/");
        let at = complete(&format!("/send {root}/my photos/"), true, &NAMES);
        assert_eq!(
            (at.rest.as_str(), at.candidates.as_slice()),
            ("at ", &["at eight.jpg".into(), "at nine.jpg".into()][..])
        );
        assert_eq!(rest(&format!("/send {root}/my photos/at e")), "ight.jpg", "without a space behind it");
        assert!(complete("/send /nowhere at all/", true, &NAMES).problem.is_some());
    }
}
