//! The roles, with the memory that each of them has.

use p2pm_core::suite::{Suite, Xor};
use p2pm_fw::app::{Call, Community, Member, Node, Online, Voice};

use crate::exit::{Exit, Stop};
use crate::linux::Machine;
use crate::options::{Command, Options, SuiteName};
use crate::password::given;

/// How much of everything a role has.
pub mod size {
    use p2pm_fw::net::BACKLOG;

    /// Bytes that a socket holds each way: four frames.
    pub const BUFFER: usize = 4096;

    /// Sockets that send their last, while others take their places.
    const CLOSING: usize = 4;

    /// How many stand at a node's door at once.
    pub const DOOR: usize = 4;
    /// Sockets of a node: those at its door, the one it talks with, and who comes next.
    pub const NODE: usize = DOOR + 1 + BACKLOG + CLOSING;
    /// Sockets of a node that is online: one more for the meeting place.
    pub const ONLINE: usize = NODE + 1;
    /// Sockets of whoever calls.
    pub const CALL: usize = 1;

    /// Users of a meeting place.
    pub const USERS: usize = 16;
    /// Connections of a meeting place: there is always one for whoever comes next, and for a few who are slow.
    pub const PLACES: usize = USERS + 4;
    /// Sockets of a meeting place.
    pub const COMMUNITY: usize = PLACES + BACKLOG + CLOSING;
}

const CALLERS_MUST_GIVE: &str = "the password that callers must give";

/// Runs the program.
pub fn main(options: &Options) -> Exit {
    let played = match options.suite {
        SuiteName::Xor => play::<Xor>(options),
    };
    played.unwrap_or_else(|stop| stop.report())
}

fn play<S: Suite>(options: &Options) -> Result<Exit, Stop> {
    options.link.check()?;
    match &options.command {
        Command::Node { port, chat } => {
            let password = given("P2PM_PASSWORD", CALLERS_MUST_GIVE)?;
            let mut machine = Machine::<{ size::NODE }>::start::<S>(options)?;
            let turns = chat.turns.turns();
            let node = Node::<S, _, { size::DOOR }>::listen(
                &mut machine.board,
                port.get(),
                password,
                turns,
                chat.voice(),
            )?;
            Ok(machine.play(node))
        }
        Command::Join { server, name, port, chat } => {
            let server_password = given("P2PM_SERVER_PASSWORD", "the password of the community server")?;
            let password = given("P2PM_PASSWORD", CALLERS_MUST_GIVE)?;
            let mut machine = Machine::<{ size::ONLINE }>::start::<S>(options)?;
            let turns = chat.turns.turns();
            let node = Node::<S, _, { size::DOOR }>::listen(
                &mut machine.board,
                port.get(),
                password,
                turns,
                chat.voice(),
            )?;
            let member = Member::new(*server, server_password, name.clone(), *port);
            Ok(machine.play(Online::new(node, member)))
        }
        Command::Chat { node, name, turns } => {
            let password = given("P2PM_CHAT_PASSWORD", "the password of the one you call")?;
            let mut machine = Machine::<{ size::CALL }>::start::<S>(options)?;
            let (turns, name) = (turns.turns(), name.clone());
            let call = Call::<S, _>::new(&mut machine.board, *node, password, turns, name, Voice::Console)?;
            Ok(machine.play(call))
        }
        Command::Community { port } => {
            let password = given("P2PM_PASSWORD", "the password of the community")?;
            let mut machine = Machine::<{ size::COMMUNITY }>::start::<S>(options)?;
            let community = Community::<S, _, { size::USERS }, { size::PLACES }>::listen(
                &mut machine.board,
                port.get(),
                password,
            )?;
            Ok(machine.play(community))
        }
    }
}
