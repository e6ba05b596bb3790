//! Roles with their memory.

use std::path::PathBuf;

use p2pm_core::discovery;
use p2pm_core::door::Door;
use p2pm_core::identity::Identity;
use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_core::wire::SuiteId;
use p2pm_fw::app::{
    Admission, Call, Circle, CircleSetup, Community, Lookout, Member, Membership, Node, Online, Voice,
};
use p2pm_fw::net::Address;
use p2pm_fw::settings::{CommunitySettings, JoinSettings, NodeSettings, SuiteName};
use p2pm_posix::exit::Exit;

use crate::files::{Files, Place, SentFile};
use crate::identity;
use crate::linux::{Linux, Station};
use crate::options::{CircleOptions, Command, Options};
use crate::password::{given, passphrase};
use crate::size::{self, BUFFER};
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
    let address = options.link.address()?;
    match &options.command {
        Command::Node(node) => {
            let settings = node.settings(given("P2PM_PASSWORD", CALLERS_MUST_GIVE)?);
            let mut station = Station::<{ size::NODE }>::start::<S, BUFFER>(options, address)?;
            let node = listen::<S, _>(&mut station, settings)?;
            Ok(station.play(node, None))
        }
        Command::Join { server, name, node } => {
            let server_password = given("P2PM_SERVER_PASSWORD", "the password of the community server")?;
            let node = node.settings(given("P2PM_PASSWORD", CALLERS_MUST_GIVE)?);
            let settings = JoinSettings { node, server: *server, server_password, name: name.clone() };
            join::<S>(Station::start::<S, BUFFER>(options, address)?, settings)
        }
        Command::Chat { node, name, turns } => {
            let password = given("P2PM_CHAT_PASSWORD", "the password of the one you call")?;
            let mut station = Station::<{ size::CALL }>::start::<S, BUFFER>(options, address)?;
            let (board, turns) = (&mut station.board, turns.turns());
            let call = Call::<S, _>::new(board, *node, password, turns, name.clone(), Voice::Console)?;
            Ok(station.play(call, Some(Exit::Interrupted)))
        }
        Command::Community { port } => {
            let password = given("P2PM_PASSWORD", "the password that users must give")?;
            let settings = CommunitySettings { port: *port, password };
            community::<S>(Station::start::<S, BUFFER>(options, address)?, settings)
        }
        Command::Circle(circle) if S::ID == SuiteId::Sealed => be_in_circle(options, circle, address),
        Command::Circle(_) => Err(Stop::Usage("--suite xor: circles are sealed".to_owned())),
    }
}

fn be_in_circle(options: &Options, circle: &CircleOptions, address: Address) -> Result<Exit, Stop> {
    let (number, passphrase) = passphrase()?;
    let identity = identity::of(circle.identity.as_deref())?;
    let files = files(circle, &identity)?;
    let mut station = Station::<{ size::CIRCLE }>::start::<Sealed, { size::WINDOW }>(options, address)?;
    let board = &mut station.board;
    let listener = board.listen(circle.port.get())?;
    let admission = Admission::All;
    let membership = Membership {
        identity,
        name: circle.name.clone(),
        port: circle.port,
        number,
        door: Door::new(passphrase),
        connect: circle.node,
        policy: admission.policy(),
    };
    let mut node = Box::new(membership.node(board));
    let setup = CircleSetup {
        finder: Lookout::new(board, circle.port, discovery::Rows::default()),
        addressee: circle.node,
        admission,
        application: (),
        files,
    };
    let role = Circle::<_, { size::CIRCLE_PLACES }, { size::TRANSFER_FRAME }>::new(
        board, listener, &mut node, setup,
    );
    let mut role = Box::new(role);
    Ok(station.play(&mut *role, None))
}

fn files(circle: &CircleOptions, identity: &Identity) -> Result<Files, Stop> {
    let open = |path: &PathBuf| {
        let opened = SentFile::open_path(path, identity);
        opened.map_err(|error| Stop::Usage(format!("--send {}: {error}", path.display())))
    };
    let sent = circle.send.as_ref().map(open).transpose()?;
    Ok(Files { sent, place: circle.save.as_deref().map(Place::new) })
}

fn join<S: Suite>(mut station: Station<{ size::ONLINE }>, settings: JoinSettings) -> Result<Exit, Stop> {
    let JoinSettings { node, server, server_password, name } = settings;
    let mut member = Member::new(server, server_password, name, node.port);
    let mut node = listen::<S, _>(&mut station, node)?;
    Ok(station.play(Online::new(&mut node, &mut member), None))
}

fn community<S: Suite>(
    mut station: Station<{ size::COMMUNITY }>,
    settings: CommunitySettings,
) -> Result<Exit, Stop> {
    let CommunitySettings { port, password } = settings;
    let board = &mut station.board;
    let listener = board.listen(port.get())?;
    let community = Community::<S, _, { size::USERS }, { size::PLACES }>::new(board, listener, password);
    Ok(station.play(community, None))
}

fn listen<S: Suite, const SOCKETS: usize>(
    station: &mut Station<SOCKETS>,
    settings: NodeSettings,
) -> Result<Node<S, Linux<SOCKETS>, { size::DOOR }>, Stop> {
    let NodeSettings { port, password, turns, voice } = settings;
    let board = &mut station.board;
    let listener = board.listen(port.get())?;
    Ok(Node::new(board, listener, password, turns, voice))
}
