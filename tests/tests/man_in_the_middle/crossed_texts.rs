//! Two texts in flight in one direction of a free chat, swapped by an attacker.

use p2pm_core::error::Fault;
use p2pm_core::wire::Close;
use p2pm_tests::middle::{Deed, FramePosition, Middle, NAME, Relay, Side, Source, initiators, responders};

use crate::programs::{Listener, messages};
use crate::stories::Story;
use crate::table::found;

/// The first text of each side, after Hello, Credentials and Call, or Hello, Welcome and `CallAccepted`.
const FIRST_TEXTS: [FramePosition; 2] = [initiators(3), responders(3)];
const SEAL: Close = Close::Fault(Fault::Seal);

#[test]
fn neither_of_two_swapped_texts_is_shown_and_both_ends_name_the_fault() {
    for position in FIRST_TEXTS {
        for seed in 0..16 {
            let outcome = Story::FreeChat.play(seed, &mut Middle::new([(position, Deed::Swap)]));
            assert_eq!(outcome.ends, found(position, SEAL), "{position:?}");
            let [katie, abdul] = outcome.shown;
            // The other direction is not changed: its texts arrive before the end, or not at all.
            match position.from {
                Side::Initiator => {
                    assert_eq!(abdul, [NAME]);
                    assert!(["two", "four"].iter().zip(&katie).all(|(said, shown)| said == shown));
                }
                Side::Responder => {
                    assert_eq!(katie, [""; 0]);
                    assert!([NAME, "one", "three"].iter().zip(&abdul).all(|(said, shown)| said == shown));
                }
            }
        }
    }
}

#[test]
fn neither_of_two_swapped_texts_is_shown_by_the_programs() {
    for position in FIRST_TEXTS {
        let (mut node, port) = Listener::Node.start();
        let (relay, source) = (Relay::to(port).unwrap(), Source::new());
        let relayed = relay.admit(Middle::new([(position, Deed::Swap)]), source).unwrap();
        let mut client = Listener::Node.visit(relay.address().unwrap());
        client.expect("YOU: ");
        node.expect("YOU: ");
        let (writer, reader) = match position.from {
            Side::Initiator => (&mut client, &mut node),
            Side::Responder => (&mut node, &mut client),
        };
        writer.send(b"one\rtwo\r");
        reader.expect(&format!("chat over: we ended it: {SEAL}\n"));
        writer.expect(&format!("chat over: {SEAL}\n"));
        for program in [&client, &node] {
            assert_eq!(messages(&program.screen()), [""; 0], "{}", program.screen());
        }
        assert_eq!(client.wait().code(), Some(1));
        let middle = relayed.join().unwrap().unwrap();
        assert!(middle.seen(position.from).len() > position.number + 1, "both texts were under way");
        Listener::Node.check_open(&mut node, port);
    }
}
