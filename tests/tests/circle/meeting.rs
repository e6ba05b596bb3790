//! Nodes that find each other by a community server.

use p2pm_tests::machine::Machine;
use p2pm_tests::pty::Terminal;

use crate::cast::{Node, PASSPHRASE, eventually};

/// A server for two users, and its address.
fn serve(listen: &str) -> (Terminal, String) {
    let (server, port) = Machine::new().community_server(listen, 2, PASSPHRASE);
    (server, format!("127.0.0.1:{port}"))
}

fn heard(node: &Node) -> String {
    node.output(&["listen", "--since", "0", "--timeout", "1"])
}

#[test]
fn nodes_find_each_other_on_its_list() {
    let (mut server, address) = serve("127.0.0.1:0");
    let at_server = ["--port", "0", "--meet", &address];
    let katie = Node::start("katie", None, &at_server);
    server.expect("katie joined");
    let abdul = Node::start("abdul", None, &at_server);
    eventually("a link", || katie.here() == 1 && abdul.here() == 1);
    assert!(heard(&abdul).contains(&format!("on the list of the community server at {address}, 2 online")));
    // There is no room for her, but she finds the others.
    let zoe = Node::start("zoe", None, &at_server);
    eventually("links", || zoe.here() == 2);
    assert!(heard(&zoe).contains("the community is full; others on it are found"));
    assert!(katie.run(&["down"]).status.success());
    server.expect("katie left: goodbye");
}

#[test]
fn a_server_that_is_not_there_is_told_once_and_tried_again() {
    let (mut server, address) = serve("127.0.0.1:0");
    let katie = Node::start("katie", None, &["--port", "0", "--meet", &address]);
    server.expect("katie joined");
    server.signal(rustix::process::Signal::TERM);
    assert!(server.wait().success());
    eventually("the news", || heard(&katie).contains(&format!("nobody was reached at {address}: goodbye")));
    let (mut again, _) = serve(&address);
    again.expect("katie joined");
    assert_eq!(heard(&katie).matches("nobody was reached").count(), 1);
}

#[test]
fn a_wrong_passphrase_is_told_and_not_tried_again() {
    let (mut server, address) = serve("127.0.0.1:0");
    let mallory =
        Node::start_in("48-coral-tulip-anvil-mocha", "mallory", &["--port", "0", "--meet", &address]);
    eventually("the news", || {
        heard(&mallory).contains(&format!("nobody was reached at {address}: wrong password"))
    });
    server.expect("wrong password");
}
