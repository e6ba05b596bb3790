//! The terminal: what is typed, what is shown.

mod console;
mod lines;
mod sanitise;

pub use console::{Console, HiddenInput};
pub use lines::{LINE_MAX, Line};
pub use sanitise::sanitise;
