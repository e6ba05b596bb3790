//! The session that is played on every machine, and its result on this one.

use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_core::wire::SuiteId;
use p2pm_transcript::{Error, MAGIC, Story, play};

use crate::simulation::{Scenario, Tape, chat, community, hostile, record};
use crate::sink::Sink;

/// Scenarios of a session, and their seeds. Together they contain every message: a community with residents
/// that fill several pages, one with many joins and leaves, two nodes, and single ends with a hostile peer.
fn stories<S: Suite>() -> Vec<(Scenario, u64)> {
    let strangers = (0..20).map(|seed| (hostile::<S>(), seed));
    let (community, chat) = (community::<S>(), chat::<S>());
    [(community, 12), (community, 22), (chat, 14), (chat, 21)].into_iter().chain(strangers).collect()
}

/// A recorded session in one suite: a tape for each scenario.
pub fn tapes(suite: SuiteId) -> Vec<Tape> {
    let stories = match suite {
        SuiteId::Xor => stories::<Xor>(),
        SuiteId::Sealed => stories::<Sealed>(),
        // Of transfers alone, which are on no tape.
        SuiteId::SealedAes => Vec::new(),
    };
    stories.into_iter().map(|(scenario, seed)| record(scenario, seed)).collect()
}

/// A session in several suites.
pub struct Transcript {
    /// Inputs of the ends of all conversations.
    pub recording: Vec<u8>,
    /// What they emitted.
    pub emission: Vec<u8>,
    /// Number of conversations.
    pub conversations: usize,
    /// Number of their ends, hostile peers not included.
    pub ends: usize,
}

impl Transcript {
    /// The session on these tapes.
    pub fn of(tapes: &[Tape]) -> Self {
        let mut transcript =
            Self { recording: MAGIC.to_vec(), emission: Vec::new(), conversations: 0, ends: 0 };
        for tape in tapes {
            transcript.conversations += tape.conversations();
            for track in &tape.tracks {
                transcript.recording.extend(&track.recording);
                transcript.emission.extend(&track.emission);
                transcript.ends += track.ends;
            }
        }
        transcript
    }
}

/// A recording that is this story alone, with this seed.
pub fn recorded(story: Story, seed: u64) -> Vec<u8> {
    let mut recording = MAGIC.to_vec();
    // A vector has room for anything.
    _ = story.write(seed, Sink(&mut recording));
    recording
}

/// What is emitted in a story on this machine, and the number of ends of its conversations.
pub fn told(story: Story, seed: u64) -> Result<(Vec<u8>, u32), Error> {
    let mut emission = Vec::new();
    let played = play(&*recorded(story, seed), Sink(&mut emission))?;
    Ok((emission, played.ends))
}
