//! The node that the page shows: how it is started, and what has become of it. Everything here may wait, so it is called by
//! threads that may.

use std::io;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use p2pm_core::wire::NameError;
use serde::Serialize;

use super::refusal::Refusal;
use super::spool::Spool;
use super::stored::Stored;
use crate::config::code::Passphrase;
use crate::config::profile::ProfileName;
use crate::face::launch::{self, Answers, Launched, Running};
use crate::face::options::LaunchOptions;
use crate::face::shown::Shown;
use crate::node::control::Client;
use crate::node::{FileState, News};
use crate::triad::shell::Stop;

/// Bytes of the number of a run.
const RUN_LEN: usize = 8;

/// Reads a passphrase as it is typed. What may be half a code has to be typed twice.
type Parser = Box<dyn FnMut(&str) -> Result<Passphrase, String> + Send>;

/// The node of a profile.
pub(super) struct Hosted {
    pub(super) profile: ProfileName,
    pub(super) options: LaunchOptions,
    pub(super) spool: Spool,
    phase: Mutex<Phase>,
    parser: Mutex<Parser>,
}

enum Phase {
    /// The user is to be asked who they are.
    FirstRun,
    Running(Run, Running),
    /// It has ended.
    Stopped {
        why: String,
    },
}

/// A node from its start to its end, as far as this server has seen it.
#[derive(Clone)]
pub(super) struct Run {
    /// Another one for each run: 16 hexadecimal digits.
    pub(super) id: String,
    pub(super) node: Shown,
    pub(super) stored: Arc<Stored>,
}

/// What the page shows.
#[derive(Serialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub(super) enum State {
    FirstRun { name: Option<String> },
    Running { run: String },
    Stopped { why: String },
}

/// What has come of the first run.
#[derive(Serialize)]
pub(super) struct Made {
    /// Of the circle that was made.
    passphrase: Option<String>,
    made: bool,
}

impl Hosted {
    /// Starts the node of a profile, or shows the one that runs, unless the user is to be asked something first.
    pub(super) fn open(profile: ProfileName, options: LaunchOptions) -> Result<Arc<Self>, Stop> {
        let hosted = Arc::new(Self {
            spool: Spool::open(&profile)?,
            phase: Mutex::new(Phase::FirstRun),
            parser: Mutex::new(Box::new(launch::passphrase_parser())),
            profile,
            options,
        });
        if launch::is_known(&hosted.profile, &hosted.options)? {
            let launched = launch::launch(&mut launch::Nobody, &hosted.profile, &hosted.options)?;
            hosted.enter(&mut hosted.lock(), launched.running)?;
        }
        Ok(hosted)
    }

    /// What the page shows now. A node that another program has started meanwhile is shown from now on.
    pub(super) fn state(self: &Arc<Self>) -> Result<State, Refusal> {
        let mut phase = self.lock();
        if matches!(*phase, Phase::Stopped { .. }) && Client::connect(self.profile.as_str(), None).is_ok() {
            self.enter(&mut phase, launch::attach(&self.profile)?).map_err(Stop::Io)?;
        }
        Ok(match &*phase {
            Phase::FirstRun => {
                State::FirstRun { name: launch::user_name().map(|name| name.as_str().to_owned()) }
            }
            Phase::Running(run, _) => State::Running { run: run.id.clone() },
            Phase::Stopped { why } => State::Stopped { why: why.clone() },
        })
    }

    /// Starts the first node of a profile.
    pub(super) fn start(self: &Arc<Self>, name: &str, passphrase: Option<&str>) -> Result<Made, Refusal> {
        let mut phase = self.lock();
        if !matches!(*phase, Phase::FirstRun) {
            return Err(Refusal::usage("there is a node already"));
        }
        let name = name.parse().map_err(|error: NameError| Refusal::usage(error.to_string()))?;
        let passphrase =
            passphrase.map(|text| self.parser.lock().unwrap_or_else(PoisonError::into_inner)(text));
        let mut answers = Answers { name, passphrase: passphrase.transpose().map_err(Refusal::usage)? };
        let Launched { running, invitation, .. } =
            launch::launch(&mut answers, &self.profile, &self.options)?;
        self.enter(&mut phase, running).map_err(Stop::Io)?;
        let passphrase = invitation.map(|it| it.passphrase().to_string());
        Ok(Made { made: passphrase.is_some(), passphrase })
    }

    /// Starts the node again, if it has ended: as this program would start it, also if another one had.
    pub(super) fn restart(self: &Arc<Self>) -> Result<(), Refusal> {
        let mut phase = self.lock();
        let running = match &*phase {
            Phase::Running(..) => return Ok(()),
            Phase::Stopped { .. } => launch::relaunch(&self.profile, &self.options)?,
            Phase::FirstRun => return Err(Refusal::usage("there is no node yet")),
        };
        Ok(self.enter(&mut phase, running).map_err(Stop::Io)?)
    }

    /// The node, if it runs.
    pub(super) fn run(&self) -> Result<Run, Refusal> {
        match &*self.lock() {
            Phase::Running(run, _) => Ok(run.clone()),
            _ => Err(Refusal::unavailable("no node runs")),
        }
    }

    /// Ends the node, if it is this program's.
    pub(super) fn stop(&self) -> io::Result<()> {
        let stopped = Phase::Stopped { why: String::new() };
        match mem::replace(&mut *self.lock(), stopped) {
            Phase::Running(_, mut running) => running.stop(),
            _ => Ok(()),
        }
    }

    fn enter(self: &Arc<Self>, phase: &mut Phase, running: Running) -> io::Result<()> {
        let id = u64::from_ne_bytes(p2pm_posix::random::bytes::<RUN_LEN>()?);
        let run = Run { id: format!("{id:016x}"), node: running.node.clone(), stored: Arc::default() };
        let news = run.node.follow()?;
        let (hosted, watched) = (Arc::clone(self), run.clone());
        thread::Builder::new().name("web watch".into()).spawn(move || {
            for numbered in news {
                hosted.spool.note(&watched.node, &numbered.news);
                if let News::File { file, state: FileState::Stored { path: Some(path) } } = numbered.news {
                    watched.stored.add(file.file, path);
                }
            }
            hosted.end(&watched.id);
        })?;
        *phase = Phase::Running(run, running);
        Ok(())
    }

    /// A run has ended by itself, or somebody has ended it.
    fn end(&self, id: &str) {
        let mut phase = self.lock();
        let Phase::Running(run, running) = &mut *phase else { return };
        if run.id != id {
            return;
        }
        let why = match running.stop() {
            Ok(()) => "the node has ended".to_owned(),
            Err(error) => error.to_string(),
        };
        self.spool.leave();
        *phase = Phase::Stopped { why };
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
