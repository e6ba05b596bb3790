//! Recording of the inputs and outputs of each end of a simulation.

use std::cell::RefCell;
use std::collections::BTreeSet;

use p2pm_core::drive::{Moved, Transport};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Frame, Message, SuiteId};
use p2pm_transcript::{Action, LINES, Part, Tail};

use super::link::Side;
use crate::sink::Sink;

thread_local! {
    /// The recording in progress on this thread.
    static TAPE: RefCell<Option<Tape>> = const { RefCell::new(None) };
}

/// Recording of a simulation.
#[derive(Default)]
pub struct Tape {
    /// One per device.
    pub tracks: Vec<Track>,
    /// Kinds of messages sent by each side.
    pub said: BTreeSet<String>,
    /// Track of the listening device.
    listener: Option<usize>,
}

/// Recording of one device.
pub struct Track {
    /// Suite of all its connections.
    pub suite: SuiteId,
    /// Its inputs, in the format of [`p2pm_transcript`].
    pub recording: Vec<u8>,
    /// Offset in the recording of the first byte of each chunk from a peer.
    pub heard: Vec<usize>,
    /// Its output.
    pub emission: Vec<u8>,
    /// Number of ends of conversations.
    pub ends: usize,
    /// Lines in use.
    lines: [bool; LINES],
}

impl Tape {
    /// Number of conversations, with or without the listening device.
    pub fn conversations(&self) -> usize {
        let listener = self.listener.and_then(|listener| self.tracks.get(listener));
        listener.map_or(self.tracks.len(), |track| track.ends)
    }
}

/// Records everything that `play` does on this thread.
pub fn record(play: impl FnOnce()) -> Tape {
    TAPE.set(Some(Tape::default()));
    play();
    let mut tape = TAPE.take().expect("the tape that was put in");
    for track in &mut tape.tracks {
        Part::end(Sink(&mut track.recording)).expect("there is room");
    }
    tape
}

/// Starts the track of a listening device.
pub fn listen(part: &Part<'_>) {
    with_tape(|tape| {
        tape.listener = Some(tape.tracks.len());
        tape.tracks.push(Track::new(part));
    });
}

/// Records the kind of a message that was sent.
pub fn said(side: Side, frame: &Frame) {
    with_tape(|tape| {
        let message = format!("{:?}", Message::parse(frame).expect("a machine emits what can be parsed"));
        let is_close = message.starts_with("Close");
        let of_service =
            message.strip_prefix("Community(").or(message.strip_prefix("Chat(")).unwrap_or(&message);
        let kind = of_service.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        tape.said.insert(format!("{side:?} {}", if is_close { message.as_str() } else { kind }));
    });
}

fn with_tape<R>(work: impl FnOnce(&mut Tape) -> R) -> Option<R> {
    TAPE.with_borrow_mut(|tape| tape.as_mut().map(work))
}

/// Position of an end on the tape, if there is one: its track and line.
#[derive(Clone, Copy)]
pub struct Spot(Option<(usize, u8)>);

impl Spot {
    /// Of an end that is not recorded.
    pub const NOWHERE: Self = Self(None);

    /// A device with one connection, which this action opens.
    pub fn connecting(now: Instant, suite: SuiteId, password: &[u8], action: &Action<'_>) -> Self {
        let part = Part { suite, password, users: 0, key: [0; 16], residents: &[] };
        let track = with_tape(|tape| {
            tape.tracks.push(Track::new(&part));
            tape.tracks.len() - 1
        });
        Self::open(now, track, action)
    }

    /// A connection to the listening device, which this action opens.
    pub fn listening(now: Instant, action: &Action<'_>) -> Self {
        let track = with_tape(|tape| tape.listener.expect("a device that listens"));
        Self::open(now, track, action)
    }

    fn open(now: Instant, track: Option<usize>, action: &Action<'_>) -> Self {
        let line = |track: usize| with_tape(|tape| (track, tape.tracks[track].take_line()));
        let spot = Self(track.and_then(line));
        spot.note(now, action);
        spot
    }

    /// Records an action that uses no stream.
    pub fn note(self, now: Instant, action: &Action<'_>) {
        self.listen_in(NoStream).note(now, action);
    }

    pub fn listen_in<T: Transport>(self, transport: T) -> Overheard<T> {
        Overheard { transport, spot: self, chunks: Vec::new(), over: false, sent: Vec::new(), stopped: None }
    }

    /// Records that its connection is dropped.
    pub fn close(self) {
        if let Self(Some((track, line))) = self {
            with_tape(|tape| tape.tracks[track].lines[usize::from(line)] = false);
        }
    }
}

impl Track {
    fn new(part: &Part<'_>) -> Self {
        let mut recording = Vec::new();
        part.write(Sink(&mut recording)).expect("there is room");
        let (heard, emission, lines) = (Vec::new(), Vec::new(), [false; LINES]);
        Self { suite: part.suite, recording, heard, emission, ends: 0, lines }
    }

    fn take_line(&mut self) -> u8 {
        let line = self.lines.iter().position(|taken| !taken).expect("not so many connections at a time");
        self.lines[line] = true;
        self.ends += 1;
        u8::try_from(line).expect("few lines")
    }
}

/// A stream whose input and output are recorded.
pub struct Overheard<T> {
    transport: T,
    spot: Spot,
    chunks: Vec<Vec<u8>>,
    over: bool,
    sent: Vec<u8>,
    /// Result of its first write that took nothing.
    stopped: Option<Moved>,
}

impl<T> Overheard<T> {
    /// Records a step: this action, at this time.
    pub fn note(self, now: Instant, action: &Action<'_>) {
        let Self { spot: Spot(Some((track, line))), chunks, over, sent, stopped, .. } = self else {
            return;
        };
        // Only a poll writes until the stream blocks: what a command leaves is for the next poll.
        let stopped = if *action == Action::Poll { stopped } else { stopped.or(Some(Moved::Blocked)) };
        let taken = stopped.map(|moved| (u32::try_from(sent.len()).expect("a few frames"), moved));
        let chunks: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
        with_tape(|tape| {
            let Track { recording, heard, emission, .. } = &mut tape.tracks[track];
            action.write(line, now, Sink(recording)).expect("there is room");
            let mut at = recording.len() + 5; // after `room` and `then`
            Tail { taken, chunks: &chunks, over }.write(Sink(recording)).expect("there is room");
            for chunk in chunks {
                heard.push(at + 2); // after its length
                at += 2 + chunk.len();
            }
            emission.extend(sent);
        });
    }

    fn is_noted(&self) -> bool {
        self.spot.0.is_some()
    }
}

impl<T: Transport> Transport for Overheard<T> {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        let moved = self.transport.receive(into);
        match moved {
            Moved::Bytes(bytes) if self.is_noted() => self.chunks.push(into[..bytes].to_vec()),
            Moved::Over => self.over = true,
            Moved::Bytes(_) | Moved::Blocked => {}
        }
        moved
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        let moved = self.transport.send(from);
        match moved {
            Moved::Bytes(bytes) if self.is_noted() => self.sent.extend(&from[..bytes]),
            Moved::Bytes(_) => {}
            Moved::Blocked | Moved::Over => self.stopped = Some(moved),
        }
        moved
    }
}

/// For actions that use no stream.
struct NoStream;

impl Transport for NoStream {
    fn receive(&mut self, _: &mut [u8]) -> Moved {
        Moved::Blocked
    }

    fn send(&mut self, _: &[u8]) -> Moved {
        Moved::Blocked
    }
}
