//! Arbitrary frames of a peer, and the building blocks that get past a handshake.

use std::num::NonZeroU16;

use arbitrary::Arbitrary;
use p2pm_core::limits::BODY_MAX;
use p2pm_core::wire::{
    Change, ChatMessage, Close, CommunityMessage, Frame, Hello, JoinRefusal, MAGIC, Message, Text, Turns,
    User, emit_list_page, emit_presence,
};

use crate::{endpoint, name};

/// The right password.
pub const PASSWORD: &[u8] = b"open sesame";

/// One frame that a peer sends.
#[derive(Arbitrary, Debug)]
pub enum Said<'a> {
    /// These bytes as sent, padded with zeros.
    Raw(&'a [u8]),
    /// A well-formed frame with an arbitrary kind and body.
    Framed {
        /// The kind.
        kind: u8,
        /// The body.
        body: &'a [u8],
    },
    /// A message that parses.
    Message(Speech<'a>),
    /// A message that parses, except that one byte is changed.
    Damaged(Speech<'a>, u16, u8),
}

/// A message that parses.
#[derive(Arbitrary, Debug)]
pub enum Speech<'a> {
    /// The Hello that is expected.
    Hello,
    /// A Hello that may differ from it.
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
    /// With one of a few reasons.
    Close(u8),
    /// See [`Message::KeepAlive`].
    KeepAlive,
    /// See [`CommunityMessage::Join`].
    Join(u8, NonZeroU16),
    /// See [`CommunityMessage::Joined`].
    Joined(NonZeroU16, u32),
    /// See [`CommunityMessage::JoinRefused`].
    JoinRefused {
        /// Else the name is taken.
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
        /// Free turns, else linear ones.
        free: bool,
        /// The caller's name, if it gives one.
        from: Option<u8>,
    },
    /// See [`ChatMessage::CallAccepted`].
    CallAccepted {
        /// Free turns, else linear ones.
        free: bool,
    },
    /// See [`ChatMessage::Text`].
    Text(&'a str),
}

/// Copies `bytes` to the start of `space`, as many as fit.
pub fn fill(space: &mut [u8], bytes: &[u8]) {
    for (to, from) in space.iter_mut().zip(bytes) {
        *to = *from;
    }
}

/// A well-formed frame with any kind and body.
pub fn emit_framed(frame: &mut Frame, kind: u8, body: &[u8]) {
    let body = &body[..body.len().min(BODY_MAX)];
    let length = u16::try_from(body.len()).unwrap_or(u16::MAX).to_be_bytes();
    frame.fill(0);
    fill(frame, &[&MAGIC[..], &[kind, 0], &length, body].concat());
}

/// Free turns, else linear ones.
pub fn turns(free: bool) -> Turns {
    if free { Turns::Free } else { Turns::Linear }
}

/// One of a few reasons other than faults.
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

/// A prefix that fits.
fn cut(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len().min(BODY_MAX / 2)]
}

impl Speech<'_> {
    /// Emits the message. `hello` is the expected Hello, `proof` the suite's part of this message.
    pub fn emit(&self, hello: Hello<'_>, proof: &[u8], out: &mut Frame) {
        if !self.emit_list(out) {
            self.message(hello, proof).emit(out);
        }
    }

    /// Emits a list, which is written item by item; false, with nothing written, if it is none.
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
            // The others are lists: see `emit_list`.
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
