//! Both ends of a private chat.
//!
//! [`Caller`] and [`Callee`] get to an accepted call; from there on both are the same [`Conversation`].

mod callee;
mod caller;
mod conversation;

pub use callee::{Callee, CalleeEvent, DoorCallee};
pub use caller::{Caller, CallerEvent};
pub use conversation::{Conversation, ConversationEvent};
