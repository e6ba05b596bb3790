//! The terminal: what is typed, what is shown.

mod console;
mod lines;

pub use console::Console;
pub use lines::{LINE_MAX, Line};
