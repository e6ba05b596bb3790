//! Handshake of the listening side: the counterpart of [`super::InitiatorHandshake`].

use core::net::IpAddr;

use super::lifecycle::Received;
use super::request::share_of;
use super::state::{Channel, Cipher, Stage};
use crate::door::{Door, Guessers};
use crate::error::Fault;
use crate::limits::HANDSHAKE_TIMEOUT;
use crate::suite::{Entropy, Hellos, Responder, Suite, Verified};
use crate::time::Instant;
use crate::wire::{Close, Hello, Message, Service};

/// Handshake stage of the listening side.
pub struct ResponderHandshake<S: Suite> {
    service: Service,
    from: IpAddr,
    step: Step<S>,
}

/// Step of the handshake. A secret is wiped in place when the next step overwrites it: see
/// [`crate::suite::Initiator`].
enum Step<S: Suite> {
    AwaitHello(Entropy),
    /// Sends Hello, then waits for `Credentials`.
    Greet {
        hellos: Hellos,
        responder: S::Responder,
        said: bool,
    },
    SayWelcome(<S::Responder as Responder>::Verified),
    Over,
}

/// Whether two Hellos agree; the error is the reason that the sender of `ours` gives.
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

impl<S: Suite> ResponderHandshake<S> {
    /// Answers the Hello of a peer at `from`: the stage that follows, and the reason to close if it was
    /// refused.
    pub(super) fn answer<G: Guessers>(
        now: Instant,
        service: Service,
        from: IpAddr,
        entropy: &Entropy,
        theirs: &Hello<'_>,
        door: &Door<G>,
    ) -> (Self, Result<(), Close>) {
        let mut handshake = Self { service, from, step: Step::Over };
        let greeted = handshake.greet(now, entropy, theirs, door);
        let answer = greeted.map(|step| handshake.step = step);
        (handshake, answer)
    }

    /// Checks their Hello and makes our share.
    fn greet<G: Guessers>(
        &self,
        now: Instant,
        entropy: &Entropy,
        theirs: &Hello<'_>,
        door: &Door<G>,
    ) -> Result<Step<S>, Close> {
        let ours = Hello::new(S::ID, self.service, entropy.public());
        check_hello(&ours, theirs)?;
        // A peer that has to wait must not cost us the computation of a share.
        door.check_patience(now, self.from)?;
        let hellos = Hellos { initiator: theirs.to_bytes(), responder: ours.to_bytes() };
        let share = share_of(self.service, theirs).map_err(Close::Fault)?;
        let responder = S::Responder::new(&hellos, share, door.password(), entropy);
        let greet = |responder| Step::Greet { hellos, responder, said: false };
        responder.map(greet).map_err(Close::Fault)
    }
}

impl<S: Suite> Channel<S, ResponderHandshake<S>> {
    /// Starts the handshake on a connection that the peer at `from` has opened.
    pub fn respond(now: Instant, service: Service, from: IpAddr, entropy: Entropy) -> Self {
        let handshake = ResponderHandshake { service, from, step: Step::AwaitHello(entropy) };
        Self::new(now, HANDSHAKE_TIMEOUT, handshake, false)
    }

    /// Address of the peer.
    pub fn from(&self) -> IpAddr {
        self.handshake.from
    }

    /// Handles one frame from the peer. The door verifies its credentials.
    pub fn receive<'f, G: Guessers>(
        &mut self,
        now: Instant,
        frame: &'f mut [u8],
        door: &mut Door<G>,
    ) -> Received<'f> {
        let received = self.open(now, frame);
        let Received::Message(message) = received else { return received };
        if self.is_open() {
            return Received::Message(message);
        }
        let next = match (&self.handshake.step, message) {
            (Step::AwaitHello(entropy), Message::Hello(theirs)) => {
                self.handshake.greet(now, entropy, &theirs, door)
            }
            (Step::Greet { hellos, responder, said: true }, Message::Credentials(credentials)) => door
                .admit(now, self.handshake.from, |password| responder.verify(hellos, credentials, password))
                .map(Step::SayWelcome),
            _ => Err(Close::Fault(Fault::State)),
        };
        match next {
            Ok(step) => {
                self.handshake.step = step;
                Received::Nothing
            }
            Err(close) => {
                self.handshake.step = Step::Over;
                self.lifecycle.refuse(now, close)
            }
        }
    }
}

impl<S: Suite> Stage<S> for ResponderHandshake<S> {
    fn wants_frame(channel: &Channel<S, Self>) -> bool {
        matches!(channel.handshake.step, Step::Greet { said: false, .. } | Step::SayWelcome(_))
    }

    fn poll_frame(channel: &mut Channel<S, Self>, now: Instant, out: &mut [u8]) -> bool {
        match &mut channel.handshake.step {
            Step::Greet { hellos, responder, said: said @ false } => {
                *said = true;
                Message::Hello(Hello::from_bytes(&hellos.responder, responder.share())).emit(out);
                channel.seal(now, out);
                channel.cipher = Cipher::Early(S::Early::default());
            }
            Step::SayWelcome(verified) => {
                Message::Welcome(verified.welcome()).emit(out);
                let keys = verified.finish();
                channel.seal(now, out);
                channel.establish(keys);
                channel.handshake.step = Step::Over;
            }
            _ => return false,
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use core::net::Ipv4Addr;

    use super::*;
    use crate::limits::ENTROPY_LEN;
    use crate::suite::{Password, Protection, Xor};
    use crate::wire::{EMPTY_FRAME, SuiteId};

    const NOW: Instant = Instant::from_millis(0);

    fn receive(channel: &mut Channel<Xor, ResponderHandshake<Xor>>, door: &mut Door, message: &Message<'_>) {
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        if !matches!(message, Message::Hello(_)) {
            Xor.seal(&mut frame);
        }
        assert!(matches!(channel.receive(NOW, &mut frame, door), Received::Nothing));
    }

    #[test]
    fn no_welcome_is_sent_after_the_end() {
        let mut door = Door::new(Password::new(b"sesame").unwrap());
        let entropy = Entropy::new([0; ENTROPY_LEN]);
        let from = Ipv4Addr::LOCALHOST.into();
        let mut channel = Channel::<Xor, _>::respond(NOW, Service::Chat, from, entropy);
        let mut out = EMPTY_FRAME;
        receive(&mut channel, &mut door, &Message::Hello(Hello::new(SuiteId::Xor, Service::Chat, [0; 32])));
        assert!(channel.poll_frame(NOW, &mut out));
        receive(&mut channel, &mut door, &Message::Credentials(b"sesame"));
        assert!(channel.wants_frame());

        assert!(channel.close(NOW, Close::Goodbye).is_some());
        assert!(channel.poll_frame(NOW, &mut out));
        Xor.open(&mut out).unwrap();
        assert_eq!(Message::parse(&out), Ok(Message::Close(Close::Goodbye)));
        assert!(!channel.wants_frame() && !channel.poll_frame(NOW, &mut out) && !channel.is_open());
    }
}
