//! The roles of the tests, and how they connect.

use std::net::SocketAddr;
use std::time::Duration;

use embedded_nal::{TcpClientStack, nb};
use p2pm_core::suite::{Password, Suite};
use p2pm_core::time::Instant;
use p2pm_core::wire::Turns;
use p2pm_fw::app::{Board, Call, Community, Member, Node, Online, Outcome, Polled, Role, Voice};
use p2pm_fw::net::{BACKLOG, Error, Socket};
use p2pm_tests::device::{SOCKETS, Screen, Stage, Virtual, ip};

pub const PORT: u16 = 5460;
pub const MEETING_PORT: u16 = 5000;
pub const PASSWORD: &str = "barbeau";
/// Far more than anything here takes.
pub const PATIENCE: Duration = Duration::from_secs(30);

type OurBoard = Board<Virtual<SOCKETS>>;

pub fn password(text: &str) -> Password {
    Password::new(text.as_bytes()).unwrap()
}

pub fn node<S: Suite>(board: &mut OurBoard, turns: Turns, voice: Voice) -> Node<S, Virtual<SOCKETS>, 4> {
    let listener = board.listen(PORT).unwrap();
    Node::new(board, listener, password(PASSWORD), turns, voice)
}

/// A call to the board at this port.
pub fn call<S: Suite>(
    board: &mut OurBoard,
    to: usize,
    word: &str,
    turns: Turns,
) -> Call<S, Virtual<SOCKETS>> {
    let name = "katie".parse().ok();
    Call::new(board, address(to, PORT), password(word), turns, name, Voice::Console).unwrap()
}

pub fn community<S: Suite>(board: &mut OurBoard) -> Community<S, Virtual<SOCKETS>, 16, 20> {
    let listener = board.listen(MEETING_PORT).unwrap();
    Community::new(board, listener, password(PASSWORD))
}

/// A member of the community of the board at this port.
pub fn member<S: Suite>(to: usize, name: &str, word: &str) -> Member<S, Virtual<SOCKETS>> {
    let name = name.parse().unwrap();
    Member::new(address(to, MEETING_PORT), password(word), name, PORT.try_into().unwrap())
}

/// An echoing node on the list of the first board's community. Its memory is leaked.
pub fn online<S: Suite + 'static>(board: &mut OurBoard) -> Online<'static, S, Virtual<SOCKETS>, 4> {
    let node = Box::leak(Box::new(node(board, Turns::Linear, Voice::Echo)));
    Online::new(node, Box::leak(Box::new(member(0, "board", PASSWORD))))
}

/// A peer that connects to the node of a board, sends nothing, and never closes its connection. It ends once
/// the connection is reset.
pub struct Holder {
    socket: Socket,
    to: usize,
}

impl Holder {
    pub fn new(board: &mut OurBoard, to: usize) -> Self {
        Self { socket: board.network.socket().unwrap(), to }
    }
}

impl Role<Virtual<SOCKETS>> for Holder {
    fn poll(&mut self, board: &mut OurBoard) -> Polled {
        // `connect` reports success once connected.
        _ = board.network.connect(&mut self.socket, address(self.to, PORT));
        match board.network.send(&mut self.socket, &[]) {
            Err(nb::Error::Other(Error::Lost)) => Polled::Over(Outcome::Failed),
            _ => Polled::Idle,
        }
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn stop(&mut self, _board: &mut OurBoard) {}
}

pub fn address(board: usize, port: u16) -> SocketAddr {
    (ip(u8::try_from(board).unwrap()), port).into()
}

/// Runs until a screen shows this, or fails with everything shown.
#[track_caller]
pub fn expect(stage: &mut Stage, screen: &Screen, text: &str) {
    let shown = stage.play_until(PATIENCE, || screen.shows(text));
    assert!(shown, "{text:?} was not shown at {:?}; the screen:\n{}", stage.now(), screen.text());
}

/// Runs to the end of a role, and checks that it has returned every socket.
#[track_caller]
pub fn expect_end(stage: &mut Stage, number: usize) {
    for _ in 0..120 {
        if stage.outcome(number).is_some() {
            break;
        }
        stage.play_for(Duration::from_secs(1));
    }
    assert!(stage.outcome(number).is_some(), "it goes on and on");
    assert_eq!(stage.free_sockets(number), SOCKETS);
}

/// Checks that a board with one listener has no other socket in use, once all is quiet.
#[track_caller]
pub fn expect_quiet(stage: &mut Stage, number: usize) {
    stage.play_for(Duration::from_mins(2));
    assert_eq!(stage.free_sockets(number), SOCKETS - BACKLOG);
}
