//! Floods of connections, and slow ones: authenticated users still get in, and existing connections are not
//! disturbed.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use p2pm_core::limits::{HALF_OPEN_MAX, RANDOM_LEN};
use p2pm_core::suite::{Protection, Xor};
use p2pm_core::wire::{ChatMessage, Close, EMPTY_FRAME, Frame, Hello, Message, Service, SuiteId, Turns};
use p2pm_tests::flood::Flood;
use p2pm_tests::loopback::connect_from;
use p2pm_tests::machine::number_after;
use p2pm_tests::pty::{DEADLINE, Terminal};

use crate::cast::{KATIES_PASSWORD, Machine, SERVER_PASSWORD};

/// Time limit for a user to get in.
const PATIENCE: Duration = Duration::from_secs(5);
/// Number of users that get in, one after the other: least and most.
const VISITORS: [usize; 2] = [5, 500];

const SUITES: [(&str, SuiteId); 2] = [("xor", SuiteId::Xor), ("sealed", SuiteId::Sealed)];

pub fn hello(suite: SuiteId, service: Service) -> Frame {
    let mut frame = EMPTY_FRAME;
    Message::Hello(Hello::new(suite, service, [7; RANDOM_LEN])).emit(&mut frame);
    frame
}

/// A flood from another address at full rate, and one from this address at a click's rate.
fn besiege(port: u16, hello: &Frame) -> [Flood; 2] {
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    [
        Flood::start(Ipv4Addr::new(127, 0, 0, 2), to, Duration::ZERO, *hello),
        Flood::start(Ipv4Addr::LOCALHOST, to, Duration::from_millis(5), *hello),
    ]
}

/// Whether each flood has evicted several times as many connections as may be half open.
fn is_in_earnest(siege: &[Flood; 2]) -> bool {
    siege.iter().all(|flood| flood.connections() > 4 * HALF_OPEN_MAX)
}

/// Numbers of visitors, with more of them until the floods are in full effect.
fn visitors(siege: &[Flood; 2]) -> impl Iterator<Item = usize> {
    let [least, most] = VISITORS;
    (1..=most).take_while(move |visitor| *visitor <= least || !is_in_earnest(siege))
}

/// A `communityserver` or `nodeServer`, and its port.
pub fn start(
    machine: &Machine,
    program: &str,
    arguments: &[&str],
    password: &str,
    listens: &str,
) -> (Terminal, u16) {
    let mut command = machine.command(program);
    command.args(arguments).env("P2PM_PASSWORD", password);
    let mut terminal = Terminal::spawn(command);
    terminal.expect(listens);
    terminal.expect("\n");
    let port = number_after(&terminal.screen(), listens);
    (terminal, port)
}

fn community(machine: &Machine, suite: &str) -> (Terminal, u16) {
    let arguments = ["--listen", "127.0.0.1:0", "--suite", suite];
    start(machine, "communityserver", &arguments, SERVER_PASSWORD, "listening on 127.0.0.1:")
}

fn node(machine: &Machine, suite: &str) -> (Terminal, u16) {
    let arguments = ["--port", "0", "--suite", suite, "--free"];
    start(machine, "nodeServer", &arguments, KATIES_PASSWORD, "bind completed: port ")
}

/// A client that joins the community, without questions.
fn member(machine: &Machine, suite: &str, server: u16, name: &str, password: &str) -> Terminal {
    let mut command = machine.command("client");
    command.args(["--server", &format!("127.0.0.1:{server}"), "--name", name, "--port", "5460"]);
    command.args(["--suite", suite]).env("P2PM_SERVER_PASSWORD", password);
    Terminal::spawn(command)
}

/// A client that calls the node, without questions.
fn caller(machine: &Machine, suite: &str, node: u16, password: &str) -> Terminal {
    let mut command = machine.command("client");
    command.args(["--call", &format!("127.0.0.1:{node}"), "--free"]);
    command.args(["--suite", suite]).env("P2PM_CHAT_PASSWORD", password);
    Terminal::spawn(command)
}

