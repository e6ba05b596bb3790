//! Empty image, to be subtracted from the others.

#![no_std]
#![no_main]

use core::panic::PanicInfo;

use cortex_m as _; // critical sections
use cortex_m_rt::entry;
use footprint as _;

#[entry]
fn main() -> ! {
    loop {
        cortex_m::asm::wfi();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
