//! The command line.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use p2pm_core::wire::{Name, Turns};
use p2pm_fw::app::Voice;
use p2pm_fw::net::Address;
use smoltcp::wire::{EthernetAddress, Ipv4Cidr};

use crate::stop::Stop;
use crate::tap::Error;

/// Plays a small device on a TAP interface: the same core as the Linux programs, on a network stack of its own.
///
/// The device is a neighbour of this machine on the TAP, with an address of its own, which nobody else may have.
/// Ping it, call it, be called by it. Ctrl-C says goodbye and ends it.
///
/// Passwords come from the environment, never from the command line, which everybody on this machine can read.
///
/// Exit status: 0 done, 1 network or protocol failed, 2 called wrongly, 3 refused (wrong password, busy, full, name
/// taken), 130 a chat interrupted. Whoever waits for others and is told to end has done its work: 0.
#[derive(Debug, Parser)]
#[command(name = "p2pm-tap", version, max_term_width = 100)]
pub struct Options {
    #[command(flatten)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub link: LinkOptions,

    /// How connections are protected; both ends must agree
    #[arg(long, value_enum, default_value_t)]
    pub suite: SuiteName,

    #[command(subcommand)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub command: Command,
}

/// How what is sent is protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SuiteName {
    /// Encrypted and authenticated by the password
    #[default]
    Sealed,
    /// The cipher of 2015, every byte XOR 'A': obfuscation, not protection
    Xor,
}

/// The device on its network.
#[derive(Debug, Args)]
pub struct LinkOptions {
    /// TAP interface to use; it must exist
    #[arg(long, value_name = "NAME", value_parser = parse_interface)]
    pub tap: String,

    /// IPv4 address of the device, and the length of its network's prefix
    #[arg(long, value_name = "ADDRESS/PREFIX", value_parser = parse_ip)]
    pub ip: Ipv4Cidr,

    /// Who knows the way to other networks; without it the device reaches its own network alone
    #[arg(long, value_name = "ADDRESS")]
    pub gateway: Option<Ipv4Addr>,

    /// Hardware address of the device; without it, one made of its IP address
    #[arg(long, value_name = "ADDRESS", value_parser = parse_hardware)]
    pub mac: Option<EthernetAddress>,

    /// Capture every packet to this file, for tcpdump and Wireshark; what was in it before is gone
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,

    /// Lose so many of a hundred packets, both ways
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    pub drop_pct: u8,

    /// Turn over a bit in so many of a hundred packets that are received. (Those sent are spared: the fault
    /// injector of smoltcp has its turn at them before they are filled in.)
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=100))]
    pub corrupt_pct: u8,
}

/// What the device does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Wait for private chats, one at a time. Callers must give the password in `P2PM_PASSWORD`
    Node {
        /// Port to listen on
        #[arg(long, default_value_t = NODE_PORT)]
        port: NonZeroU16,

        #[command(flatten)]
        #[allow(missing_docs, reason = "the command line would show it")]
        chat: NodeOptions,
    },

    /// Be a node that others find: join a community server, whose password is in `P2PM_SERVER_PASSWORD`; callers
    /// must give the one in `P2PM_PASSWORD`. During a chat the node is not on the list
    Join {
        /// The community server
        #[arg(value_name = "ADDRESS:PORT", value_parser = parse_address)]
        server: SocketAddr,

        /// The name others see
        #[arg(long, value_parser = parse_name)]
        name: Name,

        /// Port to listen on
        #[arg(long, default_value_t = NODE_PORT)]
        port: NonZeroU16,

        #[command(flatten)]
        #[allow(missing_docs, reason = "the command line would show it")]
        chat: NodeOptions,
    },

    /// Call a node, whose password is in `P2PM_CHAT_PASSWORD`: every line is a message, `quit` ends the chat
    Chat {
        /// The node
        #[arg(value_name = "ADDRESS:PORT", value_parser = parse_address)]
        node: SocketAddr,

        /// The name to call under
        #[arg(long, value_parser = parse_name)]
        name: Option<Name>,

        #[command(flatten)]
        #[allow(missing_docs, reason = "the command line would show it")]
        turns: TurnOptions,
    },

    /// Be a community server for 16 users, who must give the password in `P2PM_PASSWORD`
    Community {
        /// Port to listen on
        #[arg(long, default_value_t = COMMUNITY_PORT)]
        port: NonZeroU16,
    },
}

