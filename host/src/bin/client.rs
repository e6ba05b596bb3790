//! The menu: meet others at a community server, call them for a private chat.

use clap::Parser;
use p2pm_host::triad::client::{Options, main as run};
use p2pm_posix::exit::Exit;

fn main() -> Exit {
    run(&Options::parse())
}
