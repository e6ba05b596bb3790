//! Addresses as users write them: a host and a port. Parsed only; nothing here resolves names.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU16;
use std::str::FromStr;

use p2pm_core::wire::Endpoint;

/// Default port of a community server (PROTOCOL.md, section 2).
pub const SERVER_PORT: NonZeroU16 = NonZeroU16::new(5000).unwrap();

/// Longest host name, in bytes (RFC 1035 §2.3.4, written with dots).
const NAME_MAX: usize = 253;
/// Longest label of a host name, in bytes (RFC 1035 §2.3.4).
const LABEL_MAX: usize = 63;

/// A host: an IP address, or a well-formed name that is still to be resolved.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Host {
    /// An IP address.
    Ip(IpAddr),
    /// A host name.
    Name(HostName),
}

/// A host name of letters, digits, hyphens and underscores, in labels of 1 to 63 bytes, at most 253 bytes in
/// all. It cannot be mistaken for an IPv4 address: its last label is not a number (RFC 1123 §2.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct HostName(String);

/// A host and a TCP port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The host.
    pub host: Host,
    /// The TCP port.
    pub port: NonZeroU16,
}

/// An address as written, in which the port may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartialAddress {
    /// The host.
    pub host: Host,
    /// The TCP port, if one was written.
    pub port: Option<NonZeroU16>,
}

/// An address of this machine to listen on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListeningAddress {
    /// The host, by an address or name of this machine's.
    pub host: Host,
    /// The TCP port; with 0 the system chooses one.
    pub port: u16,
}

/// Why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AddressError {
    /// This is neither an IP address nor a host name.
    Host(String),
    /// This IPv6 address has a zone (RFC 4007 §11). It is valid on one link only, and the list of a community
    /// server has no room for a zone.
    Zone(String),
    /// This is not a port number.
    Port(String),
    /// The port is missing.
    PortMissing(Host),
}

impl HostName {
    /// The name as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl PartialAddress {
    /// The address, with `port` if none was written.
    pub fn or_port(self, port: NonZeroU16) -> Address {
        Address { host: self.host, port: self.port.unwrap_or(port) }
    }
}

impl FromStr for HostName {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let is_valid = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let mut labels = text.strip_suffix('.').unwrap_or(text).split('.');
        let all_valid =
            labels.clone().all(|label| (1..=LABEL_MAX).contains(&label.len()) && label.chars().all(is_valid));
        let is_number = labels.next_back().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
        if all_valid && !is_number && text.len() <= NAME_MAX {
            Ok(Self(text.to_owned()))
        } else {
            Err(AddressError::Host(text.to_owned()))
        }
    }
}

impl FromStr for Host {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if has_zone(text) {
            return Err(AddressError::Zone(text.to_owned()));
        }
        text.parse().map(Self::Ip).or_else(|_| text.parse().map(Self::Name))
    }
}

impl FromStr for PartialAddress {
    type Err = AddressError;

    /// Parses `HOST`, `HOST:PORT`, `[IPV6]` or `[IPV6]:PORT`. An IPv6 address without brackets has no port.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = split(text)?;
        Ok(Self { host, port: port.map(port_number).transpose()? })
    }
}

impl FromStr for ListeningAddress {
    type Err = AddressError;

    /// Parses the same forms, with [`SERVER_PORT`] as the default port.
    fn from_str(text: &str) -> Result<Self, AddressError> {
        let (host, port) = split(text)?;
        let port = port.map_or(Ok(SERVER_PORT.get()), port_number)?;
        Ok(Self { host, port })
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let PartialAddress { host, port } = text.parse()?;
        match port {
            Some(port) => Ok(Self { host, port }),
            None => Err(AddressError::PortMissing(host)),
        }
    }
}

impl From<Endpoint> for Address {
    fn from(endpoint: Endpoint) -> Self {
        Self { host: Host::Ip(endpoint.ip()), port: endpoint.port() }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name.as_str()),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_address(f, &self.host, self.port.get())
    }
}

impl fmt::Display for ListeningAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt_address(f, &self.host, self.port)
    }
}

impl fmt::Display for AddressError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(text) => write!(f, "{text:?} is neither an IP address nor the name of a host"),
            Self::Zone(text) => {
                write!(f, "{text:?} is of one link alone: give an address without a zone (%)")
            }
            Self::Port(text) => write!(f, "{text:?} is no port: a port is a number from 1 to 65535"),
            Self::PortMissing(host @ Host::Ip(IpAddr::V6(_))) => {
                write!(f, "the port is missing: write ADDRESS:PORT, for example [{host}]:5460")
            }
            Self::PortMissing(host) => {
                write!(f, "the port is missing: write ADDRESS:PORT, for example {host}:5460")
            }
        }
    }
}

impl std::error::Error for AddressError {}

/// Parses the address of a community server, with [`SERVER_PORT`] as the default port.
pub fn parse_server(text: &str) -> Result<Address, AddressError> {
    text.parse().map(|address: PartialAddress| address.or_port(SERVER_PORT))
}

/// Parses a port to connect to, which is not 0.
pub fn parse_port(text: &str) -> Result<NonZeroU16, String> {
    text.trim().parse().map_err(|_| "a port is a number from 1 to 65535".to_owned())
}