#[test]
fn a_flood_keeps_no_user_out_of_the_community() {
    for (suite, id) in SUITES {
        let machine = Machine::new();
        let (mut community, port) = community(&machine, suite);
        let mut katie = member(&machine, suite, port, "katie", SERVER_PASSWORD);
        katie.expect("menu for the menu: ");
        let siege = besiege(port, &hello(id, Service::Community));
        community.expect("refused 127.0.0.2: full");
        for visitor in visitors(&siege) {
            let name = format!("visitor{visitor}");
            let mut member = member(&machine, suite, port, &name, SERVER_PASSWORD).with_patience(PATIENCE);
            member.expect(&format!(", you] {name}"));
            katie.expect(&format!("{name} is online"));
            katie.send_line("");
            katie.expect(", you] katie");
        }
        assert!(is_in_earnest(&siege));
        community.signal(rustix::process::Signal::TERM);
        katie.expect("community server: the other side said goodbye");
    }
}

#[test]
fn a_flood_keeps_no_caller_from_a_node_and_disturbs_no_chat() {
    for (suite, id) in SUITES {
        let machine = Machine::new();
        let (mut node, port) = node(&machine, suite);
        let mut katie = caller(&machine, suite, port, KATIES_PASSWORD);
        katie.expect("YOU: ");
        node.expect("YOU: ");
        let siege = besiege(port, &hello(id, Service::Chat));
        for visitor in visitors(&siege) {
            let mut busy = caller(&machine, suite, port, KATIES_PASSWORD).with_patience(PATIENCE);
            busy.expect("no chat: busy in another chat");
            katie.send_line(&format!("ping {visitor}"));
            node.expect(&format!("THEM: ping {visitor}\n"));
            node.send_line(&format!("pong {visitor}"));
            katie.expect(&format!("THEM: pong {visitor}\n"));
        }
        let told = |screen: &str| screen.matches("connection accepted").count();
        assert_eq!(told(&node.screen()), 1, "of strangers who is in a chat hears nothing");
        katie.send_line("quit");
        node.expect("chat over: the other side said goodbye");
        let mut abdul = caller(&machine, suite, port, KATIES_PASSWORD).with_patience(PATIENCE);
        abdul.expect("YOU: ");
        assert!(is_in_earnest(&siege));
        abdul.send_line("here I am");
        node.expect("THEM: here I am\n");
    }
}

/// The test takes five seconds: the programs' own time limit, on their own clocks.
#[test]
fn a_hello_that_drips_is_not_waited_for() {
    let machine = Machine::new();
    let (_community, community_port) = community(&machine, "xor");
    let (_node, node_port) = node(&machine, "xor");
    thread::scope(|scope| {
        for (port, service) in [(community_port, Service::Community), (node_port, Service::Chat)] {
            scope.spawn(move || assert_eq!(drip(port, &hello(SuiteId::Xor, service)), Close::TimedOut));
        }
    });
}

/// Sends a byte now and then, and returns the reason of the `Close` that ends the connection.
fn drip(port: u16, hello: &Frame) -> Close {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let mut answer = EMPTY_FRAME;
    stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    for byte in hello {
        stream.write_all(&[*byte]).unwrap();
        match stream.read(&mut answer[..1]) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            read => {
                assert_eq!(read.unwrap(), 1);
                stream.set_read_timeout(Some(DEADLINE)).unwrap();
                stream.read_exact(&mut answer[1..]).unwrap();
                let Ok(Message::Close(close)) = Message::parse(&answer) else { panic!("no reason") };
                return close;
            }
        }
    }
    panic!("it was waited for to its end")
}

#[test]
fn after_too_many_guesses_the_right_password_waits_too() {
    for (suite, _) in SUITES {
        let machine = Machine::new();
        let (mut community, community_port) = community(&machine, suite);
        let (mut node, node_port) = node(&machine, suite);
        let join = |password| member(&machine, suite, community_port, "mallory", password);
        let call = |password| caller(&machine, suite, node_port, password);
        for _ in 0..5 {
            for mut guess in [join("guess"), call("guess")] {
                guess.expect("wrong password");
                assert_eq!(guess.wait().code(), Some(3));
            }
        }
        for mut guess in [join(SERVER_PASSWORD), call(KATIES_PASSWORD)] {
            guess.expect("too many wrong passwords: wait ");
            guess.expect(" s before the next");
            assert_eq!(guess.wait().code(), Some(3));
        }
        community.expect("refused 127.0.0.1: too many wrong passwords: wait ");
        node.expect("no chat with 127.0.0.1: too many wrong passwords: wait ");
    }
}

