//! Those who know the passphrase and are not contacts.

use crate::cast::{Node, eventually};

/// Somebody who asks a node to be accepted.
fn stranger(name: &str, asked: &Node) -> Node {
    Node::start(name, None, &["--port", "0", "--connect", &asked.address()])
}

/// Tag of somebody of whom a node says this.
fn tag_of(node: &Node, said: &str) -> String {
    let who = node.output(&["who"]);
    let line = who.lines().skip(1).find(|line| line.contains(said)).expect("somebody");
    line.split(['(', ')']).nth(1).expect("a tag").to_owned()
}

#[test]
fn whoever_asks_and_leaves_is_not_listed_until_they_come_back() {
    let katie = Node::start("katie", None, &["--port", "0", "--accept", "ask"]);
    let mut abdul = stranger("abdul", &katie);
    eventually("the question", || katie.says_of("abdul").contains("asks"));
    katie.run(&["accept", "abdul"]);
    eventually("a link", || katie.here() == 1);
    let mut aaron = stranger("aaron", &katie);
    eventually("the question", || katie.says_of("aaron").contains("asks"));
    abdul.kill();
    eventually("abdul to be missed", || katie.here() == 0);
    let listed = katie.output(&["who"]);
    let names: Vec<_> = listed.lines().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    assert_eq!(names, ["katie", "abdul", "aaron"], "contacts come first");
    aaron.end();
    eventually("nobody to ask", || katie.says_of("aaron").is_empty());
    let told = katie.output(&["listen", "--since", "0", "--timeout", "0.2"]);
    assert!(told.ends_with("-- aaron left: goodbye\n"), "{told}");
    aaron.restart(&["--port", "0", "--connect", &katie.address()]);
    eventually("the question again", || katie.says_of("aaron").contains("asks"));
}

#[test]
fn a_name_is_that_of_the_contact_whatever_strangers_go_by() {
    let katie = Node::start("katie", None, &["--port", "0", "--accept", "ask"]);
    let abdul = stranger("abdul", &katie);
    eventually("the question", || katie.says_of("abdul").contains("asks"));
    katie.run(&["accept", "abdul"]);
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
    let other = stranger("abdul", &katie);
    eventually("the question", || katie.output(&["who"]).contains(": asks"));
    let tag = tag_of(&katie, ": asks");
    let ambiguous = katie.run(&["block", "abdul"]);
    let said = String::from_utf8_lossy(&ambiguous.stderr).into_owned();
    assert_eq!(ambiguous.status.code(), Some(2));
    assert!(said.contains("several are called abdul") && said.contains(&tag), "{said}");
    assert!(katie.run(&["verify", "abdul"]).status.success());
    assert!(katie.run(&["send", "abdul", "one"]).status.success());
    assert!(katie.run(&["block", &tag]).status.success());
    assert!(katie.run(&["send", "abdul", "two"]).status.success());
    let told = katie.output(&["listen", "--json", "--since", "0", "--timeout", "0.2"]);
    for (tag, trust) in [(&tag_of(&katie, ": here"), "accepted"), (&tag, "blocked")] {
        let decided = |line: &&str| line.contains("decided") && line.contains(tag.as_str());
        assert!(told.lines().rfind(decided).is_some_and(|line| line.contains(trust)), "{told}");
    }
    drop(other);
}
