//! Messages of a link that an arbitrary peer sends.

mod mail;

use std::num::NonZeroU16;
use std::sync::LazyLock;

use arbitrary::Arbitrary;
use p2pm_core::identity::{self, Identity};
use p2pm_core::limits::{LINK_TEXT_MAX, PART_MAX};
use p2pm_core::suite::{Exporter, Side};
use p2pm_core::wire::{
    Frame, Introduction, LinkMessage, Neighbour, Part, Proof, PublicKey, Reached, Reception, Scope,
    emit_roster,
};

pub use self::mail::{MailSpeech, NODE_RUN, node_identity};
use crate::{endpoint, name};

/// Number of identities that peers have.
pub const IDENTITIES: usize = 5;

static IDENTITY: LazyLock<[Identity; IDENTITIES]> =
    LazyLock::new(|| std::array::from_fn(|number| new_identity(u8::try_from(number).unwrap_or(0))));

/// The identity of a peer with this number, made anew.
pub fn new_identity(number: u8) -> Identity {
    Identity::from_seed(&[number + 1; 32])
}

/// Identity of a peer with this number.
pub fn identity(number: u8) -> &'static Identity {
    &IDENTITY[usize::from(number) % IDENTITIES]
}

/// A message of a link that parses, unless its parts contradict each other.
#[derive(Arbitrary, Debug)]
pub enum LinkSpeech<'a> {
    /// With a proof for another side, identity or channel.
    WrongIntroduction(u8, WrongProof),
    /// See [`LinkMessage::Name`].
    Name(u8),
    /// See [`LinkMessage::Admit`].
    Admit(Number),
    /// See [`LinkMessage::Say`].
    Say {
        /// To all, else to the receiver alone.
        all: bool,
        /// Numbers of this message and the one before.
        numbers: [Number; 2],
        /// Length of the whole text.
        total: u16,
        /// Bytes before this part.
        offset: u16,
        /// The part.
        text: &'a str,
    },
    /// A whole text of one part.
    Text(Number, &'a str),
    /// A part of a text of letters, cut as a sender does.
    Part {
        /// Number of the message.
        number: Number,
        /// Length of the whole text.
        total: u16,
        /// Which part.
        index: u8,
    },
    /// See [`LinkMessage::Receipt`].
    Receipt(Number),
    /// See [`LinkMessage::Roster`].
    Roster(Vec<(u8, u16)>),
    /// See [`LinkMessage::AskReception`].
    AskReception,
    /// See [`LinkMessage::Reception`].
    Reception([bool; 3]),
    /// What concerns keepers.
    Mail(MailSpeech),
}

/// What is wrong with a proof.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum WrongProof {
    /// It is for the other side.
    Side,
    /// It is that of another identity.
    Identity,
    /// One bit is changed, of the key or of the proof.
    Bit(u8, u8),
}

/// Number of a message, most often the next one or the last one, so that a link lives on.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Number(u8);

impl Number {
    /// The next one.
    pub const NEXT: Self = Self(0);
    /// That of no message.
    pub const NONE: Self = Self(192);

    /// The next one, most often.
    pub fn after(self, last: u32) -> u32 {
        match self.0 {
            0..128 => last.saturating_add(1),
            128..192 => last,
            192..240 => u32::from(self.0 - 192),
            240.. => u32::MAX - u32::from(u8::MAX - self.0),
        }
    }

    /// One that was used already, most often.
    pub fn up_to(self, last: u32) -> u32 {
        if self.0 < 192 { last.saturating_sub(u32::from(self.0) / 64) } else { self.after(last) }
    }
}

/// Numbers of the last messages on a link.
#[derive(Clone, Copy, Debug, Default)]
pub struct Last {
    /// Of the peer.
    pub told: u32,
    /// Of the node.
    pub said: u32,
    /// Identity and run of the peer.
    pub who: u8,
    /// See `who`.
    pub run: u32,
    /// What the node has passed on last: its author, run and number.
    pub passed: Option<(PublicKey, u32, u32)>,
}

