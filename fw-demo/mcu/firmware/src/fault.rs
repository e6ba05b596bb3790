//! Handlers for panics and faults.

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

/// A stack overflow does not get here: there is no room for the exception frame, and the processor locks up.
/// An unattended device needs a watchdog.
#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    defmt::error!("fault at {=u32:#x}", frame.pc());
    host::fail()
}
