//! Peer-to-peer messaging on this board.

#![no_std]
#![no_main]

use cortex_m as _; // critical sections
use cortex_m_rt::entry;
use p2pm_mcu as _;

#[entry]
fn main() -> ! {
    defmt::info!("hello");
    semihosting::process::ExitCode::SUCCESS.exit_process()
}
