//! What happens should something happen that cannot.

use core::panic::PanicInfo;

use cortex_m_rt::{ExceptionFrame, exception};
use semihosting::process::ExitCode;

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    if let Some(place) = info.location() {
        defmt::error!("panic at {}:{}", place.file(), place.line());
    }
    ExitCode::FAILURE.exit_process()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    defmt::error!("fault at {=u32:#x}", frame.pc());
    ExitCode::FAILURE.exit_process()
}
