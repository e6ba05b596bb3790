//! Name resolution.

use std::io;
use std::net::{IpAddr, SocketAddr, SocketAddrV6, ToSocketAddrs};
use std::num::{NonZeroU16, NonZeroU32};

use p2pm_posix::interfaces;

use super::address::{Address, AddressError, Host, PartialAddress};

/// Most addresses of a host that are tried; a name server may return any number.
const ADDRESSES_MAX: usize = 16;

/// Addresses of the host in the system's order of preference; at least one. Blocks without limit.
pub fn resolve(host: &Host, port: u16) -> io::Result<Vec<SocketAddr>> {
    let addresses: Vec<_> = match host {
        Host::Ip(ip) => vec![(*ip, port).into()],
        Host::Name(name) => (name.as_str(), port).to_socket_addrs()?.take(ADDRESSES_MAX).collect(),
    };
    if addresses.is_empty() { Err(io::Error::other("it has no address")) } else { Ok(addresses) }
}

/// Addresses of a host as users write it; without a port, with this one. An IPv6 address of one link alone (RFC 4291 §2.5.6) has
/// its zone behind `%` (RFC 4007 §11), which is an interface of this machine, by name or number: `[fe80::1%eth0]:7776`.
///
/// # Errors
///
/// What is wrong with the text, or the zone is missing, or the host is not known.
pub fn resolve_written(text: &str, port: NonZeroU16) -> Result<Vec<SocketAddr>, String> {
    let (bare, zone) = split_zone(text);
    let address: PartialAddress = bare.parse().map_err(|error: AddressError| format!("{text}: {error}"))?;
    let Address { host, port } = address.or_port(port);
    match (host, zone) {
        (Host::Ip(IpAddr::V6(ip)), zone) if ip.is_unicast_link_local() => {
            let scope = scope(zone).map_err(|why| format!("{text}: {why}"))?;
            Ok(vec![SocketAddrV6::new(ip, port.get(), 0, scope.get()).into()])
        }
        (host, None) => resolve(&host, port.get()).map_err(|error| format!("{text}: {error}")),
        (host, Some(_)) => Err(format!("{text}: {host} has no zone (%): only an address fe80::… has one")),
    }
}

/// Takes the zone out of an address.
fn split_zone(text: &str) -> (String, Option<&str>) {
    match text.trim().split_once('%') {
        None => (text.to_owned(), None),
        Some((before, rest)) => {
            let (zone, behind) = rest.split_at(rest.find(']').unwrap_or(rest.len()));
            (before.to_owned() + behind, Some(zone))
        }
    }
}

/// Number of the interface of a zone.
fn scope(zone: Option<&str>) -> Result<NonZeroU32, String> {
    let zones = || {
        let zones: Vec<_> =
            interfaces::names().unwrap_or_default().iter().map(|it| format!("%{it}")).collect();
        zones.join(", ")
    };
    match zone {
        None => Err(format!("put its interface behind it: {}", zones())),
        Some(zone) => interfaces::index_of(zone)
            .or_else(|| zone.parse().ok())
            .ok_or_else(|| format!("there is no interface {zone:?}: put one behind it of {}", zones())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: NonZeroU16 = NonZeroU16::new(7776).unwrap();

    fn resolved(text: &str) -> Result<String, String> {
        let addresses: Vec<_> = resolve_written(text, PORT)?.iter().map(ToString::to_string).collect();
        Ok(addresses.join(" "))
    }

    #[test]
    fn an_address_of_one_link_has_an_interface() {
        let lo = interfaces::index_of("lo").expect("every machine has it");
        for text in ["fe80::1%lo", " [fe80::1%lo]", "[fe80::1%lo]:7776", &format!("fe80::1%{lo}")] {
            assert_eq!(resolved(text).as_deref(), Ok(&*format!("[fe80::1%{lo}]:7776")), "{text}");
        }
        assert_eq!(resolved("[fe80::1%lo]:1"), Ok(format!("[fe80::1%{lo}]:1")));
        for (text, why) in [
            ("fe80::1", "fe80::1: put its interface behind it: %"),
            ("[fe80::1]:1", "[fe80::1]:1: put its interface behind it: %"),
            ("fe80::1%", "fe80::1%: there is no interface \"\": put one behind it of %"),
            ("fe80::1%nowhere", "fe80::1%nowhere: there is no interface \"nowhere\": put one behind it of %"),
            ("::1%lo", "::1%lo: ::1 has no zone (%)"),
            ("192.0.2.1%lo", "192.0.2.1%lo: 192.0.2.1 has no zone (%)"),
            ("[fe80::1%lo", "[fe80::1%lo: \"[fe80::1\" is neither"),
        ] {
            let error = resolved(text).unwrap_err();
            assert!(error.starts_with(why), "{text}: {error}");
        }
    }

    #[test]
    fn every_other_address_is_what_it_is() {
        for (text, address) in
            [("192.0.2.1", "192.0.2.1:7776"), ("::1", "[::1]:7776"), ("[2001:db8::1]:1", "[2001:db8::1]:1")]
        {
            assert_eq!(resolved(text).as_deref(), Ok(address));
        }
    }
}
