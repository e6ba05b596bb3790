//! Properties of every frame: messages survive a round trip, everything else is refused, and a message has
//! one encoding.

use std::net::IpAddr;
use std::num::NonZeroU16;

use p2pm_core::error::Fault;
use p2pm_core::limits::{
    BODY_MAX, FRAME_LEN, HEADER_LEN, KEY_LEN, LINK_TEXT_MAX, NAME_MAX, PART_MAX, PLAIN_LEN, TEXT_MAX,
};
use p2pm_core::suite::{Protection, Xor};
use p2pm_core::time::Instant;
use p2pm_core::wire::{
    Change, ChatMessage, Close, CommunityMessage, EMPTY_FRAME, Endpoint, Fate, Frame, FrameReader, Hello,
    Introduction, JoinRefusal, Kept, Letter, LinkMessage, MAGIC, Mail, Message, Name, NameError, Neighbour,
    Part, Proof, PublicKey, Reached, Reception, Scope, Signature, Text, Turns, User, emit_list_page,
    emit_presence, emit_roster,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const NOW: Instant = Instant::from_millis(0);

/// The documented rule, independent of the implementation. `unicode.rs` covers every character.
fn is_name(bytes: &[u8]) -> bool {
    const REFUSED: &str = "\u{0}\u{1f}\u{7f}\u{9f}\u{a0}\u{ad}\u{600}\u{180e}\u{200b}\u{202e}\u{2800}\u{3000}\u{fe0f}\u{feff}\u{ffff}\u{e0041}\u{f0000}";
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    (1..=NAME_MAX).contains(&bytes.len())
        && !text.chars().any(|c| c.is_control() || REFUSED.contains(c))
        && text.trim_matches(' ').len() == text.len()
}

/// Bytes that are a name, or nearly, of characters that [`is_name`] knows.
fn nearly_names() -> impl Strategy<Value = Vec<u8>> {
    let near = "[a-zñ✓ \u{0}\u{1f}\u{7f}\u{9f}\u{a0}\u{ad}\u{600}\u{180e}\u{200b}\u{202e}\u{2800}\u{3000}\u{fe0f}\u{feff}\u{ffff}\u{e0041}\u{f0000}\u{378}\u{1fae0}]{0,8}";
    prop_oneof![
        near.prop_map(String::into_bytes),
        "[ -~]{30,34}".prop_map(String::into_bytes),
        vec(0..0xC0_u8, 0..40),
    ]
}

fn names() -> impl Strategy<Value = Name> {
    let names = prop_oneof!["[!-~]{1,32}", "[a-z]{1,4} [ñ✓]{1,5}", "\\PC{1,8}"];
    names.prop_filter_map("not a name", |text| text.parse().ok())
}

fn endpoints() -> impl Strategy<Value = Endpoint> {
    (any::<IpAddr>(), any::<NonZeroU16>()).prop_map(|(ip, port)| Endpoint::new(ip, port))
}

fn users() -> impl Strategy<Value = User> {
    (names(), endpoints()).prop_map(|(name, endpoint)| User { name, endpoint })
}

fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![users().prop_map(Change::Joined), names().prop_map(Change::Left)]
}

fn closes() -> impl Strategy<Value = Close> {
    let plain = [
        Close::Goodbye,
        Close::WrongPassword,
        Close::VersionMismatch,
        Close::SuiteMismatch,
        Close::ServiceMismatch,
        Close::FrameLengthMismatch,
        Close::Busy,
        Close::Refused,
        Close::Full,
        Close::TimedOut,
        Close::OtherCircle,
        Close::Duplicate,
    ];
    prop_oneof![
        select(plain.to_vec()),
        any::<u32>().prop_map(|seconds| Close::TooManyGuesses { seconds }),
        (1..=12_u32).prop_map(|code| Close::Fault(Fault::from_code(code).expect("a fault"))),
    ]
}

fn turns() -> impl Strategy<Value = Turns> {
    select(vec![Turns::Linear, Turns::Free])
}

