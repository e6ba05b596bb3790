//! Start of a node, for the faces that run one.

use std::io;
use std::thread::JoinHandle;

use p2pm_core::identity::Identity;
use p2pm_core::node::Policy;
use p2pm_core::suite::Password;
use p2pm_posix::exit::Exit;
use p2pm_posix::signals::Signals;

use super::options::Options;
use crate::config::password;
use crate::node::control::Server;
use crate::node::{self, Ask, CircleConfig, Config, Handle};
use crate::term::report;
use crate::triad::shell::{Shell, Stop};

/// Environment variable that holds a passphrase.
const PASSPHRASE_VARIABLE: &str = "P2PM_PASSPHRASE";

/// A node that runs, with its control socket.
pub(super) struct Running {
    pub(super) handle: Handle,
    thread: JoinHandle<io::Result<()>>,
    _control: Server,
}

impl Running {
    /// Ends the node, and waits for its goodbyes.
    pub(super) fn stop(self) -> io::Result<()> {
        self.handle.ask(Ask::Stop);
        self.wait()
    }

    fn wait(self) -> io::Result<()> {
        self.thread.join().unwrap_or_else(|_| Err(io::Error::other("the node has failed")))
    }
}

/// Starts the node of a profile.
pub(super) fn launch(_shell: &mut Shell, options: &Options) -> Result<Running, Stop> {
    start(options).map_err(Stop::Io)
}

fn start(options: &Options) -> io::Result<Running> {
    let launch = &options.launch;
    let given = password::given(launch.passphrase_file.as_deref(), Some(PASSPHRASE_VARIABLE))
        .map_err(io::Error::other)?;
    let passphrase = Password::new(&given.unwrap_or_default()).map_err(io::Error::other)?;
    let config = Config {
        identity: Identity::from_seed(&p2pm_posix::random::bytes()?),
        name: launch.name.clone().unwrap_or_default().parse().map_err(io::Error::other)?,
        port: launch.port,
        policy: launch.accept.map_or(Policy::Ask, Policy::from),
        circle: CircleConfig { number: None, passphrase },
        contacts: Vec::new(),
    };
    let (handle, thread) = node::start(config, Box::new(|_| {}))?;
    let control = Server::start(&options.profile, handle.clone())?;
    for address in &launch.connect {
        handle.ask(Ask::Connect { address: address.clone() });
    }
    Ok(Running { handle, thread, _control: control })
}

/// `p2pm up`: runs a node until a signal, or until it is asked to end.
pub(super) fn up(options: &Options) -> Exit {
    match try_up(options) {
        Ok(()) => Exit::Success,
        Err(error) => {
            report(format_args!("p2pm: {error}"));
            Exit::Failure
        }
    }
}

fn try_up(options: &Options) -> io::Result<()> {
    let signals = Signals::install()?;
    let running = start(options)?;
    let mut waiter = crate::wait::Waiter::new();
    waiter.read(std::os::fd::AsFd::as_fd(&signals));
    waiter.wait(None)?;
    running.stop()
}
