//! `p2pm demo --triad`: the use cases of 2015 in one terminal, played by the programs themselves.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::AsFd;

use p2pm_core::suite::{Password, Suite};

use super::actor::Actor;
use super::narrate;
use crate::community::{Config, Printer, Server};
use crate::config::options::{ChatOptions, SuiteName};
use crate::triad::{client, node};
use p2pm_posix::exit::Exit;

const SERVER_PASSWORD: &str = "password";
const KATIES_PASSWORD: &str = "barbeau";
const ABDULS_PASSWORD: &str = "ottawa";

/// A user with two programs: a node and a client.
struct User {
    name: &'static str,
    node: Actor,
    client: Actor,
    /// Port of the node.
    port: u16,
}

/// `S` is the suite of this name.
pub(super) fn tell<S: Suite>(suite: SuiteName) -> io::Result<()> {
    narrate("A community server starts. It knows who is online, and nothing else.")?;
    let (mut server, server_address) = start_server::<S>()?;

    narrate("Katie starts her node, joins, and sees herself on the list.")?;
    let mut katie = User::start("katie", "katie's node", "katie's client", KATIES_PASSWORD, suite)?;
    katie.meet(server_address)?;
    server.expect_line("katie joined")?;

    narrate("So does Abdul. Katie sees him come.")?;
    let mut abdul = User::start("abdul", "abdul's node", "abdul's client", ABDULS_PASSWORD, suite)?;
    abdul.meet(server_address)?;
    server.expect_line("abdul joined")?;
    katie.client.expect_line("abdul is online")?;

    narrate("Abdul picks Katie from the list, but does not know her password.")?;
    abdul.client.enter("katie")?;
    abdul.client.expect("Please enter password:\n")?;
    abdul.client.enter_secret("guess")?;
    abdul.client.expect_line("no chat: wrong password")?;
    katie.node.expect_line("wrong password\nlistening...")?;

    narrate("With the right one they talk directly. The one who asked writes first; then they take turns.")?;
    abdul.client.expect("menu for the menu: ")?;
    abdul.client.enter("katie")?;
    abdul.client.expect("Please enter password:\n")?;
    abdul.client.enter_secret(KATIES_PASSWORD)?;
    abdul.client.expect("YOU: ")?;
    katie.node.expect_line("waiting for client...")?;
    narrate("Now that they talk, both have left the community server, Katie's client by itself.")?;
    katie.client.expect_line("left the community server")?;
    server.expect_line("(0 online)")?;
    exchange(&mut abdul.client, &mut katie.node, "hello user!")?;
    exchange(&mut katie.node, &mut abdul.client, "hello other user!")?;

    narrate("A third caller knows Katie's password, too, but she is busy.")?;
    let mut third = start_client("third caller", suite)?;
    third.expect("Selection: ")?;
    third.enter("2")?;
    call(&mut third, katie.port, KATIES_PASSWORD)?;
    third.expect_line("no chat: busy in another chat")?;
    katie.node.expect_line("was told that you are busy")?;
    leave(third)?;

    narrate("Abdul quits. Both come back to the community server, which has forgotten them.")?;
    abdul.client.enter("quit")?;
    katie.node.expect_line("listening...")?;
    meet_again(&mut katie.client)?;
    meet_again(&mut abdul.client)?;
    server.expect_line("(2 online)")?;

    narrate("Everybody goes home.")?;
    for User { node, client, .. } in [katie, abdul] {
        client.stop()?;
        node.stop()?;
    }
    server.expect_line("(0 online)")?;
    server.stop()?;
    narrate("That was all of it: no word of the chat went through the server.")?;
    Ok(())
}

