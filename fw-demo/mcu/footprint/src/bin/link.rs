//! The core of a link alone.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::entry;
use footprint::Alone;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[entry]
fn main() -> ! {
    let Some(alone) = black_box(singleton!(: Alone = Alone::new())) else { footprint::stop() };
    loop {
        alone.poll();
    }
}
