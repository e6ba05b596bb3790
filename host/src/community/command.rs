//! The program `communityserver`.

use std::io;
use std::os::fd::AsFd;
use std::path::PathBuf;

use clap::Parser;
use p2pm_core::suite::{Suite, Xor};

use super::{Config, Printer, Server};
use crate::config::address::ListeningAddress;
use crate::config::options::{PASSWORD, PASSWORD_VARIABLE, SuiteName, TERMINAL};
use crate::config::resolve::resolve;
use crate::manual::Manual;
use crate::suite::Sealed;
use crate::triad::ask::given_password;
use crate::triad::shell::{Shell, Stop};
use p2pm_posix::exit::Exit;
use p2pm_posix::interfaces;

/// The manual of `communityserver`.
pub(crate) const MANUAL: Manual = Manual {
    secrets: PASSWORD,
    exits: &[
        (Exit::Success, "ended by Ctrl-C or SIGTERM, after a goodbye to everybody"),
        (Exit::Failure, "failure of the network or of this machine"),
        (Exit::Usage, "mistake in the command"),
        (Exit::Interrupted, "interrupted before it listened"),
    ],
    environment: &[(PASSWORD_VARIABLE, "See PASSWORD."), TERMINAL],
    files: &[],
    examples: &[
        ("communityserver", "Ask for a password, and serve on port 5000 of every address of IPv4."),
        (
            "communityserver --listen '[::]' --password-file ~/.hall >>hall.log",
            "Serve IPv6 as well, with the password from a file, and keep a record of who came and went.",
        ),
    ],
    see_also: &["client(1)", "nodeServer(1)", "p2pm(1)"],
};

/// The meeting place: it knows who is online, and nothing else.
///
/// Users connect with a client, prove that they know the password, and give their name and the port their own
/// node listens on. Everybody who is in can see who else is. A user is forgotten the moment they disconnect;
/// nothing is stored. Messages do not come here: users send them to each other directly.
#[derive(Debug, Parser)]
#[command(
    name = "communityserver",
    version,
    max_term_width = 100,
    after_help = MANUAL.after_help()
)]
pub(crate) struct Options {
    /// Where to listen: an address or name of this machine's, of a name the first address that can be had; with port 0
    /// the system chooses one
    #[arg(long, value_name = "ADDRESS[:PORT]", default_value = "0.0.0.0:5000")]
    listen: ListeningAddress,
    /// How many users can be online; each takes an open file
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    users: u32,
    /// A file with the password in its only line, which nobody else may read
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// How what is sent is protected; the clients must name the same
    #[arg(long, value_enum, default_value_t)]
    suite: SuiteName,
    /// Do not show who comes and goes, but warnings alone
    #[arg(long)]
    quiet: bool,
}

/// Runs the program as its command line says.
pub fn main() -> Exit {
    let options = Options::parse();
    let ended = match options.suite {
        SuiteName::Xor => serve::<Xor>(&options),
        SuiteName::Sealed => serve::<Sealed>(&options),
    };
    match ended {
        Ok(()) => Exit::Success,
        Err(stop) => stop.report("communityserver"),
    }
}

fn serve<S: Suite>(options: &Options) -> Result<(), Stop> {
    let address = &options.listen;
    // Name resolution may block; there is no peer yet that would have to be sent a goodbye.
    let listen = resolve(&address.host, address.port)
        .map_err(|error| io::Error::new(error.kind(), format!("{address}: {error}")))?;
    let mut shell = Shell::new()?;
    let password = match given_password(options.password_file.as_deref(), Some(PASSWORD_VARIABLE))? {
        Some(password) => password,
        None => shell.ask_secret("Please choose a password: ")?,
    };
    let Shell { console, signals, .. } = shell;
    // Nothing more is asked: the terminal is as it was.
    drop(console);
    let config = Config { listen, users: options.users as usize, password };
    let printer = Printer::new(io::stdout().as_fd().try_clone_to_owned()?)?;
    let output = printer.output();
    let printer = if options.quiet { printer.warnings_only() } else { printer };
    let server = Server::<S>::bind(config, Box::new(printer))?;
    let listening = server.local_addr()?;
    output.line(format_args!("listening on {listening}"));
    // If the addresses cannot be read, the user can find them out otherwise.
    for address in interfaces::reached_at(listening).unwrap_or_default() {
        output.line(format_args!("users on your network reach it at {address}"));
    }
    if let Some(caution) = options.suite.caution() {
        output.line(caution);
    }
    Ok(server.run(signals.as_fd())?)
}
