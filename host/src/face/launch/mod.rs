//! Start of a node from its profile, for the faces that run one.

mod chosen;
mod store;

use std::num::NonZeroU16;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io, iter};

use p2pm_core::identity::Identity;
use p2pm_core::node::Policy;
use p2pm_core::wire::Name;
use p2pm_posix::exit::Exit;
use p2pm_posix::signals::Signals;

use self::chosen::Chosen;
pub(super) use self::chosen::{Answers, Nobody, Questions, new_code, passphrase, passphrase_parser};
use self::store::ProfileStore;
use super::invitation::Invitation;
use super::options::LaunchOptions;
use super::show;
use super::shown::Shown;
use crate::config::profile::{
    self, Circle, Homes, Profile, ProfileError, ProfileName, Settings, StoredContact, Unsent,
};
use crate::node::control::{Client, Server};
use crate::node::{self, Answer, Ask, CircleConfig, Config, Handle, Remembered};
use crate::term::report;
use crate::triad::shell::Stop;
use crate::wait::Waiter;

/// A node that runs.
pub(super) struct Running {
    pub(super) node: Shown,
    /// `None` if it runs in another program, or was stopped.
    own: Option<Started>,
}

/// A thread that offers what was offered in an earlier run, and says what has a number by that.
pub(super) type Again = JoinHandle<Vec<(PathBuf, u32)>>;

/// A node that runs in this program, with its control socket.
struct Started {
    handle: Handle,
    thread: JoinHandle<io::Result<()>>,
    control: Server,
    /// `None` once somebody has asked for it.
    again: Option<Again>,
}

/// Longest wait for a node that may run in another program.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why no node was started.
#[derive(Debug)]
enum LaunchError {
    Profile(ProfileError),
    /// A node of the profile is running.
    Running(ProfileName),
    /// The command line or an answer is not what it should be.
    Usage(String),
    Io(io::Error),
}

impl Running {
    /// Whether the node ends with this program.
    pub(super) fn is_own(&self) -> bool {
        self.own.is_some()
    }

    /// Ends the node if it runs in this program, and waits for its goodbyes. One that has ended by itself is in the way of the
    /// next one of its profile until then.
    pub(super) fn stop(&mut self) -> io::Result<()> {
        let Some(Started { handle, thread, control, .. }) = self.own.take() else { return Ok(()) };
        handle.ask(Ask::Stop {});
        drop(control);
        result_of(thread.join())
    }

    fn elsewhere(profile: ProfileName) -> Self {
        Self { node: Shown::Elsewhere(profile), own: None }
    }

    /// What it offers again, for whoever asks first; `None` if it runs in another program.
    pub(super) fn take_again(&mut self) -> Option<Again> {
        self.own.as_mut()?.again.take()
    }
}

impl From<Started> for Running {
    fn from(started: Started) -> Self {
        Self { node: Shown::Here(started.handle.clone()), own: Some(started) }
    }
}

/// The node of a profile that is complete: it is started, unless it runs already.
pub(super) fn relaunch(name: &ProfileName, options: &LaunchOptions) -> Result<Running, Stop> {
    let (profile, settings) = match open(name) {
        Err(LaunchError::Running(name)) => return Ok(Running::elsewhere(name)),
        opened => opened?,
    };
    let chosen = Chosen::known(options, settings.as_ref())?;
    Ok(start(name, options, profile, settings, chosen)?.into())
}

/// The node of a profile that runs in another program.
pub(super) fn attach(profile: &ProfileName) -> Result<Running, Stop> {
    if runs(profile) {
        return Ok(Running::elsewhere(profile.clone()));
    }
    Err(Stop::Usage("nobody has started it yet".to_owned()))
}

/// Whether a node of the profile lets itself be asked.
fn runs(profile: &ProfileName) -> bool {
    Client::connect(profile.as_str(), Some(PATIENCE)).is_ok()
}

/// A node that was started for a face, and what its user is to be told.
pub(super) struct Launched {
    pub(super) running: Running,
    /// To the circle that was made.
    pub(super) invitation: Option<Invitation>,
    pub(super) notes: Vec<String>,
}

/// The circles whose passphrases are known without asking: that of the passphrase from a file or the environment, or all of a
/// profile, the current one first.
pub(super) fn circles(name: &ProfileName, options: &LaunchOptions) -> Result<Vec<Circle>, Stop> {
    let settings = read_settings(name)?;
    let circles = chosen::circles(options, settings.as_ref())?;
    Ok(circles.into_iter().flat_map(|(first, others)| iter::once(first).chain(others)).collect())
}