const NODE_PORT: NonZeroU16 = NonZeroU16::new(5460).unwrap();
const COMMUNITY_PORT: NonZeroU16 = NonZeroU16::new(5000).unwrap();

/// How a node chats.
#[derive(Clone, Copy, Debug, Args)]
pub struct NodeOptions {
    /// Answer every message with itself, instead of showing it and sending what is typed
    #[arg(long)]
    pub echo: bool,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub turns: TurnOptions,
}

impl NodeOptions {
    /// Who speaks for the device.
    pub fn voice(self) -> Voice {
        if self.echo { Voice::Echo } else { Voice::Console }
    }
}

/// Who may write when.
#[derive(Clone, Copy, Debug, Args)]
pub struct TurnOptions {
    /// Both sides may write at any time, if the other side says so too; otherwise they take turns
    #[arg(long)]
    pub free: bool,
}

impl TurnOptions {
    /// In the core's terms.
    pub fn turns(self) -> Turns {
        if self.free { Turns::Free } else { Turns::Linear }
    }
}

impl LinkOptions {
    /// Who the device is. Without a hardware address of its own it has one made of its IP address.
    pub fn address(&self) -> Address {
        let hardware = self.mac.unwrap_or_else(|| Address::local_hardware(self.ip.address()));
        Address { hardware, ip: self.ip, gateway: self.gateway }
    }

    /// What is wrong with the options together.
    pub fn check(&self) -> Result<(), Stop> {
        match self.gateway {
            Some(gateway) if !self.address().has_gateway_in_reach() => Err(Stop::Usage(format!(
                "--gateway {gateway} is no neighbour in the network of --ip {}",
                self.ip
            ))),
            _ => Ok(()),
        }
    }

    /// What keeps the TAP from being used, and how to mend it.
    pub fn advise(&self, error: &Error) -> Stop {
        let name = &self.tap;
        let make = format!(
            "sudo ip tuntap add dev {name} mode tap user $USER \
             && sudo ip addr add {} dev {name} && sudo ip link set {name} up",
            self.other_end()
        );
        let mend = match error {
            Error::Missing => make,
            Error::NotOurs => format!("sudo ip tuntap del dev {name} mode tap && {make}"),
            Error::Locked => "sudo chmod a+rw /dev/net/tun".to_owned(),
            Error::Unsupported => "sudo modprobe tun".to_owned(),
            Error::NotTap | Error::Busy | Error::Other(_) => {
                return Stop::Failure(format!("--tap {name}: {error}"));
            }
        };
        Stop::Failure(format!("--tap {name}: {error}; mend it with: {mend}"))
    }

    /// An address for this machine's end of the TAP: the gateway's, or the first one that is not the device's.
    fn other_end(&self) -> Ipv4Cidr {
        let first = self.ip.network().address().to_bits().saturating_add(1);
        let others = [first, first.saturating_add(1)].map(Ipv4Addr::from_bits);
        let other = others.into_iter().find(|other| *other != self.ip.address());
        Ipv4Cidr::new(self.gateway.or(other).unwrap_or(Ipv4Addr::UNSPECIFIED), self.ip.prefix_len())
    }
}

fn parse_interface(text: &str) -> Result<String, String> {
    let is_name = !matches!(text, "" | "." | "..") && text.len() <= 15;
    let is_name = is_name && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b':');
    is_name.then(|| text.to_owned()).ok_or_else(|| "no interface can have this name".to_owned())
}

fn parse_ip(text: &str) -> Result<Ipv4Cidr, String> {
    let ip: Ipv4Cidr =
        text.parse().map_err(|()| "it is not ADDRESS/PREFIX, as in 192.0.2.2/24".to_owned())?;
    let address = Address { hardware: Address::local_hardware(ip.address()), ip, gateway: None };
    address.is_of_a_host().then_some(ip).ok_or_else(|| "no device can have this address".to_owned())
}

fn parse_hardware(text: &str) -> Result<EthernetAddress, String> {
    let address: EthernetAddress =
        text.parse().map_err(|()| "it is not like 02:00:00:00:00:01".to_owned())?;
    let is_ours = address.is_unicast() && address != EthernetAddress([0; 6]);
    is_ours.then_some(address).ok_or_else(|| "no device can have this address".to_owned())
}

fn parse_address(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddrV4 =
        text.parse().map_err(|_| "it is not ADDRESS:PORT, as in 192.0.2.1:5000".to_owned())?;
    if address.port() == 0 {
        Err("a port is a number from 1 to 65535".to_owned())
    } else {
        Ok(address.into())
    }
}

