//! Says how the images are linked: for the memory of the board mps2-an385.

fn main() {
    println!("cargo:rerun-if-changed=../mps2-an385/memory.x");
    println!("cargo:rustc-link-search={}/../mps2-an385", env!("CARGO_MANIFEST_DIR"));
    println!("cargo:rustc-link-arg-bins=-Tlink.x");
}
