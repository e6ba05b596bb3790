//! Roles with the sizes that a board has room for. One role at a time is on the stack.

use p2pm_core::door::{Door, Guesser};
use p2pm_core::node::{Rows, Storage};
use p2pm_core::suite::{Sealed, Suite};
use p2pm_fw::app::{
    Circle, CircleSetup, Community, Listener, Member, NoFiles, Nobody, Node, Online, Outcome, Thermometer,
};
use p2pm_fw::identity::{self, Kept};
use p2pm_fw::settings::{CircleSettings, CommunitySettings, JoinSettings, NodeSettings};

use crate::hardware::Hardware;
use crate::host;
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

/// Runs a node of a circle with `PLACES` connections: links, and further ones before that.
#[inline(never)]
pub fn circle<H, const SOCKETS: usize, const PLACES: usize, const GUESSERS: usize>(
    station: &mut Station<H, SOCKETS>,
    settings: CircleSettings,
) -> Outcome
where
    H: Hardware<Memory: Storage<Guessers = [Guesser; GUESSERS]>>,
    Rows<H::Memory>: Default,
{
    // It stays where it is made.
    match &mut join_circle::<_, SOCKETS, PLACES, GUESSERS>(station, settings) {
        Some(circle) => station.play(circle),
        None => Outcome::Failed,
    }
}

/// The node before it is played. If there is none, the user has been told.
#[inline(never)] // what it is made of should not stay on the stack
fn join_circle<H, const SOCKETS: usize, const PLACES: usize, const GUESSERS: usize>(
    station: &mut Station<H, SOCKETS>,
    settings: CircleSettings,
) -> Option<Circle<Platform<H, SOCKETS>, PLACES, 0>>
where
    H: Hardware<Memory: Storage<Guessers = [Guesser; GUESSERS]>>,
    Rows<H::Memory>: Default,
{
    let CircleSettings { port, number, passphrase, name, peer, admission } = settings;
    let listener = listen::<Sealed, H, SOCKETS>(station, port.get())?;
    let board = &mut station.board;
    let (identity, kept) = match host::store() {
        Some(mut store) => identity::kept_in(&mut store, &mut board.random),
        None => (identity::new(&mut board.random), Kept::Not),
    };
    board.console.say(kept);
    let setup = CircleSetup {
        identity,
        name,
        number,
        // A table of a single set does not use its key.
        door: Door::with_guessers(passphrase, [Guesser::EMPTY; GUESSERS], [0; _]),
        connect: peer,
        finder: Nobody,
        admission,
        application: Thermometer::default(),
        files: NoFiles,
    };
    Some(Circle::new(board, listener, setup))
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
