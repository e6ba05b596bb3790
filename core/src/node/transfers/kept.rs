//! What an offer is of, as a node keeps it.

use heapless::{String, Vec};

use crate::limits::{LABEL_MAX, PREVIEW_PIXELS_MAX};
use crate::wire::{Attributes, Goods, GoodsKind, Label, Preview};

/// What an offer is of, in memory of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptGoods {
    kind: GoodsKind,
    length: u64,
    files: u32,
    attributes: Attributes,
    name: String<LABEL_MAX, u8>,
    width: u8,
    pixels: Vec<[u8; Preview::PIXEL_LEN], PREVIEW_PIXELS_MAX, u16>,
}

impl From<&Goods<'_>> for KeptGoods {
    fn from(goods: &Goods<'_>) -> Self {
        let preview = goods.preview.as_ref();
        Self {
            kind: goods.kind,
            length: goods.length,
            files: goods.files,
            attributes: goods.attributes,
            // Neither is longer than its memory.
            name: String::try_from(goods.name.as_str()).unwrap_or_default(),
            width: preview.map_or(0, Preview::width),
            pixels: preview.and_then(|it| Vec::from_slice(it.pixels()).ok()).unwrap_or_default(),
        }
    }
}

impl KeptGoods {
    /// Of a row that is not in use.
    pub(super) const NONE: Self = Self {
        kind: GoodsKind::File,
        length: 0,
        files: 0,
        attributes: Attributes::NONE,
        name: String::new(),
        width: 0,
        pixels: Vec::new(),
    };

    /// What the offer is of.
    pub fn goods(&self) -> Goods<'_> {
        Goods {
            kind: self.kind,
            length: self.length,
            files: self.files,
            attributes: self.attributes,
            name: Label::again(&self.name),
            preview: Preview::new(self.width, &self.pixels).ok(),
        }
    }
}
