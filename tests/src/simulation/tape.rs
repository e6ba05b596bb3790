//! Writes down what each end of a simulation is told and what it hears, and what it says to that.

use std::cell::RefCell;
use std::collections::BTreeSet;

use p2pm_core::drive::{Moved, Transport};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Frame, Message, SuiteId};
use p2pm_transcript::{Action, LINES, Part, Tail};

use super::link::Side;
use crate::sink::Sink;

thread_local! {
    /// The tape of the recording that is being made on this thread.
    static TAPE: RefCell<Option<Tape>> = const { RefCell::new(None) };
}

/// What was recorded of a simulation.
#[derive(Default)]
pub struct Tape {
    /// One for every device.
    pub tracks: Vec<Track>,
    /// Which side said what kind of thing.
    pub said: BTreeSet<String>,
    /// The track of the device that listens.
    listener: Option<usize>,
}

/// What was recorded of one device.
pub struct Track {
    /// The suite of all its connections.
    pub suite: SuiteId,
    /// What it was told and what it heard, as [`p2pm_transcript`] has it.
    pub recording: Vec<u8>,
    /// Where in the recording there is a byte from a peer, the first one of each chunk.
    pub heard: Vec<usize>,
    /// What it said.
    pub emission: Vec<u8>,
    /// How many ends of conversations there were.
    pub ends: usize,
    /// Which lines are in use.
    lines: [bool; LINES],
}

impl Tape {
    /// How many conversations there were: with the device that listens, or without one.
    pub fn conversations(&self) -> usize {
        let listener = self.listener.and_then(|listener| self.tracks.get(listener));
        listener.map_or(self.tracks.len(), |track| track.ends)
    }
}

/// Records all that happens meanwhile on this thread.
pub fn record(play: impl FnOnce()) -> Tape {
    TAPE.set(Some(Tape::default()));
    play();
    let mut tape = TAPE.take().expect("the tape that was put in");
    for track in &mut tape.tracks {
        Part::end(Sink(&mut track.recording)).expect("there is room");
    }
    tape
}

/// A device that listens begins.
pub fn listen(part: &Part<'_>) {
    with_tape(|tape| {
        tape.listener = Some(tape.tracks.len());
        tape.tracks.push(Track::new(part));
    });
}

/// Somebody says this.
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

/// Where an end is on the tape, if there is one: its track, and its line on that.
#[derive(Clone, Copy)]
pub struct Spot(Option<(usize, u8)>);

impl Spot {
    /// A device with one connection, which this action opens.
    pub fn connecting(now: Instant, suite: SuiteId, password: &[u8], action: &Action<'_>) -> Self {
        let part = Part { suite, password, users: 0, key: [0; 16], residents: &[] };
        let track = with_tape(|tape| {
            tape.tracks.push(Track::new(&part));
            tape.tracks.len() - 1
        });
        Self::open(now, track, action)
    }

    /// A connection to the device that listens, which this action opens.
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

    /// It is told something that needs no stream.
    pub fn note(self, now: Instant, action: &Action<'_>) {
        self.listen_in(NoStream).note(now, action);
    }

    pub fn listen_in<T: Transport>(self, transport: T) -> Overheard<T> {
        Overheard { transport, spot: self, chunks: Vec::new(), over: false, sent: Vec::new(), stopped: None }
    }

    /// Its connection is dropped.
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

/// A stream of which is written down what it gives and takes.
pub struct Overheard<T> {
    transport: T,
    spot: Spot,
    chunks: Vec<Vec<u8>>,
    over: bool,
    sent: Vec<u8>,
    /// What it came to when it took no more.
    stopped: Option<Moved>,
}

impl<T> Overheard<T> {
    /// That was this action, at this time.
    pub fn note(self, now: Instant, action: &Action<'_>) {
        let Self { spot: Spot(Some((track, line))), chunks, over, sent, stopped, .. } = self else {
            return;
        };
        // Only a poll writes for as long as it can: what a command leaves is for the next poll.
        let stopped = if *action == Action::Poll { stopped } else { stopped.or(Some(Moved::Blocked)) };
        let taken = stopped.map(|moved| (u32::try_from(sent.len()).expect("a few frames"), moved));
        let chunks: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
        with_tape(|tape| {
            let Track { recording, heard, emission, .. } = &mut tape.tracks[track];
            action.write(line, now, Sink(recording)).expect("there is room");
            let mut at = recording.len() + 5; // behind the room, and what then
            Tail { taken, chunks: &chunks, over }.write(Sink(recording)).expect("there is room");
            for chunk in chunks {
                heard.push(at + 2); // behind its length
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

/// For what needs none.
struct NoStream;

impl Transport for NoStream {
    fn receive(&mut self, _: &mut [u8]) -> Moved {
        Moved::Blocked
    }

    fn send(&mut self, _: &[u8]) -> Moved {
        Moved::Blocked
    }
}
