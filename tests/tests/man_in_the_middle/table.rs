//! Expected ends for each changed bit, by the region of its frame.

use p2pm_core::channel::Ended;
use p2pm_core::error::Fault;
use p2pm_core::limits::{FRAME_LEN, HEADER_LEN, HELLO_LEN};
use p2pm_core::wire::Close;
use p2pm_tests::middle::{Deed, FramePosition, Side, initiators, responders};

use crate::stories::Story;

/// How it ends: for the initiator and for the responder.
pub type Ends = [Ended; 2];

/// The responder finds the fault in the handshake, and sends the initiator the reason.
pub const fn answered(close: Close) -> Ends {
    [Ended::Claimed(close), Ended::ByUs(close)]
}

/// The initiator finds the fault in the handshake, and sends the responder the reason.
pub const fn told(close: Close) -> Ends {
    [Ended::ByUs(close), Ended::Claimed(close)]
}

/// The receiver finds the fault after the handshake, and sends the other side the reason.
pub const fn found(place: FramePosition, close: Close) -> Ends {
    match place.from {
        Side::Initiator => [Ended::ByPeer(close), Ended::ByUs(close)],
        Side::Responder => [Ended::ByUs(close), Ended::ByPeer(close)],
    }
}

/// The initiator finds the fault, and hangs up: it cannot know which keys the responder has.
pub const fn hung_up(fault: Fault) -> Ends {
    [Ended::ByUs(Close::Fault(fault)), Ended::Lost]
}

const fn answered_fault(fault: Fault) -> Ends {
    answered(Close::Fault(fault))
}

const fn told_fault(fault: Fault) -> Ends {
    told(Close::Fault(fault))
}

const LOST: Ends = [Ended::Lost, Ended::Lost];
const TIMED_OUT: Ended = Ended::ByUs(Close::TimedOut);
const GOODBYE: Ended = Ended::ByUs(Close::Goodbye);

/// Neither receives anything; the one that times out first sends the reason, or hangs up.
const WAITED: &[Ends] =
    &[[TIMED_OUT, TIMED_OUT], [Ended::Claimed(Close::TimedOut), TIMED_OUT], [TIMED_OUT, Ended::Lost]];

/// The initiator waits for the Welcome, while the responder, which has sent it, times out and sends a sealed
/// reason, which the initiator cannot open.
const WAITED_FOR_WELCOME: &[Ends] = &[
    [TIMED_OUT, TIMED_OUT],
    [TIMED_OUT, Ended::Lost],
    [Ended::ByUs(Close::Fault(Fault::Magic)), TIMED_OUT],
    [Ended::ByUs(Close::Fault(Fault::Length)), TIMED_OUT],
    [Ended::ByUs(Close::Fault(Fault::Padding)), TIMED_OUT],
    [Ended::ByUs(Close::Fault(Fault::Proof)), TIMED_OUT],
];

/// The initiator of a link takes the introduction, which the responder sends at once, for the Welcome or the rest of it.
const TAKEN_FOR_WELCOME: &[Ends] = &[
    hung_up(Fault::Magic),
    hung_up(Fault::Kind),
    hung_up(Fault::Length),
    hung_up(Fault::Padding),
    hung_up(Fault::Proof),
];

/// The responder times out first and sends the reason in the clear, which the initiator takes for the rest of
/// its Hello.
const WAITED_FOR_THE_REST: &[Ends] = &[
    [TIMED_OUT, TIMED_OUT],
    [TIMED_OUT, Ended::Lost],
    [Ended::ByUs(Close::Fault(Fault::Padding)), TIMED_OUT],
    // Truncated in the header or in the Hello's fields.
    [Ended::ByUs(Close::Fault(Fault::Magic)), TIMED_OUT],
    [Ended::ByUs(Close::Fault(Fault::Length)), TIMED_OUT],
    [Ended::ByUs(Close::Fault(Fault::Proof)), TIMED_OUT],
    [Ended::ByUs(Close::FrameLengthMismatch), TIMED_OUT],
    [Ended::Lost, TIMED_OUT],
];

/// A region of a frame: bytes, and bits of each.
struct Region {
    of: FramePosition,
    bytes: std::ops::Range<usize>,
    mask: u8,
    /// Several, of which random bytes decide.
    ends: &'static [Ends],
}

const fn region(of: FramePosition, bytes: std::ops::Range<usize>, mask: u8, ends: &'static [Ends]) -> Region {
    Region { of, bytes, mask, ends }
}

const HELLO: FramePosition = initiators(0);
const HELLO_BACK: FramePosition = responders(0);
const CREDENTIALS: FramePosition = initiators(1);
const WELCOME: FramePosition = responders(1);

