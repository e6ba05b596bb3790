//! One bit of every byte of a handshake, and of the first sealed frame of each side, is inverted between a
//! machine and a real program.

use p2pm_core::channel::Ended;
use p2pm_core::limits::FRAME_LEN;
use p2pm_core::wire::{Message, Turns};
use p2pm_posix::clock::Clock;
use p2pm_tests::middle::{
    Chatter, Deed, FramePosition, Member, Middle, Party, Relay, Side, Source, converse,
};
use p2pm_tests::pty::Terminal;
use p2pm_tests::random::Random;

use crate::programs::{Listener, messages};
use crate::table::ends_of_flip;

/// Connects to a real program through an attacker; returns how the connecting side ended, and what was seen.
fn come(listener: Listener, relay: &Relay, middle: Middle, random: &mut Random) -> (Option<Ended>, Middle) {
    let relayed = relay.admit(middle, Source::new()).unwrap();
    let stream = Source::new().connect(relay.address().unwrap()).unwrap();
    let clock = Clock::start();
    let ended = match listener {
        Listener::Node => {
            let mut caller = Chatter::caller(clock.now(), Turns::Linear, random);
            converse(&mut caller, stream, clock).unwrap();
            assert!(caller.report().shown.is_empty(), "{:?}", caller.report());
            caller.report().ended
        }
        Listener::Server => {
            let mut member = Member::new(clock.now(), random);
            converse(&mut member, stream, clock).unwrap();
            assert!(member.report().shown.is_empty(), "{:?}", member.report());
            member.report().ended
        }
    };
    (ended, relayed.join().unwrap().unwrap())
}

/// Whether the responder's frames show that it ended in this way.
fn shows(middle: &Middle, place: FramePosition, ended: Ended) -> bool {
    let said = middle.seen(Side::Responder);
    let undisturbed = if place.from == Side::Initiator { place.number } else { place.number + 1 };
    match ended {
        // After the Welcome its frames are sealed.
        Ended::ByUs(_) if place.number > 1 => said.len() == undisturbed + 1,
        Ended::ByUs(close) => {
            said.len() <= 2
                && said.last().is_some_and(|last| Message::parse(last) == Ok(Message::Close(close)))
        }
        Ended::ByPeer(_) | Ended::Claimed(_) | Ended::Lost => said.len() == undisturbed,
    }
}

/// Returns the program, whose screen shows every end.
fn flip_every_byte(listener: Listener) -> (Terminal, u16) {
    let (mut program, port) = listener.start();
    let relay = Relay::to(port).unwrap();
    let mut random = Random::new(1);
    for (from, number) in Side::BOTH.into_iter().flat_map(|side| [(side, 0), (side, 1), (side, 2)]) {
        let place = FramePosition { from, number };
        for byte in 0..FRAME_LEN {
            let bit = random.between(0..=7);
            let middle = Middle::new([(place, Deed::Flip { byte, mask: 1 << bit })]);
            let (ours, middle) = come(listener, &relay, middle, &mut random);
            program.read();
            let expected = ends_of_flip(place, byte, u32::try_from(bit).unwrap());
            let is_as_expected = |ends: &&[Ended; 2]| ours == Some(ends[0]) && shows(&middle, place, ends[1]);
            assert!(
                expected.iter().find(is_as_expected).is_some(),
                "bit {bit} of byte {byte} of {place:?}: {ours:?}, not {expected:?}; the other side said {} frames",
                middle.seen(Side::Responder).len()
            );
        }
    }
    (program, port)
}

/// Number of times that the program has shown this, whichever peer it is about.
fn count(program: &Terminal, text: &str) -> usize {
    program.screen().matches(text).count()
}

#[test]
fn between_a_caller_and_a_node() {
    let (mut node, port) = flip_every_byte(Listener::Node);
    Listener::Node.check_open(&mut node, port);
    // The last frame, the answer, is changed after a call. No other caller was admitted, and no text was
    // sent.
    assert_eq!(count(&node, "call from katie at "), FRAME_LEN + 1);
    assert_eq!(count(&node, "chat over: protocol error: frame that does not open\n"), FRAME_LEN);
    assert_eq!(messages(&node.screen()), ["straight"]);
}

#[test]
fn between_a_client_and_a_community_server() {
    let (mut server, port) = flip_every_byte(Listener::Server);
    Listener::Server.check_open(&mut server, port);
    // The last one of all, whose terminal was then closed.
    server.expect("katie left: connection lost (0 online)\n");
    assert_eq!(count(&server, "katie joined"), FRAME_LEN + 1);
    assert_eq!(count(&server, "katie left: protocol error: frame that does not open (0 online)"), FRAME_LEN);
}
