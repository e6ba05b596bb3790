//! Contacts of a node, in rows.

use super::contact::{Contact, ContactId, Known};
use super::dialer::{Address, Demand};
use super::table::Table;
use crate::wire::PublicKey;

/// The contacts of a node.
pub(super) struct Contacts<R>(Table<R>);

impl<R: AsRef<[Contact]> + AsMut<[Contact]>> Contacts<R> {
    pub(super) fn new(mut rows: R) -> Self {
        rows.as_mut().fill(Contact::EMPTY);
        Self(Table::new(rows))
    }

    pub(super) fn get(&self, id: ContactId) -> Option<&Contact> {
        self.0.used().get(usize::from(id.0))
    }

    pub(super) fn get_mut(&mut self, id: ContactId) -> Option<&mut Contact> {
        self.0.used_mut().get_mut(usize::from(id.0))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ContactId, &Contact)> {
        (0..).map(ContactId).zip(self.0.used())
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (ContactId, &mut Contact)> {
        (0..).map(ContactId).zip(self.0.used_mut())
    }

    pub(super) fn find(&self, key: &PublicKey) -> Option<ContactId> {
        self.iter().find(|(_, contact)| contact.known.key == *key).map(|(id, _)| id)
    }

    /// Whether the node at this address is to be linked. Where the key is not known and a contact is not accepted, the
    /// address is dialled all the same: the user may have said so, and that accepts whoever answers.
    pub(super) fn demand(&self, address: &Address) -> Demand {
        let Some((_, contact)) = self.iter().find(|(_, contact)| contact.is_at(address)) else {
            return Demand::Wanted;
        };
        if contact.known.is_refused() && address.key.is_some() {
            Demand::Refused
        } else if contact.link.is_some() && (address.key.is_some() || contact.known.is_accepted()) {
            Demand::Linked
        } else {
            Demand::Wanted
        }
    }

    /// The contact of this key; a new one if need be, while our last message has the number `last`. Where there is no room, a
    /// stranger without a link goes; `None` if there is none.
    pub(super) fn find_or_insert(&mut self, known: Known, circle: u8, last: u32) -> Option<ContactId> {
        if let Some(id) = self.find(&known.key) {
            if let Some(contact) = self.get_mut(id).filter(|contact| contact.is_free()) {
                (contact.known, contact.circle) = (known, circle);
            }
            return Some(id);
        }
        let index = match self.0.push(Contact::new(known, circle, last)) {
            Ok(index) => index,
            Err(contact) => {
                let rows = self.0.used_mut();
                let index = rows.iter().position(Contact::is_free)?;
                *rows.get_mut(index)? = contact;
                index
            }
        };
        u16::try_from(index).ok().map(ContactId)
    }
}
