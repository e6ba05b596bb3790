//! What an arbitrary peer says as a keeper, or to one.

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use p2pm_core::identity::{Identity, sign_letter, sign_receipt};
use p2pm_core::limits::HELD_TEXT_MAX;
use p2pm_core::wire::{Fate, Kept, Letter, LinkMessage, Mail, PublicKey, Scope, Signature};

use super::{Last, Number, identity};

static NODE: LazyLock<Identity> = LazyLock::new(node_identity);

/// Identity of the node, made anew.
pub fn node_identity() -> Identity {
    Identity::from_seed(&[99; 32])
}

/// The run of the node.
pub const NODE_RUN: u32 = 1;

/// A message that concerns keepers.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum MailSpeech {
    /// See [`LinkMessage::Keeps`].
    Keeps,
    /// A letter of the peer's, to this one.
    Entrust(u8, AnyLetter),
    /// What has become of the node's letter to this one.
    Kept(u8, Number, AnyFate),
    /// A letter to the node, of this one.
    Pass(u8, AnyLetter),
    /// The answer to what the node has passed on last: that it is taken, if it is.
    Took(Option<Forgery>),
}

/// A letter.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct AnyLetter {
    /// Runs before the present one of the peer, where it is the author; otherwise the run.
    run: u8,
    numbers: [Number; 2],
    flags: u8,
    /// Length of the text, in letters.
    len: u16,
    forgery: Forgery,
}

/// What a keeper says of a letter.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub enum AnyFate {
    /// See [`Fate::Held`].
    Held,
    /// See [`Fate::NotHeld`].
    NotHeld,
    /// See [`Fate::Delivered`].
    Delivered(Forgery),
}

/// How a signature is forged; most often it is not.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub struct Forgery(u8);

impl Forgery {
    /// The signature of `signer`; or that of another one, or with one bit changed.
    fn sign(self, signer: &Identity, sign: impl Fn(&Identity) -> Signature) -> Signature {
        match self.0 {
            0..224 => sign(signer),
            224..232 => sign(identity(self.0)),
            232.. => {
                let Signature(mut bytes) = sign(signer);
                bytes[usize::from(self.0 - 232)] ^= 1 << (self.0 % 8);
                Signature(bytes)
            }
        }
    }
}

impl MailSpeech {
    /// The message. `letters` is text enough for any letter.
    pub(super) fn message(self, last: Last, letters: &str) -> LinkMessage<'_> {
        match self {
            Self::Keeps => LinkMessage::Keeps,
            Self::Entrust(to, any) => {
                let run = last.run.wrapping_sub((any.run / 224).into());
                let letter = any.letter(run, last.told, letters);
                let addressee = identity(to).key();
                LinkMessage::Entrust(any.mail(identity(last.who), addressee, (addressee, letter)))
            }
            Self::Kept(to, number, fate) => {
                let (addressee, sequence) = (identity(to), number.up_to(last.said));
                LinkMessage::Kept(Kept {
                    addressee: addressee.key(),
                    sequence,
                    fate: fate.fate(addressee, sequence),
                })
            }
            Self::Pass(from, any) => {
                let (author, letter) = (identity(from), any.letter((any.run % 8).into(), 0, letters));
                LinkMessage::Pass(any.mail(author, NODE.key(), (author.key(), letter)))
            }
            Self::Took(forgery) => LinkMessage::Took(forgery.map(|forgery| {
                let (author, run, sequence) = last.passed.unwrap_or((NODE.key(), NODE_RUN, 1));
                forgery.sign(identity(last.who), |by| sign_receipt(by, &author, run, sequence))
            })),
        }
    }
}

impl AnyLetter {
    fn letter(self, run: u32, told: u32, letters: &str) -> Letter<'_> {
        let scope = if self.flags & 1 == 0 { Scope::One } else { Scope::All };
        let [sequence, previous] = self.numbers;
        let sequence = sequence.after(told.max((self.flags >> 4).into()));
        Letter {
            run,
            scope,
            sequence,
            previous: previous.after(sequence.saturating_sub(2)).min(sequence.saturating_sub(1)),
            is_given_up: self.flags & 6 == 6,
            text: &letters[..usize::from(self.len) % (HELD_TEXT_MAX + 1)],
        }
    }

    fn mail<'f>(
        self,
        author: &Identity,
        addressee: PublicKey,
        (key, letter): (PublicKey, Letter<'f>),
    ) -> Mail<'f> {
        let signature = self.forgery.sign(author, |author| sign_letter(author, &addressee, &letter));
        Mail { key, signature, letter }
    }
}

impl AnyFate {
    fn fate(self, addressee: &Identity, sequence: u32) -> Fate {
        match self {
            Self::Held => Fate::Held,
            Self::NotHeld => Fate::NotHeld,
            Self::Delivered(forgery) => Fate::Delivered(
                forgery.sign(addressee, |by| sign_receipt(by, &NODE.key(), NODE_RUN, sequence)),
            ),
        }
    }
}
