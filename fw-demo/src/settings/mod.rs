//! Configuration of a device: lines `key=value`, from a flash page, a file or a debugger.
//!
//! | key | value | |
//! |---|---|---|
//! | `ip` | address and prefix, `192.0.2.2/24`; with the feature `dhcp` also `dhcp`: it is asked for | |
//! | `gateway` | address of a neighbour | without it the device reaches its own network alone; of no use with `ip=dhcp` |
//! | `hardware` | Ethernet address, `02:00:00:00:00:01` | one made of `ip` without it; for `ip=dhcp` there must be one |
//! | `suite` | `sealed` or `xor` | `sealed` without it, and always for `circle` |
//! | `role` | `node`, `join`, `community` or `circle` | |
//! | `port` | to listen on | 5460, for a community 5000, for a circle 7776 without it |
//! | `password` | that callers, or users, must give | |
//! | `echo` | `yes`: a node sends back what it hears | |
//! | `free` | `yes`: both sides of a chat write at any time, if the caller offers it | |
//! | `server` | address and port | for `join` |
//! | `server_password` | of the community server | for `join` |
//! | `name` | that others see | for `join` and `circle` |
//! | `passphrase` | of the circle | for `circle` |
//! | `peer` | address and port of a node to be linked with | for `circle`, besides those that are found |
//! | `policy` | `all`: whoever knows the passphrase is accepted; `known`: whoever is in `known` | `all` without it |
//! | `known` | up to 8 tags, with commas in between | for `policy=known` |
//! | `seed` | 64 hex digits, random and new for each start | |
//! | `drop`, `corrupt` | percent of packets that the device itself loses and breaks | for tests |

mod error;
pub mod field;
mod given;
mod hex;

#[cfg(test)]
mod tests;

use core::net::SocketAddr;
use core::num::NonZeroU16;

use p2pm_core::channel::CircleNumber;
use p2pm_core::suite::Password;
use p2pm_core::wire::{Name, Turns};

use self::given::Given;
use crate::app::{Admission, Voice};
use crate::net::Address;

pub use error::SettingsError;
pub use field::{SEED_LEN, SuiteName};

/// Default port of a node.
pub const NODE_PORT: NonZeroU16 = NonZeroU16::new(5460).unwrap();
/// Default port of a community server.
pub const COMMUNITY_PORT: NonZeroU16 = NonZeroU16::new(5000).unwrap();
/// Default port of a node of a circle.
pub const CIRCLE_PORT: NonZeroU16 = NonZeroU16::new(7776).unwrap();

/// All settings of a device.
pub struct Settings {
    /// Addresses on its network.
    pub address: Address,
    /// Faults to inject.
    pub faults: Faults,
    /// Cipher suite.
    pub suite: SuiteName,
    /// Role and its settings.
    pub role: RoleSettings,
    /// Seed of its random number generator, if one is given.
    pub seed: Option<[u8; SEED_LEN]>,
}

/// Injected faults, in percent of the packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Packets lost, both ways.
    pub drop: u8,
    /// Received packets with an inverted bit.
    pub corrupt: u8,
}

/// Role of a device.
pub enum RoleSettings {
    /// A node.
    Node(NodeSettings),
    /// A node on the list of a community.
    Join(JoinSettings),
    /// A community server.
    Community(CommunitySettings),
    /// A node of a circle.
    Circle(CircleSettings),
}

/// Settings of a node.
pub struct NodeSettings {
    /// Port to listen on.
    pub port: NonZeroU16,
    /// Password that callers must know.
    pub password: Password,
    /// Turn-taking.
    pub turns: Turns,
    /// Source of its texts.
    pub voice: Voice,
}

/// Settings of a member of a community.
pub struct JoinSettings {
    /// The node.
    pub node: NodeSettings,
    /// The community server.
    pub server: SocketAddr,
    /// Password of the community.
    pub server_password: Password,
    /// Name of the user.
    pub name: Name,
}

/// Settings of a community server.
pub struct CommunitySettings {
    /// Port to listen on.
    pub port: NonZeroU16,
    /// Password that users must know.
    pub password: Password,
}

/// Settings of a node of a circle.
pub struct CircleSettings {
    /// Port to listen on.
    pub port: NonZeroU16,
    /// Number of the circle.
    pub number: CircleNumber,
    /// Passphrase of the circle.
    pub passphrase: Password,
    /// Name of the device.
    pub name: Name,
    /// A node to be linked with.
    pub peer: Option<SocketAddr>,
    /// Whom to accept.
    pub admission: Admission,
}

