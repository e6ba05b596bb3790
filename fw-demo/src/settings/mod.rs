//! What a device is told before it starts: a text of lines `key=value`, from a flash page, a file, a debugger.
//!
//! | key | value | |
//! |---|---|---|
//! | `ip` | address and prefix, `192.0.2.2/24` | |
//! | `gateway` | address of a neighbour | without it the device reaches its own network alone |
//! | `suite` | `sealed` or `xor` | `sealed` without it |
//! | `role` | `node`, `join` or `community` | |
//! | `port` | to listen on | 5460, for a community 5000 without it |
//! | `password` | that callers, or users, must give | |
//! | `echo` | `yes`: a node sends back what it hears | |
//! | `free` | `yes`: both sides of a chat write at any time, if the caller offers it | |
//! | `server` | address and port | for `join` |
//! | `server_password` | of the community server | for `join` |
//! | `name` | that others see | for `join` |
//! | `seed` | 64 hex digits, random and new for each start | |
//! | `drop`, `corrupt` | percent of packets that the device itself loses and breaks | for tests |

mod error;
mod given;
mod hex;

#[cfg(test)]
mod tests;

use core::net::SocketAddr;
use core::num::NonZeroU16;

use p2pm_core::suite::Password;
use p2pm_core::wire::{Name, Turns};
use smoltcp::wire::{Ipv4Address, Ipv4Cidr};

use self::given::Given;
use crate::app::Voice;
use crate::net::Address;

pub use error::SettingsError;

/// Bytes of a seed.
pub const SEED_LEN: usize = 32;

const NODE_PORT: NonZeroU16 = NonZeroU16::new(5460).unwrap();
const COMMUNITY_PORT: NonZeroU16 = NonZeroU16::new(5000).unwrap();

/// All that a device is told.
pub struct Settings {
    /// Who it is on its network.
    pub address: Address,
    /// What is to go wrong on its network.
    pub faults: Faults,
    /// How connections are protected.
    pub suite: SuiteName,
    /// What it does.
    pub role: RoleSettings,
    /// What its randomness is made of, if it was told.
    pub seed: Option<[u8; SEED_LEN]>,
}

/// How connections are protected, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuiteName {
    /// [`Sealed`](p2pm_core::suite::Sealed).
    Sealed,
    /// [`Xor`](p2pm_core::suite::Xor).
    Xor,
}

/// Faults of the network, in percent of the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Lost, both ways.
    pub drop: u8,
    /// With a bit turned over, of those received.
    pub corrupt: u8,
}

/// What a device does.
pub enum RoleSettings {
    /// It waits for chats.
    Node(NodeSettings),
    /// It does so on the list of a community.
    Join(JoinSettings),
    /// It is the meeting place.
    Community(CommunitySettings),
}

/// How a node is to be.
pub struct NodeSettings {
    /// To listen on.
    pub port: NonZeroU16,
    /// That callers must give.
    pub password: Password,
    /// Who writes when.
    pub turns: Turns,
    /// Who speaks for it.
    pub voice: Voice,
}

/// Which community a node is to join, and how.
pub struct JoinSettings {
    /// The node.
    pub node: NodeSettings,
    /// The meeting place.
    pub server: SocketAddr,
    /// Its password.
    pub server_password: Password,
    /// The name that others see.
    pub name: Name,
}

/// How a meeting place is to be.
pub struct CommunitySettings {
    /// To listen on.
    pub port: NonZeroU16,
    /// That users must give.
    pub password: Password,
}

impl Settings {
    /// What this text says, all of it.
    pub fn parse(text: &str) -> Result<Self, SettingsError<'_>> {
        let mut given = Given::read(text)?;
        let settings = Self {
            address: address(&mut given)?,
            faults: Faults { drop: percent(&mut given, "drop")?, corrupt: percent(&mut given, "corrupt")? },
            suite: suite(&mut given)?,
            role: role(&mut given)?,
            seed: given.take_with("seed", "64 hex digits", hex::parse)?,
        };
        match given.first_left() {
            Some(key) => Err(SettingsError::OutOfPlace(key)),
            None => Ok(settings),
        }
    }
}

