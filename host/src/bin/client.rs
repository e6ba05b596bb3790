//! The menu: meet others at a community server, call them for a private chat.

use clap::Parser;
use p2pm_host::client::{Options, main as run};
use p2pm_host::exit::Exit;

fn main() -> Exit {
    run(&Options::parse())
}
