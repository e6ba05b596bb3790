//! Somebody who is in the circle, and tells of nodes that are not there.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::time::Duration;

use embedded_nal::TcpClientStack;
use p2pm_core::channel::marker_of;
use p2pm_core::identity::{self, Identity};
use p2pm_core::limits::{FRAME_LEN, HELLO_LEN, LINK_TEXT_MAX};
use p2pm_core::suite::aead::Portable;
use p2pm_core::suite::{Entropy, Hellos, Initiator, Password, Protection, SealedWith, Side, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::{
    EMPTY_FRAME, Endpoint, Frame, Hello, Introduction, LinkMessage, Message, Neighbour, PublicKey, Service,
    SuiteId, emit_roster,
};
use p2pm_fw::app::{Board, Clock, Polled, Role};
use p2pm_fw::net::Socket;
use p2pm_fw::settings::field;
use p2pm_tests::device::{Large, PASSPHRASE, SOCKETS, Virtual};
use p2pm_tests::random::Random;

/// Number of the circle, in its passphrase.
const NUMBER: Option<NonZeroU32> = NonZeroU32::new(47);
/// How often it tells of more.
const INTERVAL: Duration = Duration::from_millis(100);

type OurSuite = SealedWith<Portable>;
type OurBoard = Board<Virtual<SOCKETS, Large>>;

/// The node that gossips.
pub(crate) struct Gossip {
    identity: Identity,
    name: &'static str,
    to: SocketAddr,
    socket: Option<Socket>,
    stage: Stage,
    received: Vec<u8>,
    to_send: VecDeque<u8>,
    random: Random,
    due: Instant,
}

enum Stage {
    Dialling,
    Greeted(Entropy, [u8; HELLO_LEN]),
    Proved(<OurSuite as Suite>::Initiator),
    Linked(<OurSuite as Suite>::Keys),
}

impl Gossip {
    /// A node of this name at a board, which dials another one.
    pub(crate) fn new(board: &mut OurBoard, name: &'static str, identity: Identity, to: SocketAddr) -> Self {
        Self {
            identity,
            name,
            to,
            socket: board.network.socket().ok(),
            stage: Stage::Dialling,
            received: Vec::new(),
            to_send: VecDeque::new(),
            random: Random::new(7),
            due: board.clock.now(),
        }
    }

    fn connect(&mut self, board: &mut OurBoard) {
        let (Stage::Dialling, Some(socket)) = (&self.stage, &mut self.socket) else { return };
        if board.network.connect(socket, self.to).is_ok() {
            let entropy = Entropy::new(self.random.bytes());
            let marker = marker_of(&entropy.public(), NUMBER);
            let hello = Hello::new(SuiteId::Sealed, Service::Link, entropy.public());
            let hello = Hello { share: &marker, ..hello };
            self.say(&Message::Hello(hello));
            self.stage = Stage::Greeted(entropy, hello.to_bytes());
        }
    }

    /// In the clear.
    fn say(&mut self, message: &Message<'_>) {
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        self.to_send.extend(frame);
    }

    fn seal(&mut self, mut frame: Frame) {
        if let Stage::Linked(keys) = &mut self.stage {
            keys.seal(&mut frame);
            self.to_send.extend(frame);
        }
    }

    fn say_sealed(&mut self, message: &LinkMessage<'_>) {
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        self.seal(frame);
    }

    fn hear(&mut self, frame: &[u8]) {
        let before = std::mem::replace(&mut self.stage, Stage::Dialling);
        self.stage = match before {
            Stage::Greeted(entropy, initiator) => {
                let Ok(Message::Hello(hello)) = Message::parse(frame) else { panic!("no Hello") };
                let hellos = Hellos { initiator, responder: hello.to_bytes() };
                let ours = <OurSuite as Suite>::Initiator::new(&hellos, hello.share, &password(), &entropy)
                    .expect("a share");
                self.say(&Message::Credentials(ours.credentials()));
                Stage::Proved(ours)
            }
            Stage::Proved(mut ours) => {
                let Ok(Message::Welcome(welcome)) = Message::parse(frame) else { panic!("no Welcome") };
                Stage::Linked(ours.finish(welcome).expect("the same keys"))
            }
            // Whatever they say.
            stage => return self.stage = stage,
        };
        if let Stage::Linked(keys) = &self.stage {
            let proof = identity::prove(&self.identity, Side::Initiator, &keys.exporter(Side::Initiator));
            let text_max = u16::try_from(LINK_TEXT_MAX).expect("it fits");
            let introduction = Introduction { key: self.identity.key(), port: None, text_max, run: 1, proof };
            self.say_sealed(&LinkMessage::Introduce(introduction));
            self.say_sealed(&LinkMessage::Name(self.name.parse().expect("a name")));
            self.say_sealed(&LinkMessage::Admit { heard: 0 });
        }
    }

    /// Tells of as many nodes as there is room for in a frame: anywhere on this network, or anywhere at all.
    fn gossip(&mut self) {
        let mut frame = EMPTY_FRAME;
        let random = &mut self.random;
        emit_roster(&mut frame, |neighbours| {
            loop {
                let [a, b, c, d] = random.bytes();
                let ip = if random.chance(50) { [10, 0, 0, d] } else { [a, b, c, d] };
                let port = u16::from_be_bytes(random.bytes()).max(1).try_into().expect("not 0");
                let endpoint = Endpoint::new(IpAddr::from(ip), port);
                if !neighbours.push(&Neighbour { key: PublicKey(random.bytes()), endpoint }) {
                    return;
                }
            }
        });
        self.seal(frame);
    }
}

fn password() -> Password {
    field::passphrase(PASSPHRASE.as_bytes()).expect("a passphrase").1
}

impl Role<Virtual<SOCKETS, Large>> for Gossip {
    fn poll(&mut self, board: &mut OurBoard) -> Polled {
        self.connect(board);
        let Some(socket) = &mut self.socket else { return Polled::Idle };
        let mut buffer = [0; 4096];
        if let Ok(len) = board.network.receive(socket, &mut buffer) {
            self.received.extend(&buffer[..len]);
        }
        while self.received.len() >= FRAME_LEN {
            let frame: Vec<_> = self.received.drain(..FRAME_LEN).collect();
            self.hear(&frame);
        }
        let now = board.clock.now();
        if now >= self.due && self.to_send.is_empty() {
            self.due = now + INTERVAL;
            self.gossip();
        }
        let Some(socket) = &mut self.socket else { return Polled::Idle };
        if let Ok(len) = board.network.send(socket, self.to_send.make_contiguous()) {
            self.to_send.drain(..len);
        }
        Polled::Idle
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.due)
    }

    fn stop(&mut self, _: &mut OurBoard) {}
}
