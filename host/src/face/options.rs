//! Command line of `p2pm`.

use std::path::PathBuf;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;
use p2pm_core::wire::Name;

use super::manual::P2PM;
use super::term::Pictures;
use crate::config::options::{Accept, SuiteName};
use crate::config::profile::ProfileName;
use crate::discovery::Choice;

/// Peer-to-peer messaging: people who share a passphrase talk directly, without a server.
///
/// Those who share a passphrase are a circle. Each runs a node, which finds the others on the network by itself, and asks whether to
/// accept whoever is new; then everybody writes and sends files to one or to all. A tag, such as d1qq-1ffn-hnaq, tells apart
/// who have the same name. Without a command, p2pm asks for what it does not know yet, and then shows who is here and what they say:
/// F1 shows the keys and commands there.
#[derive(Debug, Parser)]
#[command(
    name = "p2pm",
    version,
    max_term_width = 100,
    after_help = P2PM.after_help()
)]
pub struct Options {
    /// Which of several settings to use, each with a node of its own
    #[arg(long, global = true, value_name = "NAME", default_value = "default")]
    pub profile: ProfileName,
    /// Print JSON, one object a line, as docs/CONTROL.md describes it
    #[arg(long, global = true)]
    pub json: bool,
    /// Give up after so many seconds, instead of 60 for send with a text, 10 for who --wait, and never for others
    #[arg(long, global = true, value_name = "SECONDS", value_parser = seconds)]
    pub timeout: Option<Duration>,
    /// How this terminal shows pictures, where p2pm does not find that out
    #[arg(long, value_enum, value_name = "HOW")]
    pub pictures: Option<Pictures>,
    /// Show it on a page in the browser, as p2pm web does
    #[arg(long)]
    pub web: bool,
    /// How to run a node.
    #[command(flatten)]
    pub launch: LaunchOptions,
    /// What to do in place of that.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// How to run a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct LaunchOptions {
    /// The name you go by
    #[arg(long, value_name = "NAME")]
    pub name: Option<Name>,
    /// Port to listen on, instead of 7776, with 0 for any
    #[arg(long, value_name = "PORT")]
    pub port: Option<u16>,
    /// Whom to accept, of those who know the passphrase
    #[arg(long, value_enum, value_name = "WHOM")]
    pub accept: Option<Accept>,
    /// A file with the passphrase in its only line, which nobody else may read
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Folder for files that are received, instead of ~/Downloads/p2pm
    #[arg(long, value_name = "FOLDER", value_parser = absolute)]
    pub save: Option<PathBuf>,
    /// An address to dial: HOST, or HOST:PORT where the port is not 7776
    #[arg(long, value_name = "ADDRESS")]
    pub connect: Vec<String>,
    /// A community server with the same passphrase, on whose list you want to be found: HOST, or HOST:PORT where the
    /// port is not 5000
    #[arg(long, value_name = "ADDRESS")]
    pub meet: Vec<String>,
    /// Neither look for others on the network by itself, nor be found there
    #[arg(long)]
    pub no_discovery: bool,
    /// Look for others, and be found, only on this network interface, which may come later
    #[arg(long, value_name = "NAME", conflicts_with = "no_discovery")]
    pub interface: Vec<String>,
}

impl LaunchOptions {
    /// On which interfaces to look for others; `None` for nowhere.
    pub(super) fn discovery(&self) -> Option<Choice> {
        (!self.no_discovery).then(|| Choice::of(&self.interface))
    }
}

