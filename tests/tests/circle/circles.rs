//! Several circles in one node.

use crate::cast::{Node, eventually};

fn lines(text: &str) -> Vec<&str> {
    text.lines().collect()
}

#[test]
fn circles_are_made_listed_chosen_and_left() {
    let katie = Node::stopped("katie");
    let circle = |arguments: &[&str]| katie.output(&[&["circle"], arguments].concat());
    assert_eq!(katie.run(&["circle", "new"]).status.code(), Some(2), "her name is not known");
    let code = circle(&["new", "--name", "katie"]);
    let (number, words) = code.split_once('-').expect("a number");
    assert_eq!(
        (number.parse::<u32>().is_ok(), words.trim_end().split('-').count() >= 4),
        (true, true),
        "{code}"
    );
    circle(&["new", "work"]);
    assert_eq!(lines(&circle(&["list"]))[0], format!("home: {number}-..."));
    assert_eq!(lines(&circle(&["list", "--reveal"]))[0], format!("home: {}", code.trim_end()));
    assert_eq!(katie.run(&["circle", "use", "work"]).status.code(), Some(0));
    assert!(circle(&["list", "--json"]).starts_with(r#"{"name":"work","number":"#));
    assert_eq!(katie.run(&["circle", "leave", "work"]).status.code(), Some(0));
    assert_eq!(katie.run(&["circle", "leave", "work"]).status.code(), Some(2));
    assert_eq!(lines(&circle(&["list"])).len(), 1);
    let again =
        katie.command(&["circle", "join", "again"]).env("P2PM_PASSPHRASE", code.trim_end()).output().unwrap();
    let error = String::from_utf8(again.stderr).unwrap();
    assert!(error.contains("that is the passphrase of your circle `home`"), "{error}");
}

#[test]
fn a_name_that_is_taken_is_told_before_the_passphrase_is_asked_for() {
    let katie = Node::stopped("katie");
    katie.output(&["circle", "new", "--name", "katie"]);
    let refused = katie.run(&["circle", "join", "home"]);
    let error = String::from_utf8(refused.stderr).unwrap();
    assert_eq!((refused.status.code(), refused.stdout.as_slice()), (Some(2), [].as_slice()), "{error}");
    assert_eq!(error, "p2pm: you are in a circle `home` already\n");
}

#[test]
fn beside_a_running_node_circles_are_listed_and_not_changed() {
    let mut katie = Node::stopped("katie");
    katie.output(&["circle", "new", "--name", "katie"]);
    katie.restart_in_its_circles(&["--port", "0"]);
    assert!(katie.output(&["circle", "list"]).starts_with("home: "));
    for change in ["new", "join", "use", "leave"] {
        let refused = katie.run(&["circle", change, "home"]);
        let error = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(1), "{error}");
        assert!(error.contains("default is running already: "), "{error}");
    }
    katie.end();
    assert_eq!(katie.run(&["circle", "use", "home"]).status.code(), Some(0));
}

#[test]
fn what_is_said_to_a_circle_stays_in_it() {
    let mut katie = Node::stopped("katie");
    let [home, work] = ["home", "work"]
        .map(|name| katie.output(&["circle", "new", name, "--name", "katie"]).trim_end().to_owned());
    katie.restart_in_its_circles(&["--port", "0"]);
    let at_katies = ["--port", "0", "--connect", &katie.address()];
    let abdul = Node::start_in(&home, "abdul", &at_katies);
    let zoe = Node::start_in(&work, "zoe", &at_katies);
    eventually("both links", || katie.here() == 2 && abdul.here() == 1 && zoe.here() == 1);
    assert!(katie.run(&["send", "--all", "dinner?"]).status.success());
    assert!(katie.run(&["send", "--all", "--circle", "work", "lunch?"]).status.success());
    assert_eq!(katie.run(&["send", "--all", "--circle", "club", "tea?"]).status.code(), Some(2));
    let heard = |node: &Node| node.output(&["listen", "--since", "0", "--timeout", "1"]);
    let (abduls, zoes) = (heard(&abdul), heard(&zoe));
    assert!(abduls.contains("katie to all: dinner?") && !abduls.contains("lunch"), "{abduls}");
    assert!(zoes.contains("katie to all: lunch?") && !zoes.contains("dinner"), "{zoes}");
    assert!(zoe.run(&["send", "--all", "no"]).status.success());
    let katies = heard(&katie);
    assert!(katies.contains("zoe to all in work: no"), "{katies}");
}
