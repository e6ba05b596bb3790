//! The connecting side's handshake.
//!
//! ```text
//! Hello ──▶          Credentials ──▶
//!          ◀── Hello               ◀── Welcome
//! ```

use super::channel::Cipher;
use super::{Channel, Received};
use crate::error::Fault;
use crate::limits::CONNECT_TIMEOUT;
use crate::suite::{Entropy, Hellos, Initiator, Password, Suite};
use crate::time::Instant;
use crate::wire::{Close, Frame, Hello, Message, Service};

/// Where the connecting side is in its handshake.
pub struct Initiation<S: Suite> {
    service: Service,
    step: Step<S>,
}

enum Step<S: Suite> {
    SayHello(Secrets),
    AwaitHello(Secrets),
    Prove(S::Initiator),
    AwaitWelcome(S::Initiator),
    Over,
}

struct Secrets {
    password: Password,
    entropy: Entropy,
}

impl<S: Suite> Initiation<S> {
    fn our_hello(&self, secrets: &Secrets) -> Hello<'static> {
        Hello::new(S::ID, self.service, secrets.entropy.public())
    }

    /// What we say once their Hello has come, or why we have nothing to say to each other.
    fn answer(&self, secrets: Secrets, theirs: &Hello<'_>) -> Result<S::Initiator, Close> {
        let ours = self.our_hello(&secrets);
        super::admission::check_hello(&ours, theirs)?;
        let hellos = Hellos { initiator: ours.to_bytes(), responder: theirs.to_bytes() };
        let Secrets { password, entropy } = secrets;
        S::Initiator::new(&hellos, theirs.share, password, &entropy).map_err(Close::Fault)
    }
}

impl<S: Suite> Channel<S, Initiation<S>> {
    /// Begins a connection that this side has opened.
    pub fn initiate(now: Instant, service: Service, password: Password, entropy: Entropy) -> Self {
        let step = Step::SayHello(Secrets { password, entropy });
        Self::new(now, CONNECT_TIMEOUT, Initiation { service, step }, true)
    }

    /// One frame from the peer.
    pub fn receive<'f>(&mut self, now: Instant, frame: &'f mut Frame) -> Received<'f> {
        let received = self.open(now, frame);
        let Received::Message(message) = received else { return received };
        if self.is_open() {
            return Received::Message(message);
        }
        let step = core::mem::replace(&mut self.handshake.step, Step::Over);
        match (step, message) {
            (Step::AwaitHello(secrets), Message::Hello(theirs)) => {
                self.cipher = Cipher::Early(S::Early::default());
                self.set_mute(false);
                match self.handshake.answer(secrets, &theirs) {
                    Ok(initiator) => {
                        self.handshake.step = Step::Prove(initiator);
                        Received::Nothing
                    }
                    Err(close) => self.refuse(now, close),
                }
            }
            (Step::AwaitWelcome(initiator), Message::Welcome(welcome)) => match initiator.finish(welcome) {
                Ok(keys) => {
                    self.establish(keys);
                    Received::Authenticated
                }
                Err(fault) => self.fail(now, fault),
            },
            _ => self.fail(now, Fault::State),
        }
    }

    /// Whether [`Channel::poll_handshake`] has a frame to give.
    pub fn wants_handshake(&self) -> bool {
        self.is_in_handshake() && matches!(self.handshake.step, Step::SayHello(_) | Step::Prove(_))
    }

    /// Writes the next frame of the handshake, if it is our turn.
    pub fn poll_handshake(&mut self, now: Instant, out: &mut Frame) -> bool {
        if !self.is_in_handshake() {
            return false;
        }
        match core::mem::replace(&mut self.handshake.step, Step::Over) {
            Step::SayHello(secrets) => {
                let hello = self.handshake.our_hello(&secrets);
                self.send(now, &Message::Hello(hello), out);
                self.handshake.step = Step::AwaitHello(secrets);
                true
            }
            Step::Prove(initiator) => {
                self.send(now, &Message::Credentials(initiator.credentials()), out);
                self.handshake.step = Step::AwaitWelcome(initiator);
                // A peer that finds them right has changed to its keys before we hear of it.
                self.set_mute(true);
                true
            }
            step => {
                self.handshake.step = step;
                false
            }
        }
    }
}
