//! Peer of a machine: sends the input's frames, with the suite's proofs of the password.

use p2pm_core::channel::{CircleNumber, marker_of};
use p2pm_core::limits::{HELLO_LEN, MARKER_LEN, PLAIN_LEN};
use p2pm_core::suite::aead::Aead;
use p2pm_core::suite::{
    Exporter, Hellos, Initiator, Password, Protection, Responder, SealedWith, Side, Suite, Verified,
};
use p2pm_core::wire::{EMPTY_FRAME, Frame, FrameLen, Hello, Message, Service};

use crate::speech::{PASSWORD, Said, Speech, emit_framed, fill};
use crate::{entropy, password};

/// Number of the peer's entropy.
const NUMBER: u8 = 9;

/// One end of a connection. Its first frame is in the clear, and all others are sealed properly, so that
/// arbitrary frames reach the parser.
///
/// The suite's parts are computed only when they are sent: agreeing on keys takes longer than most inputs.
pub struct Voice<S: Suite> {
    has_spoken: bool,
    ours: Option<[u8; HELLO_LEN]>,
    /// Their Hello, with its share.
    theirs: Option<([u8; HELLO_LEN], Vec<u8>)>,
    their_credentials: Vec<u8>,
    half: Half<S>,
    keys: Option<S::Keys>,
    /// Circle that a Hello for a link is for.
    circle: CircleNumber,
    /// What the peer proves to know.
    password: Password,
}

/// The peer's half of the authentication.
enum Half<S: Suite> {
    None,
    Initiator(S::Initiator),
    Responder(Hellos, S::Responder),
    Verified(<S::Responder as Responder>::Verified),
}

impl<S: Suite> Default for Voice<S> {
    fn default() -> Self {
        Self {
            has_spoken: false,
            ours: None,
            theirs: None,
            their_credentials: Vec::new(),
            half: Half::None,
            keys: None,
            circle: crate::CIRCLE,
            password: password(),
        }
    }
}

impl<A: Aead> Voice<SealedWith<A>> {
    /// Exporter of the channel, at the peer's side, once it has keys.
    pub fn exporter(&self, side: Side) -> Option<Exporter> {
        self.keys.as_ref().map(|keys| keys.exporter(side))
    }
}

impl<S: Suite> Voice<S> {
    /// The peer is in this circle.
    pub fn join(&mut self, circle: CircleNumber) {
        self.circle = circle;
    }

    /// The peer knows another password than the usual one.
    pub fn learn(&mut self, password: Password) {
        self.password = password;
    }

    /// Whether a frame was sent.
    pub fn has_spoken(&self) -> bool {
        self.has_spoken
    }

    /// The frame as sent, for a connection to this service.
    pub fn say(&mut self, said: &Said<'_>, service: Service) -> Frame {
        let hello = Hello::new(S::ID, service, entropy(NUMBER).public());
        let mut frame = EMPTY_FRAME;
        match said {
            Said::Raw(bytes) => fill(&mut frame, bytes),
            Said::Framed { kind, body } => emit_framed(&mut frame, *kind, body),
            Said::Message(speech) => self.emit(speech, hello, &mut frame),
            Said::Damaged(speech, at, value) => {
                self.emit(speech, hello, &mut frame);
                frame[usize::from(*at) % PLAIN_LEN] ^= value;
            }
        }
        if !std::mem::replace(&mut self.has_spoken, true) {
            self.ours = match Message::parse(&frame) {
                Ok(Message::Hello(hello)) => Some(hello.to_bytes()),
                _ => None,
            };
        } else if !matches!(said, Said::Raw(_)) {
            self.seal(&mut frame);
        }
        if let Said::Message(Speech::Welcome) = said {
            self.establish();
        }
        frame
    }

