//! Nodes that are told no address.

use std::time::Instant;

use p2pm_tests::lan::Lan;

use crate::cast::{Node, eventually};

const NODES: usize = 5;

#[test]
fn nodes_on_a_network_find_each_other() {
    let Some(lan) = Lan::for_test(NODES) else { return };
    let name = |number| format!("node-{number}");
    let mut nodes: Vec<_> = lan
        .hosts
        .iter()
        .enumerate()
        .map(|(number, host)| Node::start_looking(&name(number), host, &[]))
        .collect();
    let start = Instant::now();
    eventually("all links", || nodes.iter().all(|node| node.here() == NODES - 1));
    println!("all linked {:?} after the last start", start.elapsed());

    nodes[1].end();
    eventually("it to be missed", || nodes[0].says_of("node-1").contains("away"));
    let host = &lan.hosts[1];
    host.ip_batch("address flush dev lan\naddress add 10.79.0.77/24 dev lan\n").unwrap();
    nodes[1].restart(&[]);
    eventually("it to be found elsewhere", || nodes[0].says_of("node-1").contains("10.79.0.77"));
}

#[test]
fn an_interface_that_comes_later_is_served() {
    let Some(lan) = Lan::for_test(2) else { return };
    lan.hosts[1].ip_batch("link set lan down\naddress flush dev lan\n").unwrap();
    let early = Node::start_looking("early", &lan.hosts[0], &[]);
    let late = Node::start_looking("late", &lan.hosts[1], &[]);
    assert_eq!(early.here() + late.here(), 0);
    lan.hosts[1].ip_batch("link set lan up\naddress add 10.79.0.2/24 dev lan\n").unwrap();
    eventually("a link", || early.here() == 1 && late.here() == 1);
}

#[test]
fn two_nodes_on_one_machine_find_each_other() {
    let Some(lan) = Lan::for_test(1) else { return };
    let host = &lan.hosts[0];
    let one = Node::start_looking("one", host, &[]);
    let other = Node::start_looking("other", host, &[]);
    eventually("a link", || one.here() == 1 && other.here() == 1);
}
