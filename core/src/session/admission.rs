//! The listening side's handshake: the mirror of [`super::Initiation`].

use core::net::IpAddr;

use super::channel::Cipher;
use super::{Channel, Door, Received};
use crate::error::Fault;
use crate::suite::{Entropy, Hellos, Responder, Suite};
use crate::time::Instant;
use crate::wire::{Close, Frame, Hello, Message, Service};

/// Where the listening side is in its handshake.
pub struct Admission<S: Suite> {
    service: Service,
    from: IpAddr,
    step: Step<S>,
}

enum Step<S: Suite> {
    AwaitHello(Entropy),
    SayHello { hellos: Hellos, responder: S::Responder },
    AwaitCredentials(S::Responder),
    SayWelcome(S::Responder),
    Over,
}

/// Whether two Hellos go together, from the side of the one who said `ours`.
pub(super) fn check_hello(ours: &Hello<'_>, theirs: &Hello<'_>) -> Result<(), Close> {
    if theirs.version != ours.version {
        Err(Close::VersionMismatch)
    } else if theirs.suite != ours.suite {
        Err(Close::SuiteMismatch)
    } else if theirs.service != ours.service {
        Err(Close::ServiceMismatch)
    } else if theirs.frame_len != ours.frame_len {
        Err(Close::FrameLengthMismatch)
    } else {
        Ok(())
    }
}

impl<S: Suite> Admission<S> {
    /// What their Hello leads to.
    fn greet(&self, entropy: &Entropy, theirs: &Hello<'_>, door: &Door) -> Result<Step<S>, Close> {
        let ours = Hello::new(S::ID, self.service, entropy.public());
        check_hello(&ours, theirs)?;
        let hellos = Hellos { initiator: theirs.to_bytes(), responder: ours.to_bytes() };
        let responder = S::Responder::new(&hellos, theirs.share, door.password(), entropy);
        responder.map(|responder| Step::SayHello { hellos, responder }).map_err(Close::Fault)
    }
}

impl<S: Suite> Channel<S, Admission<S>> {
    /// Begins a connection that the peer at `from` has opened.
    pub fn respond(now: Instant, service: Service, from: IpAddr, entropy: Entropy) -> Self {
        Self::new(now, Admission { service, from, step: Step::AwaitHello(entropy) }, false)
    }

    /// Where the peer connects from.
    pub fn from(&self) -> IpAddr {
        self.handshake.from
    }

    /// One frame from the peer, who must get past the door first.
    pub fn receive<'f>(&mut self, now: Instant, frame: &'f mut Frame, door: &mut Door) -> Received<'f> {
        let received = self.open(now, frame);
        let Received::Message(message) = received else { return received };
        if self.is_open() {
            return Received::Message(message);
        }
        let next = match (core::mem::replace(&mut self.handshake.step, Step::Over), message) {
            (Step::AwaitHello(entropy), Message::Hello(theirs)) => {
                self.handshake.greet(&entropy, &theirs, door)
            }
            (Step::AwaitCredentials(mut responder), Message::Credentials(credentials)) => door
                .admit(now, self.handshake.from, |password| responder.verify(credentials, password))
                .map(|()| Step::SayWelcome(responder)),
            _ => Err(Close::Fault(Fault::State)),
        };
        match next {
            Ok(step) => {
                self.handshake.step = step;
                Received::Nothing
            }
            Err(close) => self.close(now, close).map_or(Received::Nothing, Received::Ended),
        }
    }

    /// Whether [`Channel::poll_handshake`] has a frame to give.
    pub fn wants_handshake(&self) -> bool {
        self.is_authenticating() && matches!(self.handshake.step, Step::SayHello { .. } | Step::SayWelcome(_))
    }

    /// Writes the next frame of the handshake, if it is our turn. After the `Welcome` the channel is open.
    pub fn poll_handshake(&mut self, now: Instant, out: &mut Frame) -> bool {
        if !self.is_authenticating() {
            return false;
        }
        match core::mem::replace(&mut self.handshake.step, Step::Over) {
            Step::SayHello { hellos, responder } => {
                let share = responder.share();
                let hello = Hello::from_bytes(&hellos.responder, share);
                self.send(now, &Message::Hello(hello), out);
                self.cipher = Cipher::Early(S::Early::default());
                self.handshake.step = Step::AwaitCredentials(responder);
                true
            }
            Step::SayWelcome(responder) => {
                self.send(now, &Message::Welcome(responder.welcome()), out);
                self.establish(responder.finish());
                true
            }
            step => {
                self.handshake.step = step;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;
    use crate::limits::{ENTROPY_LEN, HANDSHAKE_TIMEOUT};
    use crate::session::{Ended, Initiation};
    use crate::suite::{Password, Xor};
    use crate::wire::EMPTY_FRAME;

    const NOW: Instant = Instant::from_millis(0);

    type Initiator = Channel<Xor, Initiation<Xor>>;
    type Admitter = Channel<Xor, Admission<Xor>>;

    fn password() -> Password {
        Password::new(b"open sesame").unwrap()
    }

    fn both() -> (Initiator, Admitter) {
        let entropy = || Entropy::new([7; ENTROPY_LEN]);
        let from = Ipv4Addr::LOCALHOST.into();
        (
            Channel::initiate(NOW, Service::Chat, password(), entropy()),
            Channel::respond(NOW, Service::Chat, from, entropy()),
        )
    }

    /// Hands so many frames of the handshake to and fro, the last of them not yet answered.
    fn advance(initiator: &mut Initiator, admitter: &mut Admitter, frames: usize) {
        let mut door = Door::new(password());
        let mut frame = EMPTY_FRAME;
        for number in 0..frames {
            if number % 2 == 0 {
                assert!(initiator.poll_handshake(NOW, &mut frame));
                admitter.receive(NOW, &mut frame, &mut door);
            } else {
                assert!(admitter.poll_handshake(NOW, &mut frame));
                initiator.receive(NOW, &mut frame);
            }
        }
    }

    #[test]
    fn a_handshake_that_is_lost_does_not_go_on() {
        for frames in [1, 3] {
            let (mut initiator, mut admitter) = both();
            advance(&mut initiator, &mut admitter, frames);
            assert!(admitter.wants_handshake());
            assert_eq!(admitter.handle_eof(), Some(Ended::Lost));
            assert!(!admitter.wants_handshake() && !admitter.poll_handshake(NOW, &mut EMPTY_FRAME.clone()));
            assert!(admitter.is_closed(), "the Welcome must not open it again");
        }
        for frames in [0, 2] {
            let (mut initiator, mut admitter) = both();
            advance(&mut initiator, &mut admitter, frames);
            assert!(initiator.wants_handshake());
            assert_eq!(initiator.handle_eof(), Some(Ended::Lost));
            assert!(!initiator.wants_handshake() && !initiator.poll_handshake(NOW, &mut EMPTY_FRAME.clone()));
        }
    }

    #[test]
    fn a_close_is_the_last_frame_of_a_handshake() {
        for frames in [1, 3] {
            let (mut initiator, mut admitter) = both();
            advance(&mut initiator, &mut admitter, frames);
            let now = NOW + HANDSHAKE_TIMEOUT;
            assert_eq!(admitter.handle_timeout(now), Some(Ended::ByUs(Close::TimedOut)));
            let mut frame = EMPTY_FRAME;
            assert!(admitter.poll_control(now, &mut frame));
            assert!(!admitter.wants_handshake() && !admitter.poll_handshake(now, &mut frame));
            assert!(!admitter.is_open());
        }
    }
}
