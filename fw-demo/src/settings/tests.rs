//! Valid and invalid settings.

extern crate std;

use core::num::NonZeroU32;
use std::format;
use std::string::{String, ToString};

use p2pm_core::wire::sanitise;
use smoltcp::wire::Ipv4Address;

use super::*;

const NODE: &str = "ip=192.0.2.2/24\nrole=node\npassword=apricot\n";

/// The error of a text.
fn error(text: &str) -> String {
    Settings::parse(text).err().expect("it makes no sense").to_string()
}

/// The error of one line too many.
fn error_with(line: &str) -> String {
    error(&format!("{NODE}{line}"))
}

#[test]
fn a_node_needs_little() {
    let settings = Settings::parse(NODE).unwrap();
    assert_eq!(settings.suite, SuiteName::Sealed);
    assert_eq!(settings.faults, Faults::default());
    assert_eq!(settings.seed, None);
    assert_eq!(settings.address.hardware.0, [2, 0, 192, 0, 2, 2]);
    let RoleSettings::Node(node) = settings.role else { panic!("it is a node") };
    assert_eq!((node.port, node.turns, node.voice), (NODE_PORT, Turns::Linear, Voice::Console));
}

#[test]
fn everything_can_be_said() {
    let text = "name=board\nserver=192.0.2.1:5000\nserver_password=a=b c\n\nrole=join\nip=192.0.2.2/24\n\
        gateway=192.0.2.1\nsuite=xor\nport=5461\npassword=apricot\necho=yes\nfree=yes\ndrop=10\ncorrupt=5\n\
        seed=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eFF";
    let settings = Settings::parse(text).unwrap();
    assert_eq!(settings.suite, SuiteName::Xor);
    assert_eq!(settings.faults, Faults { drop: 10, corrupt: 5 });
    assert_eq!(settings.address.gateway, Some(Ipv4Address::new(192, 0, 2, 1)));
    let seed = settings.seed.unwrap();
    assert_eq!((seed[0], seed[30], seed[31]), (0, 0x1e, 0xff));
    let RoleSettings::Join(join) = settings.role else { panic!("it joins") };
    assert_eq!((join.node.turns, join.node.voice), (Turns::Free, Voice::Echo));
    assert_eq!((join.node.port.get(), join.name.as_str()), (5461, "board"));
}

#[test]
fn a_community_has_a_port_of_its_own() {
    let settings = Settings::parse("ip=192.0.2.2/24\nrole=community\npassword=quince").unwrap();
    let RoleSettings::Community(community) = settings.role else { panic!("it is a community") };
    assert_eq!(community.port, COMMUNITY_PORT);
}

const CIRCLE: &str = "ip=192.0.2.2/24\nrole=circle\nname=board\npassphrase=47-coral-tulip-anvil-mocha\n";

/// The circle of these settings with some more lines.
fn circle(more: &str) -> CircleSettings {
    let text = format!("{CIRCLE}{more}");
    match Settings::parse(&text).unwrap().role {
        RoleSettings::Circle(circle) => circle,
        _ => panic!("it is in a circle"),
    }
}

#[test]
fn a_circle_has_a_number_and_accepts_everyone_unless_it_is_told_whom() {
    let alone = circle("");
    assert_eq!((alone.port, alone.number.map(NonZeroU32::get)), (CIRCLE_PORT, Some(47)));
    assert_eq!((alone.peer, alone.admission), (None, Admission::All));
    let tags = ["k7f3-9xq2-m4tz", "0000-0000-0000"].map(|tag| tag.parse().unwrap());
    let known = circle("peer=192.0.2.1:7776\npolicy=known\nknown=k7f3-9xq2-m4tz,0000-0000-0000");
    assert_eq!(known.peer, Some(([192, 0, 2, 1], 7776).into()));
    assert_eq!(known.admission, Admission::Known(tags.into_iter().collect()));
    let nine = ["k7f3-9xq2-m4tz"; 9].join(",");
    for (more, why) in [
        ("suite=xor", "suite should be sealed in a circle"),
        ("policy=ask", "policy should be all or known"),
        ("policy=known", "known is missing"),
        ("known=k7f3-9xq2-m4tz", "known is of no use in this role"),
        ("policy=known\nknown=", "known should be 1 to 8 tags"),
        (&format!("policy=known\nknown={nine}"), "known should be 1 to 8 tags"),
        ("password=apricot", "password is of no use in this role"),
    ] {
        let error = error(&format!("{CIRCLE}{more}"));
        assert!(error.starts_with(why), "{more}: {error}");
    }
}

