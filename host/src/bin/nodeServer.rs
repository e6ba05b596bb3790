//! `nodeServer`: answers private chats, one at a time.

use clap::Parser;
use p2pm_host::triad::node::{Options, main as run};
use p2pm_posix::exit::Exit;

fn main() -> Exit {
    run(&Options::parse())
}
