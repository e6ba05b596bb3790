//! The program `communityserver`.

use std::fmt::Display;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use p2pm_core::suite::{Password, PasswordError, Suite, Xor};

use super::{Config, Notice, Observer, Printer, Server};
use crate::exit::Exit;
use crate::options::{PASSWORD_VARIABLE, SuiteName};
use crate::password;
use crate::signals::Signals;
use crate::term::{Console, Line};
use crate::wait::Waiter;

/// The meeting place: it knows who is online, and nothing else.
///
/// Users connect with a client, prove that they know the password, and give their name and the port their own
/// node listens on. Everybody who is in can see who else is. A user is forgotten the moment they disconnect;
/// nothing is stored. Messages do not come here: users send them to each other directly.
#[derive(Debug, Parser)]
#[command(
    name = "communityserver",
    version,
    after_help = "The password is taken from --password-file, else from the environment variable \
                  P2PM_PASSWORD, else it is asked for. Never give it on a command line, which everybody \
                  on the machine can read.\n\n\
                  Ctrl-C and SIGTERM say goodbye to everybody, then end the server with status 0."
)]
struct Options {
    /// Where to listen; with port 0 the system chooses one
    #[arg(long, value_name = "ADDR:PORT", default_value = "0.0.0.0:5000")]
    listen: SocketAddr,
    /// How many users can be online; each takes an open file
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    users: u32,
    /// A file with the password in its only line, which nobody else may read
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// How what is sent is protected; the clients must name the same
    #[arg(long, value_enum, default_value_t = SuiteName::Xor)]
    suite: SuiteName,
    /// Do not show who comes and goes
    #[arg(long)]
    quiet: bool,
}

/// Runs the program as its command line says.
pub fn main() -> Exit {
    let options = Options::parse();
    let result = match options.suite {
        SuiteName::Xor => serve::<Xor>(&options),
    };
    result.err().unwrap_or(Exit::Success)
}

fn serve<S: Suite>(options: &Options) -> Result<(), Exit> {
    let signals = Signals::install().map_err(|e| fail(Exit::Failure, e))?;
    let password = password(options, &signals)?;
    let config = Config { listen: options.listen, users: options.users as usize, password };
    let cannot_listen = |e| fail(Exit::Failure, format_args!("{}: {e}", options.listen));
    let server = Server::<S>::bind(config, observer(options.quiet)).map_err(cannot_listen)?;
    let address = server.local_addr().map_err(cannot_listen)?;
    // A server whose output is gone is still of use.
    let _ = writeln!(io::stdout(), "listening on {address}\n{}", options.suite.caution());
    server.run(signals.as_fd()).map_err(|e| fail(Exit::Failure, e))
}

fn observer(quiet: bool) -> Box<dyn Observer + Send> {
    match (quiet, Printer::new(io::stdout())) {
        (false, Ok(printer)) => Box::new(printer),
        _ => Box::new(|_: &Notice| {}),
    }
}

/// The password that was given, or else typed.
fn password(options: &Options, signals: &Signals) -> Result<Password, Exit> {
    let given = password::given(options.password_file.as_deref(), PASSWORD_VARIABLE);
    let given = given.map_err(|e| fail(Exit::Usage, e))?;
    match given {
        Some(bytes) => Password::new(&bytes).map_err(|e| fail(Exit::Usage, e)),
        None => ask(signals).map_err(|e| fail(Exit::Failure, e))?,
    }
}

/// Asks for the password until it can be one.
fn ask(signals: &Signals) -> io::Result<Result<Password, Exit>> {
    let mut console = Console::new()?;
    let hidden = console.hide_input()?;
    loop {
        console.prompt("Please choose a password: ")?;
        let line = loop {
            if let Some(line) = console.next_line() {
                break line;
            }
            let mut waiter = Waiter::new();
            let signal = waiter.read(signals.as_fd());
            waiter.read(console.as_fd());
            if waiter.wait(None)?.contains(signal) {
                drop(hidden);
                return Ok(Err(Exit::Interrupted));
            }
            console.read_ready()?;
        };
        let problem = match line {
            Line::Text(text) => match Password::new(text.as_bytes()) {
                Ok(password) => return Ok(Ok(password)),
                Err(e) => e.to_string(),
            },
            Line::TooLong => PasswordError::TooLong.to_string(),
            Line::NotUtf8 => "that is not UTF-8".to_owned(),
            Line::Eof => return Ok(Err(fail(Exit::Usage, "no password was given"))),
        };
        console.notice(problem)?;
    }
}

fn fail(exit: Exit, reason: impl Display) -> Exit {
    let _ = writeln!(io::stderr(), "communityserver: {reason}");
    exit
}
