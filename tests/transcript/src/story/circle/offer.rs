//! What is offered.

use p2pm_core::wire::{
    Attributes, Ciphers, FrameLen, Goods, GoodsKind, Label, Offer, Preview, TransferId, TransferSecret,
};

use super::super::Random;
use crate::Error;

/// Ciphers of both ends of a transfer.
pub(super) const CIPHERS: Ciphers = Ciphers { with_aes: false };

/// What becomes of an offer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Taken,
    Refused,
    /// By the one who has made it, before anybody decides.
    Withdrawn,
}

impl Fate {
    pub(super) const ALL: [Self; 3] = [Self::Taken, Self::Refused, Self::Withdrawn];

    pub(super) fn of(offer: TransferId) -> Self {
        let [fate, ..] = offer.0;
        Self::ALL.into_iter().find(|it| *it as u8 == fate).unwrap_or(Self::Withdrawn)
    }

    /// An offer with this fate.
    pub(super) fn offer(self, random: &mut Random) -> Result<Offer<'static>, Error> {
        const PIXELS: [[u8; 2]; 2] = [[1, 2], [3, 4]];
        let goods = Goods {
            kind: GoodsKind::File,
            length: random.number() >> 32,
            files: 1,
            attributes: Attributes::new(0, 0o644),
            name: Label::new(b"photo.jpg").map_err(|_| Error::Field("label"))?,
            preview: Some(Preview::new(2, &PIXELS).map_err(|_| Error::Field("preview"))?),
        };
        let mut id = TransferId(random.bytes());
        id.0[0] = self as u8;
        let (secret, frame_len) = (TransferSecret(random.bytes()), FrameLen::Long);
        Ok(Offer { id, attempt: 1, secret, ciphers: CIPHERS, frame_len, goods })
    }
}
