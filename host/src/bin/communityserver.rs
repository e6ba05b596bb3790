//! `communityserver`: the community server.

use p2pm_host::community::command;
use p2pm_posix::exit::Exit;

fn main() -> Exit {
    command::main()
}
