//! Command line of `p2pm-tap`.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU16;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use p2pm_core::suite::Password;
use p2pm_core::wire::{Name, Turns};
use p2pm_fw::net::Address;
use p2pm_fw::settings::{
    self, CIRCLE_PORT, COMMUNITY_PORT, Faults, NODE_PORT, NodeSettings, SuiteName, field,
};
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

    /// How connections are protected; both ends must agree: `sealed`, encrypted and authenticated by the password, or
    /// `xor`, the cipher of 2015, every byte XOR 'A', which is obfuscation, not protection
    #[arg(long, default_value = "sealed", value_parser = field::suite)]
    pub suite: SuiteName,

    #[command(subcommand)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub command: Command,
}

/// The device on its network.
#[derive(Debug, Args)]
pub struct LinkOptions {
    /// TAP interface to use; it must exist
    #[arg(long, value_name = "NAME", value_parser = parse_interface)]
    pub tap: String,

    /// IPv4 address of the device, and the length of its network's prefix; or `dhcp`, to ask for one on the network
    #[arg(long, value_name = "ADDRESS/PREFIX", value_parser = parse_ip)]
    pub ip: Ip,

    /// Who knows the way to other networks; without it the device reaches its own network alone
    #[arg(long, value_name = "ADDRESS", value_parser = field::gateway)]
    pub gateway: Option<Ipv4Addr>,

    /// Hardware address of the device; without it, one made of its IP address, or with `dhcp` another one each time
    #[arg(long, value_name = "ADDRESS", value_parser = field::hardware)]
    pub mac: Option<EthernetAddress>,

    /// Capture every packet to this file, for tcpdump and Wireshark; what was in it before is gone
    #[arg(long, value_name = "FILE")]
    pub pcap: Option<PathBuf>,

    /// Lose so many of a hundred packets, both ways
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = field::percent)]
    pub drop_pct: u8,

    /// Turn over a bit in so many of a hundred packets that are received. (Those sent are spared: the fault
    /// injector of smoltcp has its turn at them before they are filled in.)
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = field::percent)]
    pub corrupt_pct: u8,
}

/// Where the IPv4 address of the device is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ip {
    /// From the user.
    Given(Ipv4Cidr),
    /// From a server on the network.
    Leased,
}

/// What the device does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Wait for private chats, one at a time. Callers must give the password in `P2PM_PASSWORD`
    Node(NodeOptions),

    /// Be a node that others find: join a community server, whose password is in `P2PM_SERVER_PASSWORD`; callers
    /// must give the one in `P2PM_PASSWORD`. During a chat the node is not on the list
    Join {
        /// The community server
        #[arg(value_name = "ADDRESS:PORT", value_parser = field::remote)]
        server: SocketAddr,

        /// The name others see
        #[arg(long, value_parser = field::name)]
        name: Name,

        #[command(flatten)]
        #[allow(missing_docs, reason = "the command line would show it")]
        node: NodeOptions,
    },

    /// Call a node, whose password is in `P2PM_CHAT_PASSWORD`: every line is a message, `quit` ends the chat
    Chat {
        /// The node
        #[arg(value_name = "ADDRESS:PORT", value_parser = field::remote)]
        node: SocketAddr,

        /// The name to call under
        #[arg(long, value_parser = field::name)]
        name: Option<Name>,

        #[command(flatten)]
        #[allow(missing_docs, reason = "the command line would show it")]
        turns: TurnOptions,
    },

    /// Be a community server for 16 users, who must give the password in `P2PM_PASSWORD`
    Community {
        /// Port to listen on
        #[arg(long, default_value_t = COMMUNITY_PORT, value_parser = field::port)]
        port: NonZeroU16,
    },

    /// Be a node of the circle whose passphrase is in `P2PM_PASSPHRASE`, as `p2pm circle invite` shows it: find whoever knows it on
    /// the network, show what they say, take a file, send one. With `--send` alone it ends once the file is there
    Circle(CircleOptions),
}

/// How a node of a circle is to be.
#[derive(Debug, Args)]
pub struct CircleOptions {
    /// Another node to be linked with, besides those that are found
    #[arg(value_name = "ADDRESS:PORT", value_parser = field::remote)]
    pub node: Option<SocketAddr>,

    /// The name that others see
    #[arg(long, value_parser = field::name)]
    pub name: Name,

    /// Port to listen on
    #[arg(long, default_value_t = CIRCLE_PORT, value_parser = field::port)]
    pub port: NonZeroU16,

    /// File with the secret key of this device, by which others know it again; it is made if it does not exist. Without it
    /// the device is another one each time
    #[arg(long, value_name = "FILE")]
    pub identity: Option<PathBuf>,

    /// Take one file, whatever its name is, and put it here. It must not exist; what has come of it is beside it
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,

    /// Send this file to the node at the address
    #[arg(long, value_name = "FILE", requires = "node")]
    pub send: Option<PathBuf>,
}

/// How a node is to be.
#[derive(Clone, Copy, Debug, Args)]
pub struct NodeOptions {
    /// Port to listen on
    #[arg(long, default_value_t = NODE_PORT, value_parser = field::port)]
    pub port: NonZeroU16,

    /// Answer every message with itself, instead of showing it and sending what is typed
    #[arg(long)]
    pub echo: bool,

    #[command(flatten)]
    #[allow(missing_docs, reason = "the command line would show it")]
    pub turns: TurnOptions,
}

