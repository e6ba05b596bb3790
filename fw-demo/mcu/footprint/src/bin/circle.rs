//! The core of a node of a circle.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::entry;
use footprint::Circle;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[entry]
fn main() -> ! {
    let Some(circle) = black_box(singleton!(: Circle<0> = Circle::new())) else { footprint::stop() };
    loop {
        circle.poll();
    }
}
