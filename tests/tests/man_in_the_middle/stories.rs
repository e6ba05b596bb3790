//! A whole connection on virtual time, from the first Hello to the goodbye.

use p2pm_core::channel::Ended;
use p2pm_core::time::Instant;
use p2pm_core::wire::{Close, Turns};
use p2pm_tests::middle::{
    Chatter, FramePosition, Host, Linker, Member, Middle, NAME, Party, RESIDENT, Side, meet,
};
use p2pm_tests::random::Random;

use crate::table::{Ends, ends_of_flip, ends_of_link_flip};

/// The two parties of a connection.
#[derive(Clone, Copy, Debug)]
pub enum Story {
    /// A caller and a node, in a linear chat.
    Chat,
    /// The same in a free chat, in which neither waits for the other.
    FreeChat,
    /// A client and a community server.
    Community,
    /// Two nodes, of which one dials.
    Link,
    /// A client redirected to a node.
    ClientAtNode,
    /// A caller redirected to a community server.
    CallerAtServer,
}

/// Connections that end regularly without an attacker.
pub const STORIES: [Story; 3] = [Story::Chat, Story::Community, Story::Link];

/// How both ends ended, and what each was shown.
#[derive(Debug)]
pub struct Outcome {
    pub ends: Ends,
    pub shown: [Vec<String>; 2],
}

impl Story {
    /// Runs it with random bytes derived from the seed.
    pub fn play(self, seed: u64, middle: &mut Middle) -> Outcome {
        let mut random = Random::new(seed);
        let now = Instant::default();
        let random = &mut random;
        match self {
            Self::Chat => chat(now, Turns::Linear, random, middle),
            Self::FreeChat => chat(now, Turns::Free, random, middle),
            Self::Community => play(Member::new(now, random), Host::new(now, random), middle),
            Self::Link => play(Linker::initiator(now, random), Linker::responder(now, random), middle),
            Self::ClientAtNode => {
                play(Member::new(now, random), Chatter::callee(now, Turns::Linear, random), middle)
            }
            Self::CallerAtServer => {
                play(Chatter::caller(now, Turns::Linear, random), Host::new(now, random), middle)
            }
        }
    }

    /// What each end is shown without an attacker.
    fn shows(self) -> [&'static [&'static str]; 2] {
        match self {
            Self::Chat | Self::FreeChat => [&["two", "four"], &[NAME, "one", "three"]],
            Self::Community => [&["127.0.0.1:65535", RESIDENT, NAME], &[NAME]],
            Self::Link => [&[RESIDENT, "two"], &[NAME, "one"]],
            Self::ClientAtNode | Self::CallerAtServer => [&[], &[]],
        }
    }

    /// Whether it is a link.
    pub const fn is_link(self) -> bool {
        matches!(self, Self::Link)
    }

    /// Possible ends if this bit of this byte is inverted.
    pub fn ends_of_flip(self, place: FramePosition, byte: usize, bit: u32) -> &'static [Ends] {
        match self {
            Self::Link => ends_of_link_flip(place, byte, bit),
            _ => ends_of_flip(place, byte, bit),
        }
    }

    /// Records it without changing it.
    pub fn record(self, seed: u64) -> Middle {
        let mut middle = Middle::default();
        let honest = self.play(seed, &mut middle);
        assert_eq!(honest.ends, [Ended::ByUs(Close::Goodbye), Ended::ByPeer(Close::Goodbye)]);
        assert_eq!(honest.shown, self.shows());
        middle
    }

    /// Every frame of it.
    pub fn places(self) -> Vec<FramePosition> {
        let middle = self.record(0);
        let of = |from| (0..middle.seen(from).len()).map(move |number| FramePosition { from, number });
        Side::BOTH.into_iter().flat_map(of).collect()
    }

    /// Number of the initiator's last frame.
    pub fn goodbye(self) -> usize {
        self.record(0).seen(Side::Initiator).len() - 1
    }
}

fn chat(now: Instant, turns: Turns, random: &mut Random, middle: &mut Middle) -> Outcome {
    play(Chatter::caller(now, turns, random), Chatter::callee(now, turns, random), middle)
}

pub fn play(mut initiator: impl Party, mut responder: impl Party, middle: &mut Middle) -> Outcome {
    meet(&mut initiator, &mut responder, middle);
    let reports = [initiator.report(), responder.report()];
    Outcome {
        ends: reports.map(|report| report.ended.expect("whoever is gone has said why")),
        shown: reports.map(|report| report.shown.clone()),
    }
}

impl Outcome {
    /// Checks that it ended in one of these ways, and that each side was shown only what the other sent, up
    /// to the manipulated `place`.
    #[track_caller]
    pub fn check(&self, story: Story, place: FramePosition, deed: &dyn std::fmt::Debug, expected: &[Ends]) {
        let Self { ends, shown } = self;
        assert!(expected.contains(ends), "{story:?}, {deed:?} at {place:?}: {ends:?}, not {expected:?}");
        for (shown, said) in shown.iter().zip(story.shows()) {
            let genuine = said.iter().zip(shown).all(|(said, shown)| said == shown);
            assert!(genuine && shown.len() <= said.len(), "{story:?}, {deed:?} at {place:?}: {shown:?}");
        }
        let nobody = shown.iter().all(Vec::is_empty);
        // A manipulation in the handshake precedes everything that is shown. Frames after a repeated Welcome
        // need not be lost with it.
        let last_word = matches!(place.from, Side::Responder) && place.number == 1;
        assert!(place.number > 1 || last_word || nobody, "{story:?}, {deed:?} at {place:?}: {shown:?}");
    }
}
