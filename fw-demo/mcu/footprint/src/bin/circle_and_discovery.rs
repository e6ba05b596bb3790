//! The core of a node of a circle that finds the others.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::entry;
use footprint::{Circle, Lookout};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[entry]
fn main() -> ! {
    let circle = black_box(singleton!(: Circle<0> = Circle::new()));
    let lookout = black_box(singleton!(: Lookout = Lookout::new()));
    let (Some(circle), Some(lookout)) = (circle, lookout) else { footprint::stop() };
    loop {
        circle.poll();
        lookout.poll(circle);
    }
}
