//! Many nodes, of which one has an address that is told.

use std::time::Instant;

use p2pm_tests::lan::Lan;

use crate::cast::{Node, eventually};

const NODES: usize = 24;

#[test]
fn one_address_links_all_with_all() {
    let Some(lan) = Lan::for_test(NODES) else { return };
    let first = Lan::address(0);
    let mut nodes: Vec<_> = lan
        .hosts
        .iter()
        .enumerate()
        .map(|(number, host)| {
            let told: &[&str] = if number == 0 { &[] } else { &["--connect", &first] };
            Node::start(&format!("node-{number}"), Some(host), told)
        })
        .collect();
    let start = Instant::now();
    eventually("276 links", || nodes.iter().all(|node| node.here() == NODES - 1));
    println!("all linked {:?} after the last start", start.elapsed());

    let sent = nodes[7].run(&["send", "--all", "--json", "to all of you"]);
    let receipts = String::from_utf8(sent.stdout).unwrap();
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    assert_eq!(receipts.matches("\"received\"").count(), NODES - 1, "{receipts}");

    nodes[3].kill();
    eventually("all to miss it", || {
        nodes.iter().enumerate().all(|(number, node)| number == 3 || node.says_of("node-3").contains("away"))
    });
    let tag = nodes[0].says_of("node-3");
    nodes[3].restart(&[]);
    eventually("276 links again", || nodes.iter().all(|node| node.here() == NODES - 1));
    let again = nodes[0].says_of("node-3");
    assert_eq!(tag.split(')').next(), again.split(')').next(), "the same key");
}