/// Whether the user need not be asked anything: a node of the profile runs, or its settings and the options have what it takes.
pub(super) fn is_known(name: &ProfileName, options: &LaunchOptions) -> Result<bool, Stop> {
    if runs(name) {
        return Ok(true);
    }
    let settings = read_settings(name)?;
    let has_name = chosen::name(options.name.as_ref(), settings.as_ref()).is_some();
    Ok(has_name && chosen::circles(options, settings.as_ref())?.is_some())
}

/// The name that the user may confirm.
pub(super) fn proposed_name(name: &ProfileName, options: &LaunchOptions) -> Result<Option<Name>, Stop> {
    Ok(chosen::proposed_name(options.name.as_ref(), read_settings(name)?.as_ref()))
}

/// What a profile offers again when its node starts; `None` while one runs.
pub(super) fn offered(name: &ProfileName) -> Result<Option<Vec<PathBuf>>, Stop> {
    let profile = match open(name) {
        Err(LaunchError::Running(_)) => return Ok(None),
        opened => opened?.0,
    };
    let sends = profile.sends().map_err(LaunchError::Profile)?;
    Ok(Some(sends.into_sends().map(|send| send.path).collect()))
}

/// Starts the node of a profile, and asks the user for what the profile does not know yet; one that runs already is taken as it
/// is, if nothing else is asked of it.
pub(super) fn launch(
    user: &mut impl Questions,
    name: &ProfileName,
    options: &LaunchOptions,
) -> Result<Launched, Stop> {
    let (profile, settings) = match open(name) {
        Err(LaunchError::Running(name)) if *options == LaunchOptions::default() => {
            let note = "this shows the node that runs already, and goes on when you quit; p2pm down ends it";
            let notes = vec![note.to_owned()];
            return Ok(Launched { running: Running::elsewhere(name), invitation: None, notes });
        }
        opened => opened?,
    };
    let chosen = Chosen::asked(user, options, settings.as_ref())?;
    let settings = remember(&profile, settings, &chosen)?;
    let invitation = chosen.invitation();
    let running = Running::from(start(name, options, profile, Some(settings), chosen)?);
    let reach = match running.node.ask(Ask::Who {}) {
        Answer::Who { me, .. } => Some(show::reach(&me)),
        _ => None,
    };
    let notes = [reach, warning(options)].into_iter().flatten().collect();
    Ok(Launched { running, invitation, notes })
}

/// What is odd about the options, and may be meant.
fn warning(options: &LaunchOptions) -> Option<String> {
    // That the interfaces cannot be listed, is told where they are to be used.
    options.discovery()?.warning().ok()?
}

/// Completes the settings by what they lack: all of them at first, and a circle when the last one was left.
fn remember(profile: &Profile, settings: Option<Settings>, chosen: &Chosen) -> Result<Settings, LaunchError> {
    let mut settings = match settings {
        Some(settings) if settings.circles.current().is_some() => return Ok(settings),
        Some(settings) => settings,
        None => Settings::new(chosen.name.clone()),
    };
    settings.name = chosen.name.clone();
    let joined = settings.circles.join(chosen.circle.clone());
    joined.map_err(|error| LaunchError::Usage(error.to_string()))?;
    profile.save_settings(&settings).map_err(LaunchError::Profile)?;
    Ok(settings)
}

/// The settings of a profile; if there are none, new ones for a user of this name.
pub(super) fn settings(profile: &ProfileName, name: Option<&Name>) -> Result<(Profile, Settings), Stop> {
    let (profile, settings) = open(profile)?;
    let settings = match settings {
        Some(settings) => settings,
        None => Settings::new(chosen::known_name(name, None)?),
    };
    Ok((profile, settings))
}

/// The settings of a profile whose node may be running.
pub(super) fn read_settings(name: &ProfileName) -> Result<Option<Settings>, Stop> {
    let read = Homes::of_user().and_then(|homes| profile::read_settings(&homes, name));
    Ok(read.map_err(LaunchError::Profile)?)
}

/// Saves the settings of a profile.
pub(super) fn save(profile: &Profile, settings: &Settings) -> Result<(), Stop> {
    Ok(profile.save_settings(settings).map_err(LaunchError::Profile)?)
}

fn open(name: &ProfileName) -> Result<(Profile, Option<Settings>), LaunchError> {
    let homes = Homes::of_user().map_err(LaunchError::Profile)?;
    let profile = Profile::open(&homes, name).map_err(|error| match error {
        ProfileError::InUse(name) if runs(&name) => LaunchError::Running(name),
        error => LaunchError::Profile(error),
    })?;
    let settings = profile.settings().map_err(LaunchError::Profile)?;
    Ok((profile, settings))
}

