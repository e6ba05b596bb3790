//! Whether others on the link answer at all.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

/// How long a neighbour has to answer: three questions of ARP are a second apart (`mcast_solicit`).
const TIMEOUT: Duration = Duration::from_millis(3500);
/// Port of the discard protocol (RFC 863): to send there makes the system ask who has the address.
const DISCARD: u16 = 9;
/// Flag of a complete entry in `/proc/net/arp` (`ATF_COM`).
const COMPLETE: u32 = 0x2;

/// Another node that should be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Neighbour {
    pub(super) address: SocketAddr,
    pub(super) connected: Connected,
    /// Whether it answers on the link; `None` if it is not on one, or uses IPv6.
    pub(super) answers: Option<bool>,
    /// Whether the gateway answers on the link; `None` if there is none.
    pub(super) gateway_answers: Option<bool>,
}

/// What became of a connection to its port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Connected {
    Yes,
    /// Nobody listens there.
    Refused,
    /// Nothing came back, or a router says that it is not there.
    No,
}

/// Tries to reach these addresses, all at the same time.
pub(super) fn probe(others: &[SocketAddr]) -> Vec<Neighbour> {
    let gateway = gateway();
    if let (Some(gateway), false) = (gateway, others.is_empty()) {
        let poke = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0));
        let _ = poke.and_then(|socket| socket.send_to(&[], (gateway, DISCARD)));
    }
    let tries: Vec<_> = others
        .iter()
        .map(|other| {
            thread::spawn({
                let other = *other;
                move || connect(other)
            })
        })
        .collect();
    let results: Vec<_> = tries.into_iter().map(|it| it.join().unwrap_or(Connected::No)).collect();
    let table = fs::read_to_string("/proc/net/arp").unwrap_or_default();
    let gateway_answers = gateway.and_then(|gateway| is_complete(&table, gateway.into()));
    let neighbour = |(address, connected): (&SocketAddr, Connected)| Neighbour {
        address: *address,
        connected,
        answers: is_complete(&table, address.ip()),
        gateway_answers,
    };
    others.iter().zip(results).map(neighbour).collect()
}

fn connect(other: SocketAddr) -> Connected {
    match TcpStream::connect_timeout(&other, TIMEOUT) {
        Ok(_) => Connected::Yes,
        Err(e) if e.kind() == ErrorKind::ConnectionRefused => Connected::Refused,
        Err(_) => Connected::No,
    }
}

/// Whether the entry of this address is complete; `None` if there is none.
fn is_complete(table: &str, address: IpAddr) -> Option<bool> {
    table.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace();
        let is_its = fields.next()?.parse() == Ok(address);
        let flags = u32::from_str_radix(fields.nth(1)?.trim_start_matches("0x"), 16).ok()?;
        is_its.then_some(flags & COMPLETE != 0)
    })
}

/// The default gateway.
fn gateway() -> Option<Ipv4Addr> {
    let routes = fs::read_to_string("/proc/net/route").ok()?;
    routes.lines().skip(1).find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (destination, gateway) = (fields.next()?, fields.next()?);
        // In the order of the processor, which is that of the network read backwards.
        let gateway = Ipv4Addr::from(u32::from_str_radix(gateway, 16).ok()?.to_ne_bytes());
        (destination == "00000000" && !gateway.is_unspecified()).then_some(gateway)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_the_table_of_arp_are_read() {
        let table = "IP address       HW type     Flags       HW address            Mask     Device\n\
                     10.0.0.1         0x1         0x2         02:fc:00:00:00:05     *        eth0\n\
                     10.0.0.2         0x1         0x0         00:00:00:00:00:00     *        eth0\n";
        let of = |ip: [u8; 4]| is_complete(table, IpAddr::from(ip));
        assert_eq!(
            [of([10, 0, 0, 1]), of([10, 0, 0, 2]), of([10, 0, 0, 3])],
            [Some(true), Some(false), None]
        );
    }
}
