//! Bad input causes one clear error, and disturbs no other peer.

use std::io::{Read, Write};
use std::net::TcpStream;

use p2pm_core::error::Fault;
use p2pm_core::limits::{FRAME_LEN, RANDOM_LEN};
use p2pm_core::suite::{Protection, Suite, Xor};
use p2pm_core::wire::{
    ChatMessage, Close, CommunityMessage, EMPTY_FRAME, Frame, Hello, Message, Service, Turns,
};

use crate::cast::{KATIES_PASSWORD, Machine, call, meet, server};

/// Frames that the peer answers to these bytes, up to the end of the stream.
fn answer_to(port: u16, bytes: &[u8]) -> Vec<Frame> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    assert_eq!(answer.len() % FRAME_LEN, 0);
    answer.as_chunks().0.to_vec()
}

fn assert_told(port: u16, bytes: &[u8], reason: Close) {
    let frames = answer_to(port, bytes);
    let messages: Vec<_> = frames.iter().map(|frame| Message::parse(frame).unwrap()).collect();
    assert_eq!(messages, [Message::Close(reason)]);
}

#[test]
fn garbage_gets_one_clear_error_from_either_program() {
    let machine = Machine::new();
    let (mut community, community_port) = server(4);
    let (mut node, node_port) = machine.node(KATIES_PASSWORD);
    let mut unknown = EMPTY_FRAME;
    Message::KeepAlive.emit(&mut unknown);
    unknown[4] = 0xEE;
    let mut padded = EMPTY_FRAME;
    Message::KeepAlive.emit(&mut padded);
    padded[1000] = 1;
    let mut overlong = EMPTY_FRAME;
    Message::KeepAlive.emit(&mut overlong);
    overlong[6..8].copy_from_slice(&1001_u16.to_be_bytes());
    let mut early = EMPTY_FRAME;
    Message::Community(CommunityMessage::List).emit(&mut early);
    for port in [community_port, node_port] {
        assert_told(port, &[b'x'; FRAME_LEN], Close::Fault(Fault::Magic));
        assert_told(port, &unknown, Close::Fault(Fault::Kind));
        assert_told(port, &padded, Close::Fault(Fault::Padding));
        assert_told(port, &overlong, Close::Fault(Fault::Length));
        assert_told(port, &early, Close::Fault(Fault::State));
    }
    // Both serve others as before.
    let mut katie = machine.client();
    meet(&mut katie, community_port, node_port, "katie");
    community.expect("katie joined");
    node.expect("no chat with 127.0.0.1: protocol error");
    let mut caller = machine.client();
    call(&mut caller, node_port, KATIES_PASSWORD);
    caller.expect("YOU: ");
}

#[test]
fn nonsense_from_the_user_is_explained_and_asked_again() {
    let machine = Machine::new();
    let mut client = machine.client();
    client.expect("Selection: ");
    client.send_line("7");
    client.expect("there is no option");
    client.expect("Selection: ");
    client.send_line("2");
    client.expect("Enter the ip address to connect to: ");
    client.send_line("127.0.0.1");
    client.expect("Enter port number to of server: ");
    client.send_line("0");
    client.expect("a port is a number from 1 to 65535");
    client.expect("Enter port number to of server: ");
    client.send_line("seventy");
    client.expect("a port is a number from 1 to 65535");
}

#[test]
fn bad_names_never_reach_the_server() {
    let (_community, port) = server(4);
    let machine = Machine::new();
    let mut client = machine.client();
    client.expect("Selection: ");
    client.send_line("1");
    client.send_line("127.0.0.1");
    client.send_line(&port.to_string());
    client.expect("Please enter password: ");
    client.send_line("password");
    client.expect("local port number: ");
    client.send_line("5460");
    for (name, why) in [("", "empty"), (" katie", "space"), ("a name that is longer than 32 bytes", "32")] {
        client.expect("Enter username: ");
        client.send_line(name);
        client.expect(why);
    }
    client.expect("Enter username: ");
    client.send_line("katie");
    client.expect(", you] katie");
}

#[test]
fn control_sequences_of_a_peer_never_reach_the_terminal() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut client = machine.command("client");
    client.args(["--call", &format!("127.0.0.1:{port}")]).env("P2PM_CHAT_PASSWORD", KATIES_PASSWORD);
    client.stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::null());
    let mut client = client.spawn().unwrap();
    client.stdin.as_mut().unwrap().write_all(b"\x1b[2Jgone\x07\n").unwrap();
    node.expect("THEM: \u{FFFD}[2Jgone\u{FFFD}\n");
    node.send_line("quit");
    assert!(client.wait().unwrap().success());
    assert!(!node.screen().contains("\x1b[2J"));
}

#[test]
fn a_message_that_is_too_long_is_refused_and_the_turn_kept() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut client = machine.client();
    call(&mut client, port, KATIES_PASSWORD);
    client.expect("YOU: ");
    client.send_line(&"x".repeat(1001));
    client.expect("not sent: 1001 bytes; a message has at most 1000");
    client.expect("YOU: ");
    client.send_line(&"y".repeat(1000));
    node.expect(&format!("THEM: {}", "y".repeat(60)));
}

#[test]
fn a_server_that_breaks_the_protocol_is_told_so_by_the_client() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let machine = Machine::new();
    let mut command = machine.command("client");
    command.args([
        "--server",
        &server.local_addr().unwrap().to_string(),
        "--name",
        "katie",
        "--port",
        "5460",
        "--suite",
        "xor",
    ]);
    command.env("P2PM_SERVER_PASSWORD", "password");
    let mut client = p2pm_tests::pty::Terminal::spawn(command);
    let (mut stream, _) = server.accept().unwrap();
    let mut frame = EMPTY_FRAME;
    stream.read_exact(&mut frame).unwrap();
    Message::Hello(Hello::new(Xor::ID, Service::Community, [7; RANDOM_LEN])).emit(&mut frame);
    stream.write_all(&frame).unwrap();
    for message in [Message::Welcome(&[]), Message::Chat(ChatMessage::CallAccepted { turns: Turns::Free })] {
        // Credentials, then Join.
        stream.read_exact(&mut frame).unwrap();
        message.emit(&mut frame);
        Xor.seal(&mut frame);
        stream.write_all(&frame).unwrap();
    }
    stream.read_exact(&mut frame).unwrap();
    Xor.open(&mut frame).unwrap();
    assert_eq!(Message::parse(&frame), Ok(Message::Close(Close::Fault(Fault::State))));
    drop(stream);
    client.expect("community server: we ended it: protocol error: message not allowed now");
    assert_eq!(client.wait().code(), Some(1));
}

#[test]
fn a_caller_that_says_goodbye_in_the_handshake_is_closed() {
    let machine = Machine::new();
    let (mut node, port) = machine.node(KATIES_PASSWORD);
    let mut caller = TcpStream::connect(("127.0.0.1", port)).unwrap();
    caller.set_read_timeout(Some(p2pm_tests::pty::DEADLINE)).unwrap();
    let mut frame = EMPTY_FRAME;
    Message::Close(Close::Goodbye).emit(&mut frame);
    caller.write_all(&frame).unwrap();
    assert_eq!(caller.read(&mut [0]).unwrap(), 0, "nothing is said to who has left");
    node.expect("no chat with 127.0.0.1: ");
}
