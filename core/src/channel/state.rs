//! Channel: encryption, timers and close of one connection, the same for every conversation.
//!
//! ```text
//!             Welcome                close()                 told, then EOF or deadline
//! Handshake ───────────▶ Open ───────────────▶ Closing ───────────────────────────────▶ Closed
//!     └──────────────────┴── Close received, EOF, lost ──────────────────────────────────▲
//! ```

use core::time::Duration;

use super::{Direction, Ended};
use crate::error::Fault;
use crate::limits::{KEEPALIVE_INTERVAL, LINGER_TIMEOUT, SILENCE_TIMEOUT};
use crate::log::debug;
use crate::suite::{Clear, Protection, Suite};
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

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Not authenticated. While `mute`, a close sends no reason: it is not known which keys the peer has.
    Handshake {
        deadline: Instant,
        mute: bool,
    },
    /// Authenticated. A `KeepAlive` is due unless something else is sent first.
    Open {
        keepalive_due: bool,
    },
    /// Ended by us. The peer may still read the reason; what it sends is discarded.
    Closing {
        close: Close,
        told: bool,
        deadline: Instant,
    },
    Closed,
}

/// Stage of an authenticated [`Channel`], whose handshake is over.
#[derive(Clone, Copy, Debug)]
pub struct Established;

/// Result of one received frame.
#[derive(Debug)]
pub enum Received<'f> {
    /// The channel has dealt with it.
    Nothing,
    /// The handshake is over: the peer is authenticated.
    Authenticated,
    /// A message for the machine.
    Message(Message<'f>),
    /// The conversation has just ended.
    Ended(Ended),
}

/// Channel of suite `S` in handshake stage `H`: [`super::InitiatorHandshake`], [`super::ResponderHandshake`]
/// or [`Established`].
pub struct Channel<S: Suite, H> {
    pub(super) handshake: H,
    pub(super) cipher: Cipher<S>,
    phase: Phase,
    heard: Instant,
    sent: Instant,
}

impl<S: Suite, H> Channel<S, H> {
    /// A channel whose handshake must be over after `time`.
    pub(super) fn new(now: Instant, time: Duration, handshake: H, mute: bool) -> Self {
        Self {
            handshake,
            cipher: Cipher::Clear(Clear),
            phase: Phase::Handshake { deadline: now + time, mute },
            heard: now,
            sent: now,
        }
    }

    /// Sets whether the peer may be unable to open what is sealed from now on.
    pub(super) fn set_mute(&mut self, is_mute: bool) {
        if let Phase::Handshake { mute, .. } = &mut self.phase {
            *mute = is_mute;
        }
    }

    /// Switches to these keys: the peer is authenticated.
    pub(super) fn establish(&mut self, keys: S::Keys) {
        debug!("authenticated");
        self.cipher = Cipher::Keys(keys);
        self.phase = Phase::Open { keepalive_due: false };
    }

    /// Moves to the stage that a Hello led to, with frames still in the clear; also how the channel ended if
    /// the answer was an error.
    pub(super) fn answered<T: Suite, G>(
        self,
        now: Instant,
        (handshake, answer): (G, Result<(), Close>),
    ) -> (Channel<T, G>, Option<Ended>) {
        let mut channel = Channel {
            handshake,
            cipher: Cipher::Clear(Clear),
            phase: self.phase,
            heard: self.heard,
            sent: self.sent,
        };
        let ended = answer.err().and_then(|reason| channel.close(now, reason));
        (channel, ended)
    }

    /// The channel without the memory of its handshake, once that is over.
    pub fn into_established(self) -> Channel<S, Established> {
        Channel {
            handshake: Established,
            cipher: self.cipher,
            phase: self.phase,
            heard: self.heard,
            sent: self.sent,
        }
    }

    /// Whether the peer is authenticated and the channel has not ended.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    /// Whether the handshake is in progress. Handshake frames that were due when the channel ended are not
    /// sent.
    pub(super) fn is_in_handshake(&self) -> bool {
        matches!(self.phase, Phase::Handshake { .. })
    }

