//! Terminal input and output.

mod console;
mod lines;
mod output;
mod terminal;

pub use console::Console;
pub use lines::{LINE_MAX, Line};
pub use output::{Output, OutputGone, report};
pub(crate) use terminal::is_dumb;
