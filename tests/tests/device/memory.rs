//! Memory of a device: all static, of the documented size.

use p2pm_core::discovery::Inline;
use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_core::wire::Turns;
use p2pm_fw::app::{Call, Community, Lookout, Member, Node};
use p2pm_fw::net::{BACKLOG, Memory, UdpMemory};
use p2pm_tap::size::{self, BUFFER};
use p2pm_tests::counting::{Counting, allocations_in};
use p2pm_tests::device::{Faults, Stack, Stage, Virtual};
use smoltcp::iface::SocketStorage;

use crate::cast::{PASSWORD, PATIENCE, call, community, member, online};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

pub fn nothing_is_allocated_once_it_runs<S: Suite + 'static>() {
    let mut stage = Stage::new(4, 31, Faults { drop: 2, corrupt: 2 });
    let (_, place) = stage.add(community::<S>);
    let (_, board) = stage.add(online::<S>);
    let (_, katie) = stage.add(|_| member::<S>(0, "katie", PASSWORD));
    let (call_at, abdul) = stage.add(|board| call::<S>(board, 1, PASSWORD, Turns::Linear));
    let long = "so long ".repeat(125);
    let mut story = [false; 5];

    let allocations = allocations_in(|| {
        abdul.enter("hello");
        abdul.enter(&long);
        story[0] = stage.play_until(PATIENCE, || katie.shows("online as katie"));
        story[1] = stage.play_until(PATIENCE, || abdul.shows("THEM: hello\n") && abdul.shows(&long));
        abdul.enter("quit");
        story[2] = stage.play_until(PATIENCE, || board.shows("chat over: the other side ended it: goodbye"));
        story[3] =
            stage.play_until(PATIENCE, || place.shows("board joined") && katie.shows("board is online"));
        stage.stop(0);
        story[4] = stage.play_until(PATIENCE, || katie.shows("left the community server"));
    });

    assert_eq!(story, [true; 5], "{}\n{}\n{}", place.text(), board.text(), katie.text());
    assert!(stage.outcome(call_at).is_some());
    assert_eq!(allocations, 0);
}

/// Sizes of all statics, in bytes, as documented in `fw-demo/README.md`.
fn figures<S: Suite>() -> Vec<(&'static str, usize)> {
    type ANode<S, const DOOR: usize> = Node<S, Virtual<1>, DOOR>;
    type ALookout = Lookout<Inline<1, { size::PEERS }, { size::ANSWERS }, { size::SEARCHERS }>>;
    type APlace<S, const USERS: usize, const PLACES: usize> = Community<S, Virtual<1>, USERS, PLACES>;
    let socket = size_of::<SocketStorage<'_>>()
        + size_of::<Memory<1, BUFFER>>()
        + (size_of::<Stack<2>>() - size_of::<Stack<1>>());
    let node = size_of::<ANode<S, { size::DOOR }>>();
    let member = size_of::<Member<S, Virtual<1>>>();
    let place = size_of::<APlace<S, { size::USERS }, { size::PLACES }>>();
    let call = size_of::<Call<S, Virtual<1>>>();
    vec![
        ("a TCP socket", socket),
        ("a listener", BACKLOG * socket),
        (
            "the rest of the network stack",
            size_of::<Stack<1>>() - (size_of::<Stack<2>>() - size_of::<Stack<1>>()),
        ),
        ("a caller at the door of a node", size_of::<ANode<S, 5>>() - size_of::<ANode<S, 4>>()),
        ("a node with a door for 4 and one chat", node),
        ("its 13 sockets", size::NODE * socket),
        ("a member of a community", member),
        ("a call", call),
        ("its socket", size::CALL * socket),
        ("a session of a meeting place", size_of::<APlace<S, 16, 21>>() - size_of::<APlace<S, 16, 20>>()),
        ("a user of a meeting place", size_of::<APlace<S, 17, 20>>() - size_of::<APlace<S, 16, 20>>()),
        ("a meeting place for 16, with 20 sessions", place),
        ("its 28 sockets", size::COMMUNITY * socket),
        ("UDP of a node in a circle", size_of::<UdpMemory<{ size::DATAGRAMS }, { size::SEARCHERS }>>()),
        ("what finds others for it", size_of::<ALookout>()),
    ]
}

#[test]
fn the_document_states_the_memory() {
    let document = include_str!("../../../fw-demo/README.md");
    let both = figures::<Sealed>().into_iter().zip(figures::<Xor>());
    let expected: Vec<_> =
        both.map(|((what, sealed), (_, xor))| format!("| {what} | {sealed} | {xor} |")).collect();
    let is_figure = |line: &&str| line.trim_end_matches(" |").ends_with(|last: char| last.is_ascii_digit());
    let stated: Vec<_> = document.lines().filter(|line| line.starts_with('|')).filter(is_figure).collect();
    assert_eq!(stated, expected, "\n{}", expected.join("\n"));
}
