//! `p2pm circle`: the circles in the settings of a profile. They are changed while its node is not running.

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
        return settings.map_or(Ok(()), |settings| list(json, &settings.circles, *reveal));
    }
    if let CircleCommand::Invite { circle } = command {
        let circle = circle.as_ref().map(Name::as_str);
        return invite(json, &Invitation::to(circle, profile, &LaunchOptions::default())?);
    }
    change(profile, command)
}

fn invite(json: bool, invitation: &Invitation) -> Result<(), Stop> {
    if json {
        let Invitation { circle, passphrase } = invitation;
        let number = passphrase.parse::<Passphrase>().ok().and_then(|passphrase| passphrase.number());
        print_json(&Listed { name: circle.as_str(), number, passphrase: Some(passphrase.as_str()) })?;
    } else {
        print(invitation)?;
    }
    Ok(())
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
            let passphrase = launch::passphrase(&mut Shell::new()?, passphrase_file.as_deref())?;
            let name = name_or_unused(circle, circles);
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
    for Circle { name, passphrase } in circles.iter() {
        let (name, number) = (name.as_str(), passphrase.number());
        let revealed = reveal.then(|| passphrase.reveal());
        let revealed = revealed.as_ref().map(|text| text.as_str());
        if json {
            print_json(&Listed { name, number, passphrase: revealed })?;
        } else {
            match (revealed, number) {
                (Some(passphrase), _) => print(format_args!("{name}: {passphrase}"))?,
                (None, Some(number)) => print(format_args!("{name}: {number}-..."))?,
                (None, None) => print(format_args!("{name}: a passphrase of your own"))?,
            }
        }
    }
    Ok(())
}

fn usage(error: &CircleError) -> Stop {
    Stop::Usage(error.to_string())
}
