//! An attacker between two real programs: both show what went wrong, and the next client gets through.

use std::thread;
use std::time::Duration;

use p2pm_core::limits::FRAME_LEN;
use p2pm_core::wire::Close;
use p2pm_tests::middle::{Deed, FramePosition, Middle, Relay, Side, Source, initiators, responders};
use p2pm_tests::pty::Terminal;
use p2pm_tests::random::Random;

use crate::every_place::{REPLAYED, forged};
use crate::programs::{Listener, messages};
use crate::stories::Story;
use crate::table::{Ends, answered, ends_of, ends_of_flip};

/// Longer than any timeout of a program.
const PATIENCE: Duration = Duration::from_secs(90);
/// These connections have no regular end: the attacker acts before it.
const NEVER: usize = usize::MAX;
/// In each frame of the handshake: the edges of every region, and a few bytes of the large ones.
const BYTES: [usize; 24] =
    [0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 39, 40, 47, 48, 79, 80, 103, 104, 1007, 1008, 1023];

/// Two programs, and how they show their end.
struct Case<'a> {
    visitor: Listener,
    listener: Listener,
    program: &'a mut Terminal,
    port: u16,
    /// Whether both sides of a chat send texts.
    talk: bool,
}

impl Case<'_> {
    /// Checks that the client shows one of these ends, the listener the other end of the same pair, and
    /// neither a text that was not sent.
    #[track_caller]
    fn check(&mut self, middle: Middle, what: &str, expected: &[Ends]) -> Middle {
        let (relay, source) = (Relay::to(self.port).unwrap(), Source::new());
        let relayed = relay.admit(middle, source).unwrap();
        let mut client = self.visitor.visit(relay.address().unwrap()).with_patience(PATIENCE);
        if self.talk {
            client.expect("YOU: ");
            self.program.expect("YOU: ");
            client.send(b"one\rthree\r");
            self.program.send(b"two\rfour\r");
        }
        let ours = shown(&mut client, expected, |[ours, _]| self.visitor.clients_lines(*ours));
        let theirs = shown(self.program, expected, |[_, theirs]| self.listener.own_lines(source, *theirs));
        let agreed = expected.iter().any(|ends| *ends == [ours[0], theirs[1]]);
        assert!(agreed, "{what}: {:?} and {:?}, not {expected:?}", ours[0], theirs[1]);
        for (screen, said) in [(client.screen(), ["two", "four"]), (self.program.screen(), ["one", "three"])]
        {
            assert!(said.starts_with(&messages(&screen)), "{what}: {screen}");
            assert!(!screen.contains("xor"), "{what}: nobody is to be talked into something worse\n{screen}");
        }
        drop(client);
        relayed.join().unwrap().unwrap()
    }
}

/// Waits for a line of one of these ends, and returns that.
fn shown(program: &mut Terminal, expected: &[Ends], lines: impl Fn(&Ends) -> Vec<String>) -> Ends {
    let of = |ends: &Ends| lines(ends).into_iter().map(|line| (line, *ends)).collect::<Vec<_>>();
    let (lines, ends): (Vec<_>, Vec<_>) = expected.iter().flat_map(of).unzip();
    ends[program.expect_one_of(&lines)]
}

fn flip_some_bytes(listener: Listener) {
    let mut random = Random::new(2);
    for (from, number) in Side::BOTH.into_iter().flat_map(|side| [(side, 0), (side, 1), (side, 2)]) {
        let place = FramePosition { from, number };
        // A program for each frame, since the log of unauthenticated peers is rate-limited.
        let (mut program, port) = listener.start();
        program = program.with_patience(PATIENCE);
        for byte in BYTES {
            let bit = random.between(0..=7);
            let middle = Middle::new([(place, Deed::Flip { byte, mask: 1 << bit })]);
            let program = &mut program;
            let mut case = Case { visitor: listener, listener, program, port, talk: false };
            let expected = ends_of_flip(place, byte, u32::try_from(bit).unwrap());
            case.check(middle, &format!("bit {bit} of byte {byte} of {place:?}"), expected);
        }
        listener.check_open(&mut program, port);
    }
}

#[test]
fn a_changed_bit_is_shown_for_what_it_is_by_client_and_node() {
    flip_some_bytes(Listener::Node);
}

#[test]
fn a_changed_bit_is_shown_for_what_it_is_by_client_and_community_server() {
    flip_some_bytes(Listener::Server);
}

/// Applies a manipulation to a frame between two programs of its own.
fn meddle(listener: Listener, place: FramePosition, deed: &Deed) {
    let (program, port) = listener.start();
    let mut program = program.with_patience(PATIENCE);
    let talk = listener == Listener::Node && place.number > 2;
    let mut case = Case { visitor: listener, listener, program: &mut program, port, talk };
    let story = if listener == Listener::Node { Story::FreeChat } else { Story::Community };
    let expected = ends_of(story, deed, place, NEVER);
    case.check(Middle::new([(place, deed.clone())]), &format!("{deed:?} at {place:?}"), &expected);
    listener.check_open(&mut program, port);
}

