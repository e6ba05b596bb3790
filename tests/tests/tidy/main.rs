//! Style rules: reads the repository's own sources and names every line that breaks a rule.
//!
//! The rules work on tokens, not on a syntax tree: a parser does not look inside macros, and much of a test
//! suite is inside one (`proptest!`, `assert!`).

mod layers;
mod size;
mod source;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};

use source::Source;

/// A line that breaks a rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    /// Relative to the repository.
    file: String,
    /// Counted from 1.
    line: usize,
    complaint: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.complaint)
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository is here")
}

#[test]
fn the_tree_is_tidy() {
    let sources = Source::all_in(&repository());
    let violations: Vec<String> = [layers::check, size::check, words::check]
        .iter()
        .flat_map(|rule| rule(&sources))
        .map(|violation| violation.to_string())
        .collect();
    assert!(violations.is_empty(), "{} violations\n{}", violations.len(), violations.join("\n"));
}

/// Violations of a rule in one snippet, as `line: complaint`.
#[cfg(test)]
fn complaints(rule: fn(&[Source]) -> Vec<Violation>, path: &str, text: &str) -> Vec<String> {
    let sources = [Source::new(path, text)];
    rule(&sources).into_iter().map(|found| format!("{}: {}", found.line, found.complaint)).collect()
}