/// Content of a message, stored where a message can borrow it.
#[derive(Clone, Debug)]
enum Model {
    Hello {
        fields: [u8; 3],
        frame_len: u32,
        random: [u8; 32],
        share: Vec<u8>,
    },
    Credentials(Vec<u8>),
    Welcome(Vec<u8>),
    Text(String),
    /// A message that borrows nothing.
    Plain(Message<'static>),
    /// A message of a link that borrows nothing.
    Link(LinkMessage<'static>),
    ListPage {
        last: bool,
        online: u32,
        users: Vec<User>,
    },
    Presence {
        online: u32,
        missed: u32,
        changes: Vec<Change>,
    },
    Say {
        scope: Scope,
        numbers: [u32; 2],
        before: u16,
        text: String,
        after: u16,
    },
    Roster(Vec<Neighbour>),
}

fn neighbours() -> impl Strategy<Value = Neighbour> {
    (any::<[u8; KEY_LEN]>(), endpoints())
        .prop_map(|(key, endpoint)| Neighbour { key: PublicKey(key), endpoint })
}

fn signatures() -> impl Strategy<Value = Signature> {
    (any::<[u8; 32]>(), any::<[u8; 32]>())
        .prop_map(|halves| Signature([halves.0, halves.1].concat().try_into().expect("two halves")))
}

fn introductions() -> impl Strategy<Value = Introduction> {
    let proofs = signatures().prop_map(|Signature(bytes)| Proof(bytes));
    (any::<[u8; KEY_LEN]>(), any::<Option<NonZeroU16>>(), any::<u16>(), any::<u32>(), proofs).prop_map(
        |(key, port, text_max, run, proof)| Introduction { key: PublicKey(key), port, text_max, run, proof },
    )
}

fn receptions() -> impl Strategy<Value = Reception> {
    let reached = any::<[bool; 3]>().prop_map(|[multicasts, broadcasts, answers]| {
        Reception::Looking(Reached { multicasts, broadcasts, answers })
    });
    prop_oneof![Just(Reception::NotLooking), reached]
}

fn link_messages() -> impl Strategy<Value = LinkMessage<'static>> {
    prop_oneof![
        introductions().prop_map(LinkMessage::Introduce),
        names().prop_map(LinkMessage::Name),
        any::<u32>().prop_map(|heard| LinkMessage::Admit { heard }),
        any::<u32>().prop_map(|sequence| LinkMessage::Receipt { sequence }),
        Just(LinkMessage::AskReception),
        receptions().prop_map(LinkMessage::Reception),
        Just(LinkMessage::Keeps),
        mails().prop_map(LinkMessage::Entrust),
        kepts().prop_map(LinkMessage::Kept),
        mails().prop_map(LinkMessage::Pass),
        proptest::option::of(signatures()).prop_map(LinkMessage::Took),
    ]
}

/// Letters, by the rules of their numbers.
fn mails() -> impl Strategy<Value = Mail<'static>> {
    let numbers = (0..u32::MAX, any::<u32>())
        .prop_map(|(previous, more)| [previous, previous.saturating_add(more.max(1))]);
    let letters = (any::<u32>(), select(vec![Scope::One, Scope::All]), numbers, any::<bool>());
    let texts = select(vec!["", "a", "dinner? \u{2713}\n\0"]);
    (any::<[u8; KEY_LEN]>(), signatures(), letters, texts).prop_map(|(key, signature, letter, text)| {
        let (run, scope, [previous, sequence], is_given_up) = letter;
        let is_given_up = is_given_up && previous > 0;
        let letter = Letter { run, scope, sequence, previous, is_given_up, text };
        Mail { key: PublicKey(key), signature, letter }
    })
}

fn kepts() -> impl Strategy<Value = Kept> {
    let fates = prop_oneof![Just(Fate::Held), Just(Fate::NotHeld), signatures().prop_map(Fate::Delivered)];
    (any::<[u8; KEY_LEN]>(), any::<u32>(), fates).prop_map(|(key, sequence, fate)| Kept {
        addressee: PublicKey(key),
        sequence,
        fate,
    })
}

