//! A hostile peer: sends valid frames, invalid ones, or none, and may hang up.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::num::NonZeroU16;

use p2pm_core::drive::{Moved, Transport};
use p2pm_core::error::Fault;
use p2pm_core::suite::{Protection, Xor};
use p2pm_core::time::Instant;
use p2pm_core::wire::{
    Change, ChatMessage, Close, CommunityMessage, EMPTY_FRAME, Endpoint, Frame, Hello, JoinRefusal, MAGIC,
    Message, Name, Service, SuiteId, Text, Turns, User, emit_list_page, emit_presence,
};

use super::link::{Link, Side};
use super::world::Wake;
use crate::random::Random;

/// An encoded group element of ristretto255: the generator (RFC 9496 §A.1).
const POINT: [u8; 32] = [
    0xe2, 0xf2, 0xae, 0x0a, 0x6a, 0xbc, 0x4e, 0x71, 0xa8, 0x84, 0xa9, 0x61, 0xc5, 0x00, 0x51, 0x5f, 0x58,
    0xe3, 0x0b, 0x6a, 0xa5, 0x82, 0xdd, 0x8d, 0xb6, 0xa6, 0x59, 0x45, 0xe0, 0x8d, 0x2d, 0x76,
];

/// One end of a link without a machine.
pub struct Stranger {
    side: Side,
    suite: SuiteId,
    service: Service,
    password: Vec<u8>,
    random: Random,
    /// Number of frames sent of a valid conversation.
    polite: usize,
    outbox: VecDeque<u8>,
    reads: bool,
    acts_left: usize,
    act_at: Option<Instant>,
    dropped: bool,
}

impl Stranger {
    /// A peer that knows the password, but does not always use it.
    pub fn new(
        now: Instant,
        side: Side,
        suite: SuiteId,
        service: Service,
        password: &[u8],
        mut random: Random,
    ) -> Self {
        Self {
            side,
            suite,
            service,
            password: password.to_vec(),
            polite: 0,
            outbox: VecDeque::new(),
            reads: random.chance(80),
            acts_left: random.between(0..=25),
            act_at: Some(now + random.millis(0..=100)),
            dropped: false,
            random,
        }
    }

    pub fn is_dropped(&self) -> bool {
        self.dropped
    }

    /// Whether it has more to send.
    pub fn is_busy(&self) -> bool {
        !self.dropped && self.act_at.is_some()
    }

    /// `None` once it has hung up, or has nothing left to do.
    pub fn wake(&self, link: &Link, now: Instant) -> Option<Wake> {
        if self.dropped {
            return None;
        }
        let ready = self.act_at.is_some_and(|at| now >= at)
            || self.reads && link.is_readable(self.side, now)
            || !self.outbox.is_empty() && link.is_writable(self.side, now);
        (ready || self.act_at.is_some()).then_some(Wake { ready, deadline: self.act_at, honest: false })
    }

    pub fn pump(&mut self, link: &mut Link, now: Instant) {
        if self.act_at.take_if(|at| now >= *at).is_some() {
            self.act(now, link);
        }
        let mut end = link.end(self.side, now);
        if self.reads && end.receive(&mut [0; 4096]) == Moved::Over {
            self.drop_connection(link);
            return;
        }
        while !self.outbox.is_empty() {
            match end.send(self.outbox.make_contiguous()) {
                Moved::Bytes(bytes) => drop(self.outbox.drain(..bytes)),
                Moved::Blocked => break,
                Moved::Over => self.outbox.clear(),
            }
        }
    }

    fn drop_connection(&mut self, link: &mut Link) {
        self.dropped = true;
        link.hang_up(self.side);
    }

    fn act(&mut self, now: Instant, link: &mut Link) {
        let Some(left) = self.acts_left.checked_sub(1) else {
            if self.random.chance(60) {
                self.drop_connection(link);
            }
            return;
        };
        self.acts_left = left;
        let pause = self.random.pick(&[0, 50, 1_000, 1_000, 12_000]);
        self.act_at = Some(now + self.random.millis(0..=pause));
        match self.random.between(0..=99) {
            0..=79 => self.say_next(),
            80..=89 => {
                let frame = any_message(&mut self.random);
                self.say(frame);
            }
            90..=93 => {
                let mut frame = any_message(&mut self.random);
                let at = self.random.between(0..=frame.len() - 1);
                frame[at] = self.random.bytes::<1>()[0];
                self.say(frame);
            }
            94..=96 => {
                let noise: [u8; 2048] = self.random.bytes();
                let len = self.random.between(1..=noise.len());
                self.outbox.extend(&noise[..len]);
            }
            _ => self.acts_left = 0,
        }
    }

    /// The Hello is sent in the clear, and everything else encrypted, except with sealed keys, which this
    /// peer never has; now and then the other way round.
    fn say(&mut self, mut frame: Frame) {
        let clear = self.polite == 0 || self.suite == SuiteId::Sealed;
        if clear == self.random.chance(2) {
            Xor.seal(&mut frame);
        }
        self.outbox.extend(frame);
    }

