//! Completion of names and commands.

use crate::face::typed::COMMANDS;

/// What completes a word.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Completion {
    /// What follows what was typed.
    pub(super) rest: String,
    /// What is left to choose from; none if there is only one.
    pub(super) candidates: Vec<String>,
}

/// Completes the word at the end of what was typed: a command at the beginning of the first line, else a name.
pub(super) fn complete(typed: &str, is_first_line: bool, names: &[&str]) -> Completion {
    if is_first_line && let Some(command) = typed.strip_prefix('/').filter(|it| !it.contains(' ')) {
        return among(command, COMMANDS.iter().map(|it| it.name), " ");
    }
    let word = typed.rsplit(' ').next().unwrap_or_default();
    if word.is_empty() && !typed.starts_with('/') {
        return Completion::default();
    }
    among(word, names.iter().copied(), " ")
}

/// The longest text that all that begin like this go on with; and `end` if there is one alone.
fn among<'a>(begun: &str, all: impl Iterator<Item = &'a str>, end: &str) -> Completion {
    let fitting: Vec<_> = all.filter(|it| it.starts_with(begun)).collect();
    let Some((first, others)) = fitting.split_first() else { return Completion::default() };
    let common = others.iter().fold(*first, |common, other| common_beginning(common, other));
    let rest = &common[begun.len()..];
    if others.is_empty() {
        Completion { rest: format!("{rest}{end}"), candidates: Vec::new() }
    } else {
        Completion { rest: rest.to_owned(), candidates: fitting.iter().map(ToString::to_string).collect() }
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
            Completion { rest: "bdul".into(), candidates: vec!["abdul".into(), "abdullah".into()] }
        );
        assert_eq!(complete("/d", true, &NAMES).candidates, ["deny", "doctor"]);
        assert_eq!(complete("/d", false, &NAMES), Completion::default());
    }
}
