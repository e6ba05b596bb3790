//! The node that the page shows: how it is started, and what has become of it. Everything here may wait, so it is called by
//! threads that may.

use std::io;
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use p2pm_core::wire::NameError;
use serde::Serialize;

use super::refusal::Refusal;
use super::spool::Spool;
use super::stored::Stored;
use crate::config::code::Passphrase;
use crate::config::profile::ProfileName;
use crate::face::invitation::Invitation;
use crate::face::launch::{self, Again, Answers, Launched, Running};
use crate::face::options::LaunchOptions;
use crate::face::shown::{NewsOf, Shown};
use crate::node::{FileState, News};
use crate::triad::shell::Stop;

/// Bytes of the number of a run.
const RUN_LEN: usize = 8;
/// How long the end of the program waits for a node that is being started or ended.
const SETTLE_TIME: Duration = Duration::from_secs(10);

/// Reads a passphrase as it is typed. What may be half a code has to be typed twice.
type Parser = Box<dyn FnMut(&str) -> Result<Passphrase, String> + Send>;

/// The node of a profile.
pub(super) struct Hosted {
    pub(super) profile: ProfileName,
    pub(super) options: LaunchOptions,
    pub(super) spool: Spool,
    phase: Mutex<Phase>,
    /// Told that the phase is another one than [`Phase::Changing`].
    settled: Condvar,
    parser: Mutex<Parser>,
}

