//! Both ends of the conversation with the meeting place, which knows only who is online.

mod client;
mod place;
mod session;

pub use client::{Client, ClientEvent};
pub use place::Place;
pub use session::{Attended, Session, SessionEvent};
