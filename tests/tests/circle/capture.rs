//! What is seen of a link on the wire. Requires root.

use p2pm_core::limits::{FRAME_LEN, HEADER_LEN, HELLO_LEN, MARKER_LEN};
use p2pm_core::wire::MAGIC;
use p2pm_tests::capture::{Capture, Way, count, looks_random};
use p2pm_tests::namespace::Namespace;

use crate::cast::{Node, PASSPHRASE, eventually};

const NAMES: [&str; 2] = ["Wilhelmina", "Bartholomew"];
const QUESTION: &str = "have you fed the rhinoceros today?";
const ANSWER: &str = "the hippopotamus has eaten everything";
/// What the protocol hashes circles and keys with.
const DOMAIN: &str = "p2pm 1";
/// Frames of each side before encryption: a Hello, and Credentials or Welcome.
const HANDSHAKE: usize = 2;

/// Two nodes are linked, talk and end; then the second one comes once more. Returns both.
fn play(network: &Namespace) -> [Node; 2] {
    let start = |name, told: &[&str]| Node::start(name, Some(network), &[&["--port", "0"], told].concat());
    let first = start(NAMES[0], &[]);
    let address = first.address();
    let mut second = start(NAMES[1], &["--connect", &address]);
    for round in 0..2 {
        if round > 0 {
            second.restart(&["--port", "0", "--connect", &address]);
        }
        eventually("a link", || first.here() == 1 && second.here() == 1);
        assert!(first.run(&["send", NAMES[1], QUESTION]).status.success());
        assert!(second.run(&["send", "--all", ANSWER]).status.success());
        second.end();
        eventually("it to be missed", || first.here() == 0);
    }
    let mut nodes = [first, second];
    // What is searched for is what they have.
    let shown = nodes[0].output(&["who"]) + &nodes[0].output(&["listen", "--since", "0", "--timeout", "1"]);
    nodes[0].end();
    let tags = nodes.each_ref().map(|node| node.key().tag().to_string());
    for word in [&tags[0], &tags[1], NAMES[0], NAMES[1], ANSWER] {
        assert!(shown.contains(word), "{word} is not in {shown}");
    }
    nodes
}

/// Everything that must not be seen.
fn secrets(nodes: &[Node; 2]) -> Vec<Vec<u8>> {
    let words = PASSPHRASE.split('-').skip(1).chain(NAMES);
    let texts = words.chain([PASSPHRASE, QUESTION, ANSWER, "rhinoceros", "hippopotamus", DOMAIN]);
    let of_key = nodes.iter().flat_map(|node| {
        let (key, tag) = (node.key(), node.key().tag().to_string());
        let head = *key.0.first_chunk::<8>().expect("32 bytes");
        let digits = format!("{:016x}", u64::from_be_bytes(head));
        [head.to_vec(), digits.into(), tag.replace('-', "").into(), tag.into()]
    });
    texts.map(Vec::from).chain(of_key).collect()
}

/// Marker in the Hello of the side that has dialled; the other side's Hello has none.
fn marker(way: &Way) -> &[u8] {
    &way.bytes[HEADER_LEN + HELLO_LEN..][..MARKER_LEN]
}

#[test]
fn nothing_of_a_link_is_seen_on_the_wire() {
    let Some(network) = Namespace::for_test() else { return };
    let mut capture = Capture::start(&network).unwrap();
    let nodes = play(&network);
    capture.wait_for(|ways| ways.len() >= 4 && ways.iter().all(|way| way.is_over));
    let ways: Vec<_> = capture.finish().into_iter().filter(|way| !way.bytes.is_empty()).collect();
    assert_eq!(ways.len(), 4, "two links, with two directions each");
    let secrets = secrets(&nodes);
    for way in &ways {
        for secret in &secrets {
            let found = count(&way.bytes, secret);
            assert_eq!(found, 0, "{} from {} to {}", String::from_utf8_lossy(secret), way.from, way.to);
        }
        let (frames, rest) = way.bytes.as_chunks::<FRAME_LEN>();
        assert!(rest.is_empty() && way.packets.iter().all(|packet| packet % FRAME_LEN == 0));
        let (clear, sealed) = frames.split_at(HANDSHAKE);
        assert!(clear.iter().all(|frame| frame.starts_with(&MAGIC)));
        // Introduce, Name, Admit, a text, and a receipt or a goodbye.
        assert!(sealed.len() > 4 && sealed.iter().all(|frame| looks_random(frame)));
    }
    assert_ne!(marker(&ways[0]), marker(&ways[2]), "two Hellos of one circle look related");
}
