//! Roles with the sizes that a board has room for. One role at a time is on the stack.

use p2pm_core::suite::Suite;
use p2pm_fw::app::{Community, Listener, Member, Node, Online, Outcome};
use p2pm_fw::settings::{CommunitySettings, JoinSettings, NodeSettings};

use crate::hardware::Hardware;
use crate::station::{Platform, Station};

/// Runs a node with `DOOR` connections before a chat.
#[inline(never)]
pub fn node<S, H, const SOCKETS: usize, const DOOR: usize>(
    station: &mut Station<H, SOCKETS>,
    settings: NodeSettings,
) -> Outcome
where
    S: Suite,
    H: Hardware,
{
    let NodeSettings { port, password, turns, voice } = settings;
    let Some(listener) = listen::<S, H, SOCKETS>(station, port.get()) else { return Outcome::Failed };
    let mut node = Node::<S, _, DOOR>::new(&mut station.board, listener, password, turns, voice);
    station.play(&mut node)
}

/// Runs a node on the list of a community.
#[inline(never)]
pub fn join<S, H, const SOCKETS: usize, const DOOR: usize>(
    station: &mut Station<H, SOCKETS>,
    settings: JoinSettings,
) -> Outcome
where
    S: Suite,
    H: Hardware,
{
    let JoinSettings { node, server, server_password, name } = settings;
    let NodeSettings { port, password, turns, voice } = node;
    let Some(listener) = listen::<S, H, SOCKETS>(station, port.get()) else { return Outcome::Failed };
    let mut node = Node::<S, _, DOOR>::new(&mut station.board, listener, password, turns, voice);
    let mut member = Member::new(server, server_password, name, port);
    station.play(Online::new(&mut node, &mut member))
}

/// Runs a community for `USERS` users, with `PLACES` connections.
#[inline(never)]
pub fn community<S, H, const SOCKETS: usize, const USERS: usize, const PLACES: usize>(
    station: &mut Station<H, SOCKETS>,
    settings: CommunitySettings,
) -> Outcome
where
    S: Suite,
    H: Hardware,
{
    let CommunitySettings { port, password } = settings;
    let Some(listener) = listen::<S, H, SOCKETS>(station, port.get()) else { return Outcome::Failed };
    let mut community = Community::<S, _, USERS, PLACES>::new(&mut station.board, listener, password);
    station.play(&mut community)
}

/// Listens, and shows the suite's caution. If it fails, the user has been told.
fn listen<S, H, const SOCKETS: usize>(
    station: &mut Station<H, SOCKETS>,
    port: u16,
) -> Option<Listener<Platform<H, SOCKETS>>>
where
    S: Suite,
    H: Hardware,
{
    let board = &mut station.board;
    if let Some(caution) = S::CAUTION {
        board.console.say(caution);
    }
    board.listen(port).inspect_err(|error| board.console.say(error)).ok()
}
