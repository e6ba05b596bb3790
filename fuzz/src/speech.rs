//! What a peer says: bytes of any kind, and the building blocks that get past a handshake.

use std::num::NonZeroU16;

use arbitrary::Arbitrary;
use p2pm_core::limits::BODY_MAX;
use p2pm_core::wire::{
    Change, ChatMessage, Close, CommunityMessage, Frame, Hello, JoinRefusal, MAGIC, Message, Text, Turns,
    User, emit_list_page, emit_presence,
};

use crate::{endpoint, name};

/// The password that is right.
pub const PASSWORD: &[u8] = b"open sesame";

/// One frame that a peer sends.
#[derive(Arbitrary, Debug)]
pub enum Said<'a> {
    /// These bytes as they travel, and zeros behind them.
    Raw(&'a [u8]),
    /// A well-formed frame of any kind around any body.
    Framed {
        /// What it says it is.
        kind: u8,
        /// What is in it.
        body: &'a [u8],
    },
    /// A message that parses.
    Message(Speech<'a>),
    /// A message that parses, but for one byte.
    Damaged(Speech<'a>, u16, u8),
}

/// A message that parses.
#[derive(Arbitrary, Debug)]
pub enum Speech<'a> {
    /// The one that is expected.
    Hello,
    /// One that may not be.
    OtherHello {
        /// See [`Hello`].
        version: u8,
        /// See [`Hello`].
        suite: u8,
        /// See [`Hello`].
        service: u8,
        /// See [`Hello`].
        frame_len: u32,
        /// See [`Hello`].
        share: &'a [u8],
    },
    /// With proof of the right password.
    Credentials,
    /// With a proof that is most likely wrong.
    OtherCredentials(&'a [u8]),
    /// With proof of the right password.
    Welcome,
    /// With a proof that is most likely wrong.
    OtherWelcome(&'a [u8]),
    /// For one of a few reasons.
    Close(u8),
    /// See [`Message::KeepAlive`].
    KeepAlive,
    /// See [`CommunityMessage::Join`].
    Join(u8, NonZeroU16),
    /// See [`CommunityMessage::Joined`].
    Joined(NonZeroU16, u32),
    /// See [`CommunityMessage::JoinRefused`].
    JoinRefused {
        /// Or else the name is taken.
        full: bool,
    },
    /// See [`CommunityMessage::List`].
    List,
    /// See [`CommunityMessage::ListPage`].
    ListPage(bool, u32, Vec<u8>),
    /// See [`CommunityMessage::Subscribe`].
    Subscribe(bool),
    /// See [`CommunityMessage::Presence`].
    Presence(u32, u32, Vec<(u8, bool)>),
    /// See [`ChatMessage::Call`].
    Call {
        /// Or else linear.
        free: bool,
        /// Who says so, if they do.
        from: Option<u8>,
    },
    /// See [`ChatMessage::CallAccepted`].
    CallAccepted {
        /// Or else linear.
        free: bool,
    },
    /// See [`ChatMessage::Text`].
    Text(&'a str),
}

/// Writes the bytes from the beginning of the space on, as many as fit.
pub fn fill(space: &mut [u8], bytes: &[u8]) {
    for (to, from) in space.iter_mut().zip(bytes) {
        *to = *from;
    }
}

/// A frame that is well-formed whatever is in it.
pub fn emit_framed(frame: &mut Frame, kind: u8, body: &[u8]) {
    let body = &body[..body.len().min(BODY_MAX)];
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    frame.fill(0);
    fill(frame, &[&MAGIC[..], &[kind, 0], &length, body].concat());
}

/// How turns are taken.
pub fn turns(free: bool) -> Turns {
    if free { Turns::Free } else { Turns::Linear }
}

/// One of a few reasons that are nobody's fault.
pub fn close(number: u8) -> Close {
    const REASONS: [Close; 6] = [
        Close::Goodbye,
        Close::WrongPassword,
        Close::TooManyGuesses { seconds: 3 },
        Close::Busy,
        Close::Full,
        Close::TimedOut,
    ];
    REASONS[usize::from(number) % REASONS.len()]
}

/// As much of it as fits.
fn cut(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(BODY_MAX / 2)]
}

impl Speech<'_> {
    /// Writes it. `hello` is the one that is expected, `proof` what the suite has to say in this message.
    pub fn emit(&self, hello: Hello<'_>, proof: &[u8], out: &mut Frame) {
        if !self.emit_list(out) {
            self.message(hello, proof).emit(out);
        }
    }

    /// Lists are written into the frame one by one; false, and nothing written, if this is none.
    fn emit_list(&self, out: &mut Frame) -> bool {
        match self {
            Self::ListPage(last, online, users) => {
                emit_list_page(out, *online, |page| {
                    users.iter().all(|user| {
                        page.push(&User { name: name(*user), endpoint: endpoint(u16::from(*user)) })
                    }) && *last
                });
            }
            Self::Presence(online, missed, changes) => {
                emit_presence(out, *online, *missed, |frame| {
                    for (who, joined) in changes {
                        let user = User { name: name(*who), endpoint: endpoint(u16::from(*who)) };
                        frame.push(&if *joined { Change::Joined(user) } else { Change::Left(user.name) });
                    }
                });
            }
            _ => return false,
        }
        true
    }

    fn message<'m>(&'m self, hello: Hello<'m>, proof: &'m [u8]) -> Message<'m> {
        match self {
            Self::Hello => Message::Hello(Hello { share: proof, ..hello }),
            Self::OtherHello { version, suite, service: other, frame_len, share } => Message::Hello(Hello {
                version: *version,
                suite: *suite,
                service: *other,
                frame_len: *frame_len,
                share: cut(share),
                ..hello
            }),
            Self::Credentials => Message::Credentials(proof),
            Self::OtherCredentials(bytes) => Message::Credentials(cut(bytes)),
            Self::Welcome => Message::Welcome(proof),
            Self::OtherWelcome(bytes) => Message::Welcome(cut(bytes)),
            Self::Close(number) => Message::Close(close(*number)),
            Self::KeepAlive => Message::KeepAlive,
            Self::Join(who, port) => {
                Message::Community(CommunityMessage::Join { name: name(*who), port: *port })
            }
            Self::Joined(port, online) => Message::Community(CommunityMessage::Joined {
                endpoint: endpoint(port.get()),
                online: *online,
            }),
            Self::JoinRefused { full: true } => {
                Message::Community(CommunityMessage::JoinRefused(JoinRefusal::Full))
            }
            Self::JoinRefused { full: false } => {
                Message::Community(CommunityMessage::JoinRefused(JoinRefusal::NameTaken))
            }
            // The other two are lists: see `emit_list`.
            Self::List | Self::ListPage(..) | Self::Presence(..) => {
                Message::Community(CommunityMessage::List)
            }
            Self::Subscribe(on) => Message::Community(CommunityMessage::Subscribe(*on)),
            Self::Call { free, from } => {
                Message::Chat(ChatMessage::Call { turns: turns(*free), from: from.map(name) })
            }
            Self::CallAccepted { free } => Message::Chat(ChatMessage::CallAccepted { turns: turns(*free) }),
            Self::Text(text) => {
                Message::Chat(ChatMessage::Text(Text::new(text).unwrap_or(Text::new("").expect("short"))))
            }
        }
    }
}
