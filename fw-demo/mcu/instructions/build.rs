//! Says how the image is linked: for the memory of the board mps2-an385, with a place for the texts of defmt.

fn main() {
    println!("cargo:rerun-if-changed=../mps2-an385/memory.x");
    println!("cargo:rustc-link-search={}/../mps2-an385", env!("CARGO_MANIFEST_DIR"));
    for script in ["link.x", "defmt.x"] {
        println!("cargo:rustc-link-arg-bins=-T{script}");
    }
}
