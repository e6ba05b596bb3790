//! `p2pm doctor`.

use std::io;
use std::net::SocketAddr;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use p2pm_posix::exit::Exit;

use super::command::{print, print_json};
use super::options::Options;
use super::show;
use super::shown::Shown;
use crate::config::resolve::resolve_written;
use crate::discovery::Choice;
use crate::doctor::{self, Finding};
use crate::node::{Answer, Ask, PORT};
use crate::term::report;

/// Most addresses that are tried without being asked for.
const OTHERS: usize = 8;

/// Runs `p2pm doctor`. Fails if something keeps others from being found, also if some are linked by another way.
pub(super) fn main(options: &Options, others: &[String], choice: Choice, upnp: bool) -> Exit {
    if let Ok(Some(warning)) = choice.warning() {
        report(format_args!("p2pm: {warning}"));
    }
    let (node, json, others) = (Shown::Elsewhere(options.profile.clone()), options.json, others.to_vec());
    let examine = move || if upnp { list(json, choice) } else { examine(&node, json, &others, choice) };
    within(options.timeout, examine).unwrap_or_else(|error| {
        report(format_args!("p2pm: {error}"));
        if error.kind() == io::ErrorKind::TimedOut { Exit::TimedOut } else { Exit::Failure }
    })
}

/// What comes of an examination, unless it takes longer. It is given up then: what half of it would say might not be true.
fn within(
    limit: Option<Duration>,
    examine: impl FnOnce() -> io::Result<Exit> + Send + 'static,
) -> io::Result<Exit> {
    let Some(limit) = limit else { return examine() };
    let (sender, result) = mpsc::sync_channel(1);
    thread::Builder::new().name("doctor".into()).spawn(move || sender.send(examine()))?;
    result.recv_timeout(limit).unwrap_or_else(|error| match error {
        RecvTimeoutError::Timeout => Err(io::Error::new(io::ErrorKind::TimedOut, "not done in time")),
        RecvTimeoutError::Disconnected => Err(io::Error::other("the examination has failed")),
    })
}

fn list(json: bool, choice: Choice) -> io::Result<Exit> {
    for device in doctor::devices(choice)? {
        if json { print_json(&device)? } else { print(show::device(&device))? }
    }
    Ok(Exit::Success)
}

fn examine(node: &Shown, json: bool, others: &[String], choice: Choice) -> io::Result<Exit> {
    // There may be none that runs.
    let ask = |ask| Some(node.ask(ask)).filter(|answer| !matches!(answer, Answer::Error { .. }));
    let who = ask(Ask::Who {});
    let others = match &who {
        Some(who) if others.is_empty() => missing(who),
        _ => resolve_all(others)?,
    };
    let findings = doctor::examine(choice, who.as_ref(), || ask(Ask::Reception {}), &others);
    for finding in &findings {
        if json { print_json(finding)? } else { print(show::finding(finding))? }
    }
    let is_faulty = findings.iter().any(|it| it.finding.is_fault());
    Ok(if is_faulty { Exit::Failure } else { Exit::Success })
}

/// What the doctor finds for the user of a face.
pub(super) fn of_shown(node: &Shown) -> Vec<Finding> {
    let who = node.ask(Ask::Who {});
    doctor::examine(Choice::All, Some(&who), || Some(node.ask(Ask::Reception {})), &[])
}

fn resolve_all(others: &[String]) -> io::Result<Vec<SocketAddr>> {
    let mut addresses = Vec::new();
    for other in others {
        addresses.extend(resolve_written(other, PORT).map_err(io::Error::other)?);
    }
    Ok(addresses)
}

/// Addresses of those who are known, and not here.
fn missing(node: &Answer) -> Vec<SocketAddr> {
    let Answer::Who { people, .. } = node else { return Vec::new() };
    let missing = people.iter().filter(|person| !person.here).filter_map(|person| person.address.as_ref());
    let addresses = missing.filter_map(|address| address.parse().ok());
    // A link-local address means nothing without its interface.
    let is_whole =
        |address: &SocketAddr| !matches!(address, SocketAddr::V6(it) if it.ip().is_unicast_link_local());
    addresses.filter(is_whole).take(OTHERS).collect()
}