/// Every bit of the initiator's Hello. Bytes count from the beginning of the frame, so a body begins at 8.
const FIRST_HELLO: &[Region] = &[
    // Magic, kind (Hello is 0x01), reserved, length (40), version, suite, service,
    // reserved, frame length, random, padding.
    region(HELLO, 0..4, 0xFF, &[answered_fault(Fault::Magic)]),
    region(HELLO, 4..5, 0b1000_1001, &[answered_fault(Fault::Kind)]),
    region(HELLO, 4..5, 0b0100_0010, &[answered_fault(Fault::State)]), // a Welcome, a Proceed
    region(HELLO, 4..5, 0b0000_0100, &[answered_fault(Fault::Length)]), // a KeepAlive with a body
    region(HELLO, 4..5, 0b0001_0000, &[answered_fault(Fault::Endpoint)]), // a Joined
    region(HELLO, 4..5, 0b0010_0000, &[answered_fault(Fault::Length)]), // a CallAccepted and more
    region(HELLO, 5..6, 0xFF, &[answered_fault(Fault::Padding)]),
    region(HELLO, 6..7, 0xFF, &[answered_fault(Fault::Length)]),
    region(HELLO, 7..8, 0b0010_1000, &[answered_fault(Fault::Padding)]), // shorter
    region(HELLO, 7..8, 0b1101_0111, &[answered_fault(Fault::Length)]),  // longer: there is a share
    region(HELLO, 8..9, 0xFF, &[answered(Close::VersionMismatch)]),
    region(HELLO, 9..10, 0xFF, &[answered(Close::SuiteMismatch)]),
    region(HELLO, 10..11, 0xFF, &[answered(Close::ServiceMismatch)]),
    region(HELLO, 11..12, 0xFF, &[answered_fault(Fault::Padding)]),
    region(HELLO, 12..16, 0xFF, &[answered(Close::FrameLengthMismatch)]),
    region(HELLO, 16..HEADER_LEN + HELLO_LEN, 0xFF, &[answered(Close::WrongPassword)]),
    region(HELLO, 48..FRAME_LEN, 0xFF, &[answered_fault(Fault::Padding)]),
];

/// The same for a link: with a marker behind the random number, so the length is 48.
const FIRST_HELLO_OF_LINK: &[Region] = &[
    region(HELLO, 0..4, 0xFF, &[answered_fault(Fault::Magic)]),
    region(HELLO, 4..5, 0b1000_1001, &[answered_fault(Fault::Kind)]),
    region(HELLO, 4..5, 0b0100_0010, &[answered_fault(Fault::State)]),
    region(HELLO, 4..5, 0b0000_0100, &[answered_fault(Fault::Length)]),
    region(HELLO, 4..5, 0b0001_0000, &[answered_fault(Fault::Endpoint)]),
    region(HELLO, 4..5, 0b0010_0000, &[answered_fault(Fault::Length)]),
    region(HELLO, 5..6, 0xFF, &[answered_fault(Fault::Padding)]),
    region(HELLO, 6..7, 0xFF, &[answered_fault(Fault::Length)]),
    region(HELLO, 7..8, 0b0011_0000, &[answered_fault(Fault::Padding)]), // shorter
    region(HELLO, 7..8, 0b1100_1111, &[answered_fault(Fault::Length)]),  // longer: there is a share
    region(HELLO, 8..9, 0xFF, &[answered(Close::VersionMismatch)]),
    region(HELLO, 9..10, 0xFF, &[answered(Close::SuiteMismatch)]),
    region(HELLO, 10..11, 0xFF, &[answered(Close::ServiceMismatch)]),
    region(HELLO, 11..12, 0xFF, &[answered_fault(Fault::Padding)]),
    region(HELLO, 12..16, 0xFF, &[answered(Close::FrameLengthMismatch)]),
    // The random number and the marker, which is made of it.
    region(HELLO, 16..56, 0xFF, &[answered(Close::OtherCircle)]),
    region(HELLO, 56..FRAME_LEN, 0xFF, &[answered_fault(Fault::Padding)]),
];

