//! A small device on a TAP interface of this machine.

use clap::Parser;
use p2pm_posix::exit::Exit;
use p2pm_tap::options::Options;

fn main() -> Exit {
    p2pm_tap::main(&Options::parse())
}