/// Parts of texts; what is not one by the rules of its numbers is left out.
fn says() -> impl Strategy<Value = Model> {
    let texts = prop_oneof![any::<String>(), "[A-Za-z \n\0✓]{0,330}"];
    let numbers = (0..u32::MAX, any::<u32>())
        .prop_map(|(previous, more)| [previous, previous.saturating_add(more.max(1))]);
    let longest = u16::try_from(LINK_TEXT_MAX).expect("it fits");
    (select(vec![Scope::One, Scope::All]), numbers, 0..longest, texts, 0..longest)
        .prop_map(|(scope, numbers, before, text, after)| Model::Say { scope, numbers, before, text, after })
        .prop_filter("no part", |say| {
            let Model::Say { before, text, after, .. } = say else { return false };
            let total = usize::from(*before) + text.len() + usize::from(*after);
            text.len() <= PART_MAX && total <= LINK_TEXT_MAX && (!text.is_empty() || total == 0)
        })
}

fn plain_messages() -> impl Strategy<Value = Message<'static>> {
    let refusals = select(vec![JoinRefusal::NameTaken, JoinRefusal::Full]);
    prop_oneof![
        closes().prop_map(Message::Close),
        Just(Message::KeepAlive),
        Just(Message::Community(CommunityMessage::List)),
        any::<bool>().prop_map(|on| CommunityMessage::Subscribe(on).into()),
        refusals.prop_map(|refusal| CommunityMessage::JoinRefused(refusal).into()),
        (names(), any::<NonZeroU16>())
            .prop_map(|(name, port)| Message::Community(CommunityMessage::Join { name, port })),
        (endpoints(), any::<u32>())
            .prop_map(|(endpoint, online)| Message::Community(CommunityMessage::Joined { endpoint, online })),
        (turns(), proptest::option::of(names()))
            .prop_map(|(turns, from)| Message::Chat(ChatMessage::Call { turns, from })),
        turns().prop_map(|turns| Message::Chat(ChatMessage::CallAccepted { turns })),
    ]
}

fn models() -> impl Strategy<Value = Model> {
    let texts = prop_oneof![any::<String>(), "[A-Za-z \n\0✓]{0,330}"];
    prop_oneof![
        8 => plain_messages().prop_map(Model::Plain),
        4 => link_messages().prop_map(Model::Link),
        3 => says(),
        2 => vec(neighbours(), 0..60).prop_map(Model::Roster),
        1 => (any::<[u8; 3]>(), any::<u32>(), any::<[u8; 32]>(), vec(any::<u8>(), 0..=960))
            .prop_map(|(fields, frame_len, random, share)| Model::Hello { fields, frame_len, random, share }),
        1 => vec(any::<u8>(), 0..=BODY_MAX).prop_map(Model::Credentials),
        1 => vec(any::<u8>(), 0..=BODY_MAX).prop_map(Model::Welcome),
        2 => texts.prop_filter("too long", |text| text.len() <= TEXT_MAX).prop_map(Model::Text),
        2 => (any::<bool>(), any::<u32>(), vec(users(), 0..60))
            .prop_map(|(last, online, users)| Model::ListPage { last, online, users }),
        2 => (any::<u32>(), any::<u32>(), vec(changes(), 0..60))
            .prop_map(|(online, missed, changes)| Model::Presence { online, missed, changes }),
    ]
}

impl Model {
    fn emit(&self) -> Frame {
        // The buffer's earlier content must not matter.
        let mut frame = [0xEE; FRAME_LEN];
        match self {
            Self::ListPage { last, online, users } => {
                emit_list_page(&mut frame, *online, |page| {
                    let _ = users.iter().all(|user| page.push(user));
                    *last
                });
            }
            Self::Presence { online, missed, changes } => {
                emit_presence(&mut frame, *online, *missed, |frame| {
                    let _ = changes.iter().all(|change| frame.push(change));
                });
            }
            Self::Roster(neighbours) => emit_roster(&mut frame, |items| {
                let _ = neighbours.iter().all(|neighbour| items.push(neighbour));
            }),
            model => match model.link_message() {
                Some(message) => message.emit(&mut frame),
                None => model.message().emit(&mut frame),
            },
        }
        frame
    }

