//! Everything that the core does, on inputs that the compiler knows nothing about, so that it leaves nothing out.
//!
//! The images that are made of it are there to be looked at: how large they are, and which panics are in them.

#![no_std]

mod chat;
mod community;
mod outside;

use p2pm_core::community::Hall;
use p2pm_core::door::Door;
use p2pm_core::registry::{Registry, Slot};
use p2pm_core::suite::Suite;

use self::chat::{Answering, Calling};
use self::community::{Meeting, Member};

pub use outside::show_endpoint;

/// How many users the meeting place has room for.
const USERS: usize = 16;

/// What all conversations of a device share, whatever their suite.
pub struct Shared {
    door: Door,
    hall: Hall<[Slot; USERS]>,
}

impl Shared {
    /// A door for those who call, and a meeting place that nobody has come to.
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

/// One of each conversation of a suite, on a connection of its own.
pub struct Conversations<S: Suite> {
    member: Member<S>,
    meeting: Meeting<S>,
    calling: Calling<S>,
    answering: Answering<S>,
}

impl<S: Suite> Conversations<S> {
    /// None of them has begun.
    pub fn new() -> Self {
        Self {
            member: Member::new(),
            meeting: Meeting::new(),
            calling: Calling::new(),
            answering: Answering::new(),
        }
    }

    /// Lets each of them do what it can do now, and whatever a user may ask of it.
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

/// For what cannot be: that a static is taken twice.
pub fn stop() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}
