//! A device without files. What carries transfers is left out of its image, since there can be no transfer.

use p2pm_core::transfer::{Chain, Mark, Sink, Source};
use p2pm_core::wire::{Close, Goods, PublicKey, Refusal, TransferId};

use super::{Files, NoSlot, Origin};

/// No files: none is sent, and none is taken. With memory for no transfers, the node refuses every offer by itself, as
/// [`Refusal::Unable`].
#[derive(Clone, Copy, Debug)]
pub struct NoFiles;

/// A file of which there is none.
#[derive(Clone, Copy, Debug)]
pub enum NoFile {}

impl Files for NoFiles {
    type Source = NoFile;
    type Sink = NoFile;
    type Slot<T> = NoSlot;

    fn goods(&self) -> Option<Goods<'_>> {
        None
    }

    fn number(&self, _: &PublicKey) -> TransferId {
        TransferId::default()
    }

    fn open(&mut self) -> Result<NoFile, Close> {
        Err(Close::Failed)
    }

    fn can_take(&self) -> bool {
        false
    }

    fn check(&mut self, _: &Origin, _: &Goods<'_>) -> Result<(), Refusal> {
        Err(Refusal::Unable)
    }

    fn place(&mut self, _: &Origin, _: &Goods<'_>) -> Result<(NoFile, Chain), Close> {
        Err(Close::Failed)
    }
}

impl Source for NoFile {
    fn seek(&mut self, _: u64) -> Result<(), Close> {
        match *self {}
    }

    fn read(&mut self, _: &mut [u8]) -> Result<usize, Close> {
        match *self {}
    }

    fn check(&mut self) -> Result<(), Close> {
        match *self {}
    }
}

impl Sink for NoFile {
    fn write(&mut self, _: &[u8]) -> Result<(), Close> {
        match *self {}
    }

    fn mark(&mut self, _: Mark) -> Result<(), Close> {
        match *self {}
    }

    fn retreat(&mut self) -> Result<Chain, Close> {
        match *self {}
    }

    fn finish(&mut self) -> Result<(), Close> {
        match *self {}
    }
}