    /// The message of a link, if it is one and can be made without a frame.
    fn link_message(&self) -> Option<LinkMessage<'_>> {
        match self {
            Self::Link(message) => Some(message.clone()),
            Self::Say { scope, numbers: [previous, sequence], before, text, after } => {
                let len = u16::try_from(text.len()).expect("a part");
                Some(LinkMessage::Say(Part {
                    scope: *scope,
                    sequence: *sequence,
                    previous: *previous,
                    total: before + len + after,
                    offset: *before,
                    text,
                }))
            }
            _ => None,
        }
    }

    /// The message of another service, if it can be made without a frame.
    fn message(&self) -> Message<'_> {
        match self {
            Self::Hello { fields: [version, suite, service], frame_len, random, share } => {
                let (version, suite, service) = (*version, *suite, *service);
                Message::Hello(Hello {
                    version,
                    suite,
                    service,
                    frame_len: *frame_len,
                    random: *random,
                    share,
                })
            }
            Self::Credentials(bytes) => Message::Credentials(bytes),
            Self::Welcome(bytes) => Message::Welcome(bytes),
            Self::Text(text) => Message::Chat(ChatMessage::Text(Text::new(text).expect("it fits"))),
            Self::Plain(message) => message.clone(),
            Self::Link(_) | Self::Say { .. } => panic!("a message of a link"),
            Self::ListPage { .. } | Self::Presence { .. } | Self::Roster(_) => panic!("made in a frame"),
        }
    }

    /// Whether a parsed message has this content; of a list, as much as fits.
    fn is(&self, message: &Message<'_>) -> bool {
        match (self, message) {
            (
                Self::ListPage { last, online, users },
                Message::Community(CommunityMessage::ListPage(page)),
            ) => {
                let told: Vec<_> = page.users.clone().collect();
                users.starts_with(&told)
                    && (told.len() == users.len() || told.len() >= 18)
                    && (*last, *online) == (page.last, page.online)
            }
            (
                Self::Presence { online, missed, changes },
                Message::Community(CommunityMessage::Presence(presence)),
            ) => {
                let told: Vec<_> = presence.changes.clone().collect();
                changes.starts_with(&told)
                    && (told.len() == changes.len() || told.len() >= 18)
                    && (*online, *missed) == (presence.online, presence.missed)
            }
            (model, Message::Link(_)) => {
                LinkMessage::parse(message).is_ok_and(|message| model.is_link(&message))
            }
            (Self::ListPage { .. } | Self::Presence { .. } | Self::Roster(_), _) => false,
            (model, message) => model.link_message().is_none() && model.message() == *message,
        }
    }

    /// As [`Self::is`], for a message of a link.
    fn is_link(&self, message: &LinkMessage<'_>) -> bool {
        match (self, message) {
            (Self::Roster(neighbours), LinkMessage::Roster(roster)) => {
                let told: Vec<_> = roster.clone().collect();
                neighbours.starts_with(&told) && (told.len() == neighbours.len() || told.len() >= 19)
            }
            (model, message) => model.link_message().as_ref() == Some(message),
        }
    }
}

/// Frames that are valid except for at most one byte.
fn nearly_frames() -> impl Strategy<Value = Frame> {
    let places = prop_oneof![0..HEADER_LEN, HEADER_LEN..HEADER_LEN + 80, 0..FRAME_LEN];
    (models(), places, any::<u8>()).prop_map(|(model, place, byte)| {
        let mut frame = model.emit();
        frame[place] = byte;
        frame
    })
}

/// Any kind and any body.
fn any_bodies() -> impl Strategy<Value = Frame> {
    let lengths = prop_oneof![0..60_u16, 0..=1001_u16, any::<u16>()];
    (0..0x38_u8, lengths, vec(0..6_u8, 0..=BODY_MAX)).prop_map(|(kind, length, body)| {
        let mut frame = EMPTY_FRAME;
        let written = body.len().min(length.into());
        frame[..4].copy_from_slice(&MAGIC);
        frame[4] = kind;
        frame[6..8].copy_from_slice(&length.to_be_bytes());
        frame[HEADER_LEN..HEADER_LEN + written].copy_from_slice(&body[..written]);
        frame
    })
}

