//! Wrapper of a suite that shows plain frames to the test.

use std::cell::Cell;
use std::marker::PhantomData;

use p2pm_core::error::Fault;
use p2pm_core::suite::{
    Entropy, Hellos, Initiator, Password, Protection, Rejection, Responder, Suite, Verified,
};
use p2pm_core::wire::{EMPTY_FRAME, Frame, MAGIC, SuiteId};

thread_local! {
    /// Plain form of the frame that was last sealed or opened on this thread.
    static LAST: Cell<Frame> = const { Cell::new(EMPTY_FRAME) };
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
