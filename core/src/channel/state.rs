//! Channel: encryption and handshake of one connection, the same for every conversation.

use core::time::Duration;

use super::Ended;
use super::lifecycle::{Lifecycle, Received};
use crate::error::Fault;
use crate::suite::aead::Aead;
use crate::suite::{Clear, Exporter, Protection, SealedWith, Side, Suite};
use crate::time::Instant;
use crate::wire::{Close, Message};

/// Protection of the frames at the current stage.
pub(super) enum Cipher<S: Suite> {
    Clear(Clear),
    Early(S::Early),
    Keys(S::Keys),
}

impl<S: Suite> Cipher<S> {
    fn seal(&mut self, frame: &mut [u8]) {
        match self {
            Self::Clear(clear) => clear.seal(frame),
            Self::Early(early) => early.seal(frame),
            Self::Keys(keys) => keys.seal(frame),
        }
    }

    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        match self {
            Self::Clear(clear) => clear.open(frame),
            Self::Early(early) => early.open(frame),
            Self::Keys(keys) => keys.open(frame),
        }
    }
}

/// Stage of an authenticated [`Channel`], whose handshake is over.
#[derive(Clone, Copy, Debug)]
pub struct Established;

/// Channel of suite `S` in handshake stage `H`: [`super::InitiatorHandshake`], [`super::ResponderHandshake`]
/// or [`Established`].
pub struct Channel<S: Suite, H> {
    pub(super) handshake: H,
    pub(super) cipher: Cipher<S>,
    pub(super) lifecycle: Lifecycle,
}

impl<S: Suite, H> Channel<S, H> {
    /// A channel whose handshake must be over after `time`.
    pub(super) fn new(now: Instant, time: Duration, handshake: H, mute: bool) -> Self {
        Self { handshake, cipher: Cipher::Clear(Clear), lifecycle: Lifecycle::new(now, time, mute) }
    }

    /// Switches to these keys: the peer is authenticated.
    pub(super) fn establish(&mut self, keys: S::Keys) {
        self.cipher = Cipher::Keys(keys);
        self.lifecycle.establish();
    }

    /// Moves to the stage that a Hello led to, with frames still in the clear; also how the channel ended if
    /// the answer was an error.
    pub(super) fn answered<T: Suite, G>(
        self,
        now: Instant,
        (handshake, answer): (G, Result<(), Close>),
    ) -> (Channel<T, G>, Option<Ended>) {
        let mut channel = Channel { handshake, cipher: Cipher::Clear(Clear), lifecycle: self.lifecycle };
        let ended = answer.err().and_then(|reason| channel.close(now, reason));
        (channel, ended)
    }

    /// The channel without the memory of its handshake, once that is over.
    pub fn into_established(self) -> Channel<S, Established> {
        Channel { handshake: Established, cipher: self.cipher, lifecycle: self.lifecycle }
    }

    /// Whether the peer is authenticated and the channel has not ended.
    pub fn is_open(&self) -> bool {
        self.lifecycle.is_open()
    }

    /// The reason for which we have closed the channel, as long as the peer may still read it.
    pub fn closing(&self) -> Option<Close> {
        self.lifecycle.closing()
    }

    /// Opens and parses a frame, and handles `Close` and `KeepAlive`.
    pub(super) fn open<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        let opened = self.cipher.open(frame);
        self.lifecycle.receive(now, opened.map(|()| &*frame))
    }

    /// Emits and seals a message into `out`.
    pub fn send<'m>(&mut self, now: Instant, message: impl Into<Message<'m>>, out: &mut [u8]) {
        message.into().emit(out);
        self.seal(now, out);
    }

    /// Seals a frame that is already emitted.
    pub fn seal(&mut self, now: Instant, frame: &mut [u8]) {
        self.cipher.seal(frame);
        self.lifecycle.sends(now);
    }

    /// Counts as a sign of life: the peer has taken all that we sent.
    pub fn heard_of(&mut self, now: Instant) {
        self.lifecycle.heard_of(now);
    }

    /// Ends the channel: see [`Lifecycle::close`].
    pub fn close(&mut self, now: Instant, close: Close) -> Option<Ended> {
        self.lifecycle.close(now, close)
    }
}

impl<A: Aead, H> Channel<SealedWith<A>, H> {
    /// Exporter of the channel at this side, once the peer is authenticated.
    pub fn exporter(&self, side: Side) -> Option<Exporter> {
        match &self.cipher {
            Cipher::Keys(keys) => Some(keys.exporter(side)),
            Cipher::Clear(_) | Cipher::Early(_) => None,
        }
    }
}

/// Handshake stage of a [`Channel`], which may have frames of its own to send.
pub trait Stage<S: Suite>: Sized {
    /// Whether [`Stage::poll_frame`] has a frame to give.
    fn wants_frame(channel: &Channel<S, Self>) -> bool;

    /// Writes the next frame of the handshake; false if none is due.
    fn poll_frame(channel: &mut Channel<S, Self>, now: Instant, out: &mut [u8]) -> bool;
}

impl<S: Suite, H: Stage<S>> Channel<S, H> {
    /// Whether [`Channel::poll_frame`] has a frame to give.
    pub fn wants_frame(&self) -> bool {
        self.lifecycle.wants_control() || self.lifecycle.is_in_handshake() && H::wants_frame(self)
    }

    /// Writes the next frame of the channel's own: `Close`, `KeepAlive` or one of the handshake; false if
    /// none is due.
    pub fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        if let Some(message) = self.lifecycle.next_control() {
            self.send(now, message, out);
            return true;
        }
        self.lifecycle.is_in_handshake() && H::poll_frame(self, now, out)
    }
}

impl<S: Suite> Stage<S> for Established {
    fn wants_frame(_: &Channel<S, Self>) -> bool {
        false
    }

    fn poll_frame(_: &mut Channel<S, Self>, _: Instant, _: &mut [u8]) -> bool {
        false
    }
}

impl<S: Suite> Channel<S, Established> {
    /// Handles one frame from the peer.
    pub fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        self.open(now, frame)
    }
}
