//! Half-open connections: those whose peers are not authenticated, and which of them is evicted for a new
//! one.

use core::net::IpAddr;

use heapless::Vec;

use super::network::Network;
use crate::limits::HALF_OPEN_MAX;

/// The half-open connections of a door, oldest first, each with its owner's key `K`; `MAX` at most.
///
/// Collected anew for each new connection:
///
/// ```
/// # use core::net::{IpAddr, Ipv4Addr};
/// # use p2pm_core::door::{HalfOpen, Room};
/// let [crowd, loner] = [1, 2].map(|last| IpAddr::from(Ipv4Addr::new(192, 0, 2, last)));
/// let there = [(loner, "first"), (crowd, "second"), (crowd, "third"), (crowd, "fourth")];
/// let half_open: HalfOpen<_> = there.into_iter().collect();
/// let is_full = true;
/// assert_eq!(half_open.room_for(loner, is_full, || None), Room::InPlaceOf("second"));
/// ```
#[derive(Debug)]
pub struct HalfOpen<K, const MAX: usize = HALF_OPEN_MAX>(Vec<(Network, K), MAX>);

/// Admission of one more connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room<K> {
    /// There is room.
    Free,
    /// There is room if this connection is closed with [`Close::Full`](crate::wire::Close::Full).
    InPlaceOf(K),
    /// There is no room: the new connection is closed with [`Close::Full`](crate::wire::Close::Full).
    None,
}

impl<K, const MAX: usize> FromIterator<(IpAddr, K)> for HalfOpen<K, MAX> {
    /// Takes the first `MAX` connections, the oldest, and ignores the rest.
    fn from_iter<I: IntoIterator<Item = (IpAddr, K)>>(connections: I) -> Self {
        let mut half_open = Self(Vec::new());
        for (from, key) in connections {
            if half_open.0.push((Network::from(from), key)).is_err() {
                break;
            }
        }
        half_open
    }
}

impl<K: Copy, const MAX: usize> HalfOpen<K, MAX> {
    /// Decides on one more connection, from `newcomer`. `is_full` says that the service has no room for
    /// another connection at all. `onlooker` is evicted if no connection is half open: the oldest
    /// authenticated connection that has nothing to lose by it, if the service knows of such.
    pub fn room_for(&self, newcomer: IpAddr, is_full: bool, onlooker: impl FnOnce() -> Option<K>) -> Room<K> {
        if !is_full && !self.0.is_full() {
            return Room::Free;
        }
        self.first_to_go(newcomer).or_else(onlooker).map_or(Room::None, Room::InPlaceOf)
    }

