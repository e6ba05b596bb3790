//! Wrapper of a suite that shows plain frames to the test.

use std::cell::Cell;
use std::marker::PhantomData;

use p2pm_core::error::Fault;
use p2pm_core::limits::{PLAIN_LEN, TRAILER_LEN};
use p2pm_core::suite::aead::{self, Aead};
use p2pm_core::suite::{
    Entropy, Hellos, Initiator, Password, Protection, Rejection, Responder, Suite, Verified,
};
use p2pm_core::wire::{EMPTY_FRAME, Frame, LinkMessage, MAGIC, Message, SuiteId};

thread_local! {
    /// Plain form of the frame that was last sealed or opened on this thread.
    static LAST: Cell<Frame> = const { Cell::new(EMPTY_FRAME) };
    /// See [`overlook_admissions`].
    static OVERLOOKS: Cell<bool> = const { Cell::new(false) };
}

/// Whether nodes on this thread overlook what an `Admit` says has been received, as a node may: they say everything
/// again that there was no receipt for.
pub fn overlook_admissions(overlooks: bool) {
    OVERLOOKS.set(overlooks);
}

/// A frame of the usual length, as all in the simulation are.
fn whole(frame: &[u8]) -> Frame {
    frame.try_into().expect("a frame of 1024 bytes")
}

/// Plain form of the frame that a machine of a watched suite has just sealed or opened, whose sealed form is
/// `frame`.
pub fn plain_form(frame: &[u8]) -> Frame {
    // A frame in the clear is plain already, and passes no suite.
    if frame.starts_with(&MAGIC) { whole(frame) } else { LAST.get() }
}

/// The suite `S`, byte for byte.
#[derive(Clone, Copy, Debug, Default)]
pub struct Watched<S>(PhantomData<S>);

/// The AEAD `A`, byte for byte, for connections that have no other suite than the sealed one.
impl<A: Aead> Aead for Watched<A> {
    const SUITE: SuiteId = A::SUITE;

    fn seal(
        key: &[u8; aead::KEY_LEN],
        nonce: &[u8; aead::NONCE_LEN],
        text: &mut [u8],
    ) -> Option<[u8; aead::TAG_LEN]> {
        // What is shorter is a key.
        if text.len() == PLAIN_LEN {
            LAST.set(with_trailer(text));
        }
        A::seal(key, nonce, text)
    }

    fn open(
        key: &[u8; aead::KEY_LEN],
        nonce: &[u8; aead::NONCE_LEN],
        text: &mut [u8],
        tag: &[u8; aead::TAG_LEN],
    ) -> Result<(), Fault> {
        let opened = A::open(key, nonce, text, tag);
        if OVERLOOKS.get() {
            overlook(text);
        }
        LAST.set(with_trailer(text));
        opened
    }
}

fn overlook(text: &mut [u8]) {
    let mut frame = with_trailer(text);
    let message = Message::parse(&frame).and_then(|message| LinkMessage::parse(&message));
    if let Ok(LinkMessage::Admit { .. }) = message {
        LinkMessage::Admit { heard: 0 }.emit(&mut frame);
        text.copy_from_slice(&frame[..text.len()]);
    }
}

fn with_trailer(text: &[u8]) -> Frame {
    whole(&[text, &[0; TRAILER_LEN]].concat())
}

/// A wrapped part of a suite.
#[derive(Default)]
pub struct Part<T>(T);

impl<S: Suite> Suite for Watched<S> {
    const ID: SuiteId = S::ID;
    const CAUTION: Option<&'static str> = S::CAUTION;
    type Early = Part<S::Early>;
    type Keys = Part<S::Keys>;
    type Initiator = Part<S::Initiator>;
    type Responder = Part<S::Responder>;
}

impl<P: Protection> Protection for Part<P> {
    fn seal(&mut self, frame: &mut [u8]) {
        LAST.set(whole(frame));
        self.0.seal(frame);
    }

    fn open(&mut self, frame: &mut [u8]) -> Result<(), Fault> {
        let opened = self.0.open(frame);
        LAST.set(whole(frame));
        opened
    }
}

impl<I: Initiator> Initiator for Part<I> {
    type Keys = Part<I::Keys>;

    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault> {
        I::new(hellos, share, password, entropy).map(Self)
    }

    fn credentials(&self) -> &[u8] {
        self.0.credentials()
    }

    fn finish(&mut self, welcome: &[u8]) -> Result<Self::Keys, Fault> {
        self.0.finish(welcome).map(Part)
    }
}

impl<R: Responder> Responder for Part<R> {
    type Verified = Part<R::Verified>;

    fn new(hellos: &Hellos, share: &[u8], password: &Password, entropy: &Entropy) -> Result<Self, Fault> {
        R::new(hellos, share, password, entropy).map(Self)
    }

    fn share(&self) -> &[u8] {
        self.0.share()
    }

    fn verify(
        &self,
        hellos: &Hellos,
        credentials: &[u8],
        password: &Password,
    ) -> Result<Self::Verified, Rejection> {
        self.0.verify(hellos, credentials, password).map(Part)
    }
}

impl<V: Verified> Verified for Part<V> {
    type Keys = Part<V::Keys>;

    fn welcome(&self) -> &[u8] {
        self.0.welcome()
    }

    fn finish(&mut self) -> Self::Keys {
        Part(self.0.finish())
    }
}