    /// Sends the next frame of a valid conversation.
    fn say_next(&mut self) {
        let name: Name = "stranger".parse().expect("a name");
        let port = NonZeroU16::MIN;
        let turns = self.random.pick(&[Turns::Linear, Turns::Free]);
        let share: &[u8] =
            if (self.side, self.suite) == (Side::Listening, SuiteId::Sealed) { &POINT } else { &[] };
        let message = match (self.polite, self.side, self.service) {
            (0, _, service) => Message::Hello(Hello { share, ..Hello::new(self.suite, service, [7; 32]) }),
            (1, Side::Connecting, _) if self.random.chance(90) => Message::Credentials(&self.password),
            (1, Side::Connecting, _) => Message::Credentials(b"open sesame"),
            (1, Side::Listening, _) => Message::Welcome(&[]),
            (2, Side::Connecting, Service::Community) => {
                Message::Community(CommunityMessage::Join { name, port })
            }
            (_, Side::Connecting, Service::Community) => self
                .random
                .pick(&[
                    &Message::Community(CommunityMessage::List),
                    &Message::Community(CommunityMessage::Subscribe(true)),
                    &Message::Community(CommunityMessage::Subscribe(false)),
                ])
                .clone(),
            (2, Side::Connecting, Service::Chat) => {
                Message::Chat(ChatMessage::Call { turns, from: Some(name) })
            }
            (2, Side::Listening, Service::Chat) => Message::Chat(ChatMessage::CallAccepted { turns }),
            (2, Side::Listening, Service::Community) => {
                Message::Community(CommunityMessage::Joined { endpoint: somewhere(), online: 1 })
            }
            (_, Side::Listening, Service::Community) => {
                let frame = any_row(&mut self.random);
                return self.say(frame);
            }
            (_, _, Service::Chat | Service::Link | Service::Transfer(_)) => {
                Message::Chat(ChatMessage::Text(Text::new("boo").expect("short")))
            }
        };
        let mut frame = EMPTY_FRAME;
        message.emit(&mut frame);
        self.say(frame);
        self.polite += 1;
    }
}

fn somewhere() -> Endpoint {
    Endpoint::new(Ipv4Addr::LOCALHOST.into(), NonZeroU16::MIN)
}

/// A message of any kind, or a frame of an unknown kind.
fn any_message(random: &mut Random) -> Frame {
    let bytes: [u8; 8] = random.bytes();
    let name = || Name::new(b"anybody").expect("a name");
    let yes = random.chance(50);
    let turns = if yes { Turns::Linear } else { Turns::Free };
    let message = match random.between(0..=15) {
        0 => Message::Hello(Hello { version: bytes[0], ..Hello::new(SuiteId::Xor, Service::Chat, [0; 32]) }),
        1 => Message::Hello(Hello { share: &bytes, ..Hello::new(SuiteId::Xor, Service::Community, [0; 32]) }),
        2 => Message::Credentials(&bytes),
        3 => Message::Welcome(if yes { &bytes } else { &[] }),
        4 => Message::Close(random.pick(&[Close::Goodbye, Close::Busy, Close::Fault(Fault::Turn)])),
        5 => Message::KeepAlive,
        6 => Message::Community(CommunityMessage::Join { name: name(), port: NonZeroU16::MAX }),
        7 => Message::Community(CommunityMessage::Joined { endpoint: somewhere(), online: u32::MAX }),
        8 => Message::Community(CommunityMessage::JoinRefused(if yes {
            JoinRefusal::Full
        } else {
            JoinRefusal::NameTaken
        })),
        9 => Message::Community(CommunityMessage::List),
        10 => Message::Community(CommunityMessage::Subscribe(yes)),
        11 => Message::Chat(ChatMessage::Call { turns, from: yes.then(name) }),
        12 => Message::Chat(ChatMessage::CallAccepted { turns }),
        13 => Message::Chat(ChatMessage::Text(Text::new("anything").expect("short"))),
        14 => return any_row(random),
        _ => {
            let mut frame = EMPTY_FRAME;
            frame[..4].copy_from_slice(&MAGIC);
            frame[4..12].copy_from_slice(&bytes);
            return frame;
        }
    };
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    frame
}

/// A page of a list or a presence update with random content.
fn any_row(random: &mut Random) -> Frame {
    let mut frame = EMPTY_FRAME;
    let user = User { name: "nobody".parse().expect("a name"), endpoint: somewhere() };
    let count = random.between(0..=80);
    if random.chance(50) {
        let last = random.chance(50);
        emit_list_page(&mut frame, 3, |page| {
            let _ = (0..count).all(|_| page.push(&user));
            last
        });
    } else {
        let change = Change::Joined(user);
        emit_presence(&mut frame, 3, 0, |changes| {
            let _ = (0..count).all(|_| changes.push(&change));
        });
    }
    frame
}
