//! Hardware addresses of hosts that are to be answered.

use core::net::Ipv4Addr;

use smoltcp::wire::EthernetAddress;

/// A host that has searched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender(Option<(Ipv4Addr, EthernetAddress)>);

impl Sender {
    pub(super) const NOBODY: Self = Self(None);
}

/// The hosts that have searched last, and from where. They are kept apart from the neighbours of TCP, so that a flood of
/// searches in the name of others has no link look for its peer, or take another one for it.
pub(super) struct Senders<'m> {
    /// The last one first.
    rows: &'m mut [Sender],
}

impl<'m> Senders<'m> {
    pub(super) fn new(rows: &'m mut [Sender]) -> Self {
        Self { rows }
    }

    /// A host has searched: it is answered where its last search came from. In a full table it takes the place of the
    /// one that has been silent for the longest time.
    pub(super) fn learn(&mut self, ip: Ipv4Addr, hardware: EthernetAddress) {
        if !hardware.is_unicast() {
            return;
        }
        let known = self.rows.iter().position(|row| matches!(row.0, Some((host, _)) if host == ip));
        let last = known.unwrap_or(self.rows.len().saturating_sub(1));
        if let Some(newer) = self.rows.get_mut(..=last) {
            newer.rotate_right(1);
        }
        if let Some(first) = self.rows.first_mut() {
            first.0 = Some((ip, hardware));
        }
    }

    pub(super) fn hardware(&self, ip: Ipv4Addr) -> Option<EthernetAddress> {
        self.rows.iter().filter_map(|row| row.0).find(|(host, _)| *host == ip).map(|(_, hardware)| hardware)
    }
}

#[cfg(test)]
mod tests {
    use heapless::Vec;

    use super::*;

    const fn host(number: u8) -> (Ipv4Addr, EthernetAddress) {
        (Ipv4Addr::new(192, 0, 2, number), EthernetAddress([2, 0, 0, 0, 0, number]))
    }

    fn known(senders: &Senders<'_>) -> Vec<u8, 10> {
        let is_known = |number: &u8| senders.hardware(host(*number).0) == Some(host(*number).1);
        (0..10).filter(is_known).collect()
    }

    #[test]
    fn whoever_was_silent_for_the_longest_time_makes_room() {
        let mut rows = [Sender::NOBODY; 3];
        let mut senders = Senders::new(&mut rows);
        for number in [1, 2, 3, 1, 4] {
            let (ip, hardware) = host(number);
            senders.learn(ip, hardware);
        }
        assert_eq!(known(&senders), [1, 3, 4]);
    }

    #[test]
    fn a_host_is_where_its_last_search_came_from_but_never_a_crowd() {
        let mut rows = [Sender::NOBODY; 2];
        let mut senders = Senders::new(&mut rows);
        senders.learn(host(1).0, host(7).1);
        senders.learn(host(1).0, host(8).1);
        senders.learn(host(1).0, EthernetAddress::BROADCAST);
        senders.learn(host(2).0, EthernetAddress([1, 0, 0x5e, 0, 0, 1]));
        assert_eq!(senders.hardware(host(1).0), Some(host(8).1));
        assert_eq!(senders.hardware(host(2).0), None);
    }

    #[test]
    fn without_memory_nobody_is_known() {
        let mut senders = Senders::new(&mut []);
        senders.learn(host(1).0, host(1).1);
        assert_eq!(senders.hardware(host(1).0), None);
    }
}
