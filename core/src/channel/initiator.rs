//! Handshake of the connecting side.
//!
//! ```text
//! Hello ──▶          Credentials ──▶
//!          ◀── Hello               ◀── Welcome
//! ```

use super::lifecycle::Received;
use super::request::Request;
use super::state::{Channel, Cipher, Stage};
use crate::error::Fault;
use crate::limits::CONNECT_TIMEOUT;
use crate::suite::{Entropy, Hellos, Initiator, Password, Suite};
use crate::time::Instant;
use crate::wire::{Close, Hello, Message};

/// Handshake stage of the connecting side.
pub struct InitiatorHandshake<S: Suite>(Step<S>);

/// Step of the handshake. A secret is wiped in place when the next step overwrites it: see [`Initiator`].
#[allow(clippy::large_enum_variant, reason = "without an allocator it is kept here")]
enum Step<S: Suite> {
    /// Sends Hello, then waits for the responder's.
    Greet {
        greeting: Greeting,
        said: bool,
    },
    /// Sends `Credentials`, then waits for `Welcome`.
    Prove {
        initiator: S::Initiator,
        said: bool,
    },
    Over,
}

/// What our Hello is made from, and the secrets for the frames after it.
struct Greeting {
    request: Request,
    password: Password,
    entropy: Entropy,
}

impl Greeting {
    /// Our Hello.
    fn hello<S: Suite>(&self) -> Hello<'_> {
        let hello = Hello::new(S::ID, self.request.service(), self.entropy.public());
        Hello { share: self.request.marker(), ..hello }
    }

    /// Checks the responder's Hello and makes the proof for our `Credentials`.
    fn answer<S: Suite>(&self, theirs: &Hello<'_>) -> Result<S::Initiator, Close> {
        let ours = self.hello::<S>();
        super::responder::check_hello(&ours, theirs)?;
        let hellos = Hellos { initiator: ours.to_bytes(), responder: theirs.to_bytes() };
        S::Initiator::new(&hellos, theirs.share, &self.password, &self.entropy).map_err(Close::Fault)
    }
}

impl<S: Suite> Channel<S, InitiatorHandshake<S>> {
    /// Starts the handshake on a connection that this side has opened.
    pub fn initiate(now: Instant, request: Request, password: Password, entropy: Entropy) -> Self {
        let greeting = Greeting { request, password, entropy };
        Self::new(now, CONNECT_TIMEOUT, InitiatorHandshake(Step::Greet { greeting, said: false }), true)
    }

    /// Handles one frame from the peer.
    pub fn receive<'f>(&mut self, now: Instant, frame: &'f mut [u8]) -> Received<'f> {
        let received = self.open(now, frame);
        let Received::Message(message) = received else { return received };
        if self.is_open() {
            return Received::Message(message);
        }
        let outcome = match (&mut self.handshake.0, message) {
            (Step::Greet { greeting, said: true }, Message::Hello(theirs)) => {
                let answer = greeting.answer::<S>(&theirs);
                self.cipher = Cipher::Early(S::Early::default());
                self.lifecycle.set_mute(false);
                answer.map(|initiator| {
                    self.handshake.0 = Step::Prove { initiator, said: false };
                    Received::Nothing
                })
            }
            (Step::Prove { initiator, said: true }, Message::Welcome(welcome)) => {
                initiator.finish(welcome).map_err(Close::Fault).map(|keys| {
                    self.establish(keys);
                    self.handshake.0 = Step::Over;
                    Received::Authenticated
                })
            }
            _ => Err(Close::Fault(Fault::State)),
        };
        outcome.unwrap_or_else(|close| {
            self.handshake.0 = Step::Over;
            self.lifecycle.refuse(now, close)
        })
    }
}

impl<S: Suite> Stage<S> for InitiatorHandshake<S> {
    fn wants_frame(channel: &Channel<S, Self>) -> bool {
        matches!(channel.handshake.0, Step::Greet { said: false, .. } | Step::Prove { said: false, .. })
    }

    fn poll_frame(channel: &mut Channel<S, Self>, now: Instant, out: &mut [u8]) -> bool {
        match &mut channel.handshake.0 {
            Step::Greet { greeting, said: said @ false } => {
                *said = true;
                Message::Hello(greeting.hello::<S>()).emit(out);
            }
            Step::Prove { initiator, said: said @ false } => {
                *said = true;
                Message::Credentials(initiator.credentials()).emit(out);
                // A peer that accepts the credentials switches to its keys before we receive its Welcome.
                channel.lifecycle.set_mute(true);
            }
            _ => return false,
        }
        channel.seal(now, out);
        true
    }
}
