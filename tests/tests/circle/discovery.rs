//! Nodes that are told no address.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Instant;

use p2pm_tests::lan::Lan;
use p2pm_tests::machine::Machine;

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
fn an_interface_that_is_named_may_come_later() {
    let Some(lan) = Lan::for_test(2) else { return };
    let early = Node::start_looking("early", &lan.hosts[0], &[]);
    let late = Node::start_looking("late", &lan.hosts[1], &["--interface", "dock"]);
    let doctor = late.run(&["doctor", "--interface", "dock"]);
    let warning = String::from_utf8(doctor.stderr).unwrap();
    assert!(warning.contains("no network interface is called dock so far"), "{warning}");
    assert!(warning.contains("lan"), "{warning}");
    lan.hosts[1].ip_batch("link set lan down\nlink set lan name dock\nlink set dock up\n").unwrap();
    eventually("a link", || early.here() == 1 && late.here() == 1);
}

#[test]
fn whoever_is_in_a_further_subnet_of_the_link_is_found() {
    let Some(lan) = Lan::for_test(2) else { return };
    lan.hosts[0].ip_batch("address add 10.80.0.1/24 dev lan\n").unwrap();
    lan.hosts[1].ip_batch("address flush dev lan\naddress add 10.80.0.2/24 dev lan\n").unwrap();
    let both = Node::start_looking("both", &lan.hosts[0], &[]);
    let one = Node::start_looking("one", &lan.hosts[1], &[]);
    eventually("a link", || both.here() == 1 && one.here() == 1);
}

#[test]
fn two_nodes_on_one_machine_find_each_other() {
    let Some(lan) = Lan::for_test(1) else { return };
    let host = &lan.hosts[0];
    let one = Node::start_looking("one", host, &[]);
    let other = Node::start_looking("other", host, &[]);
    eventually("a link", || one.here() == 1 && other.here() == 1);
}

#[test]
fn a_node_is_described_to_tools_of_upnp_and_listed_by_doctor() {
    let Some(lan) = Lan::for_test(2) else { return };
    let node = Node::start_looking("katie", &lan.hosts[0], &[]);
    let machine = Machine::on(&lan.hosts[1]);
    let listed = machine.command("p2pm").args(["doctor", "--upnp", "--json"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let field = |name: &str| {
        let (_, rest) = listed.split_once(&format!("\"{name}\":\"")).unwrap_or_else(|| panic!("{listed}"));
        rest.split('"').next().unwrap().to_owned()
    };
    for target in ["upnp:rootdevice", "urn:p2pm-example:device:Node:1", &field("usn")] {
        assert!(listed.contains(&format!("\"{target}\"")), "{listed}");
    }
    let location = field("location");
    let (address, path) = location.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let answer_to = |method: &str| {
        lan.hosts[1].run(|| {
            let mut stream = TcpStream::connect(address).unwrap();
            // In two parts, as a slow network delivers it.
            write!(stream, "{method} /{path} HTTP/1.1\r\nHost: {address}\r\n").unwrap();
            stream.write_all(b"\r\n").unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        })
    };
    let described = answer_to("GET");
    assert!(described.starts_with(&answer_to("HEAD")), "{described}");
    assert!(answer_to("SUBSCRIBE").starts_with("HTTP/1.1 405 "));
    assert!(described.starts_with("HTTP/1.1 200 OK\r\n"), "{described}");
    assert!(described.contains(&format!("<UDN>{}</UDN>", field("usn"))), "{described}");
    assert!(!(listed + &described).contains("katie"), "no name is told");
    assert_eq!(node.here(), 0);
}

#[test]
fn whoever_is_alone_is_told_so() {
    let Some(lan) = Lan::for_test(1) else { return };
    let node = Node::start_looking("katie", &lan.hosts[0], &[]);
    let news = || node.output(&["--json", "--timeout", "0.5", "listen", "--since", "0"]);
    eventually("a hint", || news().contains("\"news\":\"alone\",\"finding\":\"alone\""));
}

#[test]
fn doctor_gives_up_when_its_time_is_over() {
    let Some(lan) = Lan::for_test(1) else { return };
    let doctor = Machine::on(&lan.hosts[0]).command("p2pm").args(["--timeout", "0.1", "doctor"]).output();
    let doctor = doctor.unwrap();
    assert_eq!((doctor.status.code(), doctor.stdout.as_slice()), (Some(124), [].as_slice()), "{doctor:?}");
}

#[test]
fn whoever_is_among_others_alone_is_told_so() {
    let Some(lan) = Lan::for_test(2) else { return };
    let _other = Node::start_looking_in("48-coral-tulip-anvil-mocha", "abdul", &lan.hosts[0], &[]);
    let node = Node::start_looking("katie", &lan.hosts[1], &[]);
    let news = || node.output(&["--json", "--timeout", "0.5", "listen", "--since", "0"]);
    eventually("a hint", || news().contains("\"news\":\"alone\""));
    let (told, strangers) = (news(), "\"text\":\"a node was found, and it is not of your circle\"");
    // On a machine that has much else to do, it is not known yet.
    assert!(told.contains(strangers) || told.contains("\"finding\":\"unlinked\""), "{told}");
}