/// Every bit of the rest up to the Welcome.
const HANDSHAKE: &[Region] = &[
    // The responder's Hello, with a share of 32 bytes after the random number: its length is 72.
    region(HELLO_BACK, 0..4, 0xFF, &[hung_up(Fault::Magic)]),
    region(HELLO_BACK, 4..5, 0b1000_1001, &[hung_up(Fault::Kind)]),
    region(HELLO_BACK, 4..5, 0b0100_0010, &[hung_up(Fault::State)]),
    region(HELLO_BACK, 4..5, 0b0000_0100, &[hung_up(Fault::Length)]),
    region(HELLO_BACK, 4..5, 0b0001_0000, &[hung_up(Fault::Endpoint)]),
    region(HELLO_BACK, 4..5, 0b0010_0000, &[hung_up(Fault::Length)]),
    region(HELLO_BACK, 5..6, 0xFF, &[hung_up(Fault::Padding)]),
    region(HELLO_BACK, 6..7, 0b1111_1100, &[hung_up(Fault::Length)]), // past the end
    region(HELLO_BACK, 6..7, 0b0000_0011, &[told_fault(Fault::Length)]), // a share that is too long
    region(HELLO_BACK, 7..8, 0b0100_1000, &[hung_up(Fault::Padding)]),
    region(HELLO_BACK, 7..8, 0b1011_0111, &[told_fault(Fault::Length)]),
    region(HELLO_BACK, 8..9, 0xFF, &[told(Close::VersionMismatch)]),
    region(HELLO_BACK, 9..10, 0xFF, &[told(Close::SuiteMismatch)]),
    region(HELLO_BACK, 10..11, 0xFF, &[told(Close::ServiceMismatch)]),
    region(HELLO_BACK, 11..12, 0xFF, &[hung_up(Fault::Padding)]),
    region(HELLO_BACK, 12..16, 0xFF, &[told(Close::FrameLengthMismatch)]),
    region(HELLO_BACK, 16..48, 0xFF, &[answered(Close::WrongPassword)]),
    // An invalid group element, or another one.
    region(HELLO_BACK, 48..80, 0xFF, &[told_fault(Fault::Proof), answered(Close::WrongPassword)]),
    region(HELLO_BACK, 80..FRAME_LEN, 0xFF, &[hung_up(Fault::Padding)]),
    // Credentials: a share and a confirmation, 96 bytes.
    region(CREDENTIALS, 0..4, 0xFF, &[answered_fault(Fault::Magic)]),
    region(CREDENTIALS, 4..5, 0b1000_1110, &[answered_fault(Fault::Kind)]),
    region(CREDENTIALS, 4..5, 0b0100_0001, &[answered_fault(Fault::State)]), // a Welcome, a Differs
    // A JoinRefused, whose reason is the first byte of a share, and a text of random bytes.
    region(CREDENTIALS, 4..5, 0b0001_0000, &[answered_fault(Fault::Value), answered_fault(Fault::Length)]),
    region(CREDENTIALS, 4..5, 0b0010_0000, &[answered_fault(Fault::Text)]),
    region(CREDENTIALS, 5..6, 0xFF, &[answered_fault(Fault::Padding)]),
    region(CREDENTIALS, 6..7, 0xFF, &[answered_fault(Fault::Length)]),
    region(CREDENTIALS, 7..8, 0b0110_0000, &[answered_fault(Fault::Padding)]),
    region(CREDENTIALS, 7..8, 0b1001_1111, &[answered_fault(Fault::Length)]),
    region(CREDENTIALS, 8..40, 0xFF, &[answered_fault(Fault::Proof), answered(Close::WrongPassword)]),
    region(CREDENTIALS, 40..104, 0xFF, &[answered(Close::WrongPassword)]),
    region(CREDENTIALS, 104..FRAME_LEN, 0xFF, &[answered_fault(Fault::Padding)]),
    // Welcome: a confirmation, 64 bytes.
    region(WELCOME, 0..4, 0xFF, &[hung_up(Fault::Magic)]),
    region(WELCOME, 4..5, 0b1010_1100, &[hung_up(Fault::Kind)]),
    region(WELCOME, 4..5, 0b0100_0001, &[hung_up(Fault::State)]), // Credentials, a Data
    // A Hello, whose reserved byte is a random one, and a List with a body.
    region(WELCOME, 4..5, 0b0000_0010, &[hung_up(Fault::Padding), hung_up(Fault::State)]),
    region(WELCOME, 4..5, 0b0001_0000, &[hung_up(Fault::Length)]),
    region(WELCOME, 5..6, 0xFF, &[hung_up(Fault::Padding)]),
    region(WELCOME, 6..7, 0xFF, &[hung_up(Fault::Length)]),
    region(WELCOME, 7..8, 0b0100_0000, &[hung_up(Fault::Padding)]),
    region(WELCOME, 7..8, 0b1011_1111, &[hung_up(Fault::Length)]),
    region(WELCOME, 8..72, 0xFF, &[hung_up(Fault::Proof)]),
    region(WELCOME, 72..FRAME_LEN, 0xFF, &[hung_up(Fault::Padding)]),
];

