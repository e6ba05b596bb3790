//! `nodeServer`: answers private chats, one at a time.

mod callers;
mod options;

use std::io;
use std::net::{Ipv6Addr, SocketAddr};

use p2pm_core::suite::{Password, Suite, Xor};
use p2pm_core::wire::Close;

pub(crate) use self::options::MANUAL;
pub use self::options::Options;

use self::callers::{Callers, CallersEvent, places};
use crate::config::address::parse_listening_port;
use crate::config::options::SuiteName;
use crate::suite::Sealed;
use crate::term::Line;
use crate::triad::ask::given_password;
use crate::triad::chat::converse;
use crate::triad::ended::describe_chat;
use crate::triad::rendezvous::Rendezvous;
use crate::triad::shell::{Happened, Shell, Stop};
use p2pm_posix::exit::Exit;
use p2pm_posix::interfaces;

/// Runs the program on its terminal.
pub fn main(options: &Options) -> Exit {
    let stopped = match Shell::new() {
        Ok(mut shell) => run(&mut shell, options),
        Err(error) => Err(error.into()),
    };
    match stopped {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("nodeServer"),
    }
}

/// Runs the program until it is told to stop, which is a success once it listens.
pub fn run(shell: &mut Shell, options: &Options) -> Result<(), Stop> {
    if let Some(caution) = options.chat.suite.caution() {
        shell.log(caution);
    }
    let port = ask_port(shell, options)?;
    let password = ask_password(shell, options)?;
    match options.chat.suite {
        SuiteName::Xor => serve::<Xor>(shell, options, port, password),
        SuiteName::Sealed => serve::<Sealed>(shell, options, port, password),
    }
}

fn serve<S: Suite>(shell: &mut Shell, options: &Options, port: u16, password: Password) -> Result<(), Stop> {
    let places = places()?;
    let (mut callers, port) = Callers::<S>::listen(&mut shell.stack, port, password, places)
        .map_err(|error| io::Error::new(error.kind(), format!("port {port}: {error}")))?;
    shell.log("socket created");
    shell.log(format_args!("bind completed: port {port}"));
    // If the addresses cannot be read, the user can find them out otherwise.
    let listening = SocketAddr::from((Ipv6Addr::UNSPECIFIED, port));
    for address in interfaces::reached_at(listening).unwrap_or_default() {
        shell.log(format_args!("callers on your network reach you at {address}"));
    }
    // A client that is not told its node's port finds the node by this entry.
    let entry = Rendezvous::of_user().and_then(|rendezvous| rendezvous.announce_node(port));
    if let Err(error) = &entry {
        shell.log(format_args!("your client cannot tell you when it is in a chat: {error}"));
    }
    let stopped = serve_chats(shell, options, &mut callers, port);
    drop(entry);
    callers.dismiss(shell.clock.now());
    shell.drain(&mut callers)?;
    match stopped {
        Err(Stop::Interrupted) => Ok(()),
        stopped => stopped,
    }
}

/// Serves callers until a signal, or the end of input.
fn serve_chats<S: Suite>(
    shell: &mut Shell,
    options: &Options,
    callers: &mut Callers<S>,
    port: u16,
) -> Result<(), Stop> {
    shell.log("listening...");
    loop {
        match next(shell, callers)? {
            Happened::Line(Line::Eof) => return Ok(()),
            Happened::Line(_) => shell.log("not sent: you are in no chat"),
            Happened::Event(event) => take(shell, options, callers, port, &event)?,
        }
    }
}

/// Waits for callers and, on a terminal, for the user. Piped input is kept for the next chat, and its end
/// does not end the node.
fn next<S: Suite>(shell: &mut Shell, callers: &mut Callers<S>) -> Result<Happened<CallersEvent>, Stop> {
    if shell.console.is_interactive() && !shell.console.is_output_gone() {
        match shell.next(callers, |_, _| true) {
            Err(Stop::OutputGone) => {}
            happened => return happened,
        }
    }
    shell.next_event(callers).map(Happened::Event)
}

/// Shows an event, and runs the chat if there is a call.
fn take<S: Suite>(
    shell: &mut Shell,
    options: &Options,
    callers: &mut Callers<S>,
    port: u16,
    event: &CallersEvent,
) -> Result<(), Stop> {
    shell.log(event);
    match event {
        CallersEvent::Connected => shell.log("Waiting for password"),
        // There is no user to read the chat.
        CallersEvent::Ringing(..) if shell.console.is_output_gone() => {
            callers.refuse(shell.clock.now(), Close::Refused);
        }
        CallersEvent::Ringing(..) => {
            chat(shell, options, callers, port)?;
            shell.log("listening...");
        }
        CallersEvent::Gone(..) => shell.log("listening..."),
        CallersEvent::ToldBusy(_) | CallersEvent::ManyGuesses(_) => {}
    }
    Ok(())
}

/// Runs one chat from its acceptance to its end. If the user's client is in a chat, the caller is told that
/// the node is busy.
fn chat<S: Suite>(
    shell: &mut Shell,
    options: &Options,
    callers: &mut Callers<S>,
    port: u16,
) -> Result<(), Stop> {
    // While this lock is held, the client does not call.
    let _lock = match Rendezvous::of_user().and_then(|rendezvous| rendezvous.lock_chat(port)) {
        Ok(Some(lock)) => Some(lock),
        Ok(None) => {
            callers.refuse(shell.clock.now(), Close::Busy);
            shell.log("the caller was told that you are busy: your client is in a chat, or calls somebody");
            return Ok(());
        }
        // Two chats are better than none.
        Err(error) => {
            shell.log(format_args!("cannot ask whether your client is in a chat: {error}"));
            None
        }
    };
    let turns = options.chat.turns();
    let Some(mut chat) = callers.accept(turns) else { return Ok(()) };
    // Our client, if it runs, leaves the community server now, so that others do not try to call.
    if let Err(error) = Rendezvous::of_user().and_then(|rendezvous| rendezvous.notify(port)) {
        shell.log(format_args!("could not tell your client that you are in a chat: {error}"));
    }
    let ended = converse(shell, &mut chat, turns, callers);
    callers.set_free();
    match ended {
        // The node goes on without its output.
        Err(Stop::OutputGone) => {}
        ended => shell.log(format_args!("chat over: {}", describe_chat(ended?))),
    }
    Ok(())
}

fn ask_port(shell: &mut Shell, options: &Options) -> Result<u16, Stop> {
    match options.port {
        Some(port) => Ok(port),
        None => shell.ask_valid("Please enter port you would like to listen on: ", parse_listening_port),
    }
}

fn ask_password(shell: &mut Shell, options: &Options) -> Result<Password, Stop> {
    let given = given_password(options.password_file.as_deref(), options.password_variable)?;
    match given {
        Some(password) => Ok(password),
        None => shell.ask_secret("Please enter the password that callers must give: "),
    }
}
