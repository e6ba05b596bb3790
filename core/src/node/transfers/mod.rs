//! The transfers of a node: what it has offered to whom, what it was offered, and what has become of it.
//!
//! | the shell | calls |
//! |---|---|
//! | has a file to send | [`Node::offer`] |
//! | is told [`TransferNews::Offered`] | [`Node::take`] or [`Node::refuse`], at once or when its user has decided |
//! | may open a connection | [`Node::next_transfer`], dials, and drives the transfer over it |
//! | has read the Hello of an accepted connection for a transfer | [`Node::expect_transfer`], and drives the transfer over it |
//! | has come to the end of that connection | [`Node::transfer_ended`] |

mod connections;
mod kept;
mod row;
mod talk;
mod wishes;

pub use self::kept::KeptGoods;
use self::row::Stage;
pub use self::row::Transfer;
use super::ContactId;
use super::table::Table;
use crate::channel::Ended;
use crate::transfer::Ticket;
use crate::wire::{Answer, Cipher, Close, LinkMessage, Refusal, TransferId, Verdict};

/// Number of a transfer in its node, until it is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct TransferKey {
    row: u16,
    id: TransferId,
}

/// What has happened to a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TransferNews {
    /// Received: it is offered, and the user is to decide.
    Offered,
    /// Sent: the other node has taken it.
    Taken,
    /// Sent: the other node does not take it, or not any more. It is over.
    Refused(Refusal),
    /// Received: the other node does not offer it any more. It is over.
    Withdrawn,
    /// Received: the other node has started again, and has forgotten what it has offered. It may offer it again, with another
    /// number.
    Forgotten,
    /// Received: the other node has given up the connection that is open here. The shell is to end it.
    Superseded,
}

/// A connection that is to be made for a transfer, or that was expected.
#[derive(Clone, Debug)]
pub struct Passage {
    /// The transfer.
    pub key: TransferKey,
    /// What opens the connection.
    pub ticket: Ticket,
    /// Its cipher.
    pub cipher: Cipher,
}

/// How the connection of a transfer has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TransferEnd {
    /// The stream is whole, and stored.
    Stored,
    /// It was cut, or never made. Another one is made.
    Cut {
        /// Whether it has brought the stream further.
        is_further: bool,
    },
    /// The other node did not expect it: what this one has said over the link may still be on its way.
    Unexpected,
    /// One of the two ends pauses.
    Paused,
    /// This end gives the transfer up.
    GivenUp,
}

impl TransferEnd {
    /// How a transfer goes on after its connection has ended like this, without the stream being stored.
    pub const fn after(ended: Ended, is_further: bool) -> Self {
        match ended {
            Ended::ByUs(reason) | Ended::ByPeer(reason) => match reason {
                Close::Paused | Close::NoSpace => Self::Paused,
                Close::Changed | Close::Failed | Close::Cancelled | Close::Fault(_) => Self::GivenUp,
                _ => Self::Cut { is_further },
            },
            Ended::Claimed(Close::ServiceMismatch | Close::SuiteMismatch) => Self::Unexpected,
            Ended::Claimed(_) | Ended::Lost => Self::Cut { is_further },
        }
    }
}

/// Why nothing is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum OfferError {
    /// There is no such contact, or it is not accepted.
    NotAccepted,
    /// There is no room for another transfer.
    Full,
}

impl core::fmt::Display for OfferError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::NotAccepted => "this contact is not accepted",
            Self::Full => "too many files are offered already",
        })
    }
}

impl core::error::Error for OfferError {}

/// What a link says of a transfer that is not kept. There is one at most, since a peer could cause any number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retort {
    /// There is no room for this attempt of an offer.
    Refused(TransferId, u32, Refusal),
    /// Nothing of this number is offered.
    Unknown(TransferId),
}

impl Retort {
    fn message(self) -> LinkMessage<'static> {
        match self {
            Self::Refused(id, attempt, refusal) => {
                LinkMessage::Answer(Answer { id, attempt, verdict: Verdict::Refuse(refusal) })
            }
            Self::Unknown(id) => LinkMessage::Withdraw(id),
        }
    }
}

/// The transfers of a node, in rows.
pub(super) struct Transfers<R>(Table<R>);

