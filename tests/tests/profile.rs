//! Profiles on a disk that is full.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use p2pm_core::wire::Name;
use p2pm_host::config::profile::{Circle, Homes, Profile, ProfileError, ProfileName, Settings};
use p2pm_tests::small_disk::on_small_disk;

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

/// Settings whose file is longer than what is left of a page of the disk.
fn long() -> Settings {
    let mut settings = Settings::new(name("Ann"));
    let codes = (1..8).map(|number| format!("{number}-coral-tulip-anvil-mocha"));
    // A control character is written as six.
    for passphrase in codes.chain(["\u{1}".repeat(128)]) {
        let circle = Circle {
            name: settings.circles.unused_name(),
            passphrase: passphrase.parse().expect("a passphrase"),
        };
        settings.circles.join(circle).expect("there is room");
    }
    settings
}

/// Writes to a file until the disk is full.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("there is room for an empty file");
    while file.write_all(&[0; 64]).is_ok() {}
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(dir)
        .expect("it is there")
        .map(|entry| entry.expect("it is there").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn a_full_disk_leaves_the_old_file_and_is_reported() {
    on_small_disk(64 * 1024, |dir| {
        let homes = Homes { config: dir.join("config"), data: dir.join("data") };
        let profile = Profile::open(&homes, &ProfileName::default()).expect("the directory is ours");
        let short = Settings::new(name("Ann"));
        profile.save_settings(&short).expect("there is room");
        let filler = dir.join("filler");
        fill(&filler);
        let error = profile.save_settings(&long()).expect_err("there is no room");
        assert!(matches!(error, ProfileError::NotWritten { .. }));
        assert!(error.to_string().contains("default.json could not be written: No space left on device"));
        assert_eq!(profile.settings().expect("it is whole"), Some(short));
        assert_eq!(files(&homes.config.join("p2pm")), ["default.json"]);
        fs::remove_file(filler).expect("it is ours");
        profile.save_settings(&long()).expect("there is room");
        assert_eq!(profile.settings().expect("it is whole"), Some(long()));
    });
}
