//! Terminal input and output.

mod console;
mod edit;
mod editor;
mod history;
mod keys;
mod lines;
mod output;
mod queue;
mod terminal;

pub use console::Console;
pub use edit::Edit;
pub use history::History;
pub use lines::{LINE_MAX, Line};
pub use output::{Output, OutputGone, report};
pub use terminal::can_be_drawn_on;
