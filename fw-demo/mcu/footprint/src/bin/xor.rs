//! The core with the xor suite. This image would not link if it contained a panic.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::entry;
use footprint::{Conversations, Shared};
use p2pm_core::suite::Xor;

unsafe extern "C" {
    /// Not defined anywhere: a reachable panic is a linker error.
    safe fn there_is_a_panic_that_can_be_reached() -> !;
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    there_is_a_panic_that_can_be_reached()
}

#[entry]
fn main() -> ! {
    let shared = black_box(singleton!(: Shared = Shared::new()));
    let xor = black_box(singleton!(: Conversations<Xor> = Conversations::new()));
    let (Some(shared), Some(xor)) = (shared, xor) else { footprint::stop() };
    loop {
        xor.poll(shared);
    }
}