fn start_server<S: Suite>() -> io::Result<(Actor, SocketAddr)> {
    let config = Config {
        listen: vec![(Ipv4Addr::LOCALHOST, 0).into()],
        users: 16,
        password: Password::new(SERVER_PASSWORD.as_bytes()).map_err(io::Error::other)?,
    };
    let (tell_address, address) = std::sync::mpsc::channel();
    let server = Actor::start("community server", move |stage| {
        let server = Server::<S>::bind(config, Box::new(Printer::new(stage.output)?))?;
        // The receiver waits for this, so it still exists.
        let _ = tell_address.send(server.local_addr()?);
        server.run(stage.signals.as_fd())?;
        Ok(Exit::Success)
    })?;
    let address = address.recv().map_err(|_| io::Error::other("the community server did not start"))?;
    Ok((server, address))
}

fn start_client(title: &'static str, suite: SuiteName) -> io::Result<Actor> {
    Actor::start_interactive(title, move |shell| {
        let chat = ChatOptions { suite, ..ChatOptions::default() };
        let options = client::Options { chat, ..client::Options::default() };
        client::run(shell, &options).unwrap_or_else(|stop| stop.report(title))
    })
}

impl User {
    fn start(
        name: &'static str,
        node_title: &'static str,
        client_title: &'static str,
        password: &str,
        suite: SuiteName,
    ) -> io::Result<Self> {
        let mut node = Actor::start_interactive(node_title, move |shell| {
            let chat = ChatOptions { suite, ..ChatOptions::default() };
            let options = node::Options { port: Some(0), chat, ..node::Options::default() };
            node::run(shell, &options).map_or_else(|stop| stop.report(node_title), |()| Exit::Success)
        })?;
        node.expect("callers must give: ")?;
        node.enter_secret(password)?;
        let bound = node.expect_line("listening...")?;
        let port = bound.lines().find_map(|line| line.strip_prefix("bind completed: port ")?.parse().ok());
        let port = port.ok_or_else(|| io::Error::other("the node does not say its port"))?;
        Ok(Self { name, node, client: start_client(client_title, suite)?, port })
    }

    /// Connects to the community server and waits for the list.
    fn meet(&mut self, server: SocketAddr) -> io::Result<()> {
        let client = &mut self.client;
        client.expect("Selection: ")?;
        client.enter("1")?;
        client.expect("connect to\n")?;
        client.enter(&server.ip().to_string())?;
        client.expect("of server\n")?;
        client.enter(&server.port().to_string())?;
        client.expect("password: ")?;
        client.enter_secret(SERVER_PASSWORD)?;
        client.expect("local port number: ")?;
        client.enter(&self.port.to_string())?;
        client.expect("username: ")?;
        client.enter(self.name)?;
        client.expect("menu for the menu: ")?;
        Ok(())
    }
}

/// Reconnects: Enter repeats each previous answer.
fn meet_again(client: &mut Actor) -> io::Result<()> {
    client.expect("Selection: ")?;
    client.enter("1")?;
    for [question, end] in [
        ["connect to [", "]\n"],
        ["password (", "): "],
        ["local port number [", "]: "],
        ["username [", "]: "],
    ] {
        client.expect(question)?;
        client.expect(end)?;
        client.enter("")?;
    }
    client.expect("menu for the menu: ")?;
    Ok(())
}

/// Starts a chat from the menu.
fn call(client: &mut Actor, port: u16, password: &str) -> io::Result<()> {
    client.expect("connect to: ")?;
    client.enter("127.0.0.1")?;
    client.expect("of server: ")?;
    client.enter(&port.to_string())?;
    client.expect("password:\n")?;
    client.enter_secret(password)
}

/// Sends one text and waits until the other side shows it.
fn exchange(from: &mut Actor, to: &mut Actor, text: &str) -> io::Result<()> {
    from.enter(text)?;
    to.expect(&format!("THEM: {text}\n"))?;
    to.expect("YOU: ")?;
    Ok(())
}

fn leave(mut client: Actor) -> io::Result<()> {
    client.expect("Selection: ")?;
    client.enter("3")?;
    client.end()?;
    Ok(())
}