fn start(
    name_of_profile: &ProfileName,
    options: &LaunchOptions,
    profile: Profile,
    settings: Option<Settings>,
    chosen: Chosen,
) -> Result<Started, LaunchError> {
    let Chosen { name, circle, others, .. } = chosen;
    let saved = settings.as_ref();
    let is_joined = |name: &Name| circle.name == *name || others.iter().any(|it| it.name == *name);
    let (contacts, of_others) = contacts(&profile, is_joined)?;
    let sends: Vec<_> = profile.sends().map_err(LaunchError::Profile)?.into_sends().collect();
    let config = Config {
        identity: identity(&profile)?,
        name,
        port: options.port.or(saved.and_then(|it| it.port).map(NonZeroU16::get)),
        policy: options.accept.map(Policy::from).or(saved.map(|it| it.policy)).unwrap_or_default(),
        circle: config_of(&circle),
        others: others.iter().map(config_of).collect(),
        contacts,
        discovery: options.discovery(),
        inbox: options.save.clone().or(saved.and_then(|it| it.folder.clone())).or_else(inbox),
        sends: sends.clone(),
    };
    let store = ProfileStore::new(profile, settings, of_others);
    let (handle, thread) = node::start(config, Box::new(store))?;
    let control = Server::start(name_of_profile.as_str(), handle.clone())?;
    let connect = |address: &String| Ask::Connect { address: address.clone(), circle: None };
    let meet = |address: &String| Ask::Meet { address: address.clone(), circle: None };
    for ask in options.connect.iter().map(connect).chain(options.meet.iter().map(meet)) {
        if let Answer::Error { text, .. } = handle.ask(ask) {
            report(format_args!("p2pm: {text}"));
        }
    }
    let again = Some(offer_again(&handle, sends));
    Ok(Started { handle, thread, control, again })
}

/// Offers what was offered in an earlier run and others do not have yet. In a thread, since folders are walked through.
fn offer_again(handle: &Handle, sends: Vec<Unsent>) -> Again {
    let handle = handle.clone();
    let number = move |send: Unsent| {
        let path = send.path.clone();
        match handle.offer_again(send) {
            Answer::Offered { files, .. } => files.first().map(|file| (path, file.file)),
            Answer::Error { text, .. } => {
                report(format_args!("p2pm: not offered again: {text}"));
                None
            }
            _ => None,
        }
    };
    thread::spawn(move || sends.into_iter().filter_map(number).collect())
}

/// Folder for files that are received: `~/Downloads/p2pm`.
fn inbox() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute()).map(|home| home.join("Downloads/p2pm"))
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

fn config_of(circle: &Circle) -> CircleConfig {
    let Circle { name, passphrase } = circle;
    CircleConfig { name: name.clone(), number: passphrase.number(), passphrase: passphrase.password() }
}

/// The contacts of the circles that are joined, and those of others.
fn contacts(
    profile: &Profile,
    is_joined: impl Fn(&Name) -> bool,
) -> Result<(Vec<Remembered>, Vec<StoredContact>), LaunchError> {
    let all = profile.contacts().map_err(LaunchError::Profile)?;
    let (ours, others): (Vec<_>, Vec<_>) =
        all.iter().cloned().partition(|contact| is_joined(contact.circle()));
    let remembered = |it: &StoredContact| Remembered { known: it.known(), circle: it.circle().clone() };
    Ok((ours.iter().map(remembered).collect(), others))
}

/// `p2pm up`: runs a node until a signal, or until it is asked to end.
pub(super) fn up(profile: &ProfileName, options: &LaunchOptions) -> Exit {
    match try_up(profile, options) {
        Ok(()) => Exit::Success,
        Err(error) => {
            report(format_args!("p2pm: {error}"));
            if matches!(error, LaunchError::Usage(_)) { Exit::Usage } else { Exit::Failure }
        }
    }
}

fn try_up(name: &ProfileName, options: &LaunchOptions) -> Result<(), LaunchError> {
    let signals = Signals::install()?;
    let (profile, settings) = open(name)?;
    let chosen = Chosen::known(options, settings.as_ref())?;
    if let Some(warning) = warning(options) {
        report(format_args!("p2pm: {warning}"));
    }
    let Started { handle, thread, control, .. } = start(name, options, profile, settings, chosen)?;
    if let Answer::Who { me, .. } = handle.ask(Ask::Who {}) {
        report(format_args!(
            "p2pm: {} is up: {}; p2pm shows it, p2pm down ends it",
            me.name,
            show::reach(&me)
        ));
    }
    let (ended, over) = io::pipe()?;
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
    handle.ask(Ask::Stop {});
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
            Self::Running(profile) => {
                write!(
                    f,
                    "a node of the profile {profile} is running already: p2pm without options shows it, p2pm down ends it"
                )
            }
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
            LaunchError::Io(error) => Self::Io(error),
            error @ (LaunchError::Profile(_) | LaunchError::Running(_)) => {
                Self::Io(io::Error::other(error.to_string()))
            }
        }
    }
}
