//! The core of a node of a circle that sends a file, and takes one.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;

use cortex_m::singleton;
use cortex_m_rt::entry;
use footprint::{Circle, Crossing};

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

#[entry]
fn main() -> ! {
    let circle = black_box(singleton!(: Circle<1> = Circle::new()));
    let crossing = black_box(singleton!(: Crossing = Crossing::new()));
    let (Some(circle), Some(crossing)) = (circle, crossing) else { footprint::stop() };
    loop {
        circle.poll();
        crossing.poll(circle);
    }
}
