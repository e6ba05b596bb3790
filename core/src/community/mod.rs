//! Both ends of the conversation with the meeting hall, which knows only who is online.

mod client;
mod hall;
mod session;

pub use client::{Client, ClientEvent};
pub use hall::Hall;
pub use session::{HallSession, Session, SessionEvent};
