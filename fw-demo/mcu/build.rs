//! Linker arguments of every image: the memory of its board, and the sections of defmt.

use std::env;
use std::path::{Path, PathBuf};

/// For images that are not the firmware of a board.
const DEFAULT_BOARD: &str = "../mps2-an385";
/// An image of the core alone does not log, so it is linked without defmt's script.
const WITHOUT_LOG: &str = "footprint";

fn main() {
    let package = PathBuf::from(given("CARGO_MANIFEST_DIR"));
    let board = if package.join("memory.x").exists() { package } else { package.join(DEFAULT_BOARD) };
    find_memory(&board);
    link_with("link.x");
    if given("CARGO_PKG_NAME") != WITHOUT_LOG {
        link_with("defmt.x");
    }
}

#[allow(clippy::expect_used, reason = "this runs where it is built")]
fn given(variable: &str) -> String {
    env::var(variable).expect("cargo tells")
}

fn find_memory(board: &Path) {
    println!("cargo:rerun-if-changed={}", board.join("memory.x").display());
    println!("cargo:rustc-link-search={}", board.display());
}

fn link_with(script: &str) {
    println!("cargo:rustc-link-arg-bins=-T{script}");
}
