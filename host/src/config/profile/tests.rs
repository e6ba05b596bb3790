use std::fs::{self, Permissions};
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

use p2pm_core::node::{Known, Policy, Trust};
use p2pm_core::wire::{Endpoint, Name, PublicKey};
use rustix::process::geteuid;
use tempfile::TempDir;

use super::*;

/// Homes in a directory that goes with the test.
struct Place {
    _dir: TempDir,
    homes: Homes,
}

impl Place {
    fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let homes = Homes { config: dir.path().join("config"), data: dir.path().join("data") };
        Self { _dir: dir, homes }
    }

    fn open(&self) -> Result<Profile, ProfileError> {
        Profile::open(&self.homes, &ProfileName::default())
    }
}

#[test]
fn settings_are_read_beside_a_program_that_has_the_profile_open() {
    let place = Place::new();
    let read = || read_settings(&place.homes, &ProfileName::default());
    assert!(matches!(read(), Ok(None)));
    let profile = place.open().unwrap();
    profile.save_settings(&settings()).unwrap();
    assert_eq!(read().unwrap().unwrap(), settings());
    fs::write(&profile.settings, "damaged").unwrap();
    assert!(matches!(read(), Err(ProfileError::InUse(_))));
    assert!(profile.settings.exists(), "whoever has it open may be about to replace it");
    drop(profile);
    assert!(matches!(read(), Err(ProfileError::Damaged { .. })));
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn settings() -> Settings {
    let mut settings = Settings::new(name("Ann \"A\""));
    settings.port = NonZeroU16::new(5460);
    settings.policy = Policy::All;
    for (circle, passphrase) in [
        ("home", "47-coral-tulip-anvil-mocha"),
        ("work", " of \\ their \"own\"\n"),
        ("a", "48-coral-tulip-anvil-mocha"),
    ] {
        let circle = Circle { name: name(circle), passphrase: passphrase.parse().unwrap() };
        settings.circles.join(circle).unwrap();
    }
    settings
}

fn identity() -> Identity {
    Identity::from_seed(&[7; 32])
}

fn known(byte: u8, trust: Option<Trust>, endpoint: Option<&str>) -> Known {
    let endpoint = endpoint.map(|text| {
        let address: SocketAddr = text.parse().unwrap();
        Endpoint::new(address.ip(), NonZeroU16::new(address.port()).unwrap())
    });
    let name = (byte % 2 == 1).then(|| name("Bo"));
    Known { name, trust, endpoint, ..Known::of(PublicKey([byte; 32])) }
}

fn all_known() -> [Known; 5] {
    [
        known(1, Some(Trust::Accepted), Some("192.0.2.1:5460")),
        known(2, None, None),
        known(3, Some(Trust::Denied), None),
        known(4, Some(Trust::Verified), Some("[2001:db8::1]:1")),
        known(5, Some(Trust::Blocked), None),
    ]
}

fn contacts() -> Contacts {
    let circle = name("home");
    Contacts::new(all_known().iter().map(|known| (known, &circle)))
}

fn json(document: &impl Document) -> Vec<u8> {
    let mut bytes = Vec::new();
    document.write(&mut bytes).unwrap();
    bytes
}

/// Puts `content` in the place of a file, as private as it was.
fn overwrite(path: &Path, content: &[u8]) {
    fs::write(path, content).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn what_is_saved_is_there_in_the_next_run() {
    let place = Place::new();
    let profile = place.open().unwrap();
    assert_eq!(profile.settings().unwrap(), None);
    assert!(profile.identity().unwrap().is_none());
    assert_eq!(profile.contacts().unwrap(), Contacts::default());
    profile.save_settings(&Settings::new(name("Bo"))).unwrap();
    profile.save_settings(&settings()).unwrap();
    profile.create_identity(&identity()).unwrap();
    profile.save_contacts(&contacts()).unwrap();
    drop(profile);
    let profile = place.open().unwrap();
    assert_eq!(profile.settings().unwrap(), Some(settings()));
    assert_eq!(profile.identity().unwrap().unwrap().key(), identity().key());
    assert_eq!(profile.contacts().unwrap(), contacts());
}

#[test]
fn contacts_that_were_decided_on_are_stored_and_no_others() {
    let stored: Vec<_> = contacts().iter().map(StoredContact::known).collect();
    let [accepted, _, _, verified, blocked] = all_known();
    assert_eq!(stored, [accepted, verified, blocked]);
    assert!(contacts().iter().all(|contact| contact.circle().as_str() == "home"));
}

#[test]
fn the_files_have_the_documented_form() {
    let profile: serde_json::Value = serde_json::from_slice(&json(&settings())).unwrap();
    let circle = serde_json::json!({ "name": "home", "passphrase": "47-coral-tulip-anvil-mocha" });
    assert_eq!((&profile["v"], &profile["policy"]), (&1.into(), &"all".into()));
    assert_eq!((&profile["port"], &profile["circles"][0]), (&5460.into(), &circle));
    let contacts: serde_json::Value = serde_json::from_slice(&json(&contacts())).unwrap();
    let contact = serde_json::json!({
        "key": "04".repeat(32), "name": null, "trust": "verified", "endpoint": "[2001:db8::1]:1", "circle": "home"
    });
    assert_eq!(contacts["contacts"][1], contact);
}

#[test]
fn a_profile_is_open_once_and_others_beside_it() {
    let place = Place::new();
    let profile = place.open().unwrap();
    let error = place.open().unwrap_err();
    assert_eq!(error.to_string(), "the profile `default` is in use by another program");
    let other = Profile::open(&place.homes, &"other".parse().unwrap()).unwrap();
    other.save_settings(&Settings::new(name("Bo"))).unwrap();
    assert_eq!(profile.settings().unwrap(), None);
    drop(profile);
    place.open().unwrap();
}

#[test]
fn only_the_user_has_access() {
    let place = Place::new();
    let profile = place.open().unwrap();
    profile.save_settings(&settings()).unwrap();
    profile.create_identity(&identity()).unwrap();
    profile.save_contacts(&contacts()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    for path in [&profile.settings, &profile.identity, &profile.contacts] {
        assert_eq!((mode(path), mode(path.parent().unwrap())), (0o600, 0o700), "{}", path.display());
    }
    assert_eq!(mode(&place.homes.data.join("p2pm")), 0o700);
}

#[test]
fn what_others_have_access_to_is_refused_and_left() {
    let place = Place::new();
    let profile = place.open().unwrap();
    profile.save_settings(&settings()).unwrap();
    for mode in [0o640, 0o604, 0o620] {
        fs::set_permissions(&profile.settings, Permissions::from_mode(mode)).unwrap();
        let error = profile.settings().unwrap_err().to_string();
        assert!(error.ends_with("default.json: other users have access to it; chmod 600 it"), "{error}");
    }
    assert_eq!(fs::read(&profile.settings).unwrap(), json(&settings()));
    drop(profile);
    let data = place.homes.data.join("p2pm");
    fs::set_permissions(&data, Permissions::from_mode(0o750)).unwrap();
    let error = place.open().unwrap_err().to_string();
    assert_eq!(error, format!("{}: other users have access to it; chmod 700 it", data.display()));
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    if !geteuid().is_root() {
        return;
    }
    let place = Place::new();
    let profile = place.open().unwrap();
    profile.create_identity(&identity()).unwrap();
    chown(&profile.identity, Some(1), None).unwrap();
    let error = profile.identity().unwrap_err().to_string();
    assert!(error.ends_with("identity.json: it belongs to another user; use one of your own"), "{error}");
    drop(profile);
    chown(place.homes.data.join("p2pm/default"), Some(1), None).unwrap();
    let error = place.open().unwrap_err().to_string();
    assert!(error.ends_with("default: it belongs to another user; use one of your own"), "{error}");
}

#[test]
fn a_link_in_place_of_a_directory_is_refused() {
    let place = Place::new();
    fs::create_dir_all(&place.homes.config).unwrap();
    symlink("/", place.homes.config.join("p2pm")).unwrap();
    let error = place.open().unwrap_err().to_string();
    assert!(error.ends_with("p2pm: not a directory"), "{error}");
}

#[test]
fn a_damaged_file_is_renamed_and_none_is_lost() {
    let place = Place::new();
    let profile = place.open().unwrap();
    let path = profile.settings.display();
    for (content, aside, why) in [
        (&b""[..], 1, "it ends in the middle"),
        (b"{\"v\": 1,", 2, "it ends in the middle"),
        (b"{\"v\": 1}}", 3, "it is not JSON at line 1, column 9"),
        (b"{\n\"v\": 0}", 4, "a value at line 2, column 7 does not belong there, or one is missing"),
    ] {
        overwrite(&profile.settings, content);
        let error = profile.settings().unwrap_err().to_string();
        assert_eq!(error, format!("{path} is damaged: {why}. It was renamed to {path}.damaged-{aside}"));
        assert_eq!(fs::read(format!("{path}.damaged-{aside}")).unwrap(), content);
        assert_eq!(profile.settings().unwrap(), None);
    }
    overwrite(&profile.contacts, &vec![b' '; Contacts::LEN_MAX + 1]);
    assert!(profile.contacts().unwrap_err().to_string().contains("is damaged: it is too long"));
}

#[test]
fn no_identity_takes_the_place_of_a_damaged_one() {
    let place = Place::new();
    let profile = place.open().unwrap();
    profile.create_identity(&identity()).unwrap();
    let other = Identity::from_seed(&[8; 32]);
    assert!(matches!(profile.create_identity(&other), Err(ProfileError::Exists(_))));
    let damaged = String::from_utf8(json(&StoredIdentity::new(&identity()))).unwrap().replacen("07", "08", 1);
    overwrite(&profile.identity, damaged.as_bytes());
    assert!(matches!(profile.identity(), Err(ProfileError::Damaged { .. })));
    let error = profile.create_identity(&other).unwrap_err().to_string();
    assert!(error.contains("identity.json.damaged-1: repair it, or remove it"), "{error}");
    fs::remove_file(profile.identity.with_extension("json.damaged-1")).unwrap();
    profile.create_identity(&other).unwrap();
    assert_eq!(profile.identity().unwrap().unwrap().key(), other.key());
}

#[test]
fn a_file_of_a_newer_version_is_left_as_it_is() {
    let place = Place::new();
    let profile = place.open().unwrap();
    let content = b"{\"v\": 2, \"what\": [\"is new\"]}";
    for path in [&profile.settings, &profile.identity, &profile.contacts] {
        overwrite(path, content);
    }
    let errors = [
        profile.settings().unwrap_err(),
        profile.identity().unwrap_err(),
        profile.create_identity(&identity()).unwrap_err(),
        profile.contacts().unwrap_err(),
    ];
    for error in errors.map(|error| error.to_string()) {
        assert!(error.contains("it is of version 2, this program knows 1; it was left as it is"), "{error}");
    }
    for path in [&profile.settings, &profile.identity, &profile.contacts] {
        assert_eq!(fs::read(path).unwrap(), content);
    }
}

#[test]
fn what_an_interrupted_program_left_behind_does_not_count_and_goes() {
    let place = Place::new();
    let profile = place.open().unwrap();
    profile.save_settings(&settings()).unwrap();
    let left = profile.settings.with_extension("json.new");
    fs::write(&left, &json(&Settings::new(name("Bo")))[..20]).unwrap();
    assert_eq!(profile.settings().unwrap(), Some(settings()));
    profile.save_settings(&Settings::new(name("Bo"))).unwrap();
    assert_eq!(profile.settings().unwrap(), Some(Settings::new(name("Bo"))));
    assert!(!left.exists());
}

#[test]
fn a_file_that_was_cut_is_damaged_wherever_it_was_cut() {
    fn check<T: Document>(document: &T) {
        let whole = json(document);
        let end = whole.len() - "\n".len();
        T::parse(&whole[..end]).ok().unwrap();
        for len in 0..end {
            assert_eq!(T::parse(&whole[..len]).err(), Some(Defect::Cut), "{len} bytes");
        }
    }
    check(&settings());
    check(&contacts());
    check(&StoredIdentity::new(&identity()));
}

#[test]
fn a_file_with_an_inverted_bit_is_refused_or_means_something_and_an_identity_is_refused() {
    fn check<T: Document>(document: &T) -> usize {
        let mut bytes = json(document);
        let mut accepted = 0;
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = T::parse(&bytes) {
                accepted += 1;
                assert_eq!(json(&T::parse(&json(&other)).ok().unwrap()), json(&other));
            }
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
        accepted
    }
    assert!(check(&settings()) > 0);
    assert!(check(&contacts()) > 0);
    assert_eq!(check(&StoredIdentity::new(&identity())), 0);
}

#[test]
fn an_error_holds_nothing_of_the_file() {
    let text = String::from_utf8(json(&settings())).unwrap();
    for (from, to) in [
        ("5460", "\"47-coral-tulip-anvil-mocha\""),
        ("\"all\"", "\"coral\""),
        ("\"policy\"", "\"coral\""),
        ("coral", "corel"),
    ] {
        let why = Settings::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err().to_string();
        assert!(why.starts_with("a value at line ") && !why.contains("cor"), "{why}");
    }
}

#[test]
fn what_a_program_would_not_write_is_damaged() {
    let circle = |name: &str, passphrase: &str| format!(r#"{{"name":"{name}","passphrase":"{passphrase}"}}"#);
    let settings = |port: &str, circles: &str| {
        Settings::parse(
            format!(r#"{{"v":1,"name":"Ann","port":{port},"policy":"ask","circles":[{circles}]}}"#)
                .as_bytes(),
        )
    };
    let numbered = |number: u8| circle(&number.to_string(), &format!("{number}-coral-tulip-anvil-mocha"));
    let nine: Vec<_> = (1..=9).map(numbered).collect();
    settings("1", &nine[..8].join(",")).unwrap();
    for (port, circles) in [
        ("0", String::new()),
        ("65536", String::new()),
        ("1", circle("", "x")),
        ("1", circle("a", "")),
        ("1", circle("a", &"x".repeat(129))),
        ("1", [circle("a", "x"), circle("a", "y")].join(",")),
        ("1", [circle("a", "x"), circle("b", "x")].join(",")),
        ("1", [circle("a", "x"), circle("b", "y")].join(",")),
        ("1", [numbered(1), circle("b", "1-coral-tulip-anvil-coral")].join(",")),
        ("1", nine.join(",")),
        ("1,\"more\":1", String::new()),
    ] {
        let parsed = settings(port, &circles);
        assert!(matches!(parsed, Err(Defect::Value { .. })), "{port} {circles}: {parsed:?}");
    }
    let text = String::from_utf8(json(&contacts())).unwrap();
    for (from, to) in [
        ("04".repeat(32), "05".repeat(32)),
        ("04".repeat(32), "00".repeat(32)),
        ("04".repeat(32), "04".repeat(31)),
        ("04".repeat(32), "0A".repeat(32)),
        ("verified".to_owned(), "denied".to_owned()),
        ("[2001:db8::1]:1".to_owned(), "[2001:db8::1]:0".to_owned()),
        ("[2001:db8::1]:1".to_owned(), "localhost:1".to_owned()),
    ] {
        let parsed = Contacts::parse(text.replace(&from, &to).as_bytes());
        assert!(matches!(parsed, Err(Defect::Value { .. })), "{from} {to}: {parsed:?}");
    }
}

#[test]
fn circles_are_joined_chosen_and_left() {
    let mut circles = settings().circles;
    let names = |circles: &Circles| circles.iter().map(|circle| circle.name.to_string()).collect::<Vec<_>>();
    assert!(circles.choose(&name("a")) && !circles.choose(&name("b")));
    assert_eq!(names(&circles), ["a", "home", "work"]);
    assert_eq!(circles.leave(&name("a")).unwrap().passphrase.number().map(u32::from), Some(48));
    assert!(circles.leave(&name("a")).is_none());
    assert_eq!(circles.current().unwrap().name, name("home"));
    let again = Circle { name: name("b"), passphrase: " 47 coral tulip anvil mocha".parse().unwrap() };
    let error = circles.join(again).unwrap_err().to_string();
    assert_eq!(error, "that is the passphrase of your circle `home`");
    let unnumbered = Circle { name: name("b"), passphrase: "x".parse().unwrap() };
    assert_eq!(circles.join(unnumbered), Err(CircleError::Number(name("work"))));
    assert_eq!(circles.unused_name(), name("home 2"));
}