/// Sends Hello and this password from this address, in the xor suite; returns the connection and the answer.
fn prove(from: Ipv4Addr, port: u16, service: Service, password: &str) -> (TcpStream, Frame) {
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = connect_from(from, to, DEADLINE).unwrap();
    let _ = greet(&mut stream, service);
    let answer = ask(&mut stream, &Message::Credentials(password.as_bytes()));
    (stream, answer)
}

/// Sends Hello in the xor suite, and returns the answer.
pub fn greet(stream: &mut TcpStream, service: Service) -> Frame {
    let mut frame = hello(SuiteId::Xor, service);
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    stream.write_all(&frame).unwrap();
    stream.read_exact(&mut frame).unwrap();
    frame
}

/// Sends this message, encrypted with xor, and returns the answer.
pub fn ask(stream: &mut TcpStream, message: &Message<'_>) -> Frame {
    let mut frame = EMPTY_FRAME;
    message.emit(&mut frame);
    Xor.seal(&mut frame);
    stream.write_all(&frame).unwrap();
    stream.read_exact(&mut frame).unwrap();
    Xor.open(&mut frame).unwrap();
    frame
}

/// Makes one wrong guess from this address.
fn guess(from: Ipv4Addr, port: u16, service: Service) {
    let (_, answer) = prove(from, port, service, "guess");
    assert_eq!(Message::parse(&answer), Ok(Message::Close(Close::WrongPassword)));
}

/// As many callers as a node admits are authenticated, and have not called yet.
#[test]
fn half_open_connections_evict_no_authenticated_one() {
    let machine = Machine::new();
    let (_node, port) = node(&machine, "xor");
    let mut known: Vec<_> = (0..2 * HALF_OPEN_MAX)
        .map(|_| {
            let (stream, answer) = prove(Ipv4Addr::LOCALHOST, port, Service::Chat, KATIES_PASSWORD);
            assert_eq!(Message::parse(&answer), Ok(Message::Welcome(&[])));
            stream
        })
        .collect();
    let to = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stranger = connect_from(Ipv4Addr::new(127, 0, 0, 2), to, DEADLINE).unwrap();
    stranger.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut frame = EMPTY_FRAME;
    stranger.read_exact(&mut frame).unwrap();
    assert_eq!(Message::parse(&frame), Ok(Message::Close(Close::Full)));
    // The one that would be evicted first.
    let answer = ask(&mut known[0], &Message::Chat(ChatMessage::Call { turns: Turns::Free, from: None }));
    assert_eq!(Message::parse(&answer), Ok(Message::Chat(ChatMessage::CallAccepted { turns: Turns::Free })));
}

#[test]
fn a_hundred_guesses_from_many_places_are_a_warning_in_the_log() {
    let machine = Machine::new();
    let arguments = ["--listen", "127.0.0.1:0", "--suite", "xor", "--quiet"];
    let listens = "listening on 127.0.0.1:";
    let (mut community, community_port) =
        start(&machine, "communityserver", &arguments, SERVER_PASSWORD, listens);
    let (mut node, node_port) = node(&machine, "xor");
    let mut katie = caller(&machine, "xor", node_port, KATIES_PASSWORD);
    katie.expect("YOU: ");
    for place in 1..=20 {
        for _ in 0..5 {
            let from = Ipv4Addr::new(127, 0, 1, place);
            guess(from, community_port, Service::Community);
            guess(from, node_port, Service::Chat);
        }
    }
    let warning = "warning: 100 wrong passwords within 60 minutes\n";
    for program in [&mut community, &mut node] {
        program.expect(warning);
    }
    // Nothing else is shown of them: one log is quiet, and the user of the other is in a chat.
    for program in [community, node] {
        assert!(!program.screen().contains("wrong password\n"), "{}", program.screen());
    }
}
