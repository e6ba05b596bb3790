//! Rate limits on wrong passwords: per network, per IPv6 site, and one bucket for all networks without a
//! slot.

use core::net::IpAddr;
use core::num::NonZeroU32;

use siphasher::sip::SipHasher13;

use super::network::Network;
use crate::limits::{
    FREE_GUESSES, FREE_SITE_GUESSES, FREE_STRANGER_GUESSES, GUESS_INTERVAL, GUESSER_WAYS, PROVED_MAX,
    SITE_GUESS_INTERVAL, STRANGER_GUESS_INTERVAL,
};
use crate::time::{Bucket, Instant};

const NETWORK: Bucket = Bucket::new(FREE_GUESSES, GUESS_INTERVAL);
const SITE: Bucket = Bucket::new(FREE_SITE_GUESSES, SITE_GUESS_INTERVAL);
const STRANGERS: Bucket = Bucket::new(FREE_STRANGER_GUESSES, STRANGER_GUESS_INTERVAL);

/// Slot for one network that has guessed: 24 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Guesser {
    network: Network,
    /// When the debt of its wrong guesses is paid off. The slot is free from then on, unless the network is
    /// proved.
    paid_off: Instant,
    /// Whether a peer in that network has given the right password.
    is_proved: bool,
}

impl Guesser {
    /// An unused slot.
    pub const EMPTY: Self =
        Self { network: Network::NOWHERE, paid_off: Instant::from_millis(0), is_proved: false };

    fn is_free(&self, now: Instant) -> bool {
        !self.is_proved && self.paid_off <= now
    }
}

/// Storage for the table of guessing networks: an array, a boxed or borrowed slice, a vector, or any other
/// row of slots. It must always be the same row.
pub trait Guessers: AsRef<[Guesser]> + AsMut<[Guesser]> {}

impl<G: AsRef<[Guesser]> + AsMut<[Guesser]>> Guessers for G {}

/// Set-associative table of networks that have guessed wrong lately or have proved the password.
///
/// A keyed hash of the network selects the set of [`GUESSER_WAYS`] slots that are searched. So every look-up
/// costs the same, and an attacker without the key cannot choose networks that fill one set. A network in
/// debt keeps its slot until the debt is paid off.
#[derive(Debug)]
pub(super) struct Guesses<G> {
    table: G,
    key: [u8; 16],
    /// When the debt of all networks without a slot is paid off.
    strangers: Instant,
}

impl<G: Guessers> Guesses<G> {
    /// An empty table. The `key` need not be random if the table is a single set.
    pub(super) const fn new(table: G, key: [u8; 16]) -> Self {
        Self { table, key, strangers: Instant::from_millis(0) }
    }

    /// Seconds, rounded up, during which guesses from this address are rejected unread; `None` if a guess is
    /// allowed.
    pub(super) fn wait(&self, now: Instant, from: IpAddr) -> Option<NonZeroU32> {
        let network = Network::from(from);
        let own = self.wait_of(now, network);
        // A proved network is limited by its own guesses only, not by its site or a full table.
        if self.find(network).is_some_and(|known| known.is_proved) {
            return own;
        }
        own.max(network.site().and_then(|site| self.wait_of(now, site)))
    }

    /// Charges a wrong guess to this address.
    pub(super) fn record_wrong(&mut self, now: Instant, from: IpAddr) {
        let network = Network::from(from);
        let is_counted = self.charge(now, network);
        let is_site_counted = network.site().is_none_or(|site| self.charge(now, site));
        if !(is_counted && is_site_counted) {
            STRANGERS.charge(now, &mut self.strangers);
        }
    }

    /// Records the right password from this address: its network is proved, until [`PROVED_MAX`] others of
    /// the set are later. Its debt remains.
    pub(super) fn record_right(&mut self, now: Instant, from: IpAddr) {
        let network = Network::from(from);
        let set = self.set_mut(network);
        let is_other = |slot: &Guesser| slot.is_proved && slot.network != network;
        let is_crowded = set.iter().filter(|slot| is_other(slot)).count() >= PROVED_MAX;
        let oldest = set.iter_mut().filter(|slot| is_other(slot)).min_by_key(|slot| slot.paid_off);
        if let Some(oldest) = oldest.filter(|_| is_crowded) {
            oldest.is_proved = false;
        }
        let known = set.iter().position(|slot| slot.network == network);
        let slot = match known {
            Some(index) => set.get_mut(index),
            // The network with the least debt is evicted.
            None => set.iter_mut().filter(|slot| !slot.is_proved).min_by_key(|slot| slot.paid_off),
        };
        if let Some(slot) = slot {
            let owed = if slot.network == network { slot.paid_off } else { now };
            *slot = Guesser { network, paid_off: owed.max(now), is_proved: true };
        }
    }

    fn wait_of(&self, now: Instant, network: Network) -> Option<NonZeroU32> {
        match self.find(network) {
            Some(known) => bucket_of(network).wait(now, known.paid_off),
            None if self.set(network).iter().any(|slot| slot.is_free(now)) => None,
            None => STRANGERS.wait(now, self.strangers),
        }
    }

    /// Charges the network for a wrong guess; false if it has no slot and none is free.
    fn charge(&mut self, now: Instant, network: Network) -> bool {
        let set = self.set_mut(network);
        let known = set.iter().position(|slot| slot.network == network);
        let slot = known.or_else(|| set.iter().position(|slot| slot.is_free(now)));
        let Some(slot) = slot.and_then(|index| set.get_mut(index)) else { return false };
        if slot.network != network {
            *slot = Guesser { network, ..Guesser::EMPTY };
        }
        bucket_of(network).charge(now, &mut slot.paid_off);
        true
    }

    fn find(&self, network: Network) -> Option<&Guesser> {
        self.set(network).iter().find(|slot| slot.network == network)
    }

    /// The slots that the network can be in.
    fn set(&self, network: Network) -> &[Guesser] {
        let table = self.table.as_ref();
        table.chunks(GUESSER_WAYS).nth(self.set_index(table.len(), network)).unwrap_or_default()
    }

    fn set_mut(&mut self, network: Network) -> &mut [Guesser] {
        let index = self.set_index(self.table.as_ref().len(), network);
        self.table.as_mut().chunks_mut(GUESSER_WAYS).nth(index).unwrap_or_default()
    }

    fn set_index(&self, slots: usize, network: Network) -> usize {
        let hash = SipHasher13::new_with_key(&self.key).hash(&network.to_bytes());
        // Lossless: smaller than the number of sets, which is a `usize`.
        usize::try_from(hash % (slots.div_ceil(GUESSER_WAYS).max(1) as u64)).unwrap_or_default()
    }
}

fn bucket_of(network: Network) -> Bucket {
    if network.is_site() { SITE } else { NETWORK }
}

#[cfg(test)]
mod tests;
