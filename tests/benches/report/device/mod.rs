//! A device on a TAP, compared with a bare socket of its network stack.

mod bare;
mod file;
mod texts;

/// Measures and prints.
pub fn report() {
    texts::report();
    file::report();
}
