//! The linker finds `memory.x` in this folder.

use std::env;

fn main() {
    println!("cargo:rerun-if-changed=memory.x");
    if let Ok(folder) = env::var("CARGO_MANIFEST_DIR") {
        println!("cargo:rustc-link-search={folder}");
    }
}
