//! The meeting place.

use p2pm_host::exit::Exit;
use p2pm_host::server::command;

fn main() -> Exit {
    command::main()
}