    /// Whether the channel has ended, although a `Close` may still be due.
    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Closing { .. } | Phase::Closed)
    }

    /// Opens and parses a frame, and handles `Close` and `KeepAlive`.
    pub(super) fn open<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        let is_over = self.is_over();
        let parsed = self.cipher.open(frame).and_then(|()| Message::parse(frame));
        match parsed {
            // Both sides have closed at once: no further frame is expected.
            Ok(Message::Close(_)) if is_over => {
                self.phase = Phase::Closed;
                Received::Nothing
            }
            _ if is_over => Received::Nothing,
            Err(fault) => self.fail(now, fault),
            Ok(Message::Close(close)) => {
                let close = close.plausible();
                let ended = if self.is_in_handshake() { Ended::Claimed(close) } else { Ended::ByPeer(close) };
                debug!("ended: {}", ended);
                self.phase = Phase::Closed;
                Received::Ended(ended)
            }
            Ok(message) => {
                self.heard = now;
                match message {
                    Message::KeepAlive if self.is_open() => Received::Nothing,
                    message => Received::Message(message),
                }
            }
        }
    }

    /// Emits and seals a message into `out`.
    pub fn send<'m>(&mut self, now: Instant, message: impl Into<Message<'m>>, out: &mut [u8]) {
        self.send_message(now, &message.into(), out);
    }

    fn send_message(&mut self, now: Instant, message: &Message<'_>, out: &mut [u8]) {
        message.emit(out);
        self.seal(now, out);
    }

    /// Seals a frame that is already emitted.
    pub fn seal(&mut self, now: Instant, frame: &mut [u8]) {
        self.cipher.seal(frame);
        self.sent = now;
        if let Phase::Open { keepalive_due } = &mut self.phase {
            *keepalive_due = false;
        }
    }

    /// Counts as a sign of life: the peer has taken all that we sent.
    pub fn heard_of(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Ends the channel: `Close` is sent, and the peer has [`LINGER_TIMEOUT`] to hang up. `None` if it had
    /// ended already.
    pub fn close(&mut self, now: Instant, close: Close) -> Option<Ended> {
        self.phase = match self.phase {
            Phase::Closing { .. } | Phase::Closed => return None,
            Phase::Handshake { mute: true, .. } => Phase::Closed,
            Phase::Handshake { .. } | Phase::Open { .. } => {
                Phase::Closing { close, told: false, deadline: now + LINGER_TIMEOUT }
            }
        };
        debug!("ended by us: {}", close);
        Some(Ended::ByUs(close))
    }

    /// Ends the channel because of what was received.
    pub(super) fn refuse(&mut self, now: Instant, close: Close) -> Received<'static> {
        self.close(now, close).map_or(Received::Nothing, Received::Ended)
    }

    /// Ends the channel because the peer broke the protocol.
    fn fail(&mut self, now: Instant, fault: Fault) -> Received<'static> {
        self.refuse(now, Close::Fault(fault))
    }

    /// Handles the end of the byte stream.
    pub fn handle_eof(&mut self) -> Option<Ended> {
        let was_over = self.is_over();
        debug!("the stream has ended, when it was over: {}", was_over);
        self.phase = Phase::Closed;
        (!was_over).then_some(Ended::Lost)
    }

    /// Handles the timers that are due at `now`: handshake, keepalive, silence, linger.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Ended> {
        match self.phase {
            Phase::Handshake { deadline, .. } if now >= deadline => self.close(now, Close::TimedOut),
            Phase::Open { .. } if now >= self.heard + SILENCE_TIMEOUT => self.close(now, Close::TimedOut),
            Phase::Open { keepalive_due } => {
                let keepalive_due = keepalive_due || now >= self.sent + KEEPALIVE_INTERVAL;
                self.phase = Phase::Open { keepalive_due };
                None
            }
            Phase::Closing { deadline, .. } if now >= deadline => {
                self.phase = Phase::Closed;
                None
            }
            Phase::Handshake { .. } | Phase::Closing { .. } | Phase::Closed => None,
        }
    }

    /// Handles a frame that took too long. If it was being sent, no `Close` can follow it.
    pub fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<Ended> {
        let ended = self.close(now, Close::TimedOut);
        if direction == Direction::Sending {
            self.phase = Phase::Closed;
        }
        ended
    }

    /// Whether [`Channel::poll_control`] has a frame to give.
    fn wants_control(&self) -> bool {
        matches!(self.phase, Phase::Open { keepalive_due: true } | Phase::Closing { told: false, .. })
    }

    /// Writes the `Close` or `KeepAlive` that is due; false if none is.
    fn poll_control(&mut self, now: Instant, out: &mut [u8]) -> bool {
        match &mut self.phase {
            Phase::Closing { close, told: told @ false, .. } => {
                *told = true;
                let message = Message::Close(*close);
                self.send(now, message, out);
                true
            }
            Phase::Open { keepalive_due: true } => {
                self.send(now, Message::KeepAlive, out);
                true
            }
            _ => false,
        }
    }

    /// The next moment for [`Channel::handle_timeout`].
    pub fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Handshake { deadline, .. } | Phase::Closing { deadline, .. } => Some(deadline),
            Phase::Open { keepalive_due: true } => Some(self.heard + SILENCE_TIMEOUT),
            Phase::Open { keepalive_due: false } => {
                Some((self.heard + SILENCE_TIMEOUT).min(self.sent + KEEPALIVE_INTERVAL))
            }
            Phase::Closed => None,
        }
    }

    /// Whether the connection can be dropped.
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
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
        self.wants_control() || self.is_in_handshake() && H::wants_frame(self)
    }

    /// Writes the next frame of the channel's own: `Close`, `KeepAlive` or one of the handshake; false if
    /// none is due.
    pub fn poll_frame(&mut self, now: Instant, out: &mut [u8]) -> bool {
        self.poll_control(now, out) || self.is_in_handshake() && H::poll_frame(self, now, out)
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
