//! Who has not proved the password yet, and who of them makes room for another.

use core::net::IpAddr;

use heapless::Vec;

use super::network::Network;
use crate::limits::HALF_OPEN_MAX;

/// The connections of a door whose peers have not proved the password, the oldest first, each by the key `K` by
/// which its owner knows it. There are `MAX` at most.
///
/// Collected anew whenever somebody comes:
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

/// What there is for one more connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room<K> {
    /// Room.
    Free,
    /// The room of this connection, which is told [`Close::Full`](crate::wire::Close::Full).
    InPlaceOf(K),
    /// None: that is what the newcomer is told.
    None,
}

impl<K, const MAX: usize> FromIterator<(IpAddr, K)> for HalfOpen<K, MAX> {
    /// Of more than there may be, the oldest.
    fn from_iter<I: IntoIterator<Item = (IpAddr, K)>>(connections: I) -> Self {
        let connections = connections.into_iter().map(|(from, key)| (Network::from(from), key));
        Self(connections.take(MAX).collect())
    }
}

impl<K: Copy, const MAX: usize> HalfOpen<K, MAX> {
    /// What there is for one more connection, from `newcomer`, where `is_full` says that there is no room for another
    /// connection at all. `onlooker` is who goes if nobody is half open: the oldest of those who have proved the
    /// password and have nothing to lose by it, where the service knows such.
    pub fn room_for(&self, newcomer: IpAddr, is_full: bool, onlooker: impl FnOnce() -> Option<K>) -> Room<K> {
        if !is_full && !self.0.is_full() {
            return Room::Free;
        }
        self.first_to_go(newcomer).or_else(onlooker).map_or(Room::None, Room::InPlaceOf)
    }

    /// Who makes room for one more from `newcomer`; `None` if there is nobody.
    ///
    /// The site that has most of them, an IPv4 address or an IPv6 /48, then loses one: the oldest of its network, an
    /// IPv4 address or an IPv6 /64, that has most. Among those that have as many, it is the oldest of all. So whoever
    /// comes from elsewhere is not touched by a flood from one site, however fast it comes.
    fn first_to_go(&self, newcomer: IpAddr) -> Option<K> {
        let newcomer = Network::from(newcomer);
        let networks = || self.0.iter().map(|(network, _)| *network).chain([newcomer]);
        let counts = |network: Network| {
            let site = |network: Network| network.site().unwrap_or(network);
            let in_site = networks().filter(|other| site(*other) == site(network)).count();
            (in_site, networks().filter(|other| *other == network).count())
        };
        // Of those with as many, the last one compared is kept: the oldest.
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

    /// Those who stand there after so many have come from these addresses, oldest first: the address of each,
    /// and when it came.
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
    fn nobody_goes_where_nobody_is() {
        let half_open: HalfOpen<u8> = [].into_iter().collect();
        assert_eq!(half_open.room_for(address(1), false, || None), Room::Free);
        assert_eq!(half_open.room_for(address(1), true, || None), Room::None);
        assert_eq!(half_open.room_for(address(1), true, || Some(7)), Room::InPlaceOf(7));
    }

    #[test]
    fn an_onlooker_stays_while_somebody_is_half_open() {
        let half_open: HalfOpen<u8> = [(address(1), 3)].into_iter().collect();
        assert_eq!(half_open.room_for(address(2), true, || Some(7)), Room::InPlaceOf(3));
    }

    #[test]
    fn in_one_network_the_oldest_goes() {
        assert_eq!(stand([1; 6]), [(1, 2), (1, 3), (1, 4), (1, 5)]);
    }

    #[test]
    fn a_flood_pushes_itself_out() {
        let flood = repeat_n(2, 1000);
        assert_eq!(stand([1].into_iter().chain(flood))[0], (1, 0));
        // Somebody who comes into the flood gets a place, and keeps it.
        let into = [2; 9].into_iter().chain([1]).chain([2; 9]);
        assert!(stand(into).contains(&(1, 9)));
    }

    #[test]
    fn two_floods_share_what_there_is() {
        let both = [2, 3].repeat(500);
        assert_eq!(stand(both), [(2, 996), (3, 997), (2, 998), (3, 999)]);
        // The third, who has least, is not in their way, and they are not in its.
        let third = [2, 3].repeat(500).into_iter().chain([1]).chain([2, 3].repeat(500));
        assert!(stand(third).contains(&(1, 1000)));
    }

    #[test]
    fn where_all_have_as_many_the_oldest_goes() {
        assert_eq!(stand(1..=6), [(3, 2), (4, 3), (5, 4), (6, 5)]);
    }

    #[test]
    fn who_comes_counts_too() {
        // Two each; the one more is the second network's, which loses its oldest for it.
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
    fn an_ipv6_site_pushes_itself_out_however_many_networks_it_has() {
        let flood = (1..=3).map(|network| format!("2001:db8:0:{network}::1").parse().unwrap());
        let honest = "2001:db8:1::1".parse().unwrap();
        let half_open: HalfOpen<u8, 4> = [honest].into_iter().chain(flood).zip(0..).collect();
        assert_eq!(half_open.first_to_go("2001:db8:0:4::1".parse().unwrap()), Some(1));
        // Within a site, the network that has most loses its oldest.
        assert_eq!(half_open.first_to_go("2001:db8:0:2::2".parse().unwrap()), Some(2));
        assert_eq!(half_open.first_to_go(address(1)), Some(1));
    }
}
