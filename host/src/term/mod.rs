//! The terminal: what is typed, what is shown.

mod sanitise;

pub use sanitise::sanitise;
