//! Files that wait until a user goes on with them.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::cast::{Node, eventually, folder};
use crate::files::{LONG, Pair, content, has_no_files, size_of, text};

#[test]
fn what_waits_goes_on_when_either_end_says_so() {
    let pair = Pair::new();
    let file = folder(&pair.katie, "from").join("film");
    fs::write(&file, content(LONG)).expect("room");
    let to = folder(&pair.abdul, "to");
    let sending = pair.katie.command(&["send", "abdul", "--file", text(&file)]).spawn().expect("p2pm starts");
    eventually("an offer", || pair.abdul.output(&["files"]).contains(": offered"));
    assert!(pair.abdul.run(&["take", "1", "--save", text(&to)]).status.success());
    let waits = |node: &Node| node.output(&["files"]).contains("waits at");
    let arrived = || to.join("film").exists();
    for (who, other) in [(&pair.katie, &pair.abdul), (&pair.abdul, &pair.katie)] {
        eventually("it to be on its way", || who.run(&["pause", "1"]).status.success() || arrived());
        eventually("both ends to wait", || waits(who) && waits(other) || arrived());
        other.run(&["resume", "1"]);
    }
    let sent = sending.wait_with_output().expect("it ends");
    assert!(sent.status.success());
    assert!(fs::read(to.join("film")).expect("it has arrived") == content(LONG));
}

/// Number of the only file of a node.
fn only_file(node: &Node) -> String {
    node.output(&["files"]).split_whitespace().next().unwrap_or_default().to_owned()
}

#[test]
fn what_a_user_has_wait_still_waits_when_either_node_is_started_again() {
    let mut pair = Pair::new();
    let file = folder(&pair.katie, "from").join("film");
    // Never whole: what matters is whether more comes.
    fs::File::create(&file).expect("room").set_len(4 << 30).expect("it is sparse");
    let unfinished = folder(&pair.abdul, "Downloads/p2pm/.p2pm-unfinished");
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o700)).expect("ours");
    let sent = pair.katie.run(&["send", "--timeout", "0.5", "abdul", "--file", text(&file)]);
    assert_eq!(sent.status.code(), Some(124), "nobody has taken it");
    eventually("an offer", || pair.abdul.output(&["files"]).contains(": offered"));
    assert!(pair.abdul.run(&["take", "1"]).status.success());
    let waits = |node: &Node| node.output(&["files"]).contains(" %: paused");
    for (does_katie_pause, does_katie_restart) in [(true, true), (false, true), (true, false), (false, false)]
    {
        let before = size_of(&unfinished);
        eventually("more of it", || size_of(&unfinished) > before + (50 << 20));
        let pauser = if does_katie_pause { &pair.katie } else { &pair.abdul };
        assert!(pauser.run(&["pause", &only_file(pauser)]).status.success());
        eventually("both ends to wait", || waits(&pair.katie) && waits(&pair.abdul));
        let has = size_of(&unfinished);
        if does_katie_restart {
            Pair::restart(&mut pair.katie, &pair.of_katie);
        } else {
            Pair::restart(&mut pair.abdul, &pair.of_abdul);
        }
        pair.await_link();
        // How much there is shows once there was a connection.
        let has_asked = || !pair.abdul.output(&["files"]).contains("waits at 0 %");
        eventually("both ends to wait again", || waits(&pair.katie) && waits(&pair.abdul) && has_asked());
        assert_eq!(size_of(&unfinished), has, "nothing has come");
        let resumer = if does_katie_pause { &pair.abdul } else { &pair.katie };
        assert!(resumer.run(&["resume", &only_file(resumer)]).status.success());
    }
    assert!(pair.katie.run(&["cancel", &only_file(&pair.katie)]).status.success());
    eventually("nothing to be left", || has_no_files(&pair.katie) && has_no_files(&pair.abdul));
}
