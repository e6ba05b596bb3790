//! Both sides of a private chat.
//!
//! [`Caller`] and [`Callee`] authenticate and agree on a call; then both become a [`Conversation`].

mod callee;
mod caller;
mod conversation;
#[cfg(test)]
mod tests;

pub use callee::{Callee, CalleeEvent, DoorCallee};
pub use caller::{Caller, CallerEvent};
pub use conversation::{Conversation, ConversationEvent};