    /// Records a message that the machine sends.
    pub fn hear(&mut self, message: &Message<'_>) {
        match message {
            Message::Hello(hello) => {
                // Ahead of the share of whoever has dialled for a link or a transfer is a marker.
                let marked = [Service::Link, Service::Transfer(FrameLen::Short)].map(Service::number);
                let is_marked = !self.has_spoken && marked.contains(&hello.service);
                let share = if is_marked { &hello.share[MARKER_LEN..] } else { hello.share };
                self.theirs = Some((hello.to_bytes(), share.to_vec()));
            }
            Message::Credentials(credentials) => self.their_credentials = credentials.to_vec(),
            // Otherwise the machine has authenticated another peer.
            Message::Welcome(welcome) if self.has_spoken => self.enter(welcome),
            _ => {}
        }
    }

    /// Seals a frame, as all but the first one are.
    pub fn seal(&mut self, frame: &mut Frame) {
        match &mut self.keys {
            Some(keys) => keys.seal(frame),
            None => S::Early::default().seal(frame),
        }
    }

    fn emit(&mut self, speech: &Speech<'_>, hello: Hello<'_>, out: &mut Frame) {
        let proof = match speech {
            Speech::Hello => self.share(&hello),
            Speech::Credentials => self.credentials(),
            Speech::Welcome => self.welcome(),
            _ => Vec::new(),
        };
        speech.emit(hello, &proof, out);
    }

    /// What follows the peer's Hello: a share if it answers another one, else the marker of a circle, for a link.
    fn share(&mut self, ours: &Hello<'_>) -> Vec<u8> {
        let Some((theirs, their_share)) = &self.theirs else {
            let is_for_link = ours.service == Service::Link.number();
            return if is_for_link { marker_of(&ours.random, self.circle).to_vec() } else { Vec::new() };
        };
        let hellos = Hellos { initiator: *theirs, responder: ours.to_bytes() };
        match S::Responder::new(&hellos, their_share, &self.password, &entropy(NUMBER)) {
            Ok(responder) => {
                let share = responder.share().to_vec();
                self.half = Half::Responder(hellos, responder);
                share
            }
            Err(_) => Vec::new(),
        }
    }

    /// The right credentials if both sides have sent Hello.
    fn credentials(&mut self) -> Vec<u8> {
        if let (Half::None, Some(ours), Some((theirs, share))) = (&self.half, self.ours, &self.theirs) {
            let hellos = Hellos { initiator: ours, responder: *theirs };
            self.half = S::Initiator::new(&hellos, share, &self.password, &entropy(NUMBER))
                .map_or(Half::None, Half::Initiator);
        }
        match &self.half {
            Half::Initiator(initiator) => initiator.credentials().to_vec(),
            _ => PASSWORD.to_vec(),
        }
    }

    /// The right confirmation if the machine has proved the password.
    fn welcome(&mut self) -> Vec<u8> {
        self.half = match std::mem::replace(&mut self.half, Half::None) {
            Half::Responder(hellos, responder) => {
                let verified = responder.verify(&hellos, &self.their_credentials, &self.password);
                verified.map_or(Half::None, Half::Verified)
            }
            half => half,
        };
        match &self.half {
            Half::Verified(verified) => verified.welcome().to_vec(),
            _ => Vec::new(),
        }
    }

    /// The machine is authenticated.
    fn establish(&mut self) {
        self.half = match std::mem::replace(&mut self.half, Half::None) {
            Half::Verified(mut verified) => {
                self.keys = Some(verified.finish());
                Half::None
            }
            half => half,
        };
    }

    /// The peer is authenticated, so it must have sent the right credentials.
    fn enter(&mut self, welcome: &[u8]) {
        self.credentials();
        match std::mem::replace(&mut self.half, Half::None) {
            Half::Initiator(mut initiator) => {
                let keys = initiator.finish(welcome);
                self.keys =
                    Some(keys.unwrap_or_else(|fault| panic!("let in, and not with our keys: {fault}")));
            }
            _ => panic!("let in, and has proved nothing"),
        }
    }
}
