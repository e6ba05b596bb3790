//! Lifecycle of one connection: its phases, its timers and its end, whatever its suite and handshake.
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
use crate::time::Instant;
use crate::wire::{Close, Message};

/// Phase of a connection.
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

/// Phase and timers of one connection.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    phase: Phase,
    heard: Instant,
    sent: Instant,
}

impl Lifecycle {
    /// A handshake that must be over after `time`.
    pub(super) fn new(now: Instant, time: Duration, mute: bool) -> Self {
        let phase = Phase::Handshake { deadline: now + time, mute };
        Self { phase, heard: now, sent: now }
    }

    /// Sets whether the peer may be unable to open what is sealed from now on.
    pub(super) fn set_mute(&mut self, is_mute: bool) {
        if let Phase::Handshake { mute, .. } = &mut self.phase {
            *mute = is_mute;
        }
    }

    /// The handshake is over: the peer is authenticated.
    pub(super) fn establish(&mut self) {
        debug!("authenticated");
        self.phase = Phase::Open { keepalive_due: false };
    }

    /// Whether the peer is authenticated and the connection has not ended.
    pub fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open { .. })
    }

    /// The reason for which we have closed the connection, as long as the peer may still read it.
    pub fn closing(&self) -> Option<Close> {
        if let Phase::Closing { close, .. } = self.phase { Some(close) } else { None }
    }

    /// Whether the handshake is in progress. Handshake frames that were due when the connection ended are not
    /// sent.
    pub(super) fn is_in_handshake(&self) -> bool {
        matches!(self.phase, Phase::Handshake { .. })
    }

    /// Whether the connection has ended, although a `Close` may still be due.
    fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Closing { .. } | Phase::Closed)
    }

    /// Parses a frame that the suite has opened, and handles `Close` and `KeepAlive`.
    pub(super) fn receive<'f>(&mut self, now: Instant, opened: Result<&'f [u8], Fault>) -> Received<'f> {
        let is_over = self.is_over();
        match opened.and_then(Message::parse) {
            // Both sides have closed at once: no further frame is expected.
            Ok(Message::Close(_)) if is_over => {
                self.phase = Phase::Closed;
                Received::Nothing
            }
            _ if is_over => Received::Nothing,
            Err(fault) => self.refuse(now, Close::Fault(fault)),
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

    /// A frame is sent now.
    pub(super) fn sends(&mut self, now: Instant) {
        self.sent = now;
        if let Phase::Open { keepalive_due } = &mut self.phase {
            *keepalive_due = false;
        }
    }

    /// Counts as a sign of life: the peer has taken all that we sent.
    pub(super) fn heard_of(&mut self, now: Instant) {
        self.heard = now;
    }

    /// Ends the connection: `Close` is sent, and the peer has [`LINGER_TIMEOUT`] to hang up. `None` if it had
    /// ended already.
    pub(super) fn close(&mut self, now: Instant, close: Close) -> Option<Ended> {
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

    /// Ends the connection because of what was received.
    pub(super) fn refuse(&mut self, now: Instant, close: Close) -> Received<'static> {
        self.close(now, close).map_or(Received::Nothing, Received::Ended)
    }

    /// Handles the end of the byte stream.
    pub(super) fn handle_eof(&mut self) -> Option<Ended> {
        let was_over = self.is_over();
        debug!("the stream has ended, when it was over: {}", was_over);
        self.phase = Phase::Closed;
        (!was_over).then_some(Ended::Lost)
    }

    /// Handles the timers that are due at `now`: handshake, keepalive, silence, linger.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> Option<Ended> {
        match &mut self.phase {
            Phase::Handshake { deadline, .. } if now >= *deadline => self.close(now, Close::TimedOut),
            Phase::Open { .. } if now >= self.heard + SILENCE_TIMEOUT => self.close(now, Close::TimedOut),
            Phase::Open { keepalive_due } => {
                *keepalive_due |= now >= self.sent + KEEPALIVE_INTERVAL;
                None
            }
            Phase::Closing { deadline, .. } if now >= *deadline => {
                self.phase = Phase::Closed;
                None
            }
            Phase::Handshake { .. } | Phase::Closing { .. } | Phase::Closed => None,
        }
    }

    /// Handles a frame that took too long. If it was being sent, no `Close` can follow it.
    pub(super) fn handle_stall(&mut self, now: Instant, direction: Direction) -> Option<Ended> {
        let ended = self.close(now, Close::TimedOut);
        if direction == Direction::Sending {
            self.phase = Phase::Closed;
        }
        ended
    }

    /// Whether [`Lifecycle::next_control`] has a message to give.
    pub(super) fn wants_control(&self) -> bool {
        matches!(self.phase, Phase::Open { keepalive_due: true } | Phase::Closing { told: false, .. })
    }

    /// The `Close` or `KeepAlive` that is due.
    pub(super) fn next_control(&mut self) -> Option<Message<'static>> {
        match &mut self.phase {
            Phase::Closing { close, told: told @ false, .. } => {
                *told = true;
                Some(Message::Close(*close))
            }
            Phase::Open { keepalive_due: true } => Some(Message::KeepAlive),
            _ => None,
        }
    }

    /// The next moment for [`Lifecycle::handle_timeout`].
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.phase {
            Phase::Handshake { deadline, .. } | Phase::Closing { deadline, .. } => Some(deadline),
            Phase::Open { keepalive_due: true } => Some(self.heard + SILENCE_TIMEOUT),
            Phase::Open { .. } => Some((self.heard + SILENCE_TIMEOUT).min(self.sent + KEEPALIVE_INTERVAL)),
            Phase::Closed => None,
        }
    }

    /// Whether the connection can be dropped.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{EMPTY_FRAME, Frame};

    const START: Instant = Instant::from_millis(1_000);
    const TIME: Duration = Duration::from_secs(5);
    const MOMENT: Duration = Duration::from_millis(1);
    const TIMED_OUT: Option<Ended> = Some(Ended::ByUs(Close::TimedOut));

    fn in_handshake(mute: bool) -> Lifecycle {
        Lifecycle::new(START, TIME, mute)
    }

    fn open() -> Lifecycle {
        let mut lifecycle = in_handshake(false);
        lifecycle.establish();
        lifecycle
    }

    fn closing() -> Lifecycle {
        let mut lifecycle = open();
        assert_eq!(lifecycle.close(START, Close::Goodbye), Some(Ended::ByUs(Close::Goodbye)));
        lifecycle
    }

    fn frame(message: &Message<'_>) -> Frame {
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        frame
    }

    #[test]
    fn a_handshake_has_until_its_deadline() {
        let mut lifecycle = in_handshake(false);
        assert_eq!(lifecycle.deadline(), Some(START + TIME));
        assert_eq!(lifecycle.handle_timeout(START), None);
        assert!(lifecycle.is_in_handshake() && !lifecycle.is_over());
        assert_eq!(lifecycle.handle_timeout(START + TIME), TIMED_OUT);
        assert!(!lifecycle.is_in_handshake() && lifecycle.is_over() && lifecycle.wants_control());
    }

    #[test]
    fn a_mute_side_ends_without_a_close() {
        for (mute, after) in [(true, true), (true, false), (false, true)] {
            let mut lifecycle = in_handshake(mute);
            lifecycle.set_mute(after);
            assert!(lifecycle.close(START, Close::Goodbye).is_some());
            assert_eq!((lifecycle.is_closed(), lifecycle.wants_control()), (after, !after));
        }
    }

    #[test]
    fn a_keepalive_is_due_unless_something_else_is_sent() {
        let mut lifecycle = open();
        let due = START + KEEPALIVE_INTERVAL;
        assert_eq!(lifecycle.deadline(), Some(due));
        assert_eq!(lifecycle.handle_timeout(START), None);
        assert!(!lifecycle.wants_control() && lifecycle.next_control().is_none());
        assert_eq!(lifecycle.handle_timeout(due), None);
        assert!(lifecycle.wants_control());
        assert_eq!(lifecycle.next_control(), Some(Message::KeepAlive));
        assert_eq!(lifecycle.deadline(), Some(START + SILENCE_TIMEOUT));
        lifecycle.sends(due);
        assert!(!lifecycle.wants_control());
        assert_eq!(lifecycle.deadline(), Some(due + KEEPALIVE_INTERVAL));
    }

    #[test]
    fn a_peer_that_is_silent_for_too_long_is_given_up() {
        let heard = START + MOMENT;
        let keepalive = frame(&Message::KeepAlive);
        let hear: [fn(&mut Lifecycle, Instant, &Frame); 2] = [
            |lifecycle, now, frame| assert!(matches!(lifecycle.receive(now, Ok(frame)), Received::Nothing)),
            |lifecycle, now, _| lifecycle.heard_of(now),
        ];
        for hear in hear {
            let mut lifecycle = open();
            hear(&mut lifecycle, heard, &keepalive);
            assert_eq!(lifecycle.handle_timeout(START + SILENCE_TIMEOUT), None);
            assert_eq!(lifecycle.handle_timeout(heard + SILENCE_TIMEOUT), TIMED_OUT);
        }
    }

    #[test]
    fn the_reason_is_sent_once_and_the_peer_has_time_to_hang_up() {
        let mut lifecycle = closing();
        assert_eq!(lifecycle.close(START, Close::Busy), None);
        assert!(lifecycle.wants_control());
        assert_eq!(lifecycle.next_control(), Some(Message::Close(Close::Goodbye)));
        assert!(!lifecycle.wants_control() && lifecycle.next_control().is_none());
        assert_eq!(lifecycle.deadline(), Some(START + LINGER_TIMEOUT));
        assert_eq!(lifecycle.handle_timeout(START), None);
        assert!(!lifecycle.is_closed());
        assert_eq!(lifecycle.handle_timeout(START + LINGER_TIMEOUT), None);
        assert!(lifecycle.is_closed());
        assert_eq!((lifecycle.deadline(), lifecycle.handle_eof()), (None, None));
    }

    #[test]
    fn only_a_close_counts_after_the_end() {
        let mut lifecycle = closing();
        for opened in [Ok(&frame(&Message::KeepAlive)[..]), Err(Fault::Seal)] {
            assert!(matches!(lifecycle.receive(START, opened), Received::Nothing));
            assert!(!lifecycle.is_closed());
        }
        let close = frame(&Message::Close(Close::Goodbye));
        assert!(matches!(lifecycle.receive(START, Ok(&close)), Received::Nothing));
        assert!(lifecycle.is_closed());
    }

    #[test]
    fn a_close_is_the_peers_once_that_is_authenticated() {
        let close = frame(&Message::Close(Close::TooManyGuesses { seconds: u32::MAX }));
        let wait = Close::TooManyGuesses { seconds: 10 };
        for (mut lifecycle, expected) in
            [(in_handshake(false), Ended::Claimed(wait)), (open(), Ended::ByPeer(wait))]
        {
            let received = lifecycle.receive(START, Ok(&close));
            assert!(matches!(received, Received::Ended(ended) if ended == expected), "{received:?}");
            assert!(lifecycle.is_closed());
        }
    }

    #[test]
    fn a_frame_that_does_not_open_or_parse_ends_it() {
        for (opened, fault) in [(Err(Fault::Seal), Fault::Seal), (Ok(&[][..]), Fault::Length)] {
            let mut lifecycle = open();
            let received = lifecycle.receive(START, opened);
            let expected = Ended::ByUs(Close::Fault(fault));
            assert!(matches!(received, Received::Ended(ended) if ended == expected), "{received:?}");
            assert_eq!(lifecycle.next_control(), Some(Message::Close(Close::Fault(fault))));
        }
    }

    #[test]
    fn a_keepalive_is_for_the_machine_to_refuse_during_the_handshake() {
        let received = |lifecycle: &mut Lifecycle| {
            matches!(lifecycle.receive(START, Ok(&frame(&Message::KeepAlive))), Received::Message(_))
        };
        assert!(received(&mut in_handshake(false)) && !received(&mut open()));
    }

    #[test]
    fn the_end_of_the_stream_is_reported_once() {
        let mut lifecycle = open();
        assert_eq!(lifecycle.handle_eof(), Some(Ended::Lost));
        assert_eq!(lifecycle.handle_eof(), None);
        assert!(lifecycle.is_closed());
    }

    #[test]
    fn a_close_follows_no_frame_that_is_half_sent() {
        for (direction, is_closed) in [(Direction::Sending, true), (Direction::Receiving, false)] {
            let mut lifecycle = open();
            assert_eq!(lifecycle.handle_stall(START, direction), TIMED_OUT);
            assert_eq!((lifecycle.is_closed(), lifecycle.wants_control()), (is_closed, !is_closed));
        }
    }
}
