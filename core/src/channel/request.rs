//! Request of the connecting side: a service, and for a link the circle.

use core::num::NonZeroU32;

use crate::error::Fault;
use crate::limits::{MARKER_LEN, RANDOM_LEN};
use crate::suite::{Entropy, sha512};
use crate::wire::{FrameLen, Hello, Service, TransferId};

const CIRCLE: &[u8] = b"p2pm 1 circle";
const TRANSFER: &[u8] = b"p2pm 1 transfer";

/// Public number of a circle, from the code that its members share; none for a passphrase of their own.
pub type CircleNumber = Option<NonZeroU32>;

/// Service that the connecting side asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A community.
    Community,
    /// A private chat.
    Chat,
    /// A link in the circle with this marker, for the Hello of this connection.
    Link(Marker),
    /// A transfer with this marker, and frames of this length.
    Transfer(Marker, FrameLen),
}

/// Marker of a circle or a transfer in a Hello. It tells circles apart before anybody guesses, and is salted, so that two
/// Hellos of one circle look unrelated to whoever does not know its number.
pub type Marker = [u8; MARKER_LEN];

impl Request {
    /// A link in the circle with this number, on a connection with this entropy.
    pub(crate) fn link(number: CircleNumber, entropy: &Entropy) -> Self {
        Self::Link(marker_of(&entropy.public(), number))
    }

    /// The transfer with this number, on a connection with this entropy.
    pub(crate) fn transfer(id: TransferId, frame_len: FrameLen, entropy: &Entropy) -> Self {
        Self::Transfer(transfer_marker(&entropy.public(), id), frame_len)
    }

    pub(super) const fn service(self) -> Service {
        match self {
            Self::Community => Service::Community,
            Self::Chat => Service::Chat,
            Self::Link(_) => Service::Link,
            Self::Transfer(_, frame_len) => Service::Transfer(frame_len),
        }
    }

    /// What the Hello carries for the service, ahead of the suite's share.
    pub(super) fn marker(&self) -> &[u8] {
        match self {
            Self::Community | Self::Chat => &[],
            Self::Link(marker) | Self::Transfer(marker, _) => marker,
        }
    }
}

/// Marker of the circle with this number, in the Hello with this random number.
pub fn marker_of(random: &[u8; RANDOM_LEN], number: CircleNumber) -> Marker {
    match number {
        Some(number) => salted(CIRCLE, random, &number.get().to_be_bytes()),
        None => salted(CIRCLE, random, &[]),
    }
}

/// Marker of the transfer with this number, in the Hello with this random number.
pub(crate) fn transfer_marker(random: &[u8; RANDOM_LEN], id: TransferId) -> Marker {
    salted(TRANSFER, random, &id.0)
}

fn salted(domain: &[u8], random: &[u8; RANDOM_LEN], number: &[u8]) -> Marker {
    let hash = sha512(&[domain, random, number]);
    hash.first_chunk().copied().unwrap_or_default()
}

/// The suite's part of the share in the initiator's Hello: without the marker of a link or a transfer.
pub(super) fn share_of<'f>(service: Service, hello: &Hello<'f>) -> Result<&'f [u8], Fault> {
    match service {
        Service::Community | Service::Chat => Ok(hello.share),
        Service::Link | Service::Transfer(_) => hello.share.get(MARKER_LEN..).ok_or(Fault::Length),
    }
}
