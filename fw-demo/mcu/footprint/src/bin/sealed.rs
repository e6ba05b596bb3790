//! The core with the sealed suite.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::entry;
use footprint::{Conversations, Shared};
use p2pm_core::suite::Sealed;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[entry]
fn main() -> ! {
    let shared = black_box(singleton!(: Shared = Shared::new()));
    let sealed = black_box(singleton!(: Conversations<Sealed> = Conversations::new()));
    let (Some(shared), Some(sealed)) = (shared, sealed) else { footprint::stop() };
    loop {
        sealed.poll(shared);
    }
}
