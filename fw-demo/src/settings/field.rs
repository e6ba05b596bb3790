//! Validation of single values, for settings and command line alike.

use core::fmt;
use core::net::SocketAddr;
use core::num::NonZeroU16;

use heapless::Vec;
use p2pm_core::channel::CircleNumber;
use p2pm_core::identity::Tag;
use p2pm_core::suite::Password;
use p2pm_core::wire::Name;
use smoltcp::wire::{EthernetAddress, Ipv4Address, Ipv4Cidr};

use super::hex;
use crate::app::KNOWN_MAX;
use crate::net::Address;

/// Length of a seed, in bytes.
pub const SEED_LEN: usize = 32;

/// Words of a code.
const WORDS_OF_CODE: usize = 4;
/// The words of codes that have a hyphen.
const WORDS_WITH_HYPHENS: [(&str, &str); 4] =
    [("drop", "down"), ("felt", "tip"), ("t", "shirt"), ("yo", "yo")];

/// Name of a cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuiteName {
    /// [`Sealed`](p2pm_core::suite::Sealed).
    Sealed,
    /// [`Xor`](p2pm_core::suite::Xor).
    Xor,
}

/// What a value should be, in words for a user: `should be a number from 1 to 65535`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expected(&'static str);

const IP: Expected = Expected("an address of a device and its prefix, as 192.0.2.2/24");
const GATEWAY: Expected = Expected("the address of another device in the network of ip");
const HARDWARE: Expected = Expected("an Ethernet address of one device, as 02:00:00:00:00:01");
pub(super) const ROLE: Expected = Expected("node, join, community or circle");
const SUITE: Expected = Expected("sealed or xor");
pub(super) const CIRCLE_SUITE: Expected = Expected("sealed in a circle");
pub(super) const POLICY: Expected = Expected("all or known");
const TAGS: Expected = Expected("1 to 8 tags with commas in between, as k7f3-9xq2-m4tz");
const PORT: Expected = Expected("a number from 1 to 65535");
const REMOTE: Expected = Expected("an address and a port, as 192.0.2.1:5000");
const NAME: Expected = Expected("1 to 32 bytes of visible characters, without a space at either end");
const PASSWORD: Expected = Expected("of 1 to 128 bytes");
const PERCENT: Expected = Expected("a number from 0 to 100");
const YES_OR_NO: Expected = Expected("yes or no");
const SEED: Expected = Expected("64 hex digits");

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "should be {}", self.0)
    }
}

impl core::error::Error for Expected {}

/// Parses the address of a device and the length of its network's prefix.
pub fn ip(text: &str) -> Result<Ipv4Cidr, Expected> {
    let ip: Ipv4Cidr = text.parse().map_err(|()| IP)?;
    if without_gateway(ip).is_of_a_host() { Ok(ip) } else { Err(IP) }
}

/// Parses the same, or `dhcp`, which is `None`, if there is the feature: then the address is to be asked for.
pub fn ip_or_lease(text: &str) -> Result<Option<Ipv4Cidr>, Expected> {
    if cfg!(feature = "dhcp") && text == "dhcp" { Ok(None) } else { ip(text).map(Some) }
}

/// Parses the address of a gateway. [`address`] checks whether it is in reach.
pub fn gateway(text: &str) -> Result<Ipv4Address, Expected> {
    text.parse().map_err(|_| GATEWAY)
}

/// Addresses of a device with this `ip`, with the Ethernet address [derived](Address::local_hardware) from
/// it. Fails if the gateway is not in its network.
pub fn address(ip: Ipv4Cidr, gateway: Option<Ipv4Address>) -> Result<Address, Expected> {
    let address = Address { gateway, ..without_gateway(ip) };
    if address.has_gateway_in_reach() { Ok(address) } else { Err(GATEWAY) }
}

fn without_gateway(ip: Ipv4Cidr) -> Address {
    Address { hardware: Address::local_hardware(ip.address()), ip: Some(ip), gateway: None }
}

/// Parses a unicast Ethernet address.
pub fn hardware(text: &str) -> Result<EthernetAddress, Expected> {
    let address = text.parse().map_err(|()| HARDWARE)?;
    let is_ours = |address: &EthernetAddress| address.is_unicast() && *address != EthernetAddress([0; 6]);
    Some(address).filter(is_ours).ok_or(HARDWARE)
}

/// Parses the name of a suite.
pub fn suite(text: &str) -> Result<SuiteName, Expected> {
    match text {
        "sealed" => Ok(SuiteName::Sealed),
        "xor" => Ok(SuiteName::Xor),
        _ => Err(SUITE),
    }
}

/// Parses a port to listen on.
pub fn port(text: &str) -> Result<NonZeroU16, Expected> {
    text.parse().map_err(|_| PORT)
}

/// Parses the IPv4 address and port of a peer; a device has no IPv6.
pub fn remote(text: &str) -> Result<SocketAddr, Expected> {
    let address = text.parse().ok();
    address.filter(|address: &SocketAddr| address.is_ipv4() && address.port() != 0).ok_or(REMOTE)
}

/// Parses a user name.
pub fn name(text: &str) -> Result<Name, Expected> {
    text.parse().map_err(|_| NAME)
}

/// Validates a password, which need not be UTF-8.
pub fn password(bytes: &[u8]) -> Result<Password, Expected> {
    Password::new(bytes).map_err(|_| PASSWORD)
}

/// Validates the passphrase of a circle. If it is a code in its usual form, lower case with hyphens, the circle has its number.
/// Whether its words are those of the list is not checked: where they are not, other nodes refuse them as a mistake.
pub fn passphrase(bytes: &[u8]) -> Result<(CircleNumber, Password), Expected> {
    let number = core::str::from_utf8(bytes).ok().and_then(number_of_code);
    Ok((number, password(bytes)?))
}

/// Number of a code: up to four digits, and four words behind it.
fn number_of_code(text: &str) -> CircleNumber {
    let (digits, words) = text.split_once('-')?;
    let is_number =
        digits.len() <= 4 && !digits.starts_with('0') && digits.bytes().all(|it| it.is_ascii_digit());
    let mut parts = words.split('-').peekable();
    let mut count = 0_usize;
    while let Some(part) = parts.next() {
        if part.is_empty() || !part.bytes().all(|it| it.is_ascii_lowercase()) {
            return None;
        }
        parts.next_if(|next| WORDS_WITH_HYPHENS.contains(&(part, *next)));
        count = count.saturating_add(1);
    }
    digits.parse().ok().filter(|_| is_number && count == WORDS_OF_CODE)
}

/// Parses tags of nodes, with commas in between.
pub fn tags(text: &str) -> Result<Vec<Tag, KNOWN_MAX>, Expected> {
    let mut tags = Vec::new();
    for tag in text.split(',') {
        tags.push(tag.parse().map_err(|_| TAGS)?).map_err(|_| TAGS)?;
    }
    Ok(tags)
}

/// Parses a percentage.
pub fn percent(text: &str) -> Result<u8, Expected> {
    text.parse().ok().filter(|percent| *percent <= 100).ok_or(PERCENT)
}

pub(super) fn yes_or_no(text: &str) -> Result<bool, Expected> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(YES_OR_NO),
    }
}

pub(super) fn seed(text: &str) -> Result<[u8; SEED_LEN], Expected> {
    hex::parse(text).ok_or(SEED)
}
