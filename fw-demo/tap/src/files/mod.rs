//! Files of a device that is a node of a circle: one that it sends, and a place for one that it takes.

mod place;
mod record;
mod sent;

use std::io;
use std::path::Path;

use p2pm_core::transfer::Chain;
use p2pm_core::wire::{Close, Goods, PublicKey, Refusal, TransferId};
use p2pm_fw::app::{self, Origin};
use rustix::io::Errno;

pub use self::place::{Part, Place};
pub use self::sent::{Contents, SentFile};
use crate::stop::complain;

/// The files that the command line names.
#[derive(Debug, Default)]
pub struct Files {
    /// What is sent.
    pub sent: Option<SentFile>,
    /// Where a file is put.
    pub place: Option<Place>,
}

impl app::Files for Files {
    type Source = Contents;
    type Sink = Part;
    type Slot<T> = Option<T>;

    fn goods(&self) -> Option<Goods<'_>> {
        self.sent.as_ref().map(SentFile::goods)
    }

    fn number(&self, to: &PublicKey) -> TransferId {
        self.sent.as_ref().map(|sent| sent.number(to)).unwrap_or_default()
    }

    fn open(&mut self) -> Result<Contents, Close> {
        let sent = self.sent.as_ref().ok_or(Close::Failed)?;
        sent.open().map_err(|error| reason(&sent.path, &error))
    }

    fn can_take(&self) -> bool {
        self.place.is_some()
    }

    fn check(&mut self, origin: &Origin, goods: &Goods<'_>) -> Result<(), Refusal> {
        self.place.as_ref().ok_or(Refusal::Unable)?.check(origin, goods)
    }

    fn has_space(&self, goods: &Goods<'_>) -> bool {
        self.place.as_ref().is_some_and(|place| place.has_space(goods.length))
    }

    fn place(&mut self, origin: &Origin, goods: &Goods<'_>) -> Result<(Part, Chain), Close> {
        let place = self.place.as_ref().ok_or(Close::Failed)?;
        place.begin(origin, goods).map_err(|error| reason(&place.path, &error))
    }
}

/// The reason to close a connection because of an error with a file, which our user is told.
fn reason(path: &Path, error: &io::Error) -> Close {
    complain(format_args!("{}: {error}", path.display()));
    match Errno::from_io_error(error) {
        Some(Errno::NOSPC | Errno::DQUOT) => Close::NoSpace,
        _ => Close::Failed,
    }
}
