//! What a device lends to the role: memory, ciphers, files.

use p2pm_core::node::Storage;
use p2pm_core::suite::aead::Aead;
use p2pm_core::transfer::{Chain, Sink, Source};
use p2pm_core::wire::{Ciphers, Close, Goods, PublicKey, Refusal, TransferId};

use super::{Application, Finder, Slot};
use crate::app::Platform;

/// Types of the parts of a [`Circle`](super::Circle), besides those of its board.
pub trait Parts: Platform {
    /// Memory of the node.
    type Storage: Storage;
    /// AEAD of links, and of transfers whose other end has no better one.
    type Common: Aead;
    /// AEAD of transfers where both ends have it. It is the common one again where [`ciphers`](Self::ciphers) has no other.
    type Best: Aead;
    /// What finds others: [`Lookout`](super::Lookout), or [`Nobody`](super::Nobody).
    type Finder: Finder<Self::Network>;
    /// Files.
    type Files: Files;
    /// What the device is for.
    type Application: Application;

    /// The ciphers of transfers that this device has.
    fn ciphers() -> Ciphers;
}

/// The files of a device: one that it sends, and a place for one that it takes.
pub trait Files {
    /// What is sent.
    type Source: Source;
    /// Where to put what is taken.
    type Sink: Sink;
    /// Memory for what belongs to a transfer: `Option`, or [`NoSlot`](super::NoSlot) where there never is one.
    type Slot<T>: Slot<T>;

    /// What is to be sent, if anything is.
    fn goods(&self) -> Option<Goods<'_>>;

    /// Number of its transfer to a node. It is the same after the device was started again, which so goes on with it, and
    /// cannot be guessed.
    fn number(&self, to: &PublicKey) -> TransferId;

    /// Opens what is to be sent.
    fn open(&mut self) -> Result<Self::Source, Close>;

    /// Whether this device takes files at all.
    fn can_take(&self) -> bool;

    /// Whether it takes this one.
    fn check(&mut self, origin: &Origin, goods: &Goods<'_>) -> Result<(), Refusal>;

    /// Whether there is space for what is left of it, where there was none.
    fn has_space(&self, _goods: &Goods<'_>) -> bool {
        true
    }

    /// Opens the place for it, with the hash of what there is of it already.
    fn place(&mut self, origin: &Origin, goods: &Goods<'_>) -> Result<(Self::Sink, Chain), Close>;
}

/// Which transfer something comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Key of the node that sends it.
    pub sender: PublicKey,
    /// Number of the transfer.
    pub id: TransferId,
}
