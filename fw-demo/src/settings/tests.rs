//! Settings, and what is wrong with them.

use super::*;

const NODE: &str = "ip=192.0.2.2/24\nrole=node\npassword=apricot\n";

fn error(text: &str) -> SettingsError {
    Settings::parse(text).err().expect("it makes no sense")
}

fn error_with(line: &str) -> SettingsError {
    let mut text = heapless::String::<512>::new();
    text.push_str(NODE).unwrap();
    text.push_str(line).unwrap();
    error(&text)
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

#[test]
fn what_makes_no_sense_is_named() {
    assert_eq!(error(""), SettingsError::Missing("ip"));
    assert_eq!(error("ip=192.0.2.2/24"), SettingsError::Missing("role"));
    assert_eq!(error("ip=192.0.2.2/24\nrole=node"), SettingsError::Missing("password"));
    assert_eq!(error("ip=192.0.2.2/24\nrole=king"), SettingsError::Invalid("role"));
    assert_eq!(error("ip=192.0.2.2"), SettingsError::Invalid("ip"));
    assert_eq!(error("ip=224.0.0.1/24\nrole=node"), SettingsError::Invalid("ip"));
    assert_eq!(error_with("nonsense"), SettingsError::NotASetting(4));
    assert_eq!(error_with("colour=red"), SettingsError::Unknown(4));
    assert_eq!(error_with("password=quince"), SettingsError::Twice("password"));
    assert_eq!(error_with("name=board"), SettingsError::OutOfPlace("name"));
    for (line, key) in [
        ("gateway=198.51.100.1", "gateway"),
        ("gateway=192.0.2.2", "gateway"),
        ("port=0", "port"),
        ("suite=rot13", "suite"),
        ("echo=maybe", "echo"),
        ("drop=101", "drop"),
        ("seed=00", "seed"),
        ("seed=zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "seed"),
    ] {
        assert_eq!(error_with(line), SettingsError::Invalid(key), "{line}");
    }
}
