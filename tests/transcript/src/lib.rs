//! Player of recorded sessions: the same inputs, random bytes and times give the same emission on every
//! machine, or the machines differ.
//!
//! A recording holds the inputs of each end, never its output, which results from playing it. Numbers are
//! big-endian; `bytes` are a length of two bytes and as many bytes; an address is 4 or 6 and its bytes.
//!
//! ```text
//! recording = "p2pm recording 2" part*
//! part      = device | story
//! device    = suite:1 password:bytes users:1 key:16 resident* 0:2 step* 0:1
//! resident  = name:bytes address port:2
//! step      = action:1 line:1 time:8 arguments room:4 then:1 chunk* end:2
//! chunk     = length:2 and so many bytes
//! story     = story:1 seed:8
//! ```
//!
//! The connections of a device share a password and a community with this many slots, in which the
//! residents are online from the start. A step is one call, at a time in milliseconds, on one of the device's
//! connections, which have numbers, the lines. See [`Action`] for its kinds and arguments. During the step,
//! the transport takes as many bytes as there is room for, without a limit if that is `FFFF FFFF`; then it
//! blocks (0), or has ended (1). It gives the chunks, each at once as far as the frame has room; then, as the
//! end says, it blocks (0) or has ended (`FFFF`).
//!
//! A [`Story`] is a script, so that all of it follows from a seed.
#![no_std]

mod action;
mod bytes;
mod device;
mod error;
mod line;
mod part;
#[allow(clippy::expect_used, clippy::panic, reason = "its errors are mistakes of whoever drives it")]
pub mod stage;
mod story;
mod transport;

use embedded_io::{Read, Write};
use p2pm_core::limits::TEXT_MAX;
use p2pm_core::registry::{Bucket, Slot};
use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_core::time::Instant;
use p2pm_core::wire::SuiteId;

pub use self::action::Action;
use self::bytes::{Reader, Writer};
use self::device::Device;
pub use self::device::LINES;
pub use self::error::Error;
pub use self::part::Part;
pub use self::story::Story;
use self::transport::RecordedTransport;
pub use self::transport::Tail;

/// First bytes of a recording.
pub const MAGIC: [u8; 16] = *b"p2pm recording 2";
/// Most users of a community.
pub const USERS: usize = 64;

/// Result of playing a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    /// Number of ends of conversations.
    pub ends: u32,
    /// Bytes that they emitted.
    pub bytes: u64,
}

/// Plays a recording to its end, and writes the emission.
pub fn play(recording: impl Read, emission: impl Write) -> Result<Played, Error> {
    let mut recording = Reader::new(recording);
    let mut emission = Writer::new(emission);
    let mut ends = 0;
    if recording.array()? != MAGIC {
        return Err(Error::Magic);
    }
    while let Some(kind) = recording.next()? {
        ends += match (kind, Story::of(kind)) {
            (_, Some(story)) => story.play(&mut recording, &mut emission)?,
            (suite, _) if suite == SuiteId::Xor as u8 => play_part::<Xor>(&mut recording, &mut emission)?,
            (suite, _) if suite == SuiteId::Sealed as u8 => {
                play_part::<Sealed>(&mut recording, &mut emission)?
            }
            (kind, _) => return Err(Error::Suite(kind)),
        };
    }
    Ok(Played { ends, bytes: emission.count() })
}

/// Plays the part of a device; returns its number of ends.
#[inline(never)]
fn play_part<S: Suite>(
    recording: &mut Reader<impl Read>,
    emission: &mut Writer<impl Write>,
) -> Result<u32, Error> {
    let (mut slots, mut buckets) = ([const { Slot::EMPTY }; USERS], [const { Bucket::EMPTY }; USERS]);
    let mut text = [0; TEXT_MAX];
    let mut device = Device::<S>::read(recording, (&mut slots, &mut buckets))?;
    loop {
        let kind = recording.u8()?;
        if kind == 0 {
            return Ok(device.ends());
        }
        let line = recording.u8()?;
        let now = Instant::from_millis(recording.u64()?);
        let action = Action::read(kind, recording, &mut text)?;
        let mut transport = RecordedTransport::read(recording, emission)?;
        device.step(now, line, action, &mut transport)?;
        transport.finish()?;
    }
}
