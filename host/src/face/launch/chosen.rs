//! What a node needs to know of its user: from the command line, the settings, or the answers to two questions.

use std::io;
use std::path::Path;

use p2pm_core::wire::{Name, NameError};
use zeroize::Zeroizing;

use super::LaunchError;
use crate::config::code::{CODE_RANDOM_LEN, CODE_WORDS, Code, Passphrase, PassphraseError};
use crate::config::password;
use crate::config::profile::{Circle, Settings};
use crate::face::invitation::Invitation;
use crate::face::options::LaunchOptions;
use crate::triad::shell::{Shell, Stop};

/// Characters of a passphrase of somebody's own below which they are asked whether they mean it.
const OWN_PASSPHRASE_FEW: usize = 12;

/// Environment variable that holds a passphrase.
const PASSPHRASE_VARIABLE: &str = "P2PM_PASSPHRASE";

/// What a user is asked at first.
pub(in crate::face) trait Questions {
    /// The name that they go by; `known` is the one so far.
    fn name(&mut self, known: Option<Name>) -> Result<Name, Stop>;

    /// The passphrase of a circle; `None` if one is to be made.
    fn passphrase(&mut self) -> Result<Option<Passphrase>, Stop>;
}

/// What a user has answered.
pub(in crate::face) struct Answers {
    /// The name that they go by.
    pub(in crate::face) name: Name,
    /// The passphrase of a circle; `None` if one is to be made.
    pub(in crate::face) passphrase: Option<Passphrase>,
}

/// Nobody is asked, since [everything is known](super::is_known).
pub(in crate::face) struct Nobody;

/// A name and circles.
pub(in crate::face) struct Chosen {
    pub(super) name: Name,
    /// The circle that is meant where none is named.
    pub(super) circle: Circle,
    pub(super) others: Vec<Circle>,
    /// Whether the passphrase of the circle was made just now.
    is_made: bool,
}

impl Chosen {
    /// What was chosen before; an error names what is missing.
    pub(super) fn known(launch: &LaunchOptions, settings: Option<&Settings>) -> Result<Self, LaunchError> {
        let name = known_name(launch.name.as_ref(), settings)?;
        let (circle, others) =
            circles(launch, settings)?.ok_or_else(|| missing("give a --passphrase-file"))?;
        Ok(Self { name, circle, others, is_made: false })
    }

    /// What was chosen before; the user is asked for the rest.
    pub(super) fn asked(
        user: &mut impl Questions,
        launch: &LaunchOptions,
        settings: Option<&Settings>,
    ) -> Result<Self, Stop> {
        let name = user.name(name(launch.name.as_ref(), settings))?;
        if let Some((circle, others)) = circles(launch, settings)? {
            return Ok(Self { name, circle, others, is_made: false });
        }
        let (passphrase, is_made) = match user.passphrase()? {
            Some(passphrase) => (passphrase, false),
            None => (new_code()?, true),
        };
        Ok(Self { name, circle: named(passphrase, settings), others: Vec::new(), is_made })
    }

    /// To the circle whose passphrase was made, for the others.
    pub(super) fn invitation(&self) -> Option<Invitation> {
        self.is_made.then(|| Invitation { circle: self.circle.clone() })
    }
}

/// The name that a user is asked about: the one so far, or that of their account.
pub(in crate::face) fn proposed_name(given: Option<&Name>, settings: Option<&Settings>) -> Option<Name> {
    name(given, settings).or_else(user_name)
}

/// The name that was chosen before.
pub(super) fn known_name(given: Option<&Name>, settings: Option<&Settings>) -> Result<Name, LaunchError> {
    name(given, settings).ok_or_else(|| missing("give a --name"))
}

fn missing(what: &str) -> LaunchError {
    LaunchError::Usage(format!("{what}, or start p2pm once without a command: it asks"))
}

pub(super) fn name(given: Option<&Name>, settings: Option<&Settings>) -> Option<Name> {
    given.or(settings.map(|settings| &settings.name)).cloned()
}

/// The circle of the passphrase from a file or the environment, or all those of the settings, the current one first.
pub(super) fn circles(
    launch: &LaunchOptions,
    settings: Option<&Settings>,
) -> Result<Option<(Circle, Vec<Circle>)>, LaunchError> {
    if let Some(passphrase) = given(launch.passphrase_file.as_deref())? {
        return Ok(Some((named(passphrase, settings), Vec::new())));
    }
    let mut circles = settings.into_iter().flat_map(|settings| settings.circles.iter()).cloned();
    Ok(circles.next().map(|first| (first, circles.collect())))
}

/// The passphrase from a file or the environment.
fn given(file: Option<&Path>) -> Result<Option<Passphrase>, LaunchError> {
    let given = password::given(file, Some(PASSPHRASE_VARIABLE));
    let bytes = given.map_err(|error| LaunchError::Usage(error.to_string()))?;
    let parsed = bytes.map(|bytes| Passphrase::new(&bytes)).transpose();
    parsed.map_err(|error| LaunchError::Usage(error.to_string()))
}

