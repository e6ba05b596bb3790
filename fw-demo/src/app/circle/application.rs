//! What a device is for: an application, which hears what others say and says something of its own.

use heapless::String;
use p2pm_core::node::Known;
use p2pm_core::time::Instant;

/// Longest text of an application's, in bytes.
pub const WORDS_MAX: usize = 128;

/// A text of an application's.
pub type Words = String<WORDS_MAX>;

/// Hooks of an application. None of them may block.
pub trait Application {
    /// A contact has said a text, which is shown on the console already, and is as the peer sent it. Returns the answer, if
    /// there is one. A text of more than [`PART_MAX`](p2pm_core::limits::PART_MAX) bytes is shown only.
    fn on_text(&mut self, from: &Known, text: &str) -> Option<Words>;

    /// A line was typed on the console that is none of its commands. False if it means nothing here either.
    fn on_line(&mut self, line: &str) -> bool {
        _ = line;
        false
    }

    /// What is to be said to everyone now, if anything is. It is asked for whenever the device is awake.
    fn say_all(&mut self, now: Instant) -> Option<Words> {
        _ = now;
        None
    }

    /// When to ask for that even if nothing else happens.
    fn deadline(&self) -> Option<Instant> {
        None
    }
}

/// No application: others talk with whoever sits at the console.
impl Application for () {
    fn on_text(&mut self, _: &Known, _: &str) -> Option<Words> {
        None
    }
}
