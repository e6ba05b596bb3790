//! A file that one host sends to the other, and what there is of it.

use p2pm_core::node::TransferKey;
use p2pm_core::transfer::{Chain, Mark, Sink, Source};
use p2pm_core::wire::Close;

use crate::random::Random;

/// A file.
pub struct Job {
    pub index: usize,
    /// Its number, of which a later run of the sender may know.
    pub id: [u8; 8],
    pub from: usize,
    pub content: Vec<u8>,
    /// Whether the receiver's user takes it, and neither has given it up.
    pub is_wanted: bool,
    /// Whether the sender knows what has become of it.
    pub is_over: bool,
    /// Its number in the node of each host, in its present run.
    pub keys: [Option<TransferKey>; 2],
    /// Whether a user has it wait, or there may be no space for it.
    pub is_paused: bool,
    /// What the receiver has proved to have, in this run of the sender.
    pub proved: Chain,
    pub disk: Disk,
    /// Where the source is read.
    pub at: usize,
}

/// What the receiver has.
#[derive(Default)]
pub struct Disk {
    pub bytes: Vec<u8>,
    /// Bytes of it that outlast a power cut.
    marked: usize,
    /// Most bytes that it holds at present.
    pub room: Option<usize>,
    pub is_stored: bool,
}

impl Job {
    pub fn new(index: usize, random: &mut Random) -> Self {
        let len = match random.between(1..=100) {
            1..=10 => random.between(0..=1),
            11..=80 => random.between(2..=30_000),
            81..=95 => random.between(30_001..=200_000),
            _ => random.between(1 << 20..=2_500_000),
        };
        let (first, step) = (random.between(0..=250), random.between(1..=250));
        let byte = |at: usize| u8::try_from((first + at * step + at / 65_536) % 251).expect("a byte");
        Self {
            index,
            id: random.bytes(),
            from: random.between(0..=1),
            content: (0..len).map(byte).collect(),
            is_wanted: random.chance(90),
            is_over: false,
            keys: [None; 2],
            is_paused: false,
            proved: Chain::default(),
            disk: Disk::default(),
            at: 0,
        }
    }

    pub fn label(&self) -> String {
        format!("file {}", self.index)
    }

    pub fn length(&self) -> u64 {
        self.content.len() as u64
    }

    pub fn to(&self) -> usize {
        1 - self.from
    }

    /// What the receiver's disk has, to go on with.
    pub fn begin(&mut self) -> Chain {
        if self.disk.is_stored {
            // The sender does not know, and offers it as something new: it comes once more, beside the first.
            self.disk = Disk::default();
        }
        self.disk.chain()
    }
}

impl Disk {
    pub fn chain(&self) -> Chain {
        let mut chain = Chain::default();
        chain.update(&self.bytes);
        chain
    }

    /// The power of the machine is cut.
    pub fn lose_power(&mut self) {
        if !self.is_stored {
            self.bytes.truncate(self.marked);
        }
    }
}

impl Sink for Disk {
    fn write(&mut self, bytes: &[u8]) -> Result<(), Close> {
        assert!(!self.is_stored, "what is whole grows");
        if self.room.is_some_and(|room| self.bytes.len() + bytes.len() > room) {
            return Err(Close::NoSpace);
        }
        self.bytes.extend_from_slice(bytes);
        Ok(())
    }

    fn mark(&mut self, mark: Mark) -> Result<(), Close> {
        self.marked = usize::try_from(mark.extent().length).expect("it fits");
        assert!(self.marked <= self.bytes.len(), "a mark of what is not written");
        Ok(())
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        panic!("the source has not changed")
    }

    fn finish(&mut self) -> Result<(), Close> {
        self.is_stored = true;
        Ok(())
    }
}

impl Source for Job {
    fn seek(&mut self, offset: u64) -> Result<(), Close> {
        self.at = usize::try_from(offset).expect("it fits");
        Ok(())
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, Close> {
        let rest = &self.content[self.at..];
        let len = rest.len().min(into.len());
        into[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        Ok(len)
    }

    fn check(&mut self) -> Result<(), Close> {
        Ok(())
    }
}
