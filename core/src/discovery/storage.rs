//! Memory of discovery, which the caller owns.

use super::answers::Answer;
use super::peers::Peer;
use super::segment::Segment;
use super::sources::Source;

/// Memory of discovery: rows of fixed length, in arrays or in boxes. The caller chooses how many there are of each.
pub trait Storage {
    /// Network interfaces. Others are not served.
    type Segments: AsRef<[Segment]> + AsMut<[Segment]>;
    /// Nodes that are there.
    type Peers: AsRef<[Peer]> + AsMut<[Peer]>;
    /// Answers that wait for their time.
    type Answers: AsRef<[Answer]> + AsMut<[Answer]>;
    /// Hosts that were answered lately.
    type Sources: AsRef<[Source]> + AsMut<[Source]>;
}

/// [`Storage`] in arrays.
#[derive(Clone, Copy, Debug)]
pub struct Inline<const SEGMENTS: usize, const PEERS: usize, const ANSWERS: usize, const SOURCES: usize>;

impl<const SEGMENTS: usize, const PEERS: usize, const ANSWERS: usize, const SOURCES: usize> Storage
    for Inline<SEGMENTS, PEERS, ANSWERS, SOURCES>
{
    type Segments = [Segment; SEGMENTS];
    type Peers = [Peer; PEERS];
    type Answers = [Answer; ANSWERS];
    type Sources = [Source; SOURCES];
}

/// The rows of a [`Storage`], in which nothing is kept yet.
pub struct Rows<M: Storage> {
    /// See [`Storage::Segments`].
    pub segments: M::Segments,
    /// See [`Storage::Peers`].
    pub peers: M::Peers,
    /// See [`Storage::Answers`].
    pub answers: M::Answers,
    /// See [`Storage::Sources`].
    pub sources: M::Sources,
}

impl<const SEGMENTS: usize, const PEERS: usize, const ANSWERS: usize, const SOURCES: usize> Default
    for Rows<Inline<SEGMENTS, PEERS, ANSWERS, SOURCES>>
{
    fn default() -> Self {
        Self {
            segments: [const { Segment::EMPTY }; SEGMENTS],
            peers: [const { Peer::EMPTY }; PEERS],
            answers: [const { Answer::EMPTY }; ANSWERS],
            sources: [const { Source::EMPTY }; SOURCES],
        }
    }
}
