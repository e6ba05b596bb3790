//! Roles with the sizes that a board has room for. One role at a time is on the stack.

use p2pm_core::discovery;
use p2pm_core::door::{Door, Guesser};
use p2pm_core::identity::Identity;
use p2pm_core::node::{self, Rows, Storage};
use p2pm_core::suite::{Sealed, Suite};
use p2pm_fw::app::{
    Circle, CircleSetup, Community, Listener, Lookout, Member, Membership, NoFiles, Node, Online, Outcome,
    Thermometer,
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
    discovery::Rows<H::Neighbours>: Default,
{
    let Some(listener) = listen::<Sealed, H, SOCKETS>(station, settings.port.get()) else {
        return Outcome::Failed;
    };
    let mut node = node_of::<_, SOCKETS, GUESSERS>(station, &settings);
    play_circle::<_, SOCKETS, PLACES>(station, listener, &mut node, settings)
}

/// The node in its circle.
#[inline(never)] // what it is made of should not stay on the stack
fn node_of<H, const SOCKETS: usize, const GUESSERS: usize>(
    station: &mut Station<H, SOCKETS>,
    settings: &CircleSettings,
) -> node::Node<H::Memory>
where
    H: Hardware<Memory: Storage<Guessers = [Guesser; GUESSERS]>>,
    Rows<H::Memory>: Default,
{
    let membership = Membership {
        identity: identity_of(station),
        name: settings.name.clone(),
        port: settings.port,
        number: settings.number,
        // A table of a single set does not use its key.
        door: Door::with_guessers(settings.passphrase.clone(), [Guesser::EMPTY; GUESSERS], [0; _]),
        connect: settings.peer,
        policy: settings.admission.policy(),
    };
    membership.node(&mut station.board)
}

/// Plays a node, which was made before the rest is on the stack.
#[inline(never)]
fn play_circle<H, const SOCKETS: usize, const PLACES: usize>(
    station: &mut Station<H, SOCKETS>,
    listener: Listener<Platform<H, SOCKETS>>,
    node: &mut node::Node<H::Memory>,
    settings: CircleSettings,
) -> Outcome
where
    H: Hardware,
    discovery::Rows<H::Neighbours>: Default,
{
    let mut circle = begin_circle::<_, SOCKETS, PLACES>(station, listener, node, settings);
    station.play(&mut circle)
}

#[inline(never)] // as above
fn begin_circle<'n, H, const SOCKETS: usize, const PLACES: usize>(
    station: &mut Station<H, SOCKETS>,
    listener: Listener<Platform<H, SOCKETS>>,
    node: &'n mut node::Node<H::Memory>,
    settings: CircleSettings,
) -> Circle<'n, Platform<H, SOCKETS>, PLACES, 0>
where
    H: Hardware,
    discovery::Rows<H::Neighbours>: Default,
{
    let board = &mut station.board;
    let setup = CircleSetup {
        finder: Lookout::new(board, settings.port, discovery::Rows::default()),
        addressee: None,
        admission: settings.admission,
        application: Thermometer::default(),
        files: NoFiles,
    };
    Circle::new(board, listener, node, setup)
}

/// The key from before, or a new one. The user is told which.
#[inline(never)]
fn identity_of<H: Hardware, const SOCKETS: usize>(station: &mut Station<H, SOCKETS>) -> Identity {
    let board = &mut station.board;
    let (identity, kept) = match host::store() {
        Some(mut store) => identity::kept_in(&mut store, &mut board.random),
        None => (identity::new(&mut board.random), Kept::Not),
    };
    board.console.say(kept);
    identity
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
