//! The core with both suites and its texts for users.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::entry;
use footprint::{Conversations, Shared};
use p2pm_core::suite::{Sealed, Xor};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[entry]
fn main() -> ! {
    let shared = black_box(singleton!(: Shared = Shared::new()));
    let xor = black_box(singleton!(: Conversations<Xor> = Conversations::new()));
    let sealed = black_box(singleton!(: Conversations<Sealed> = Conversations::new()));
    let (Some(shared), Some(xor), Some(sealed)) = (shared, xor, sealed) else { footprint::stop() };
    loop {
        xor.poll(shared);
        sealed.poll(shared);
        footprint::show_endpoint();
    }
}