impl NodeOptions {
    /// Settings of the node, for any board, with the password that callers must know.
    pub fn settings(self, password: Password) -> NodeSettings {
        let voice = settings::voice(self.echo);
        NodeSettings { port: self.port, password, turns: self.turns.turns(), voice }
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
    /// The turns in the core's type.
    pub fn turns(self) -> Turns {
        settings::turns(self.free)
    }
}

impl LinkOptions {
    /// Addresses of the device. The default Ethernet address is derived from the IP address.
    pub fn address(&self) -> Result<Address, Stop> {
        let address = match (self.ip, self.gateway) {
            (Ip::Given(ip), gateway) => field::address(ip, gateway).map_err(|expected| {
                let gateway = gateway.map_or_else(String::new, |gateway| format!(" {gateway}"));
                Stop::Usage(format!("--gateway{gateway} {expected}"))
            })?,
            (Ip::Leased, None) => Address { hardware: random_hardware()?, ip: None, gateway: None },
            (Ip::Leased, Some(_)) => {
                return Err(Stop::Usage("--gateway: it comes with the address, by DHCP".to_owned()));
            }
        };
        Ok(Address { hardware: self.mac.unwrap_or(address.hardware), ..address })
    }

    /// Faults to inject.
    pub fn faults(&self) -> Faults {
        Faults { drop: self.drop_pct, corrupt: self.corrupt_pct }
    }

    /// Why the TAP cannot be used, and the remedy.
    pub fn advise(&self, error: &Error) -> Stop {
        let name = &self.tap;
        let addressed =
            self.other_end().map_or_else(String::new, |end| format!("sudo ip addr add {end} dev {name} && "));
        let make = format!(
            "sudo ip tuntap add dev {name} mode tap user $USER && {addressed}sudo ip link set {name} up"
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

    /// Address for this machine's end of the TAP: the gateway's, or the first one that is not the device's. A server has one
    /// already.
    fn other_end(&self) -> Option<Ipv4Cidr> {
        let Ip::Given(ip) = self.ip else { return None };
        let first = ip.network().address().to_bits().saturating_add(1);
        let others = [first, first.saturating_add(1)].map(Ipv4Addr::from_bits);
        let other = others.into_iter().find(|other| *other != ip.address());
        Some(Ipv4Cidr::new(self.gateway.or(other)?, ip.prefix_len()))
    }
}

/// A random Ethernet address, locally administered (IEEE 802).
fn random_hardware() -> Result<EthernetAddress, Stop> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(|error| Stop::Failure(error.to_string()))?;
    bytes[0] = 2;
    Ok(EthernetAddress(bytes))
}

fn parse_ip(text: &str) -> Result<Ip, field::Expected> {
    field::ip_or_lease(text).map(|ip| ip.map_or(Ip::Leased, Ip::Given))
}

fn parse_interface(text: &str) -> Result<String, String> {
    let is_name = !matches!(text, "" | "." | "..") && text.len() <= 15;
    let is_name = is_name && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b':');
    is_name.then(|| text.to_owned()).ok_or_else(|| "no interface can have this name".to_owned())
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
    fn the_hardware_address_is_made_of_the_ip_address_unless_another_is_given() {
        let hardware = |arguments: &[&str]| link(arguments).address().unwrap().hardware.to_string();
        assert_eq!(hardware(&["--ip", "192.0.2.2/24"]), "02-00-c0-00-02-02");
        assert_eq!(hardware(&["--ip", "192.0.2.2/24", "--mac", "02:00:00:00:00:09"]), "02-00-00-00-00-09");
    }

    #[test]
    fn a_value_that_makes_no_sense_is_told_in_the_words_of_the_boards() {
        let error = |arguments: &[&str]| {
            let arguments = [&["p2pm-tap", "--tap", "tap0"], arguments].concat();
            Options::try_parse_from(arguments).unwrap_err().to_string()
        };
        for (arguments, words) in [
            (&["--ip", "192.0.2.0/24", "node"][..], "should be an address of a device and its prefix"),
            (&["--ip", "192.0.2.2/24", "--suite", "rot13", "node"], "should be sealed or xor"),
            (&["--ip", "192.0.2.2/24", "--drop-pct", "101", "node"], "should be a number from 0 to 100"),
            (&["--ip", "192.0.2.2/24", "node", "--port", "0"], "should be a number from 1 to 65535"),
            (&["--ip", "192.0.2.2/24", "chat", "192.0.2.1:0"], "should be an address and a port"),
        ] {
            assert!(error(arguments).contains(words), "{}", error(arguments));
        }
    }

    #[test]
    fn names_that_no_interface_can_have() {
        for name in ["", ".", "..", "a/b", "a b", "sixteen-letters-"] {
            assert!(parse_interface(name).is_err(), "{name}");
        }
        assert!(parse_interface("fifteen-letters").is_ok());
    }

    #[test]
    fn a_gateway_is_a_neighbour() {
        assert!(link(&["--ip", "192.0.2.2/24", "--gateway", "192.0.2.1"]).address().is_ok());
        for (ip, gateway) in [
            ("192.0.2.2/24", "198.51.100.1"),
            ("192.0.2.2/24", "192.0.2.2"),
            ("192.0.2.2/24", "192.0.2.255"),
            ("192.0.2.2/1", "224.0.0.1"),
        ] {
            let link = link(&["--ip", ip, "--gateway", gateway]);
            assert!(matches!(link.address(), Err(Stop::Usage(_))), "{ip} {gateway}");
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