/// The introduction of this identity in a channel.
pub fn introduction(who: u8, run: u8, side: Side, exporter: &Exporter) -> Introduction {
    let identity = identity(who);
    let port = NonZeroU16::new(u16::from(who) % 3);
    // One of them takes short texts only.
    let text_max = if who.is_multiple_of(4) { 1000 } else { u16::try_from(LINK_TEXT_MAX).unwrap_or(0) };
    let proof = identity::prove(identity, side, exporter);
    Introduction { key: identity.key(), port, text_max, run: run.into(), proof }
}

fn wrong_introduction(who: u8, wrong: WrongProof, side: Side, exporter: &Exporter) -> Introduction {
    let mut right = introduction(who, 0, side, exporter);
    match wrong {
        WrongProof::Side => right.proof = identity::prove(identity(who), side.other(), exporter),
        WrongProof::Identity => right.proof = identity::prove(identity(who.wrapping_add(1)), side, exporter),
        WrongProof::Bit(at, bit) => {
            let (PublicKey(key), Proof(proof)) = (&mut right.key, &mut right.proof);
            let len = key.len() + proof.len();
            if let Some(byte) = key.iter_mut().chain(proof).nth(usize::from(at) % len) {
                *byte ^= 1 << (bit % 8);
            }
        }
    }
    right
}

impl LinkSpeech<'_> {
    /// Emits the message of a peer at this side. Returns the number of the peer's last message then.
    pub fn emit(&self, side: Side, exporter: &Exporter, last: Last, out: &mut Frame) -> u32 {
        let letters = "l".repeat(PART_MAX);
        let message = match self {
            Self::WrongIntroduction(who, wrong) => {
                LinkMessage::Introduce(wrong_introduction(*who, *wrong, side, exporter))
            }
            Self::Name(who) => LinkMessage::Name(name(*who)),
            Self::Admit(heard) => LinkMessage::Admit { heard: heard.up_to(last.said) },
            Self::Say { all, numbers, total, offset, text } => {
                let scope = if *all { Scope::All } else { Scope::One };
                say(scope, numbers.map(|number| number.after(last.told)), *total, *offset, text)
            }
            Self::Text(number, text) => {
                let (number, text) = (number.after(last.told), cut(text));
                let total = u16::try_from(text.len()).unwrap_or(0);
                say(Scope::One, [number, number.saturating_sub(1)], total, 0, text)
            }
            Self::Part { number, total, index } => {
                let total = *total % (3 * 1024);
                let offset = (usize::from(*index) % 4 * PART_MAX).min(total.into());
                let len = (usize::from(total) - offset).min(PART_MAX);
                let offset = u16::try_from(offset).unwrap_or(0);
                say(Scope::All, [number.after(last.told), 0], total, offset, &letters[..len])
            }
            Self::Receipt(sequence) => LinkMessage::Receipt { sequence: sequence.up_to(last.said) },
            Self::Roster(neighbours) => {
                roster(neighbours, out);
                return last.told;
            }
            Self::AskReception => LinkMessage::AskReception,
            Self::Reception([multicasts, broadcasts, answers]) => {
                let reached = Reached { multicasts: *multicasts, broadcasts: *broadcasts, answers: *answers };
                LinkMessage::Reception(Reception::Looking(reached))
            }
            Self::Mail(speech) => speech.message(last, &letters),
        };
        let told = match &message {
            LinkMessage::Say(part) => part.sequence,
            LinkMessage::Entrust(mail) => mail.letter.sequence,
            _ => last.told,
        };
        message.emit(out);
        told
    }
}

fn roster(neighbours: &[(u8, u16)], out: &mut Frame) {
    emit_roster(out, |items| {
        for (who, port) in neighbours {
            items.push(&Neighbour { key: identity(*who).key(), endpoint: endpoint(*port) });
        }
    });
}

fn say(scope: Scope, [sequence, previous]: [u32; 2], total: u16, offset: u16, text: &str) -> LinkMessage<'_> {
    LinkMessage::Say(Part { scope, sequence, previous, total, offset, text: cut(text) })
}

/// As much of a text as fits.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(PART_MAX)]
}