impl Settings {
    /// Parses and validates settings.
    pub fn parse(text: &str) -> Result<Self, SettingsError<'_>> {
        let mut given = Given::read(text)?;
        let settings = Self {
            address: address(&mut given)?,
            faults: Faults { drop: percent(&mut given, "drop")?, corrupt: percent(&mut given, "corrupt")? },
            suite: suite(&mut given)?,
            role: role(&mut given)?,
            seed: given.take_with("seed", field::seed)?,
        };
        match (given.first_left(), &settings.role) {
            (Some(key), _) => Err(SettingsError::OutOfPlace(key)),
            (None, RoleSettings::Circle(_)) if settings.suite != SuiteName::Sealed => {
                Err(SettingsError::Invalid("suite", field::CIRCLE_SUITE))
            }
            (None, _) => Ok(settings),
        }
    }
}

/// Free turns, else linear ones.
pub fn turns(is_free: bool) -> Turns {
    if is_free { Turns::Free } else { Turns::Linear }
}

/// An echo, else the console.
pub fn voice(is_echo: bool) -> Voice {
    if is_echo { Voice::Echo } else { Voice::Console }
}

fn address<'a>(given: &mut Given<'a>) -> Result<Address, SettingsError<'a>> {
    let Some(ip) = given.required("ip", field::ip_or_lease)? else {
        let hardware = given.required("hardware", field::hardware)?;
        return Ok(Address { hardware, ip: None, gateway: None });
    };
    let hardware = given.take_with("hardware", field::hardware)?;
    let gateway = given.take_with("gateway", field::gateway)?;
    let address = field::address(ip, gateway);
    let address = address.map_err(|expected| SettingsError::Invalid("gateway", expected))?;
    Ok(Address { hardware: hardware.unwrap_or(address.hardware), ..address })
}

fn suite<'a>(given: &mut Given<'a>) -> Result<SuiteName, SettingsError<'a>> {
    Ok(given.take_with("suite", field::suite)?.unwrap_or(SuiteName::Sealed))
}

fn role<'a>(given: &mut Given<'a>) -> Result<RoleSettings, SettingsError<'a>> {
    match given.take("role").ok_or(SettingsError::Missing("role"))? {
        "node" => Ok(RoleSettings::Node(node(given)?)),
        "join" => Ok(RoleSettings::Join(JoinSettings {
            node: node(given)?,
            server: given.required("server", field::remote)?,
            server_password: password(given, "server_password")?,
            name: given.required("name", field::name)?,
        })),
        "community" => Ok(RoleSettings::Community(CommunitySettings {
            port: port(given, COMMUNITY_PORT)?,
            password: password(given, "password")?,
        })),
        "circle" => Ok(RoleSettings::Circle(circle(given)?)),
        _ => Err(SettingsError::Invalid("role", field::ROLE)),
    }
}

fn circle<'a>(given: &mut Given<'a>) -> Result<CircleSettings, SettingsError<'a>> {
    let (number, passphrase) = given.required("passphrase", |value| field::passphrase(value.as_bytes()))?;
    Ok(CircleSettings {
        port: port(given, CIRCLE_PORT)?,
        number,
        passphrase,
        name: given.required("name", field::name)?,
        peer: given.take_with("peer", field::remote)?,
        admission: admission(given)?,
    })
}

fn admission<'a>(given: &mut Given<'a>) -> Result<Admission, SettingsError<'a>> {
    match given.take("policy").unwrap_or("all") {
        "all" => Ok(Admission::All),
        "known" => Ok(Admission::Known(given.required("known", field::tags)?)),
        _ => Err(SettingsError::Invalid("policy", field::POLICY)),
    }
}

fn node<'a>(given: &mut Given<'a>) -> Result<NodeSettings, SettingsError<'a>> {
    Ok(NodeSettings {
        port: port(given, NODE_PORT)?,
        password: password(given, "password")?,
        turns: turns(is_set(given, "free")?),
        voice: voice(is_set(given, "echo")?),
    })
}

fn port<'a>(given: &mut Given<'a>, default: NonZeroU16) -> Result<NonZeroU16, SettingsError<'a>> {
    Ok(given.take_with("port", field::port)?.unwrap_or(default))
}

fn password<'a>(given: &mut Given<'a>, key: &'static str) -> Result<Password, SettingsError<'a>> {
    given.required(key, |value| field::password(value.as_bytes()))
}

fn is_set<'a>(given: &mut Given<'a>, key: &'static str) -> Result<bool, SettingsError<'a>> {
    Ok(given.take_with(key, field::yes_or_no)?.unwrap_or(false))
}

fn percent<'a>(given: &mut Given<'a>, key: &'static str) -> Result<u8, SettingsError<'a>> {
    Ok(given.take_with(key, field::percent)?.unwrap_or(0))
}
