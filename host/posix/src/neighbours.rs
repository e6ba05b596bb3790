//! Hosts on the links of this machine that it has spoken with, by IPv4: the table of ARP.

use std::fs;
use std::io;
use std::net::Ipv4Addr;

/// Flag of a complete entry (`ATF_COM` of arp(7)).
const COMPLETE: u32 = 0x2;

/// A host that was asked for, or has asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Neighbour {
    /// Its address.
    pub address: Ipv4Addr,
    /// Whether it has answered.
    pub answers: bool,
    /// Name of the interface to its link.
    pub interface: String,
}

/// The table, as far as it can be read.
pub fn all() -> io::Result<Vec<Neighbour>> {
    Ok(parse(&fs::read_to_string("/proc/net/arp")?))
}

fn parse(table: &str) -> Vec<Neighbour> {
    table.lines().skip(1).filter_map(entry).collect()
}

fn entry(line: &str) -> Option<Neighbour> {
    let fields: Vec<_> = line.split_whitespace().collect();
    let [address, _, flags, _, _, interface] = fields.as_slice() else { return None };
    let flags = u32::from_str_radix(flags.strip_prefix("0x")?, 16).ok()?;
    Some(Neighbour {
        address: address.parse().ok()?,
        answers: flags & COMPLETE != 0,
        interface: (*interface).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     10.0.0.1         0x1         0x2         02:fc:00:00:00:05     *        eth0\n\
                     10.0.0.2         0x1         0x0         00:00:00:00:00:00     *        eth0\n\
                     rubbish\n";
        let read: Vec<_> = parse(table).iter().map(|it| (it.address.octets()[3], it.answers)).collect();
        assert_eq!(read, [(1, true), (2, false)]);
        assert_eq!(parse(table)[0].interface, "eth0");
    }
}
