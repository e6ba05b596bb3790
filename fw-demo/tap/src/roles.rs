//! The roles, with the memory that each of them has.

use std::num::NonZeroU16;

use p2pm_core::suite::{Password, Sealed, Suite, Xor};
use p2pm_fw::app::{Call, Community, Member, Node, Online, Voice};
use p2pm_posix::exit::Exit;

use crate::linux::{Linux, Station};
use crate::options::{Command, NodeOptions, Options, SuiteName};
use crate::password::given;
use crate::size;
use crate::stop::Stop;

const CALLERS_MUST_GIVE: &str = "the password that callers must give";

/// Runs the program.
pub fn main(options: &Options) -> Exit {
    let played = match options.suite {
        SuiteName::Xor => play::<Xor>(options),
        SuiteName::Sealed => play::<Sealed>(options),
    };
    played.unwrap_or_else(|stop| stop.report())
}

fn play<S: Suite>(options: &Options) -> Result<Exit, Stop> {
    options.link.check()?;
    match &options.command {
        Command::Node { port, chat } => {
            let password = given("P2PM_PASSWORD", CALLERS_MUST_GIVE)?;
            let mut station = Station::<{ size::NODE }>::start::<S>(options)?;
            let node = listen::<S, _>(&mut station, *port, password, *chat)?;
            Ok(station.play(node, None))
        }
        Command::Join { server, name, port, chat } => {
            let server_password = given("P2PM_SERVER_PASSWORD", "the password of the community server")?;
            let password = given("P2PM_PASSWORD", CALLERS_MUST_GIVE)?;
            let mut station = Station::<{ size::ONLINE }>::start::<S>(options)?;
            let mut node = listen::<S, _>(&mut station, *port, password, *chat)?;
            let mut member = Member::new(*server, server_password, name.clone(), *port);
            Ok(station.play(Online::new(&mut node, &mut member), None))
        }
        Command::Chat { node, name, turns } => {
            let password = given("P2PM_CHAT_PASSWORD", "the password of the one you call")?;
            let mut station = Station::<{ size::CALL }>::start::<S>(options)?;
            let (board, turns) = (&mut station.board, turns.turns());
            let call = Call::<S, _>::new(board, *node, password, turns, name.clone(), Voice::Console)?;
            Ok(station.play(call, Some(Exit::Interrupted)))
        }
        Command::Community { port } => {
            let password = given("P2PM_PASSWORD", "the password that users must give")?;
            let mut station = Station::<{ size::COMMUNITY }>::start::<S>(options)?;
            let board = &mut station.board;
            let listener = board.listen(port.get())?;
            let community =
                Community::<S, _, { size::USERS }, { size::PLACES }>::new(board, listener, password);
            Ok(station.play(community, None))
        }
    }
}

fn listen<S: Suite, const SOCKETS: usize>(
    station: &mut Station<SOCKETS>,
    port: NonZeroU16,
    password: Password,
    chat: NodeOptions,
) -> Result<Node<S, Linux<SOCKETS>, { size::DOOR }>, Stop> {
    let board = &mut station.board;
    let listener = board.listen(port.get())?;
    Ok(Node::new(board, listener, password, chat.turns.turns(), chat.voice()))
}
