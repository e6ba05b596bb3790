//! Paths of the product's programs: cargo gives a package's binaries only to that package's own tests.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Packages with programs.
const PACKAGES: [&str; 2] = ["p2pm-host", "p2pm-tap"];

/// Path of the program `name`, one of `communityserver`, `nodeServer`, `client`, `p2pm` and `p2pm-tap`.
///
/// The first call in a process builds them all, with the profile and into the target directory of the
/// caller's own executable.
///
/// # Panics
/// If they do not build, or there is no such program.
pub fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let path = FOLDER.get_or_init(build_programs).join(name);
    assert!(path.is_file(), "there is no program {name}: {} is missing", path.display());
    path
}

/// Builds the programs and returns their folder.
fn build_programs() -> PathBuf {
    let folder = own_folder();
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") => "dev",
        Some(name) => name,
        None => panic!("no profile in {}", folder.display()),
    };
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--locked", "--bins", "--profile", profile])
        .args(PACKAGES.iter().flat_map(|package| ["--package", package]))
        .args((!cfg!(feature = "ring")).then_some("--no-default-features"))
        .arg("--manifest-path")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"))
        .arg("--target-dir")
        .arg(folder.parent().expect("a profile's folder is in the target directory"))
        .output()
        .expect("cargo can be run");
    assert!(output.status.success(), "the programs:\n{}", String::from_utf8_lossy(&output.stderr));
    folder
}

/// Folder of the running executable's profile, such as `target/debug`.
fn own_folder() -> PathBuf {
    let executable = env::current_exe().expect("an executable knows its path");
    let folder = executable.parent().expect("an executable is in a folder");
    if folder.ends_with("deps") { folder.parent().unwrap_or(folder).to_owned() } else { folder.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_built_beside_this_test() {
        assert_eq!(program("p2pm"), own_folder().join("p2pm"));
    }

    #[test]
    #[should_panic(expected = "there is no program telnet")]
    fn an_unknown_program_is_named() {
        program("telnet");
    }
}
