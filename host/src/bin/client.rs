//! `client`: the menu, the community and the private chat.

use clap::Parser;
use p2pm_host::triad::client::{Options, main as run};
use p2pm_posix::exit::Exit;

fn main() -> Exit {
    run(&Options::parse())
}
