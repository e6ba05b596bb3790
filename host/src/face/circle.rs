//! `p2pm circle`: the circles in the settings of a profile. They are changed while its node is not running.

use std::io;
use std::num::NonZeroU32;

use p2pm_core::wire::Name;
use p2pm_posix::exit::Exit;
use serde::Serialize;

use super::command::{print, print_json};
use super::invitation::Invitation;
use super::launch;
use super::options::{CircleCommand, LaunchOptions};
use crate::config::code::Passphrase;
use crate::config::profile::{Circle, CircleError, Circles, ProfileName};
use crate::term::report;
use crate::triad::shell::{Shell, Stop};

/// Codes that are made, at most, until one has a number that no circle of the user's has.
const CODES: usize = 1000;

/// A circle as `--json` prints it.
#[derive(Serialize)]
struct Listed<'c> {
    name: &'c str,
    number: Option<NonZeroU32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    passphrase: Option<&'c str>,
}

/// Runs `p2pm circle`.
pub(super) fn main(profile: &ProfileName, json: bool, command: &CircleCommand) -> Exit {
    match run(profile, json, command) {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("p2pm"),
    }
}

fn run(profile: &ProfileName, json: bool, command: &CircleCommand) -> Result<(), Stop> {
    if let CircleCommand::List { reveal } = command {
        let settings = launch::read_settings(profile)?;
        let Some(settings) = settings else {
            report(format_args!(
                "p2pm: you are in no circle yet: p2pm circle new makes one, p2pm circle join joins one"
            ));
            return Ok(());
        };
        return list(json, &settings.circles, *reveal);
    }
    if let CircleCommand::Invite { circle } = command {
        let circle = circle.as_ref().map(Name::as_str);
        let invitation = Invitation::to(circle, profile, &LaunchOptions::default())?;
        let printed = if json { print_circle_json(&invitation.circle, true) } else { print(&invitation) };
        return Ok(printed?);
    }
    change(profile, command)
}

fn change(profile: &ProfileName, command: &CircleCommand) -> Result<(), Stop> {
    let (profile, mut settings) = launch::settings(profile, command.name())?;
    let circles = &mut settings.circles;
    let name_or_unused =
        |name: &Option<Name>, circles: &Circles| name.clone().unwrap_or_else(|| circles.unused_name());
    let mut code = None;
    match command {
        CircleCommand::List { .. } | CircleCommand::Invite { .. } => return Ok(()),
        CircleCommand::New { circle, .. } => {
            code = Some(create(circles, &name_or_unused(circle, circles))?);
        }
        CircleCommand::Join { circle, passphrase_file, .. } => {
            let name = name_or_unused(circle, circles);
            // Before anything is asked.
            circles.check(&name).map_err(|error| usage(&error))?;
            let passphrase = launch::passphrase(&mut Shell::new()?, passphrase_file.as_deref())?;
            circles.join(Circle { name, passphrase }).map_err(|error| usage(&error))?;
        }
        CircleCommand::Use { circle } if circles.choose(circle) => {}
        CircleCommand::Leave { circle } if circles.leave(circle).is_some() => {}
        CircleCommand::Use { circle } | CircleCommand::Leave { circle } => {
            return Err(Stop::Usage(format!("you are in no circle {}", circle.as_str())));
        }
    }
    launch::save(&profile, &settings)?;
    match code {
        Some(code) => Ok(print(code.reveal().as_str())?),
        None => Ok(()),
    }
}

/// Joins a new circle and returns its code.
fn create(circles: &mut Circles, name: &Name) -> Result<Passphrase, Stop> {
    for _ in 0..CODES {
        let passphrase = launch::new_code()?;
        match circles.join(Circle { name: name.clone(), passphrase: passphrase.clone() }) {
            Ok(()) => return Ok(passphrase),
            Err(CircleError::Number(_)) => {}
            Err(error) => return Err(usage(&error)),
        }
    }
    Err(Stop::Usage("no code has a number that is not in use".to_owned()))
}

fn list(json: bool, circles: &Circles, reveal: bool) -> Result<(), Stop> {
    let print_one = if json { print_circle_json } else { print_circle };
    Ok(circles.iter().try_for_each(|circle| print_one(circle, reveal))?)
}

fn print_circle(Circle { name, passphrase }: &Circle, reveal: bool) -> io::Result<()> {
    let name = name.as_str();
    match passphrase.number() {
        _ if reveal => print(format_args!("{name}: {}", passphrase.reveal().as_str())),
        Some(number) => print(format_args!("{name}: {number}-...")),
        None => print(format_args!("{name}: a passphrase of your own")),
    }
}

fn print_circle_json(Circle { name, passphrase }: &Circle, reveal: bool) -> io::Result<()> {
    let revealed = reveal.then(|| passphrase.reveal());
    print_json(&Listed {
        name: name.as_str(),
        number: passphrase.number(),
        passphrase: revealed.as_ref().map(|text| text.as_str()),
    })
}

fn usage(error: &CircleError) -> Stop {
    Stop::Usage(error.to_string())
}
