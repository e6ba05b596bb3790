//! Those who know the passphrase and are not contacts.

use crate::cast::{Node, eventually};

/// Somebody who asks a node to be accepted.
fn stranger(name: &str, asked: &Node) -> Node {
    Node::start(name, None, &["--port", "0", "--connect", &asked.address()])
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
    let tag_of_other = || {
        let who = katie.output(&["who"]);
        let other = who.lines().find(|line| line.contains(": asks"))?;
        other.split(['(', ')']).nth(1).map(str::to_owned)
    };
    eventually("the question", || tag_of_other().is_some());
    let tag = tag_of_other().expect("it asks");
    let ambiguous = katie.run(&["block", "abdul"]);
    let said = String::from_utf8_lossy(&ambiguous.stderr).into_owned();
    assert_eq!(ambiguous.status.code(), Some(2));
    assert!(said.contains("several are called abdul") && said.contains(&tag), "{said}");
    assert!(katie.run(&["verify", "abdul"]).status.success());
    assert!(katie.run(&["send", "abdul", "one"]).status.success());
    assert!(katie.run(&["block", &tag]).status.success());
    assert!(katie.run(&["send", "abdul", "two"]).status.success());
    drop(other);
}
