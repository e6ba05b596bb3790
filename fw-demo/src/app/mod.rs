//! What a small device does with the core: be a node that others call, call one, join a meeting place, be one.
//!
//! Each of these is a [`Role`], and [`run`] plays it on a [`Board`]: any network, clock, source of randomness
//! and console. What crosses the wire is the core's affair, driven by the core's own
//! [`pump`](p2pm_core::drive::pump).

mod board;
mod call;
mod community;
mod console;
mod dial;
mod member;
mod node;
mod online;
mod peer;
mod role;
mod talk;

pub use board::{Board, Clock, Listener, Network, Platform};
pub use call::Call;
pub use community::Community;
pub use console::{Console, Line, Terminal};
pub use member::Member;
pub use node::Node;
pub use online::Online;
pub use role::{Next, Outcome, Performance, Polled, Role, run};
pub use talk::Voice;