/// How to show a node on a page.
#[derive(Clone, Debug, Default, Args)]
pub struct WebOptions {
    /// How to run a node.
    #[command(flatten)]
    pub launch: LaunchOptions,
    /// Port of the page on this machine, instead of 7778, or any if that is taken
    #[arg(long, value_name = "PORT")]
    pub page_port: Option<u16>,
    /// Open it in a window of its own, if there is a browser that can, and end two minutes after that is closed
    #[arg(long)]
    pub app: bool,
    /// Only print the address, which lets one browser in
    #[arg(long, conflicts_with = "app")]
    pub no_open: bool,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a node in this terminal until it is ended, without showing anything of it
    ///
    /// Its options are those of p2pm without a command.
    Up(LaunchOptions),
    /// Show it on a page in the browser, which this user of this machine alone can open
    ///
    /// If no node of the profile runs, it runs one, until it is interrupted.
    Web(WebOptions),
    /// Show who is here, and who is known
    Who {
        /// Look for others on the network first, until somebody is here
        #[arg(long)]
        wait: bool,
    },
    /// Say why nobody is found on the network, and what mends it
    ///
    /// The exit status is 1 if something keeps others from being found or reached, even while some are linked: they have come by
    /// another way, on which not everybody comes. It is 0 if there is nothing of the kind.
    Doctor {
        /// Others that should be reached: HOST or HOST:PORT
        #[arg(value_name = "ADDRESS", conflicts_with = "upnp")]
        others: Vec<String>,
        /// Look only at this network interface
        #[arg(long, value_name = "NAME")]
        interface: Vec<String>,
        /// List the devices of UPnP on the network instead
        #[arg(long)]
        upnp: bool,
    },
    /// Send a text or files, and wait until they are received
    ///
    /// What is not received in time waits as long as the node runs; a file longer, until p2pm cancel takes it back.
    Send {
        /// To everyone
        #[arg(long)]
        all: bool,
        /// To everyone in this circle, instead of the current one
        #[arg(long, value_name = "CIRCLE", requires = "all")]
        circle: Option<String>,
        /// Files and folders to send instead of a text; `-` is standard input, as a file
        #[arg(short, long = "file", value_name = "PATH", num_args = 1..)]
        files: Vec<PathBuf>,
        /// What the file from standard input is called, instead of stdin
        #[arg(long, value_name = "NAME", requires = "files")]
        name: Option<String>,
        /// Name or tag of somebody, unless it is to everyone; then the text, or `-` for the lines of standard input
        #[arg(required_unless_present = "files", num_args = 1.., value_names = ["NAME", "TEXT"])]
        what: Vec<String>,
    },
    /// List the files that are offered or on their way
    Files,
    /// Take a file that was offered
    Take {
        /// Its number
        #[arg(value_name = "FILE")]
        file: u32,
        /// Folder to put it into, instead of the usual one
        #[arg(long, value_name = "FOLDER", value_parser = absolute)]
        save: Option<PathBuf>,
    },
    /// Turn a file away that was offered, or give one up that is on its way
    Cancel {
        /// Its number
        #[arg(value_name = "FILE")]
        file: u32,
    },
    /// Have a file wait that is on its way
    Pause {
        /// Its number
        #[arg(value_name = "FILE")]
        file: u32,
    },
    /// Go on with a file that waits
    Resume {
        /// Its number
        #[arg(value_name = "FILE")]
        file: u32,
    },
    /// Print what others say, until interrupted
    Listen {
        /// Take every file that is offered meanwhile, and put it into this folder
        #[arg(long, value_name = "FOLDER", value_parser = absolute)]
        save: Option<PathBuf>,
        /// Begin with the news after this number, as far as the node has kept them
        #[arg(long, value_name = "NUMBER")]
        since: Option<u64>,
    },
    /// Dial an address
    Connect {
        /// HOST or HOST:PORT
        address: String,
        /// Circle of whoever is there, instead of the current one
        #[arg(long, value_name = "CIRCLE")]
        circle: Option<String>,
    },
    /// Be found on the list of a community server with the same passphrase, and find others there
    Meet {
        /// HOST or HOST:PORT
        address: String,
        /// Circle whose passphrase it is, instead of the current one
        #[arg(long, value_name = "CIRCLE")]
        circle: Option<String>,
    },
    /// Accept somebody who asks
    Accept(Who),
    /// Turn somebody away until the node starts again
    Deny(Who),
    /// Turn somebody away for good
    Block(Who),
    /// Take the files of somebody from now on without asking
    Trust(Who),
    /// Ask again before files of somebody are taken
    Distrust(Who),
    /// Forget somebody who is away, as if you had never met; if they come again, they ask again
    Forget(Who),
    /// Show the words that you and somebody compare, to be sure that nobody is between you
    Verify {
        /// With whom.
        #[command(flatten)]
        who: Who,
        /// The words are the same
        #[arg(long)]
        same: bool,
    },
    /// Go by another name
    Rename {
        /// The new name
        #[arg(value_name = "NAME")]
        new: String,
    },
    /// End the node
    Down,
    /// Make, join, list and leave circles, while the node is not running
    #[command(subcommand)]
    Circle(CircleCommand),
    /// Play the whole story in this terminal, on this machine alone
    Demo {
        /// The story of 2015: a community server, two users who meet and chat, a wrong password, a busy node
        #[arg(long)]
        triad: bool,
        /// How its programs are protected; links are always sealed
        #[arg(long, value_enum, requires = "triad", default_value_t)]
        suite: SuiteName,
    },
    /// Print the manual pages of p2pm and of its sister programs
    Man {
        /// Write them there instead, each into a file of its own
        #[arg(value_name = "DIRECTORY")]
        directory: Option<PathBuf>,
    },
    /// Print what completes their command lines in a shell
    Completions {
        /// Which shell
        #[arg(value_enum, value_name = "SHELL")]
        shell: Shell,
        /// Write it there instead, for each program into a file of its own
        #[arg(value_name = "DIRECTORY")]
        directory: Option<PathBuf>,
    },
}