fn parse_name(text: &str) -> Result<Name, String> {
    text.parse().map_err(|error: p2pm_core::wire::NameError| error.to_string())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    fn link(arguments: &[&str]) -> LinkOptions {
        let arguments = [&["p2pm-tap", "--tap", "tap0"], arguments, &["node"]].concat();
        Options::try_parse_from(arguments).unwrap().link
    }

    fn advice(link: &LinkOptions, error: &Error) -> String {
        let Stop::Failure(advice) = link.advise(error) else { panic!("it was not called wrongly") };
        assert!(!advice.contains('\n'), "{advice}");
        advice
    }

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }

    #[test]
    fn a_device_has_an_address_of_its_own() {
        for address in ["192.0.2.2/24", "10.0.0.0/31", "10.1.2.3/32"] {
            assert!(parse_ip(address).is_ok(), "{address}");
        }
        let nobodys = [
            "192.0.2.0/24",
            "192.0.2.255/24",
            "0.0.0.0/0",
            "127.0.0.1/8",
            "224.0.0.1/4",
            "255.255.255.255/0",
        ];
        for address in ["", "192.0.2.2", "192.0.2.2/33", "::1/64"].into_iter().chain(nobodys) {
            assert!(parse_ip(address).is_err(), "{address}");
        }
    }

    #[test]
    fn the_hardware_address_is_local_and_of_one_device() {
        let hardware = link(&["--ip", "192.0.2.2/24"]).address().hardware;
        assert_eq!(hardware.to_string(), "02-00-c0-00-02-02");
        assert!(hardware.is_unicast() && hardware.is_local());
        assert_eq!(link(&["--ip", "192.0.2.2/24", "--mac", "02:00:00:00:00:09"]).address().hardware.0[5], 9);
        for address in ["", "02:00", "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01"] {
            assert!(parse_hardware(address).is_err(), "{address}");
        }
    }

    #[test]
    fn names_and_addresses_that_cannot_be() {
        for name in ["", ".", "..", "a/b", "a b", "sixteen-letters-"] {
            assert!(parse_interface(name).is_err(), "{name}");
        }
        assert!(parse_interface("fifteen-letters").is_ok());
        for address in ["", "192.0.2.1", "192.0.2.1:0", "[::1]:5000", "localhost:5000"] {
            assert!(parse_address(address).is_err(), "{address}");
        }
        assert!(parse_address("192.0.2.1:5000").is_ok());
    }

    #[test]
    fn a_gateway_is_a_neighbour() {
        assert!(link(&["--ip", "192.0.2.2/24", "--gateway", "192.0.2.1"]).check().is_ok());
        for (ip, gateway) in [
            ("192.0.2.2/24", "198.51.100.1"),
            ("192.0.2.2/24", "192.0.2.2"),
            ("192.0.2.2/24", "192.0.2.255"),
            ("192.0.2.2/1", "224.0.0.1"),
        ] {
            let link = link(&["--ip", ip, "--gateway", gateway]);
            assert!(matches!(link.check(), Err(Stop::Usage(_))), "{ip} {gateway}");
        }
    }

    #[test]
    fn a_missing_tap_is_made_by_what_the_complaint_says() {
        let second = link(&["--ip", "192.0.2.2/24"]);
        assert_eq!(
            advice(&second, &Error::Missing),
            "--tap tap0: there is no such interface; mend it with: \
             sudo ip tuntap add dev tap0 mode tap user $USER \
             && sudo ip addr add 192.0.2.1/24 dev tap0 && sudo ip link set tap0 up"
        );
        let first = link(&["--ip", "192.0.2.1/24"]);
        assert!(advice(&first, &Error::Missing).contains("ip addr add 192.0.2.2/24 dev"));
        let behind = link(&["--ip", "192.0.2.2/24", "--gateway", "192.0.2.254"]);
        assert!(advice(&behind, &Error::Missing).contains("ip addr add 192.0.2.254/24 dev"));
    }

    #[test]
    fn missing_rights_are_mended_by_what_the_complaint_says() {
        let link = link(&["--ip", "192.0.2.2/24"]);
        assert!(advice(&link, &Error::Locked).ends_with("sudo chmod a+rw /dev/net/tun"));
        assert!(
            advice(&link, &Error::NotOurs)
                .contains("sudo ip tuntap del dev tap0 mode tap && sudo ip tuntap add")
        );
        assert!(advice(&link, &Error::Busy).contains("another program uses it"));
    }
}
