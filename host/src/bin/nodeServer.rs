//! Waits for private chats, one at a time.

use clap::Parser;
use p2pm_host::exit::Exit;
use p2pm_host::node::{Options, main as run};

fn main() -> Exit {
    run(&Options::parse())
}