    /// The connection to evict for one more from `newcomer`, counted too; `None` if none is half open.
    ///
    /// It is chosen from the site with the most connections (an IPv4 address or an IPv6 /48), there from the
    /// network with the most (an IPv4 address or an IPv6 /64): the oldest. Ties go to the oldest of all. So a
    /// flood from one site never evicts a connection from another, whatever its rate.
    fn first_to_go(&self, newcomer: IpAddr) -> Option<K> {
        let newcomer = Network::from(newcomer);
        let networks = || self.0.iter().map(|(network, _)| *network).chain([newcomer]);
        let counts = |network: Network| {
            let site = |network: Network| network.site().unwrap_or(network);
            let in_site = networks().filter(|other| site(*other) == site(network)).count();
            (in_site, networks().filter(|other| *other == network).count())
        };
        // `max_by_key` returns the last of equals, here the oldest.
        let oldest_of_most = self.0.iter().rev().max_by_key(|(network, _)| counts(*network));
        oldest_of_most.map(|(_, key)| *key)
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use core::iter::repeat_n;
    use core::net::Ipv4Addr;
    use std::format;
    use std::vec::Vec;

    use super::*;

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, last).into()
    }

    /// The connections left after arrivals from these addresses, oldest first: the address of each, and the
    /// number of its arrival.
    fn stand(arrivals: impl IntoIterator<Item = u8>) -> Vec<(u8, usize)> {
        let mut standing = Vec::new();
        for (number, from) in arrivals.into_iter().enumerate() {
            let there = standing.iter().enumerate().map(|(index, (from, _))| (address(*from), index));
            let half_open: HalfOpen<usize, 4> = there.collect();
            match half_open.room_for(address(from), false, || None) {
                Room::Free => {}
                Room::InPlaceOf(index) => _ = standing.remove(index),
                Room::None => panic!("there is always somebody half open"),
            }
            standing.push((from, number));
        }
        standing
    }

    #[test]
    fn without_a_half_open_connection_none_is_evicted() {
        let half_open: HalfOpen<u8> = [].into_iter().collect();
        assert_eq!(half_open.room_for(address(1), false, || None), Room::Free);
        assert_eq!(half_open.room_for(address(1), true, || None), Room::None);
        assert_eq!(half_open.room_for(address(1), true, || Some(7)), Room::InPlaceOf(7));
    }

    #[test]
    fn an_onlooker_stays_while_another_connection_is_half_open() {
        let half_open: HalfOpen<u8> = [(address(1), 3)].into_iter().collect();
        assert_eq!(half_open.room_for(address(2), true, || Some(7)), Room::InPlaceOf(3));
    }

    #[test]
    fn in_one_network_the_oldest_is_evicted() {
        assert_eq!(stand([1; 6]), [(1, 2), (1, 3), (1, 4), (1, 5)]);
    }

    #[test]
    fn a_flood_evicts_its_own_connections() {
        let flood = repeat_n(2, 1000);
        assert_eq!(stand([1].into_iter().chain(flood))[0], (1, 0));
        // A connection that arrives amid the flood is admitted and stays.
        let into = [2; 9].into_iter().chain([1]).chain([2; 9]);
        assert!(stand(into).contains(&(1, 9)));
    }

    #[test]
    fn two_floods_share_what_there_is() {
        let both = [2, 3].repeat(500);
        assert_eq!(stand(both), [(2, 996), (3, 997), (2, 998), (3, 999)]);
        // The third address, with the fewest connections, neither evicts theirs nor is evicted.
        let third = [2, 3].repeat(500).into_iter().chain([1]).chain([2, 3].repeat(500));
        assert!(stand(third).contains(&(1, 1000)));
    }

    #[test]
    fn among_equal_networks_the_oldest_is_evicted() {
        assert_eq!(stand(1..=6), [(3, 2), (4, 3), (5, 4), (6, 5)]);
    }

    #[test]
    fn the_new_connection_is_counted() {
        // With two each, the new one makes the second network the largest, so that network loses its oldest.
        assert_eq!(stand([1, 1, 2, 2, 2]), [(1, 0), (1, 1), (2, 3), (2, 4)]);
    }

    #[test]
    fn an_ipv6_host_is_one_network_however_many_addresses_it_has() {
        let flood = (1..=3).map(|host| format!("2001:db8::{host}").parse().unwrap());
        let honest = "2001:db8:1:1::1".parse().unwrap();
        let half_open: HalfOpen<u8, 4> = [honest].into_iter().chain(flood).zip(0..).collect();
        assert_eq!(half_open.first_to_go("2001:db8::4".parse().unwrap()), Some(1));
        assert_eq!(half_open.first_to_go("2001:db8:1:1::2".parse().unwrap()), Some(1));
    }

    #[test]
    fn an_ipv6_site_evicts_its_own_connections_in_any_network() {
        let flood = (1..=3).map(|network| format!("2001:db8:0:{network}::1").parse().unwrap());
        let honest = "2001:db8:1::1".parse().unwrap();
        let half_open: HalfOpen<u8, 4> = [honest].into_iter().chain(flood).zip(0..).collect();
        assert_eq!(half_open.first_to_go("2001:db8:0:4::1".parse().unwrap()), Some(1));
        // Within a site, the network with the most connections loses its oldest.
        assert_eq!(half_open.first_to_go("2001:db8:0:2::2".parse().unwrap()), Some(2));
        assert_eq!(half_open.first_to_go(address(1)), Some(1));
    }
}