enum Phase {
    /// The user is to be asked who they are.
    FirstRun,
    /// A thread starts the node, or waits for its end. Whoever asks meanwhile need not wait with it.
    Changing,
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
    Looking {},
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
            settled: Condvar::new(),
            parser: Mutex::new(Box::new(launch::passphrase_parser())),
            profile,
            options,
        });
        if launch::is_known(&hosted.profile, &hosted.options)? {
            let launched = launch::launch(&mut launch::Nobody, &hosted.profile, &hosted.options)?;
            hosted.enter(launched.running)?;
        }
        Ok(hosted)
    }

    /// What the page shows now. A node that another program has started meanwhile is shown from now on.
    pub(super) fn state(self: &Arc<Self>) -> Result<State, Refusal> {
        if matches!(*self.lock(), Phase::Stopped { .. })
            && let Ok(running) = launch::attach(&self.profile)
            && let Some(stopped) = self.claim(|phase| matches!(phase, Phase::Stopped { .. }))
        {
            self.enter(running).inspect_err(|_| self.settle(stopped)).map_err(Stop::Io)?;
        }
        match &*self.lock() {
            Phase::FirstRun => {}
            Phase::Changing => return Ok(State::Looking {}),
            Phase::Running(run, _) => return Ok(State::Running { run: run.id.clone() }),
            Phase::Stopped { why } => return Ok(State::Stopped { why: why.clone() }),
        }
        let name = launch::proposed_name(&self.profile, &self.options)?;
        Ok(State::FirstRun { name: name.map(|name| name.as_str().to_owned()) })
    }

    /// Starts the first node of a profile.
    pub(super) fn start(self: &Arc<Self>, name: &str, passphrase: Option<&str>) -> Result<Made, Refusal> {
        let name = name.parse().map_err(|error: NameError| Refusal::usage(error.to_string()))?;
        let passphrase =
            passphrase.map(|text| self.parser.lock().unwrap_or_else(PoisonError::into_inner)(text));
        let answers = Answers { name, passphrase: passphrase.transpose().map_err(Refusal::usage)? };
        let first = self.claim(|phase| matches!(phase, Phase::FirstRun));
        let first = first.ok_or_else(|| Refusal::usage("there is a node already"))?;
        let invitation = self.first(answers).inspect_err(|_| self.settle(first))?;
        let passphrase = invitation.map(|it| it.passphrase().to_string());
        Ok(Made { made: passphrase.is_some(), passphrase })
    }

    fn first(self: &Arc<Self>, mut answers: Answers) -> Result<Option<Invitation>, Stop> {
        let Launched { running, invitation, .. } =
            launch::launch(&mut answers, &self.profile, &self.options)?;
        self.enter(running)?;
        Ok(invitation)
    }

    /// Starts the node again, if it has ended: as this program would start it, also if another one had.
    pub(super) fn restart(self: &Arc<Self>) -> Result<(), Refusal> {
        if let Some(stopped) = self.claim(|phase| matches!(phase, Phase::Stopped { .. })) {
            let again = launch::relaunch(&self.profile, &self.options);
            let entered = again.and_then(|running| Ok(self.enter(running)?));
            return Ok(entered.inspect_err(|_| self.settle(stopped))?);
        }
        match *self.lock() {
            Phase::FirstRun => Err(Refusal::usage("there is no node yet")),
            _ => Ok(()),
        }
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
        let is_changing = |phase: &mut Phase| matches!(phase, Phase::Changing);
        let waited = self.settled.wait_timeout_while(self.lock(), SETTLE_TIME, is_changing);
        let mut phase = waited.unwrap_or_else(PoisonError::into_inner).0;
        let ended = mem::replace(&mut *phase, Phase::Stopped { why: String::new() });
        drop(phase);
        match ended {
            Phase::Running(_, mut running) => running.stop(),
            _ => Ok(()),
        }
    }

    /// Shows a node from now on. It may have to be waited for.
    fn enter(self: &Arc<Self>, mut running: Running) -> io::Result<()> {
        let id = u64::from_ne_bytes(p2pm_posix::random::bytes::<RUN_LEN>()?);
        let run = Run { id: format!("{id:016x}"), node: running.node.clone(), stored: Arc::default() };
        let (news, again) = (run.node.follow()?, running.take_again());
        let begin = |name: &str| thread::Builder::new().name(name.to_owned());
        let (hosted, watched) = (Arc::clone(self), run.clone());
        // Neither finds the run before it is shown.
        let mut phase = self.lock();
        begin("web watch").spawn(move || hosted.watch(news, &watched))?;
        if let Some(again) = again {
            let (hosted, run) = (Arc::clone(self), run.clone());
            begin("web again").spawn(move || hosted.adopt(again, &run))?;
        }
        *phase = Phase::Running(run, running);
        drop(phase);
        self.settled.notify_all();
        Ok(())
    }

    fn watch(&self, news: NewsOf, run: &Run) {
        for numbered in news {
            self.spool.note(&run.node, &numbered.news);
            if let News::File { file, state: FileState::Stored { path: Some(path) } } = numbered.news {
                run.stored.add(file.file, path);
            }
        }
        self.end(&run.id);
    }

    /// Files of the browser that were offered in an earlier run have their numbers in this one once they are offered again.
    fn adopt(&self, again: Again, run: &Run) {
        let again = again.join().unwrap_or_default();
        let phase = self.lock();
        if matches!(&*phase, Phase::Running(shown, _) if shown.id == run.id) {
            self.spool.adopt(&again);
            drop(phase);
            self.spool.sweep(&run.node);
        }
    }

    /// A run has ended by itself, or somebody has ended it.
    fn end(&self, id: &str) {
        let is_of_run = |phase: &Phase| matches!(phase, Phase::Running(run, _) if run.id == id);
        let Some(Phase::Running(_, mut running)) = self.claim(is_of_run) else { return };
        self.spool.leave();
        let why = match running.stop() {
            Ok(()) => "the node has ended".to_owned(),
            Err(error) => error.to_string(),
        };
        self.settle(Phase::Stopped { why });
    }

    /// Takes what is shown, if it is as wanted, so that nobody else changes it until it is settled.
    fn claim(&self, is_wanted: impl FnOnce(&Phase) -> bool) -> Option<Phase> {
        let mut phase = self.lock();
        is_wanted(&phase).then(|| mem::replace(&mut *phase, Phase::Changing))
    }

    fn settle(&self, phase: Phase) {
        *self.lock() = phase;
        self.settled.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Phase> {
        self.phase.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
