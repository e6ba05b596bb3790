//! Both sides of a community connection. A community knows only which users are online.

mod attendance;
mod client;
mod hall;
mod session;
#[cfg(test)]
mod tests;

pub use client::{Client, ClientEvent};
pub use hall::Hall;
pub use session::{HallSession, Session, SessionEvent};
