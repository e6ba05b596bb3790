//! The session that is played on every machine, and what it comes to on this one.

use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_core::wire::SuiteId;
use p2pm_transcript::MAGIC;

use crate::simulation::{Scenario, Tape, chat, community, hostile, record};

/// The stories of a session, and the seeds by which they are told. Together they have every message in them: a
/// meeting place with residents who fill several pages, one where people come and go, two nodes, and then one end
/// at a time with a stranger.
fn stories<S: Suite>() -> Vec<(Scenario, u64)> {
    let strangers = (0..20).map(|seed| (hostile::<S>(), seed));
    let (community, chat) = (community::<S>(), chat::<S>());
    [(community, 12), (community, 22), (chat, 14), (chat, 21)].into_iter().chain(strangers).collect()
}

/// A session in one suite, as it was recorded: a tape for each story.
pub fn tapes(suite: SuiteId) -> Vec<Tape> {
    let stories = match suite {
        SuiteId::Xor => stories::<Xor>(),
        SuiteId::Sealed => stories::<Sealed>(),
    };
    stories.into_iter().map(|(scenario, seed)| record(scenario, seed)).collect()
}

/// A session in some suites.
pub struct Transcript {
    /// What the ends of all conversations were told and heard.
    pub recording: Vec<u8>,
    /// What they emitted.
    pub emission: Vec<u8>,
    /// How many conversations there were.
    pub conversations: usize,
    /// How many ends of them there were: whoever keeps to no rule is none.
    pub ends: usize,
}

impl Transcript {
    /// Of what is on these tapes.
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
