//! Cost of the core as log lines, `what: how many`. To be run with one instruction per nanosecond of the
//! board's time: `qemu-system-arm -icount shift=0`.

#![no_std]
#![no_main]

mod cost;
mod frames;
mod handshake;
mod inputs;

use cortex_m::{Peripherals, singleton};
use cortex_m_rt::entry;
use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_core::wire::EMPTY_FRAME;
use p2pm_mcu::clock::Clock;
use semihosting::process::ExitCode;

use self::cost::{CYCLES_PER_SECOND, Cost};
use self::frames::{Frames, cost_of_frames};
use self::handshake::cost_of_handshake;

#[entry]
fn main() -> ! {
    let code = if measure().is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    code.exit_process()
}

/// Logs the cost of both suites; `None` if a step fails.
fn measure() -> Option<()> {
    let clock = Clock::start(Peripherals::take()?.SYST, CYCLES_PER_SECOND);
    let frames = singleton!(: Frames = [EMPTY_FRAME; _])?;
    tell::<Sealed>("sealed", &clock, frames)?;
    tell::<Xor>("xor", &clock, frames)
}

/// Logs the cost of a suite; `None` if a step fails.
fn tell<S: Suite>(suite: &str, clock: &Clock, frames: &mut Frames) -> Option<()> {
    let (sealed, opened) = cost_of_frames::<S>(clock, frames)?;
    defmt::info!("{=str}: instructions to seal a frame: {=u64}", suite, sealed);
    defmt::info!("{=str}: instructions to open a frame: {=u64}", suite, opened);
    let sides @ [connecting, listening] = cost_of_handshake::<S>(clock)?;
    let both = connecting.instructions + listening.instructions;
    defmt::info!("{=str}: instructions for a handshake: {=u64}", suite, both);
    for (side, Cost { instructions, stack }) in ["connecting side", "listening side"].into_iter().zip(sides) {
        defmt::info!("{=str}: instructions for a handshake, {=str}: {=u64}", suite, side, instructions);
        defmt::info!("{=str}: stack for a handshake, {=str}: {=usize}", suite, side, stack);
    }
    Some(())
}
