//! What a node needs to know of its user: from the command line, the settings, or the answers to two questions.

use p2pm_core::wire::{Name, NameError};

use super::LaunchError;
use crate::config::code::{CODE_RANDOM_LEN, Code, Passphrase, PassphraseError};
use crate::config::password;
use crate::config::profile::{Circle, Settings};
use crate::face::options::LaunchOptions;
use crate::triad::shell::{Shell, Stop};

/// Environment variable that holds a passphrase.
const PASSPHRASE_VARIABLE: &str = "P2PM_PASSPHRASE";
/// Name of the first circle.
const FIRST_CIRCLE: &str = "home";

/// A name and a circle.
pub(super) struct Chosen {
    pub(super) name: Name,
    pub(super) circle: Circle,
}

impl Chosen {
    /// What was chosen before; an error names what is missing.
    pub(super) fn known(launch: &LaunchOptions, settings: Option<&Settings>) -> Result<Self, LaunchError> {
        let missing =
            |what: &str| LaunchError::Usage(format!("{what}, or start p2pm once without a command: it asks"));
        let name = name(launch, settings)?.ok_or_else(|| missing("give a --name"))?;
        let circle = circle(launch, settings)?.ok_or_else(|| missing("give a --passphrase-file"))?;
        Ok(Self { name, circle })
    }

    /// What was chosen before; the user is asked for the rest.
    pub(super) fn asked(
        shell: &mut Shell,
        launch: &LaunchOptions,
        settings: Option<&Settings>,
    ) -> Result<Self, Stop> {
        let name = match name(launch, settings)? {
            Some(name) => name,
            None => ask_name(shell)?,
        };
        let circle = match circle(launch, settings)? {
            Some(circle) => circle,
            None => named(ask_passphrase(shell)?, settings),
        };
        Ok(Self { name, circle })
    }
}

fn name(launch: &LaunchOptions, settings: Option<&Settings>) -> Result<Option<Name>, LaunchError> {
    match &launch.name {
        Some(name) => {
            let wrong = |error: NameError| LaunchError::Usage(format!("{name:?}: {error}"));
            name.parse().map(Some).map_err(wrong)
        }
        None => Ok(settings.map(|settings| settings.name.clone())),
    }
}

/// The circle of the passphrase from a file or the environment, or the current one of the settings.
fn circle(launch: &LaunchOptions, settings: Option<&Settings>) -> Result<Option<Circle>, LaunchError> {
    let given = password::given(launch.passphrase_file.as_deref(), Some(PASSPHRASE_VARIABLE));
    match given.map_err(|error| LaunchError::Usage(error.to_string()))? {
        Some(bytes) => {
            let wrong = |error: PassphraseError| LaunchError::Usage(error.to_string());
            let passphrase = Passphrase::new(&bytes).map_err(wrong)?;
            Ok(Some(named(passphrase, settings)))
        }
        None => Ok(settings.and_then(|settings| settings.circles.current()).cloned()),
    }
}

/// The circle of the settings that has this passphrase, or a new one.
fn named(passphrase: Passphrase, settings: Option<&Settings>) -> Circle {
    let known = settings.and_then(|settings| settings.circles.iter().find(|it| it.passphrase == passphrase));
    known.cloned().unwrap_or_else(|| {
        let Ok(name) = FIRST_CIRCLE.parse() else { unreachable!("it is a valid name") };
        Circle { name, passphrase }
    })
}

fn ask_name(shell: &mut Shell) -> Result<Name, Stop> {
    let user = std::env::var("USER").ok().and_then(|user| user.parse::<Name>().ok());
    let question = match &user {
        Some(user) => format!("Your name [{}]: ", user.as_str()),
        None => "Your name: ".to_owned(),
    };
    shell.ask_valid(&question, |text| match (text.is_empty(), &user) {
        (true, Some(user)) => Ok(user.clone()),
        _ => text.parse().map_err(|error: NameError| error.to_string()),
    })
}

fn ask_passphrase(shell: &mut Shell) -> Result<Passphrase, Stop> {
    let typed = shell.ask_valid("Passphrase of your circle (Enter makes one): ", |text| match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|error: PassphraseError| error.to_string()),
    })?;
    if let Some(passphrase) = typed {
        return Ok(passphrase);
    }
    let random: [u8; CODE_RANDOM_LEN] = p2pm_posix::random::bytes()?;
    let passphrase = Passphrase::from(Code::generate(&random));
    shell.say(format_args!("tell the others: {}", passphrase.reveal().as_str()))?;
    Ok(passphrase)
}