/// Parses a port to listen on; with 0 the system chooses one.
pub fn parse_listening_port(text: &str) -> Result<u16, String> {
    text.trim().parse().map_err(|_| "a port is a number from 1 to 65535, or 0 for any".to_owned())
}

/// Splits an address into its host and the text of its port.
fn split(text: &str) -> Result<(Host, Option<&str>), AddressError> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or_else(|| AddressError::Host(text.to_owned()))?;
        let Host::Ip(ip @ IpAddr::V6(_)) = host.parse()? else {
            return Err(AddressError::Host(host.to_owned()));
        };
        return match port.strip_prefix(':') {
            None if !port.is_empty() => Err(AddressError::Port(port.to_owned())),
            port => Ok((Host::Ip(ip), port)),
        };
    }
    match text.split_once(':') {
        Some((host, port)) if !port.contains(':') => Ok((host.parse()?, Some(port))),
        _ => Ok((text.parse()?, None)),
    }
}

fn has_zone(text: &str) -> bool {
    text.split_once('%').is_some_and(|(ip, _)| ip.parse::<Ipv6Addr>().is_ok())
}

fn port_number<T: FromStr>(text: &str) -> Result<T, AddressError> {
    text.parse().map_err(|_| AddressError::Port(text.to_owned()))
}

fn fmt_address(f: &mut fmt::Formatter<'_>, host: &Host, port: u16) -> fmt::Result {
    match host {
        Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]:{port}"),
        host => write!(f, "{host}:{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Result<String, String> {
        text.parse::<Address>().map(|address| address.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn an_address_is_shown_as_it_is_written() {
        for text in ["127.0.0.1:5000", "[::1]:5000", "localhost:1", "a-b.example_c.org:65535", "host.:80"] {
            assert_eq!(address(text).as_deref(), Ok(text));
        }
        assert_eq!(address(" localhost:5000 ").as_deref(), Ok("localhost:5000"));
    }

    #[test]
    fn what_is_no_address_is_named() {
        for (text, culprit) in [
            ("", "\"\" is neither"),
            (":5000", "\"\" is neither"),
            ("127.0.0.1:", "\"\" is no port"),
            ("127.0.0.1:0", "\"0\" is no port"),
            ("127.0.0.1:65536", "\"65536\" is no port"),
            ("127.0.0.1:x", "\"x\" is no port"),
            ("[::1]5000", "\"5000\" is no port"),
            ("[::1", "\"[::1\" is neither"),
            ("[127.0.0.1]:5000", "\"127.0.0.1\" is neither"),
            ("192.0.2:5000", "\"192.0.2\" is neither"),
            ("300.0.2.1:5000", "\"300.0.2.1\" is neither"),
            ("a b:5000", "\"a b\" is neither"),
            ("::1:x", "\"::1:x\" is neither"),
            ("a..b:5000", "\"a..b\" is neither"),
            ("[fe80::1%eth0]:5000", "\"fe80::1%eth0\" is of one link alone"),
            ("fe80::1%2", "\"fe80::1%2\" is of one link alone"),
            ("a%eth0:5000", "\"a%eth0\" is neither"),
        ] {
            let why = address(text).unwrap_err();
            assert!(why.starts_with(culprit), "{text}: {why}");
        }
        assert!(address(&format!("{}:1", "a".repeat(LABEL_MAX + 1))).is_err());
        assert!(address(&format!("{}a:1", "a.".repeat(NAME_MAX / 2))).is_ok());
        assert!(address(&format!("{}ab:1", "a.".repeat(NAME_MAX / 2))).is_err());
    }

    #[test]
    fn a_missing_port_is_the_default_or_an_error_that_shows_the_form() {
        assert_eq!(parse_server("localhost").unwrap().to_string(), "localhost:5000");
        assert_eq!(parse_server("192.0.2.1").unwrap().to_string(), "192.0.2.1:5000");
        assert_eq!(parse_server("::1").unwrap().to_string(), "[::1]:5000");
        assert_eq!(parse_server("[::1]").unwrap().to_string(), "[::1]:5000");
        assert_eq!(parse_server("::1:5001").unwrap().to_string(), "[::1:5001]:5000");
        assert_eq!(parse_server("localhost:1").unwrap().to_string(), "localhost:1");
        for (text, form) in [("localhost", "localhost:5460"), ("::1", "[::1]:5460")] {
            let why = address(text).unwrap_err();
            assert_eq!(why, format!("the port is missing: write ADDRESS:PORT, for example {form}"));
        }
    }

    #[test]
    fn where_to_listen_has_the_same_forms_and_any_port() {
        let shown = |text: &str| text.parse::<ListeningAddress>().map(|address| address.to_string());
        for (text, address) in [
            ("localhost:0", "localhost:0"),
            ("0.0.0.0", "0.0.0.0:5000"),
            ("[::]:1", "[::]:1"),
            ("::", "[::]:5000"),
        ] {
            assert_eq!(shown(text).as_deref(), Ok(address));
        }
        assert_eq!(shown("localhost:x"), Err(AddressError::Port("x".to_owned())));
    }

    #[test]
    fn ports_may_be_typed_with_spaces_around_them() {
        assert_eq!(parse_port(" 5460 ").unwrap().get(), 5460);
        assert!(parse_port("0").is_err());
        assert_eq!(parse_listening_port("0").unwrap(), 0);
    }
}
