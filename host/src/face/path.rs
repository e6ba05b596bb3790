//! Paths as they are typed.

use std::env;
use std::io;
use std::path::{Path, PathBuf};

/// Beginning of a path from the user's home directory on.
const HOME: &str = "~/";

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
}
