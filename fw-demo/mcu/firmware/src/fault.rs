//! What happens should something happen that cannot.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};

use crate::host;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if let Some(place) = info.location() {
        defmt::error!("panic at {}:{}", place.file(), place.line());
    }
    host::fail()
}

/// A stack that has outgrown its place gets no further than here: there is no room for the frame, and the processor
/// locks up. A device that nobody watches wants a watchdog.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    defmt::error!("fault at {=u32:#x}", frame.pc());
    host::fail()
}