/// Frames after the Welcome are sealed as a whole.
const SEALED: [&[Ends]; 2] =
    [&[found(initiators(2), Close::Fault(Fault::Seal))], &[found(responders(2), Close::Fault(Fault::Seal))]];

/// Possible ends if this bit of this byte is inverted.
pub fn ends_of_flip(place: FramePosition, byte: usize, bit: u32) -> &'static [Ends] {
    ends_in(FIRST_HELLO, place, byte, bit)
}

/// The same for a link.
pub fn ends_of_link_flip(place: FramePosition, byte: usize, bit: u32) -> &'static [Ends] {
    ends_in(FIRST_HELLO_OF_LINK, place, byte, bit)
}

fn ends_in(first_hello: &'static [Region], place: FramePosition, byte: usize, bit: u32) -> &'static [Ends] {
    if place.number > 1 {
        return SEALED[place.from as usize];
    }
    let here =
        |region: &&Region| region.of == place && region.bytes.contains(&byte) && region.mask >> bit & 1 == 1;
    let mut regions = first_hello.iter().chain(HANDSHAKE).filter(here);
    match (regions.next(), regions.next()) {
        (Some(region), None) => region.ends,
        (None, _) => panic!("bit {bit} of byte {byte} of {place:?} is in no region"),
        _ => panic!("bit {bit} of byte {byte} of {place:?} is in several regions"),
    }
}

/// Possible ends of this manipulation. The initiator's frame `goodbye` is its `Close`, the last of all.
pub fn ends_of(story: Story, deed: &Deed, place: FramePosition, goodbye: usize) -> Vec<Ends> {
    match deed {
        Deed::Flip { byte, mask } if place != initiators(goodbye) => {
            story.ends_of_flip(place, *byte, mask.trailing_zeros()).to_vec()
        }
        _ if place == initiators(goodbye) => ends_of_goodbye(deed),
        Deed::Cut(_) => vec![LOST],
        Deed::Drop | Deed::Swap | Deed::Truncate(_) if story.is_link() && place == WELCOME => {
            TAKEN_FOR_WELCOME.to_vec()
        }
        _ if place.number < 2 => ends_in_handshake(deed, place),
        Deed::Reflect => vec![[Ended::ByUs(Close::Fault(Fault::Seal)); 2]],
        // The next frame does not open, if one arrives in time.
        Deed::Drop | Deed::Swap | Deed::Truncate(_) => {
            let mut ends = vec![found(place, Close::Fault(Fault::Seal)), found(place, Close::TimedOut)];
            if place == initiators(goodbye - 1) {
                // It is the goodbye that does not open.
                ends.push([GOODBYE, Ended::ByUs(Close::Fault(Fault::Seal))]);
            }
            ends
        }
        _ => vec![found(place, Close::Fault(Fault::Seal))],
    }
}

fn ends_in_handshake(deed: &Deed, place: FramePosition) -> Vec<Ends> {
    match (deed, place) {
        (Deed::Repeat, _) => vec![ends_of_repetition(place)],
        (Deed::Reflect, _) => vec![ends_of_reflection(place)],
        (Deed::Truncate(_), HELLO_BACK) => WAITED_FOR_THE_REST.to_vec(),
        (_, WELCOME) => WAITED_FOR_WELCOME.to_vec(),
        _ => WAITED.to_vec(),
    }
}

fn ends_of_repetition(place: FramePosition) -> Ends {
    match place {
        HELLO => answered_fault(Fault::State),
        HELLO_BACK => hung_up(Fault::State),
        // The second one arrives after the change of keys.
        _ => found(place, Close::Fault(Fault::Seal)),
    }
}

fn ends_of_reflection(place: FramePosition) -> Ends {
    match place {
        // It has no share, as a responder's would.
        HELLO => told_fault(Fault::Length),
        HELLO_BACK => answered_fault(Fault::State),
        CREDENTIALS => hung_up(Fault::State),
        // The responder sends its reason sealed, to an initiator that still waits for the Welcome.
        _ => [Fault::Magic, Fault::Seal].map(|fault| Ended::ByUs(Close::Fault(fault))),
    }
}

/// The sender of a goodbye has ended already; for the receiver it is a goodbye only if it arrives unchanged.
fn ends_of_goodbye(deed: &Deed) -> Vec<Ends> {
    let heard = match deed {
        Deed::Repeat => Ended::ByPeer(Close::Goodbye),
        Deed::Flip { .. } | Deed::Replace(_) => Ended::ByUs(Close::Fault(Fault::Seal)),
        Deed::Drop | Deed::Swap | Deed::Truncate(_) | Deed::Cut(_) | Deed::Reflect => Ended::Lost,
    };
    vec![[GOODBYE, heard]]
}