/// The circle of the settings that has this passphrase, or a new one.
fn named(passphrase: Passphrase, settings: Option<&Settings>) -> Circle {
    let known = settings.and_then(|settings| settings.circles.iter().find(|it| it.passphrase == passphrase));
    known.cloned().unwrap_or_else(|| {
        let circles = settings.map(|settings| settings.circles.clone()).unwrap_or_default();
        Circle { name: circles.unused_name(), passphrase }
    })
}

impl Questions for Shell {
    fn name(&mut self, known: Option<Name>) -> Result<Name, Stop> {
        if let Some(known) = known {
            return Ok(known);
        }
        let user = user_name();
        let question = match &user {
            Some(user) => format!("Your name [{}]: ", user.as_str()),
            None => "Your name: ".to_owned(),
        };
        ask(self, &question, |text| match (text.is_empty(), &user) {
            (true, Some(user)) => Ok(user.clone()),
            _ => text.parse().map_err(|error: NameError| error.to_string()),
        })
    }

    fn passphrase(&mut self) -> Result<Option<Passphrase>, Stop> {
        let mut parse = passphrase_parser();
        // Behind it the longest code has room on a terminal of 80 columns.
        ask(self, "Passphrase (Enter makes one): ", |text| match text {
            "" => Ok(None),
            text => parse(text).map(Some),
        })
    }
}

impl Questions for Answers {
    // It was asked with the known one filled in.
    fn name(&mut self, _: Option<Name>) -> Result<Name, Stop> {
        Ok(self.name.clone())
    }

    fn passphrase(&mut self) -> Result<Option<Passphrase>, Stop> {
        Ok(self.passphrase.take())
    }
}

impl Questions for Nobody {
    fn name(&mut self, known: Option<Name>) -> Result<Name, Stop> {
        known.ok_or_else(|| missing("give a --name").into())
    }

    fn passphrase(&mut self) -> Result<Option<Passphrase>, Stop> {
        Err(missing("give a --passphrase-file").into())
    }
}

/// The name of the user's account, if it can be a name here.
fn user_name() -> Option<Name> {
    std::env::var("USER").ok().and_then(|user| user.parse().ok())
}

/// Asks until the answer is valid, or the user quits.
fn ask<T>(
    shell: &mut Shell,
    question: &str,
    mut parse: impl FnMut(&str) -> Result<T, String>,
) -> Result<T, Stop> {
    let answer = shell.ask_valid(question, |text| match text {
        "/quit" | "/q" => Ok(None),
        text => parse(text).map(Some),
    })?;
    answer.ok_or(Stop::Quit)
}

/// Reads passphrases as they are typed. What may be a mistake, or may be guessed, has to be typed twice.
pub(in crate::face) fn passphrase_parser() -> impl FnMut(&str) -> Result<Passphrase, String> {
    let mut doubted = Zeroizing::new(String::new());
    move |text| {
        let passphrase = text.parse().map_err(|error: PassphraseError| error.to_string())?;
        match doubt(text, &passphrase) {
            Some(doubt) if *doubted != text => {
                doubted = Zeroizing::new(text.to_owned());
                Err(doubt)
            }
            _ => Ok(passphrase),
        }
    }
}

/// Why somebody may not want this passphrase.
fn doubt(text: &str, passphrase: &Passphrase) -> Option<String> {
    if Code::is_begun(text) {
        // Nobody is found with it.
        return Some(format!(
            "a code has {CODE_WORDS} words behind its number; if this is none, type it again"
        ));
    }
    let is_short = matches!(passphrase, Passphrase::Own(_)) && text.chars().count() < OWN_PASSPHRASE_FEW;
    is_short
        .then(|| "others could guess one as short as this; type it again to have it all the same".to_owned())
}

/// The passphrase of another circle, which the user is asked for if it is not given.
pub(in crate::face) fn passphrase(shell: &mut Shell, file: Option<&Path>) -> Result<Passphrase, Stop> {
    match given(file)? {
        Some(passphrase) => Ok(passphrase),
        None => ask(shell, "Passphrase of the circle: ", passphrase_parser()),
    }
}

/// A new code.
pub(in crate::face) fn new_code() -> io::Result<Passphrase> {
    let random: [u8; CODE_RANDOM_LEN] = p2pm_posix::random::bytes()?;
    Ok(Passphrase::from(Code::generate(&random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_guessed_or_is_half_a_code_is_typed_twice() {
        let mut parse = passphrase_parser();
        for (text, why) in [("sesame", "could guess"), ("47-coral", "a code has 4 words")] {
            assert!(parse(text).unwrap_err().contains(why), "{text}");
            assert_eq!(parse(text).unwrap().reveal().as_str(), text);
        }
        for text in ["47-coral-tulip-anvil-mocha", "an old song of hers", "ein altes Lied"] {
            assert!(parse(text).is_ok(), "{text}");
        }
        assert!(parse("47 corel tulip anvil mocha").unwrap_err().contains("did you mean"));
    }
}
