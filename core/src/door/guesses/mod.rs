//! Rate limits on wrong passwords: for each network, for each IPv6 site, and for all networks that find no room.

use core::net::IpAddr;
use core::num::NonZeroU32;

use siphasher::sip::SipHasher13;

use super::bucket::Bucket;
use super::network::Network;
use crate::limits::{
    FREE_GUESSES, FREE_SITE_GUESSES, FREE_STRANGER_GUESSES, GUESS_INTERVAL, GUESSER_WAYS, PROVED_MAX,
    SITE_GUESS_INTERVAL, STRANGER_GUESS_INTERVAL,
};
use crate::time::Instant;

const NETWORK: Bucket = Bucket::new(FREE_GUESSES, GUESS_INTERVAL);
const SITE: Bucket = Bucket::new(FREE_SITE_GUESSES, SITE_GUESS_INTERVAL);
const STRANGERS: Bucket = Bucket::new(FREE_STRANGER_GUESSES, STRANGER_GUESS_INTERVAL);

/// Room for one network that has guessed: 24 bytes.
#[derive(Clone, Copy, Debug)]
pub struct Guesser {
    network: Network,
    /// When all its wrong guesses are paid off. From then on the slot is free, unless the network is proved.
    paid_off: Instant,
    /// Whether somebody there has given the right password.
    is_proved: bool,
}

impl Guesser {
    /// A slot that nobody has used yet.
    pub const EMPTY: Self =
        Self { network: Network::NOWHERE, paid_off: Instant::from_millis(0), is_proved: false };

    fn is_free(&self, now: Instant) -> bool {
        !self.is_proved && self.paid_off <= now
    }
}

/// Storage for a table of guessing networks: an array, a boxed or borrowed slice, a vector, anything that is a row of
/// slots. It must always be the same row.
pub trait Guessers: AsRef<[Guesser]> + AsMut<[Guesser]> {}

impl<G: AsRef<[Guesser]> + AsMut<[Guesser]>> Guessers for G {}

/// Who has guessed wrong lately, and who has proved the password.
///
/// The table is set-associative: a keyed hash of the network says which [`GUESSER_WAYS`] slots it can be in, and they
/// are looked through. So every look-up takes as long, and nobody without the key can choose networks that crowd a set.
/// A network that owes something keeps its slot until it is paid off.
#[derive(Debug)]
pub(super) struct Guesses<G> {
    table: G,
    key: [u8; 16],
    /// When the wrong guesses of all networks that found no room are paid off.
    strangers: Instant,
}

impl<G: Guessers> Guesses<G> {
    /// Nobody has guessed yet. The `key` need not be random if there is one set only.
    pub(super) const fn new(table: G, key: [u8; 16]) -> Self {
        Self { table, key, strangers: Instant::from_millis(0) }
    }

    /// For how many seconds, rounded up, no guess from this address is looked at; `None` if it may guess.
    pub(super) fn wait(&self, now: Instant, from: IpAddr) -> Option<NonZeroU32> {
        let network = Network::from(from);
        let own = self.wait_of(now, network);
        // Whoever has proved the password is held up by nobody else: not by others of their site, not by a full table.
        if self.find(network).is_some_and(|known| known.is_proved) {
            return own;
        }
        own.max(network.site().and_then(|site| self.wait_of(now, site)))
    }

    /// A wrong guess from this address.
    pub(super) fn record_wrong(&mut self, now: Instant, from: IpAddr) {
        let network = Network::from(from);
        let is_counted = self.charge(now, network);
        let is_site_counted = network.site().is_none_or(|site| self.charge(now, site));
        if !(is_counted && is_site_counted) {
            STRANGERS.charge(now, &mut self.strangers);
        }
    }

    /// The right password from this address: its network is remembered, until [`PROVED_MAX`] others of the set have
    /// given it later. What it owes, it owes.
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
            // Whoever owes least becomes a stranger.
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

    /// Charges the network for a wrong guess. False if there is no room to remember it.
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
        // Less than there are sets, which is a number of this size.
        usize::try_from(hash % (slots.div_ceil(GUESSER_WAYS).max(1) as u64)).unwrap_or_default()
    }
}

fn bucket_of(network: Network) -> Bucket {
    if network.is_site() { SITE } else { NETWORK }
}

#[cfg(test)]
mod tests;