/// Cuts a stream into pieces of these sizes, repeatedly.
fn read_in_pieces(stream: &[u8], pieces: &[usize]) -> Vec<Frame> {
    let (mut reader, mut buffer, mut frames) = (FrameReader::default(), EMPTY_FRAME, Vec::new());
    let (mut rest, mut pieces) = (stream, pieces.iter().cycle());
    while !rest.is_empty() {
        let space = reader.space(&mut buffer);
        let (piece, later) =
            rest.split_at(pieces.next().expect("a piece").min(&space.len()).min(&rest.len()).to_owned());
        space[..piece.len()].copy_from_slice(piece);
        rest = later;
        if reader.filled(NOW, piece.len(), FRAME_LEN) {
            frames.push(buffer);
        }
    }
    assert!(reader.is_idle());
    frames
}

proptest! {
    #[test]
    fn what_is_emitted_is_parsed(model in models()) {
        let frame = model.emit();
        let message = Message::parse(&frame);
        prop_assert!(message.as_ref().is_ok_and(|message| model.is(message)), "{message:?}");
        prop_assert_eq!(&frame[PLAIN_LEN..], [0; FRAME_LEN - PLAIN_LEN]);
    }

    #[test]
    fn a_message_has_one_frame(frame in prop_oneof![nearly_frames(), any_bodies()]) {
        if let Ok(message) = Message::parse(&frame) {
            let mut again = EMPTY_FRAME;
            message.emit(&mut again);
            // The trailer is checked by the suite.
            prop_assert_eq!(&again[..PLAIN_LEN], &frame[..PLAIN_LEN]);
            if let Ok(message) = LinkMessage::parse(&message) {
                message.emit(&mut again);
                prop_assert_eq!(&again[..PLAIN_LEN], &frame[..PLAIN_LEN]);
            }
        }
    }

    #[test]
    fn noise_is_refused(noise in vec(any::<u8>(), FRAME_LEN)) {
        let frame: Frame = noise.try_into().expect("as long as a frame");
        prop_assert_eq!(Message::parse(&frame), Err(Fault::Magic));
    }

    #[test]
    fn any_split_of_a_stream_gives_its_frames(
        models in vec(models(), 1..6),
        pieces in vec(prop_oneof![Just(1_usize), 1..2000_usize], 1..8),
    ) {
        let frames: Vec<_> = models.iter().map(Model::emit).collect();
        prop_assert_eq!(read_in_pieces(frames.as_flattened(), &pieces), frames);
    }

    #[test]
    fn xor_twice_is_nothing_and_once_is_all_of_the_frame(bytes in vec(any::<u8>(), PLAIN_LEN)) {
        // Guard bytes on either side of the frame show writes out of bounds.
        let mut field = [[0xEE; FRAME_LEN]; 3];
        field[1] = EMPTY_FRAME;
        field[1][..PLAIN_LEN].copy_from_slice(&bytes);
        let before = field;
        Xor.seal(&mut field[1]);
        prop_assert!(field[1].iter().zip(before[1]).all(|(sealed, plain)| *sealed == plain ^ b'A'));
        prop_assert_eq!((field[0], field[2]), (before[0], before[2]));
        prop_assert_eq!(Xor.open(&mut field[1]), Ok(()));
        prop_assert_eq!(field, before);
    }

    #[test]
    fn names_are_what_the_rule_says(bytes in nearly_names()) {
        match Name::new(&bytes) {
            Ok(name) => {
                prop_assert!(is_name(&bytes));
                prop_assert_eq!(name.as_str().as_bytes(), &bytes);
            }
            Err(error) => {
                prop_assert!(!is_name(&bytes));
                prop_assert_eq!(error == NameError::Empty, bytes.is_empty());
                prop_assert_eq!(error == NameError::NotUtf8, std::str::from_utf8(&bytes).is_err());
            }
        }
    }
}