fn address<'a>(given: &mut Given<'a>) -> Result<Address, SettingsError<'a>> {
    const IP: &str = "an address of a device and its prefix, as 192.0.2.2/24";
    const GATEWAY: &str = "the address of another device in the network of ip";
    let ip: Ipv4Cidr = given.required("ip", IP, |value| value.parse().ok())?;
    let gateway: Option<Ipv4Address> = given.take_with("gateway", GATEWAY, |value| value.parse().ok())?;
    let address = Address { hardware: Address::local_hardware(ip.address()), ip, gateway };
    if !address.is_of_a_host() {
        Err(SettingsError::Invalid("ip", IP))
    } else if !address.has_gateway_in_reach() {
        Err(SettingsError::Invalid("gateway", GATEWAY))
    } else {
        Ok(address)
    }
}

fn suite<'a>(given: &mut Given<'a>) -> Result<SuiteName, SettingsError<'a>> {
    let suite = given.take_with("suite", "sealed or xor", |value| match value {
        "sealed" => Some(SuiteName::Sealed),
        "xor" => Some(SuiteName::Xor),
        _ => None,
    });
    Ok(suite?.unwrap_or(SuiteName::Sealed))
}

fn role<'a>(given: &mut Given<'a>) -> Result<RoleSettings, SettingsError<'a>> {
    match given.take("role").ok_or(SettingsError::Missing("role"))? {
        "node" => Ok(RoleSettings::Node(node(given)?)),
        "join" => Ok(RoleSettings::Join(JoinSettings {
            node: node(given)?,
            server: given.required("server", "an address and a port, as 192.0.2.1:5000", address_of_host)?,
            server_password: password(given, "server_password")?,
            name: given.required("name", "a name of 1 to 32 bytes", |value| value.parse().ok())?,
        })),
        "community" => Ok(RoleSettings::Community(CommunitySettings {
            port: port(given, COMMUNITY_PORT)?,
            password: password(given, "password")?,
        })),
        _ => Err(SettingsError::Invalid("role", "node, join or community")),
    }
}

fn node<'a>(given: &mut Given<'a>) -> Result<NodeSettings, SettingsError<'a>> {
    Ok(NodeSettings {
        port: port(given, NODE_PORT)?,
        password: password(given, "password")?,
        turns: if is_set(given, "free")? { Turns::Free } else { Turns::Linear },
        voice: if is_set(given, "echo")? { Voice::Echo } else { Voice::Console },
    })
}

fn port<'a>(given: &mut Given<'a>, default: NonZeroU16) -> Result<NonZeroU16, SettingsError<'a>> {
    let port = given.take_with("port", "a number from 1 to 65535", |value| value.parse().ok());
    Ok(port?.unwrap_or(default))
}

fn password<'a>(given: &mut Given<'a>, key: &'static str) -> Result<Password, SettingsError<'a>> {
    given.required(key, "of 1 to 128 bytes", |value| Password::new(value.as_bytes()).ok())
}

fn address_of_host(value: &str) -> Option<SocketAddr> {
    value.parse().ok().filter(|address: &SocketAddr| address.is_ipv4() && address.port() != 0)
}

fn is_set<'a>(given: &mut Given<'a>, key: &'static str) -> Result<bool, SettingsError<'a>> {
    let set = given.take_with(key, "yes or no", |value| match value {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    });
    Ok(set?.unwrap_or(false))
}

fn percent<'a>(given: &mut Given<'a>, key: &'static str) -> Result<u8, SettingsError<'a>> {
    let percent = given.take_with(key, "a number from 0 to 100", |value| {
        value.parse().ok().filter(|percent| *percent <= 100)
    });
    Ok(percent?.unwrap_or(0))
}
