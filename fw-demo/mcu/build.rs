//! Says how every image is linked: for the memory of its board, with a place for the texts of defmt.

use std::env;
use std::path::{Path, PathBuf};

/// For what is not the firmware of a board.
const DEFAULT_BOARD: &str = "../mps2-an385";
/// An image of the core alone says nothing, so it has no script of defmt.
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
