//! A whole session is captured, and none of its content is found in the packets. Requires root.

use std::net::{Ipv4Addr, SocketAddr};

use p2pm_core::limits::FRAME_LEN;
use p2pm_core::wire::MAGIC;
use p2pm_tests::capture::{Capture, Way, count, looks_random, xored};
use p2pm_tests::machine::{Machine, number_after};
use p2pm_tests::namespace::Namespace;
use p2pm_tests::pty::Terminal;
use rustix::process::Signal;

const CALLEE: &str = "Wilhelmina";
const CALLER: &str = "Bartholomew";
const SERVER_PASSWORD: &str = "open-sesame-open";
const NODE_PASSWORD: &str = "swordfish-swordfish";
const QUESTION: &str = "have you fed the rhinoceros today?";
const ANSWER: &str = "the hippopotamus has eaten everything";
/// Content to search for; each long enough not to occur in random bytes by chance.
const WORDS: [&str; 8] =
    [CALLEE, CALLER, SERVER_PASSWORD, NODE_PASSWORD, QUESTION, ANSWER, "rhinoceros", "hippopotamus"];

/// Frames of each side before encryption: a Hello, and Credentials or Welcome.
const HANDSHAKE: usize = 2;

struct Cast<'a> {
    network: &'a Namespace,
    suite: &'static str,
}

impl Cast<'_> {
    fn start(
        &self,
        machine: &Machine,
        program: &str,
        arguments: &[&str],
        passwords: &[(&str, &str)],
    ) -> Terminal {
        let mut command = machine.command(program);
        command.args(arguments).args(["--suite", self.suite]).envs(passwords.iter().copied());
        Terminal::spawn(command).with_patience(p2pm_tests::pty::DEADLINE * 3)
    }

    fn server(&self) -> (Terminal, String) {
        let machine = Machine::on(self.network);
        let arguments = ["--listen", "127.0.0.1:0"];
        let mut server =
            self.start(&machine, "communityserver", &arguments, &[("P2PM_PASSWORD", SERVER_PASSWORD)]);
        server.expect("listening on 127.0.0.1:");
        server.expect("\n");
        let port = number_after(&server.screen(), "listening on 127.0.0.1:");
        (server, SocketAddr::from((Ipv4Addr::LOCALHOST, port)).to_string())
    }

    fn node(&self, machine: &Machine) -> (Terminal, u16) {
        let mut node =
            self.start(machine, "nodeServer", &["--port", "0"], &[("P2PM_PASSWORD", NODE_PASSWORD)]);
        node.expect("listening...");
        let port = number_after(&node.screen(), "bind completed: port ");
        (node, port)
    }

    fn client(&self, machine: &Machine, server: &str, name: &str, port: u16) -> Terminal {
        let port = port.to_string();
        let arguments = ["--server", server, "--name", name, "--port", &port];
        let passwords = [("P2PM_SERVER_PASSWORD", SERVER_PASSWORD), ("P2PM_CHAT_PASSWORD", NODE_PASSWORD)];
        let mut client = self.start(machine, "client", &arguments, &passwords);
        client.expect("menu for the menu: ");
        client
    }

    /// Two users join, and one calls the other and chats. If there is time, they then wait for the
    /// keepalives. Returns the captured connections, and the node's port.
    fn play(&self, has_time: bool) -> (Vec<Way>, u16) {
        let mut capture = Capture::start(self.network).unwrap();
        let (hers, his) = (Machine::on(self.network), Machine::on(self.network));
        let (mut server, at) = self.server();
        let (mut node, port) = self.node(&hers);
        let mut wilhelmina = self.client(&hers, &at, CALLEE, port);
        let mut bartholomew = self.client(&his, &at, CALLER, port);
        bartholomew.send_line(CALLEE);
        bartholomew.expect("YOU: ");
        bartholomew.send_line(QUESTION);
        node.expect(&format!("THEM: {QUESTION}\n"));
        node.send_line(ANSWER);
        bartholomew.expect(&format!("THEM: {ANSWER}\n"));
        if has_time {
            // Hello, Credentials or Welcome, Call or its answer, and a text each; then one more text.
            capture.wait_for(|ways| of_chat(ways, port).all(|way| way.bytes.len() == 5 * FRAME_LEN));
        }
        bartholomew.send_line("quit");
        node.expect("chat over: the other side said goodbye");
        wilhelmina.expect("left the community server");
        for client in [&mut wilhelmina, &mut bartholomew] {
            client.expect("Selection: ");
            client.send_line("3");
            client.wait();
        }
        for listener in [&mut node, &mut server] {
            listener.signal(Signal::TERM);
            listener.wait();
        }
        capture.wait_for(|ways| !ways.is_empty() && ways.iter().all(|way| way.is_over));
        (capture.finish(), port)
    }
}