impl<R: AsRef<[Transfer]> + AsMut<[Transfer]>> Transfers<R> {
    pub(super) fn new(rows: R) -> Self {
        Self(Table::new(rows))
    }

    /// Whether there can be any.
    fn has_rows(&self) -> bool {
        self.0.capacity::<Transfer>() > 0
    }

    fn iter(&self) -> impl Iterator<Item = (TransferKey, &Transfer)> {
        let used = self.0.used::<Transfer>().iter().zip(0..).filter(|(it, _)| it.stage != Stage::Free);
        used.map(|(it, row)| (TransferKey { row, id: it.id }, it))
    }

    fn iter_mut(&mut self) -> impl Iterator<Item = (TransferKey, &mut Transfer)> {
        let used =
            self.0.used_mut::<Transfer>().iter_mut().zip(0..).filter(|(it, _)| it.stage != Stage::Free);
        used.map(|(it, row)| (TransferKey { row, id: it.id }, it))
    }

    fn get(&self, key: TransferKey) -> Option<&Transfer> {
        let row = self.0.used::<Transfer>().get(usize::from(key.row));
        row.filter(|it| it.is_live() && it.id == key.id)
    }

    fn get_mut(&mut self, key: TransferKey) -> Option<&mut Transfer> {
        let row = self.0.used_mut::<Transfer>().get_mut(usize::from(key.row));
        row.filter(|it| it.is_live() && it.id == key.id)
    }

    /// The transfer with a contact that has this number, and is not over.
    fn find_mut(&mut self, contact: ContactId, is_sent: bool, id: TransferId) -> Option<&mut Transfer> {
        let mut rows = self.iter_mut().map(|(_, it)| it).filter(|it| it.stage != Stage::Over);
        rows.find(|it| (it.contact, it.is_sent, it.id) == (contact, is_sent, id))
    }

    /// Keeps another transfer; `None` if there is no room. One that is over, and of which the other end need not hear, makes
    /// room; so does one that is refused, if its sender is away: it would be asked about once more.
    fn insert(&mut self, transfer: Transfer, is_away: impl Fn(ContactId) -> bool) -> Option<TransferKey> {
        let id = transfer.id;
        let place = |row: usize| u16::try_from(row).ok().map(|row| TransferKey { row, id });
        let free = self.0.used::<Transfer>().iter().position(|it| it.stage == Stage::Free);
        let transfer = match free {
            Some(_) => transfer,
            None => match self.0.push(transfer) {
                Ok(row) => return place(row),
                Err(transfer) => transfer,
            },
        };
        let rows = self.0.used_mut();
        let is_whole = |it: &Transfer| it.stage == Stage::Whole;
        let is_unheard = |it: &Transfer| it.is_refused() && is_away(it.contact);
        let dispensable = [&is_whole as &dyn Fn(&Transfer) -> bool, &Transfer::is_withdrawn, &is_unheard];
        let over = || dispensable.iter().find_map(|is_over| rows.iter().position(is_over));
        let row = free.or_else(over)?;
        *rows.get_mut(row)? = transfer;
        place(row)
    }

    /// The next thing that has happened to one of them.
    pub(super) fn take_news(&mut self) -> Option<(TransferKey, TransferNews)> {
        self.iter_mut().find_map(|(key, it)| {
            let news = it.news.take()?;
            if it.stage == Stage::Over {
                it.free();
            }
            Some((key, news))
        })
    }

    /// The transfers with a contact are over: it is refused or forgotten, or, `is_restarted`, it has forgotten what it has
    /// offered.
    fn end_all(&mut self, contact: ContactId, is_restarted: bool) {
        for (_, it) in self.iter_mut().filter(|(_, it)| it.contact == contact) {
            match it.stage {
                Stage::Over => {}
                Stage::Withdrawing | Stage::Withdrawn(_) => it.free(),
                _ if it.is_whole() => it.free(),
                // It knows nothing of it any more.
                Stage::Resting if is_restarted && it.is_sent => it.offer_again(),
                _ if is_restarted && it.is_sent => {}
                Stage::Open(_) if is_restarted => it.forget(),
                _ if it.is_sent => it.end(TransferNews::Refused(Refusal::Denied)),
                _ if is_restarted => it.end(TransferNews::Forgotten),
                _ => it.end(TransferNews::Withdrawn),
            }
        }
    }
}