/// In parallel, since a lost frame is noticed only after ten or twenty seconds.
fn meddle_everywhere(listener: Listener) {
    let mut random = Random::new(3);
    thread::scope(|scope| {
        for number in 0..4 {
            for place in [initiators(number), responders(number)] {
                let [rest, cut, byte] = [(); 3].map(|()| random.between(1..=FRAME_LEN - 1));
                let flip = Deed::Flip { byte, mask: 1 << random.between(0..=7) };
                let deeds = [
                    flip,
                    Deed::Drop,
                    Deed::Repeat,
                    Deed::Swap,
                    Deed::Truncate(rest),
                    Deed::Cut(cut),
                    Deed::Reflect,
                ];
                for deed in deeds {
                    scope.spawn(move || meddle(listener, place, &deed));
                }
            }
        }
    });
}

#[test]
fn whatever_is_done_to_a_frame_is_shown_by_client_and_node() {
    meddle_everywhere(Listener::Node);
}

#[test]
fn whatever_is_done_to_a_frame_is_shown_by_client_and_community_server() {
    meddle_everywhere(Listener::Server);
}

/// Records a whole session without changing it.
fn record(listener: Listener, program: &mut Terminal, port: u16) -> Middle {
    let relay = Relay::to(port).unwrap();
    let relayed = relay.admit(Middle::default(), Source::new()).unwrap();
    let mut client = listener.visit(relay.address().unwrap());
    match listener {
        Listener::Node => {
            client.expect("YOU: ");
            client.send(b"recorded\r");
            program.expect("THEM: recorded\n");
            client.send(b"quit\r");
            program.expect("chat over: the other side said goodbye\n");
        }
        Listener::Server => {
            client.expect("menu for the menu: ");
            client.send(b"\x03");
            program.expect("katie left: goodbye (0 online)\n");
        }
    }
    assert!(client.wait().code().is_some());
    relayed.join().unwrap().unwrap()
}

#[test]
fn a_recorded_session_is_shown_for_what_it_is() {
    for listener in [Listener::Node, Listener::Server] {
        let (mut program, port) = listener.start();
        let recorded = record(listener, &mut program, port);
        for (side, ends) in REPLAYED {
            // A program that has shown no text yet.
            let (mut program, port) = listener.start();
            let mut case = Case { visitor: listener, listener, program: &mut program, port, talk: false };
            let middle = Middle::replaying(side, recorded.seen(side));
            case.check(middle, &format!("{side:?} replayed"), &[ends]);
            listener.check_open(&mut program, port);
        }
    }
}

#[test]
fn a_redirected_client_sees_the_mismatch_despite_the_right_password() {
    for (visitor, listener) in [(Listener::Server, Listener::Node), (Listener::Node, Listener::Server)] {
        let (mut program, port) = listener.start();
        let mut case = Case { visitor, listener, program: &mut program, port, talk: false };
        case.check(Middle::default(), "led astray", &[answered(Close::ServiceMismatch)]);
        let deed = Deed::Flip { byte: 10, mask: 0b11 };
        let middle = Middle::new([initiators(0), responders(0)].map(|place| (place, deed.clone())));
        case.check(middle, "led astray with changed Hellos", &[answered(Close::WrongPassword)]);
        listener.check_open(&mut program, port);
    }
}

#[test]
fn a_forged_close_in_the_handshake_is_shown_as_a_claim_and_is_no_success() {
    for listener in [Listener::Node, Listener::Server] {
        let (mut program, port) = listener.start();
        let [wait, heard] = [u32::MAX, 10].map(|seconds| Close::TooManyGuesses { seconds });
        for (place, close, heard, exit) in [
            (responders(0), Close::Goodbye, Close::Goodbye, 1),
            (responders(1), Close::SuiteMismatch, Close::SuiteMismatch, 1),
            (responders(0), wait, heard, 3),
        ] {
            let (relay, source) = (Relay::to(port).unwrap(), Source::new());
            let relayed = relay.admit(Middle::new([(place, forged(close))]), source).unwrap();
            let mut client = listener.visit(relay.address().unwrap());
            client.expect(&heard.to_string());
            client.expect(" (unconfirmed)\n");
            assert_eq!(client.wait().code(), Some(exit));
            assert!(!client.screen().contains("xor"), "{}", client.screen());
            program.expect(&format!("{}: connection lost\n", source.0));
            relayed.join().unwrap().unwrap();
        }
        listener.check_open(&mut program, port);
    }
}
