//! What a device needs: memory that is there from the start, and no more.

use p2pm_core::wire::Turns;
use p2pm_fw::app::{Online, Voice};
use p2pm_tests::counting::{Counting, allocations_in};
use p2pm_tests::device::{Faults, Stage};

use crate::cast::{PASSWORD, PATIENCE, call, community, member, node};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn nothing_is_allocated_once_it_runs() {
    let mut stage = Stage::new(4, 31, Faults { drop: 2, corrupt: 2 });
    let (_, place) = stage.add(community);
    let (_, board) =
        stage.add(|board| Online::new(node(board, Turns::Linear, Voice::Echo), member(0, "board", PASSWORD)));
    let (_, katie) = stage.add(|_| member(0, "katie", PASSWORD));
    let (call_at, abdul) = stage.add(|board| call(board, 1, PASSWORD, Turns::Linear));
    let long = "so long ".repeat(125);
    let mut story = [false; 5];

    let allocations = allocations_in(|| {
        abdul.enter("hello");
        abdul.enter(&long);
        story[0] = stage.play_until(PATIENCE, || katie.shows("online as katie"));
        story[1] = stage.play_until(PATIENCE, || abdul.shows("THEM: hello\n") && abdul.shows(&long));
        story[2] =
            stage.play_until(PATIENCE, || katie.shows("board is gone") || !place.shows("board joined"));
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
