//! The protocol of p2pm as state machines: no I/O, no clock, no allocation, no random number generator.
//!
//! Two peers that know the same password talk over one TCP connection, or any other reliable byte stream.
//! There are two conversations:
//!
//! - a **private chat**: a [`chat::Caller`] calls a [`chat::Callee`], and both become a
//!   [`chat::Conversation`];
//! - a **community**: a [`community::Client`] asks who is online, and a [`community::Session`] in a
//!   [`community::Hall`] answers.
//!
//! Each end of a connection is a [`Machine`](channel::Machine), which never blocks and does no I/O: the
//! program around it, its *shell*, hands in frames and the time, and is told what to send, what happened, and
//! when to call again. So the same machine runs on Linux, on a microcontroller without an operating system,
//! and in a test on virtual time.
//!
//! # Driving a machine
//!
//! | the shell | calls |
//! |---|---|
//! | has written the last frame, and [`wants_send`](channel::Machine::wants_send) | [`poll_frame`](channel::Machine::poll_frame), and sends the frame |
//! | has received a whole frame | [`handle_frame`](channel::Machine::handle_frame), which may return an event |
//! | has reached the [`deadline`](channel::Machine::deadline) | [`handle_timeout`](channel::Machine::handle_timeout) |
//! | has read the end of the stream | [`handle_eof`](channel::Machine::handle_eof) |
//! | sees [`is_closed`](channel::Machine::is_closed) | nothing more: it drops the connection |
//!
//! [`drive::Connection`] does all of it over a [`drive::Transport`]: it cuts the stream into frames, enforces
//! the time limits, and only needs to be polled. There are transports for `embedded-nal` (feature `nal`) and
//! `embedded-io`.
//!
//! # Example
//!
//! Katie calls Abdul and sends him a text, without a network in between:
//!
//! ```
//! use std::net::Ipv4Addr;
//!
//! use p2pm_core::channel::Machine;
//! use p2pm_core::chat::{Callee, Caller, ConversationEvent};
//! use p2pm_core::door::Door;
//! use p2pm_core::limits::ENTROPY_LEN;
//! use p2pm_core::suite::{Entropy, Password, Sealed};
//! use p2pm_core::time::Instant;
//! use p2pm_core::wire::{EMPTY_FRAME, Turns};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let now = Instant::from_millis(0); // The time is the shell's, and so are random bytes: here, for once, they are not.
//! let [ours, theirs] = [1, 2].map(|byte| Entropy::new([byte; ENTROPY_LEN]));
//! let password = Password::new(b"open sesame")?;
//!
//! // A node has one door, which knows the password and who has guessed it wrong, and a callee for each connection.
//! let mut door = Door::new(password.clone());
//! let mut abdul = Callee::<Sealed>::new(now, Ipv4Addr::LOCALHOST.into(), theirs);
//! let mut katie = Caller::<Sealed>::new(now, password, Turns::Free, Some("katie".parse()?), ours);
//!
//! // Frames go back and forth until the call rings: the handshake, then the call.
//! let mut frame = EMPTY_FRAME;
//! while !abdul.is_ringing() {
//!     if katie.poll_frame(now, &mut frame) {
//!         abdul.at(&mut door).handle_frame(now, &mut frame);
//!     }
//!     if abdul.at(&mut door).poll_frame(now, &mut frame) {
//!         katie.handle_frame(now, &mut frame);
//!     }
//! }
//!
//! // Abdul says yes. From then on both are ends of a conversation.
//! let mut abdul = abdul.accept(Turns::Free).ok().ok_or("there was no call")?;
//! assert!(abdul.poll_frame(now, &mut frame));
//! katie.handle_frame(now, &mut frame);
//! let mut katie = katie.into_conversation().ok().ok_or("it was not accepted")?;
//!
//! katie.send_text(now, "dinner?", &mut frame)?;
//! let event = abdul.handle_frame(now, &mut frame);
//! assert_eq!(event, Some(ConversationEvent::Text("dinner?")));
//! # Ok(())
//! # }
//! ```
//!
//! # Features
//!
//! - `nal`: [`drive::Transport`] for the stacks of `embedded-nal`.
//! - `defmt`: logs through [`defmt`](https://docs.rs/defmt), at level debug; never a password, a key or a text.
#![no_std]

pub mod channel;
pub mod chat;
pub mod community;
pub mod discovery;
pub mod door;
pub mod drive;
pub mod error;
pub mod identity;
pub mod limits;
pub mod link;
mod log;
pub mod node;
pub mod registry;
pub mod suite;
pub mod time;
pub mod transfer;
pub mod wire;
