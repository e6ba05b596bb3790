//! What happens should there be a panic.

use core::panic::PanicInfo;

use semihosting::process::ExitCode;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    defmt::error!("panic");
    ExitCode::FAILURE.exit_process()
}