/// Both directions of the chat.
fn of_chat(ways: &[Way], node: u16) -> impl Iterator<Item = &Way> {
    ways.iter().filter(move |way| [way.from.port(), way.to.port()].contains(&node))
}

/// Encodings of the node's port: in a Join, in a list of users or a change, and as text.
fn encodings(port: u16) -> Vec<Vec<u8>> {
    let name = [&[u8::try_from(CALLEE.len()).unwrap()], CALLEE.as_bytes()].concat();
    let bytes = port.to_be_bytes();
    let endpoint = [&[4, 127, 0, 0, 1], &bytes[..]].concat();
    vec![[&bytes, &name[..]].concat(), [name, endpoint.clone()].concat(), endpoint, port.to_string().into()]
}

/// Control: in the xor suite the same search finds the content.
#[test]
fn the_search_finds_the_words_of_an_xor_session() {
    let Some(network) = Namespace::for_test() else { return };
    let (ways, port) = Cast { network: &network, suite: "xor" }.play(false);
    let all: Vec<u8> = ways.iter().flat_map(|way| xored(&way.bytes)).collect();
    for word in WORDS {
        assert!(count(&all, word.as_bytes()) > 0, "{word}");
    }
    // The port is not sent as text.
    for encoding in encodings(port).iter().take(3) {
        assert!(count(&all, encoding) > 0, "{encoding:?}");
    }
    for way in ways {
        let frames = way.bytes.as_chunks::<FRAME_LEN>().0;
        assert!(frames.iter().skip(1).all(|frame| xored(frame).starts_with(&MAGIC)), "{way:?}");
    }
}

#[test]
fn a_sealed_session_shows_no_word_and_every_frame_looks_like_every_other() {
    let Some(network) = Namespace::for_test() else { return };
    let (ways, port) = Cast { network: &network, suite: "sealed" }.play(true);
    // Both clients' connections to the server, and the call, with two directions each.
    assert_eq!(ways.len(), 6);
    assert_eq!(of_chat(&ways, port).count(), 2);
    for way in &ways {
        let readings = [way.bytes.clone(), xored(&way.bytes)];
        for needle in WORDS.map(Vec::from).into_iter().chain(encodings(port)) {
            let found = readings.iter().any(|bytes| count(bytes, &needle) > 0);
            assert!(!found, "{} from {} to {}", String::from_utf8_lossy(&needle), way.from, way.to);
        }
        let (frames, rest) = way.bytes.as_chunks::<FRAME_LEN>();
        assert!(
            rest.is_empty() && way.packets.iter().all(|packet| packet % FRAME_LEN == 0),
            "{:?}",
            way.packets
        );
        let (clear, sealed) = frames.split_at(HANDSHAKE);
        assert!(clear.iter().all(|frame| frame.starts_with(&MAGIC)), "from {} to {}", way.from, way.to);
        assert!(sealed.len() > 1, "from {} to {}", way.from, way.to);
        for (number, frame) in sealed.iter().enumerate() {
            assert!(looks_random(frame), "frame {number} from {} to {}", way.from, way.to);
        }
    }
}
