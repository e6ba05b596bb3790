//! A user has one chat at a time, at the node or at the client.

use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

use crate::cast::{KATIES_PASSWORD, Machine, meet, server};

const ABDULS_PASSWORD: &str = "ottawa";

/// A `client` that calls at once.
fn caller(machine: &Machine, node: u16, password: &str, arguments: &[&str]) -> Terminal {
    let mut command = machine.command("client");
    command.args(["--call", &format!("127.0.0.1:{node}")]).args(arguments);
    command.env("P2PM_CHAT_PASSWORD", password);
    Terminal::spawn(command)
}

#[test]
fn a_chat_at_the_client_keeps_the_node_busy_however_it_ends() {
    let (katies, abduls) = (Machine::new(), Machine::new());
    let (mut katies_node, katies_port) = katies.node(KATIES_PASSWORD);
    let (mut abduls_node, abduls_port) = abduls.node(ABDULS_PASSWORD);
    for end in [Signal::TERM, Signal::KILL] {
        let mut katie = caller(&katies, abduls_port, ABDULS_PASSWORD, &[]);
        katie.expect("YOU: ");
        let mut third = caller(&Machine::new(), katies_port, KATIES_PASSWORD, &[]);
        third.expect("no chat: busy in another chat");
        assert_eq!(third.wait().code(), Some(3));
        katies_node.expect("told that you are busy: your client is in a chat");
        katies_node.expect("listening...");
        katie.send_line("still here");
        abduls_node.expect("THEM: still here");
        katie.signal(end);
        katie.wait();
        abduls_node.expect("listening...");
        let mut third = caller(&Machine::new(), katies_port, KATIES_PASSWORD, &[]);
        third.expect("YOU: ");
        third.send_line("quit");
        katies_node.expect("listening...");
    }
}

#[test]
fn a_chat_at_the_node_keeps_the_client_from_calling_however_it_ends() {
    let (katies, abduls) = (Machine::new(), Machine::new());
    let (mut abduls_node, abduls_port) = abduls.node(ABDULS_PASSWORD);
    for end in [Signal::TERM, Signal::KILL] {
        let (mut katies_node, katies_port) = katies.node(KATIES_PASSWORD);
        let mut third = caller(&Machine::new(), katies_port, KATIES_PASSWORD, &[]);
        third.expect("YOU: ");
        let port = katies_port.to_string();
        for arguments in [&[][..], &["--port", &port]] {
            let mut katie = caller(&katies, abduls_port, ABDULS_PASSWORD, arguments);
            katie.expect("no chat: your nodeServer is in one");
            assert_eq!(katie.wait().code(), Some(3));
        }
        third.send_line("still here");
        katies_node.expect("THEM: still here");
        katies_node.signal(end);
        katies_node.wait();
        let mut katie = caller(&katies, abduls_port, ABDULS_PASSWORD, &["--port", &port]);
        katie.expect("YOU: ");
        katie.send_line("quit");
        abduls_node.expect("chat over: the other side said goodbye");
    }
}

/// If several users share a machine, the port given at the client says which node is the user's.
#[test]
fn a_client_that_has_joined_keeps_busy_the_node_that_it_named_and_no_other() {
    let (_community, community) = server(4);
    let machine = Machine::new();
    let (mut katies_node, katies_port) = machine.node(KATIES_PASSWORD);
    let (_abduls_node, abduls_port) = machine.node(ABDULS_PASSWORD);
    let (mut third_node, third_port) = machine.node("third");
    let mut katie = machine.client();
    meet(&mut katie, community, katies_port, "katie");
    let mut abdul = machine.client();
    meet(&mut abdul, community, abduls_port, "abdul");
    abdul.send_line("katie");
    abdul.expect("Please enter password:\n");
    abdul.send_line(KATIES_PASSWORD);
    abdul.expect("YOU: ");
    katies_node.expect("waiting for client...");
    let mut busy = caller(&Machine::new(), abduls_port, ABDULS_PASSWORD, &[]);
    busy.expect("no chat: busy in another chat");
    let mut free = caller(&Machine::new(), third_port, "third", &[]);
    free.expect("YOU: ");
    third_node.expect("waiting for client...");
}

#[test]
fn a_user_can_try_out_their_own_node() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    for arguments in [&[][..], &["--port", &port.to_string()]] {
        let mut client = caller(&machine, port, KATIES_PASSWORD, arguments);
        client.expect("YOU: ");
        client.send_line("quit");
        node.expect("listening...");
    }
}