#[test]
fn a_hardware_address_is_given_or_made() {
    let hardware = |text: &str| Settings::parse(text).ok().map(|settings| settings.address.hardware.0);
    assert_eq!(hardware(NODE), Some([2, 0, 192, 0, 2, 2]));
    assert_eq!(hardware(&format!("{NODE}hardware=02:00:00:00:00:07\n")), Some([2, 0, 0, 0, 0, 7]));
    assert!(error_with("hardware=03:00:00:00:00:07").starts_with("hardware should be "));
}

#[cfg(feature = "dhcp")]
#[test]
fn an_address_can_be_asked_for() {
    const ASKED: &str = "ip=dhcp\nrole=node\npassword=apricot\n";
    let settings =
        Settings::parse("ip=dhcp\nrole=node\npassword=apricot\nhardware=02:00:00:00:00:07").unwrap();
    assert!(settings.address.ip.is_none() && settings.address.gateway.is_none());
    assert_eq!(error(ASKED), "hardware is missing");
    let more = format!("{ASKED}hardware=02:00:00:00:00:07\ngateway=192.0.2.1");
    assert_eq!(error(&more), "gateway is of no use in this role");
}

#[test]
fn what_makes_no_sense_is_named() {
    const IP: &str = "ip should be an address of a device and its prefix, as 192.0.2.2/24";
    assert_eq!(error(""), "ip is missing");
    assert_eq!(error("ip=192.0.2.2/24"), "role is missing");
    assert_eq!(error("ip=192.0.2.2/24\nrole=node"), "password is missing");
    assert_eq!(error("ip=192.0.2.2/24\nrole=king"), "role should be node, join, community or circle");
    assert_eq!(error("ip=192.0.2.2"), IP);
    assert_eq!(error("ip=224.0.0.1/24\nrole=node"), IP);
    assert_eq!(error_with("nonsense"), "line 4 is not key=value");
    assert_eq!(error_with("colour=red"), "there is no key colour");
    assert_eq!(error_with("\u{1b}[2J=red"), format!("there is no key {}", sanitise("\u{1b}[2J")));
    assert_eq!(error_with("password=quince"), "password is given twice");
    assert_eq!(error_with("name=board"), "name is of no use in this role");
    for line in [
        "gateway=198.51.100.1",
        "gateway=192.0.2.2",
        "port=0",
        "suite=rot13",
        "echo=maybe",
        "drop=101",
        "seed=00",
        "seed=zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
    ] {
        let (key, _) = line.split_once('=').unwrap();
        assert!(error_with(line).starts_with(&format!("{key} should be ")), "{line}");
    }
}

#[test]
fn a_code_has_its_number_and_any_other_passphrase_has_none() {
    let number = |text: &str| field::passphrase(text.as_bytes()).unwrap().0.map(NonZeroU32::get);
    assert_eq!(number("47-coral-tulip-anvil-mocha"), Some(47));
    assert_eq!(number("9999-t-shirt-yo-yo-drop-down-felt-tip"), Some(9999));
    for own in
        ["sesame", "47", "47-coral-tulip-anvil", "047-coral-tulip-anvil-mocha", "10000-a-b-c-d", "0-a-b-c-d"]
    {
        assert_eq!(number(own), None, "{own}");
    }
    for own in ["47-a-b-c-d-e", "47-a-b-c-", "47-A-b-c-d", "+47-a-b-c-d", "47 a b c d"] {
        assert_eq!(number(own), None, "{own}");
    }
    assert!(field::passphrase(b"").is_err());
}
