//! Everything that the core does, on inputs unknown to the compiler, so that it optimises nothing away.
//!
//! The images are not run but inspected: for their size, and for panics.

#![no_std]

mod chat;
mod circle;
mod community;
mod crossing;
mod link;
mod lookout;
mod outside;

use p2pm_core::community::Hall;
use p2pm_core::door::Door;
use p2pm_core::registry::{Inline, Registry};
use p2pm_core::suite::Suite;

use self::chat::{Answering, Calling};
use self::community::{Meeting, Member};

pub use circle::Circle;
pub use crossing::Crossing;
pub use link::Alone;
pub use lookout::Lookout;
pub use outside::show_endpoint;

/// Room of the community, in users.
const USERS: usize = 16;

/// State shared by all conversations of a device, with any suite.
pub struct Shared {
    door: Door,
    hall: Hall<Inline<USERS>>,
}

impl Shared {
    /// A door for callers, and an empty community.
    pub fn new() -> Self {
        Self {
            door: Door::new(outside::password()),
            hall: Hall::new(Door::new(outside::password()), Registry::new(outside::unknown())),
        }
    }
}

impl Default for Shared {
    fn default() -> Self {
        Self::new()
    }
}

/// One of each conversation of a suite, each on a connection of its own.
pub struct Conversations<S: Suite> {
    member: Member<S>,
    meeting: Meeting<S>,
    calling: Calling<S>,
    answering: Answering<S>,
}

impl<S: Suite> Conversations<S> {
    /// Conversations at their start.
    pub fn new() -> Self {
        Self {
            member: Member::new(),
            meeting: Meeting::new(),
            calling: Calling::new(),
            answering: Answering::new(),
        }
    }

    /// Polls each of them, with every command of a user.
    pub fn poll(&mut self, shared: &mut Shared) {
        self.member.poll();
        self.meeting.poll(&mut shared.hall);
        self.calling.poll();
        self.answering.poll(&mut shared.door);
    }
}

impl<S: Suite> Default for Conversations<S> {
    fn default() -> Self {
        Self::new()
    }
}

/// Stops after an error that cannot happen: a static taken twice.
pub fn stop() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}
