//! Sealed frames: one opens in its turn and unchanged, and not otherwise.
#![no_main]

use std::cell::RefCell;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use p2pm_core::error::Fault;
use p2pm_core::limits::{HELLO_LEN, PLAIN_LEN};
use p2pm_core::suite::{Hellos, Initiator, Protection, Responder, Sealed, Suite, Verified};
use p2pm_core::wire::{EMPTY_FRAME, Frame};
use p2pm_fuzz::speech::fill;
use p2pm_fuzz::{entropy, password};

type Keys = <Sealed as Suite>::Keys;

/// A frame that one end seals, and what arrives at the other.
#[derive(Arbitrary, Debug)]
struct Crossing<'a> {
    from_initiator: bool,
    plain: &'a [u8],
    fate: Fate<'a>,
}

#[derive(Arbitrary, Debug)]
enum Fate<'a> {
    /// It arrives unchanged.
    None,
    /// Some bytes are replaced.
    Bytes(Vec<(u16, u8)>),
    /// It is cut after this many bytes, and the rest is replaced.
    Cut(u16, &'a [u8]),
    /// It is replaced as a whole.
    Raw(&'a [u8]),
    /// It is not sealed.
    Plain,
    /// The previous frame of this direction is repeated.
    Replay,
    /// It is sent back to the end that sealed it.
    Reflect,
}

/// Both ends of an open connection.
///
/// They are kept from input to input, since agreeing on keys takes longer than hundreds of frames. Their
/// frame counters always agree, so the result of an input does not depend on earlier ones.
struct Ends {
    /// The initiator's and the responder's.
    keys: [Keys; 2],
    /// The last frame that each has sealed.
    last: [Frame; 2],
}

thread_local! {
    static ENDS: RefCell<Ends> = RefCell::new(Ends::new());
}

fuzz_target!(|crossings: Vec<Crossing<'_>>| {
    ENDS.with_borrow_mut(|ends| crossings.iter().for_each(|crossing| ends.cross(crossing)));
});

impl Ends {
    fn new() -> Self {
        let hellos = Hellos { initiator: [1; HELLO_LEN], responder: [2; HELLO_LEN] };
        let responder = <Sealed as Suite>::Responder::new(&hellos, &[], &password(), &entropy(8));
        let responder = responder.expect("no share to find fault with");
        let initiator =
            <Sealed as Suite>::Initiator::new(&hellos, responder.share(), &password(), &entropy(7));
        let mut initiator = initiator.expect("a share");
        let verified = responder.verify(&hellos, initiator.credentials(), &password());
        let mut verified = verified.unwrap_or_else(|close| panic!("{close:?}"));
        let keys = initiator.finish(verified.welcome()).unwrap_or_else(|fault| panic!("{fault}"));
        let mut ends = Self { keys: [keys, verified.finish()], last: [EMPTY_FRAME; 2] };
        // There must be a frame to replay.
        for from_initiator in [true, false] {
            ends.cross(&Crossing { from_initiator, plain: b"first", fate: Fate::None });
        }
        ends
    }

    fn cross(&mut self, crossing: &Crossing<'_>) {
        let mut plain = EMPTY_FRAME;
        fill(&mut plain[..PLAIN_LEN], crossing.plain);
        let (sender, receiver) = if crossing.from_initiator { (0, 1) } else { (1, 0) };
        let mut sealed = plain;
        self.keys[sender].seal(&mut sealed);
        if let Fate::Reflect = crossing.fate {
            self.reflect(sender, sealed);
        }
        let replayed = std::mem::replace(&mut self.last[sender], sealed);
        let mut arrives = match &crossing.fate {
            Fate::None | Fate::Reflect => sealed,
            Fate::Bytes(changes) => changed(sealed, changes),
            Fate::Cut(len, rest) => {
                let mut frame = sealed;
                let len = usize::from(*len) % frame.len();
                fill(&mut frame[len..], rest);
                frame
            }
            Fate::Raw(bytes) => {
                let mut frame = EMPTY_FRAME;
                fill(&mut frame, bytes);
                frame
            }
            Fate::Plain => plain,
            Fate::Replay => replayed,
        };
        let is_unchanged = arrives == sealed;
        let opened = self.keys[receiver].open(&mut arrives);
        if is_unchanged {
            assert_eq!((opened, arrives), (Ok(()), plain));
        } else {
            assert_eq!(opened, Err(Fault::Seal));
        }
    }

    /// A frame does not open at the end that sealed it. The other end seals a frame that is dropped, so that
    /// the counters still agree.
    fn reflect(&mut self, sender: usize, mut sealed: Frame) {
        assert_eq!(self.keys[sender].open(&mut sealed), Err(Fault::Seal));
        let mut lost = EMPTY_FRAME;
        self.keys[1 - sender].seal(&mut lost);
        self.last[1 - sender] = lost;
    }
}

fn changed(mut frame: Frame, changes: &[(u16, u8)]) -> Frame {
    for (at, value) in changes {
        let at = usize::from(*at) % frame.len();
        frame[at] ^= value;
    }
    frame
}
