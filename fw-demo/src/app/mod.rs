//! Roles of a small device: node, caller, member of a community, community server, node of a circle.
//!
//! Each is a [`Role`], which [`run`] plays on a [`Board`]: any network, clock, random number generator and
//! console. The protocol is the core's, driven by the core's [`pump`](p2pm_core::drive::pump).

mod board;
mod call;
mod circle;
mod community;
mod console;
mod dial;
mod member;
mod node;
mod online;
mod peer;
mod role;
mod talk;
mod thermometer;

pub use board::{Board, Clock, Listener, Neighbourhood, Network, Platform};
pub use call::Call;
pub use circle::{
    Admission, Application, Circle, CircleSetup, Files, Finder, Frames, KNOWN_MAX, Lookout, Membership,
    NoFile, NoFiles, NoSlot, Nobody, Origin, Parts, Slot, WORDS_MAX, Words,
};
pub use community::Community;
pub use console::{Console, Line, Terminal};
pub use member::Member;
pub use node::Node;
pub use online::Online;
pub use role::{Next, Outcome, Performance, Polled, Role, run};
pub use talk::Voice;
pub use thermometer::Thermometer;
