//! Whether others on the link answer at all.

use std::fs;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use p2pm_posix::neighbours;

/// How long a neighbour has to answer: three questions of ARP are a second apart (`mcast_solicit`).
const TIMEOUT: Duration = Duration::from_millis(3500);
/// Port of the discard protocol (RFC 863): to send there makes the system ask who has the address.
const DISCARD: u16 = 9;

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
    let table = neighbours::all().unwrap_or_default();
    let gateway_answers = gateway.and_then(|gateway| has_answered(&table, gateway.into()));
    let neighbour = |(address, connected): (&SocketAddr, Connected)| Neighbour {
        address: *address,
        connected,
        answers: has_answered(&table, address.ip()),
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

/// Whether this host has answered; `None` if it was not asked.
fn has_answered(table: &[neighbours::Neighbour], host: IpAddr) -> Option<bool> {
    table.iter().find(|it| IpAddr::V4(it.address) == host).map(|it| it.answers)
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
