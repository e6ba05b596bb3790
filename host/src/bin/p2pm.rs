//! `p2pm`: a node, its line face, and the commands for a node that runs.

use p2pm_host::face::command;
use p2pm_posix::exit::Exit;

fn main() -> Exit {
    command::main()
}