/// What to do with circles.
#[derive(Debug, Subcommand)]
pub enum CircleCommand {
    /// Make a circle, and print the code that you tell the others
    New {
        /// What you call it, for yourself
        #[arg(value_name = "CIRCLE")]
        circle: Option<Name>,
        /// The name you go by, if p2pm does not know it yet
        #[arg(long, value_name = "NAME")]
        name: Option<Name>,
    },
    /// Join a circle of others; its passphrase is taken as for a node, or asked for
    Join {
        /// What you call it, for yourself
        #[arg(value_name = "CIRCLE")]
        circle: Option<Name>,
        /// The name you go by, if p2pm does not know it yet
        #[arg(long, value_name = "NAME")]
        name: Option<Name>,
        /// A file with the passphrase in its only line, which nobody else may read
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// List your circles, the current one first
    List {
        /// Show the passphrases as well
        #[arg(long)]
        reveal: bool,
    },
    /// Show the passphrase of a circle to whoever is to join it, as a QR code too
    Invite {
        /// What you call it, instead of the current one
        #[arg(value_name = "CIRCLE")]
        circle: Option<Name>,
    },
    /// Make a circle the current one, which is meant where none is named
    Use {
        /// What you call it
        #[arg(value_name = "CIRCLE")]
        circle: Name,
    },
    /// Leave a circle
    Leave {
        /// What you call it
        #[arg(value_name = "CIRCLE")]
        circle: Name,
    },
}

/// Somebody.
#[derive(Clone, Debug, Args)]
pub struct Who {
    /// Name or tag
    #[arg(value_name = "NAME")]
    pub who: String,
}

/// A path from the root on, since the node may run elsewhere.
fn absolute(path: &str) -> Result<PathBuf, String> {
    std::path::absolute(path).map_err(|error| error.to_string())
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

impl Options {
    /// Parses the command line, and ends the program where it is wrong.
    pub(super) fn of_user() -> Self {
        let options = Self::parse();
        if options.command.is_some() && options.launch != LaunchOptions::default() {
            let text = "options of a node come after `up`, or without a command";
            Self::command().error(ErrorKind::ArgumentConflict, text).exit()
        }
        options
    }
}

impl CircleCommand {
    /// The name that the user wants to go by.
    pub(super) fn name(&self) -> Option<&Name> {
        match self {
            Self::New { name, .. } | Self::Join { name, .. } => name.as_ref(),
            Self::List { .. } | Self::Invite { .. } | Self::Use { .. } | Self::Leave { .. } => None,
        }
    }
}
