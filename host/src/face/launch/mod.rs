//! Start of a node from its profile, for the faces that run one.

mod chosen;

use std::num::NonZeroU16;
use std::os::fd::AsFd;
use std::thread::{self, JoinHandle};
use std::{fmt, io};

use p2pm_core::identity::Identity;
use p2pm_core::node::{Known, Policy};
use p2pm_core::wire::Name;
use p2pm_posix::exit::Exit;
use p2pm_posix::signals::Signals;

use self::chosen::Chosen;
use super::options::Options;
use crate::config::profile::{Contacts, Homes, Profile, ProfileError, Settings, StoredContact};
use crate::node::control::Server;
use crate::node::{self, Answer, Ask, CircleConfig, Config, Handle, Store};
use crate::term::report;
use crate::triad::shell::{Shell, Stop};
use crate::wait::Waiter;

/// A node that runs, with its control socket.
pub(super) struct Running {
    pub(super) handle: Handle,
    thread: JoinHandle<io::Result<()>>,
    control: Server,
}

/// Why no node was started.
#[derive(Debug)]
enum LaunchError {
    Profile(ProfileError),
    /// The command line or an answer is not what it should be.
    Usage(String),
    Io(io::Error),
}

impl Running {
    /// Ends the node, and waits for its goodbyes.
    pub(super) fn stop(self) -> io::Result<()> {
        self.handle.ask(Ask::Stop);
        drop(self.control);
        result_of(self.thread.join())
    }
}

/// Starts the node of a profile, and asks the user for what the profile does not know yet.
pub(super) fn launch(shell: &mut Shell, options: &Options) -> Result<Running, Stop> {
    let (profile, settings) = open(options)?;
    let chosen = Chosen::asked(shell, &options.launch, settings.as_ref())?;
    if settings.is_none() {
        let mut settings = Settings::new(chosen.name.clone());
        let joined = settings.circles.join(chosen.circle.clone());
        joined.map_err(|error| LaunchError::Usage(error.to_string()))?;
        profile.save_settings(&settings).map_err(LaunchError::Profile)?;
    }
    let running = start(options, profile, settings.as_ref(), chosen)?;
    if let Answer::Who { me, .. } = running.handle.ask(Ask::Who) {
        shell.say(format_args!("others reach you at {}", me.addresses.join(", ")))?;
    }
    Ok(running)
}

fn open(options: &Options) -> Result<(Profile, Option<Settings>), LaunchError> {
    let homes = Homes::of_user().map_err(LaunchError::Profile)?;
    let profile = Profile::open(&homes, &options.profile).map_err(LaunchError::Profile)?;
    let settings = profile.settings().map_err(LaunchError::Profile)?;
    Ok((profile, settings))
}

fn start(
    options: &Options,
    profile: Profile,
    settings: Option<&Settings>,
    chosen: Chosen,
) -> Result<Running, LaunchError> {
    let Chosen { name, circle } = chosen;
    let launch = &options.launch;
    let (contacts, others) = contacts(&profile, &circle.name)?;
    let config = Config {
        identity: identity(&profile)?,
        name,
        port: launch.port.or(settings.and_then(|it| it.port).map(NonZeroU16::get)),
        policy: launch.accept.map(Policy::from).or(settings.map(|it| it.policy)).unwrap_or_default(),
        circle: CircleConfig { number: circle.passphrase.number(), passphrase: circle.passphrase.password() },
        contacts,
    };
    let (handle, thread) = node::start(config, store(profile, circle.name, others))?;
    let control = Server::start(options.profile.as_str(), handle.clone())?;
    for address in &launch.connect {
        if let Answer::Error { text, .. } = handle.ask(Ask::Connect { address: address.clone() }) {
            report(format_args!("p2pm: {address}: {text}"));
        }
    }
    Ok(Running { handle, thread, control })
}

/// The identity of a profile, which is made with it.
fn identity(profile: &Profile) -> Result<Identity, LaunchError> {
    if let Some(identity) = profile.identity().map_err(LaunchError::Profile)? {
        return Ok(identity);
    }
    let identity = Identity::from_seed(&p2pm_posix::random::bytes()?);
    profile.create_identity(&identity).map_err(LaunchError::Profile)?;
    Ok(identity)
}

/// The contacts of a circle, and those of others.
fn contacts(profile: &Profile, circle: &Name) -> Result<(Vec<Known>, Vec<StoredContact>), LaunchError> {
    let all = profile.contacts().map_err(LaunchError::Profile)?;
    let (ours, others): (Vec<_>, Vec<_>) =
        all.iter().cloned().partition(|contact| contact.circle() == circle);
    Ok((ours.iter().map(StoredContact::known).collect(), others))
}

/// Stores the contacts of a circle, beside those of others.
fn store(profile: Profile, circle: Name, others: Vec<StoredContact>) -> Store {
    Box::new(move |known| {
        let others: Vec<_> = others.iter().map(|it| (it.known(), it.circle())).collect();
        let ours = known.iter().map(|known| (known, &circle));
        let contacts = Contacts::new(ours.chain(others.iter().map(|(known, circle)| (known, *circle))));
        profile.save_contacts(&contacts).map_err(|error| error.to_string())
    })
}

/// `p2pm up`: runs a node until a signal, or until it is asked to end.
pub(super) fn up(options: &Options) -> Exit {
    match try_up(options) {
        Ok(()) => Exit::Success,
        Err(error) => {
            report(format_args!("p2pm: {error}"));
            if matches!(error, LaunchError::Usage(_)) { Exit::Usage } else { Exit::Failure }
        }
    }
}

fn try_up(options: &Options) -> Result<(), LaunchError> {
    let signals = Signals::install()?;
    let (profile, settings) = open(options)?;
    let chosen = Chosen::known(&options.launch, settings.as_ref())?;
    let running = start(options, profile, settings.as_ref(), chosen)?;
    let (ended, over) = io::pipe()?;
    let Running { handle, thread, control } = running;
    let waiting = thread::spawn(move || {
        let result = thread.join();
        // Closed by this, so that the wait below ends with the node.
        drop(over);
        result
    });
    let mut waiter = Waiter::new();
    waiter.read(signals.as_fd());
    waiter.read(ended.as_fd());
    waiter.wait(None)?;
    handle.ask(Ask::Stop);
    drop(control);
    Ok(result_of(waiting.join().and_then(|result| result))?)
}

/// What has become of the node's thread.
fn result_of(joined: thread::Result<io::Result<()>>) -> io::Result<()> {
    joined.unwrap_or_else(|_| Err(io::Error::other("the node has failed")))
}

impl fmt::Display for LaunchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(error) => error.fmt(f),
            Self::Usage(text) => f.write_str(text),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl From<io::Error> for LaunchError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<LaunchError> for Stop {
    fn from(error: LaunchError) -> Self {
        match error {
            LaunchError::Usage(text) => Self::Usage(text),
            LaunchError::Profile(error) => Self::Io(io::Error::other(error.to_string())),
            LaunchError::Io(error) => Self::Io(error),
        }
    }
}
