//! What an author knows of its letters to one contact.

use crate::link::LinkId;

/// The letters to one contact that is away.
#[derive(Clone, Copy, Debug)]
pub(in crate::node) struct Entrusted {
    /// The link over which they are entrusted.
    pub link: Option<LinkId>,
    /// Number of our message up to which nothing is left to be entrusted.
    pub upto: u32,
    /// Whether the keeper at the other end of the link does not hold the next one, until it has delivered another.
    pub is_refused: bool,
}

impl Entrusted {
    pub(in crate::node) const NOTHING: Self = Self { link: None, upto: 0, is_refused: false };

    /// Letters of which none is entrusted over a link yet. Those up to `finished` need not be.
    pub(in crate::node) const fn begun(link: LinkId, finished: u32) -> Self {
        Self { link: Some(link), upto: finished, is_refused: false }
    }

    /// Whether they may be entrusted over this link: they are already, or over none. If they are refused over another one,
    /// they are tried over those that have come later, so that there is an end to it.
    pub(super) fn may_go_over(&self, link: LinkId) -> bool {
        match self.link {
            None => true,
            Some(its) if its == link => !self.is_refused,
            Some(its) => self.is_refused && link.0 > its.0,
        }
    }

    /// The keeper does not hold the letter with this number, nor will it hold one after it.
    pub(in crate::node) fn refuse(&mut self, sequence: u32) {
        self.upto = self.upto.min(sequence.saturating_sub(1));
        self.is_refused = true;
    }
}
