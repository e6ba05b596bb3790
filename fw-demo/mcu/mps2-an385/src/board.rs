//! Board support, after Arm's application note AN385, "Cortex-M3 SMM on V2M-MPS2".

use cortex_m::Peripherals;
use p2pm_core::discovery;
use p2pm_core::limits::{GUESSER_WAYS, HELD_TEXTS};
use p2pm_core::node::Inline;
use p2pm_fw::net::{Address, Ethernet};
use p2pm_fw::settings::Faults;
use p2pm_mcu::clock::Clock;
use p2pm_mcu::{Hardware, Parts, host};
use smoltcp::phy::FaultInjector;

use crate::ethernet::Lan9118;
use crate::frequency::CYCLES_PER_SECOND;
use crate::timer::Timer;
use crate::uart::Uart0;

/// Links of a node of a circle.
pub const LINKS: usize = 8;

/// Hosts whose searches are answered at the same time.
pub const SEARCHERS: usize = 16;

/// A started board.
pub struct Mps2 {
    ethernet: Lan9118,
    uart: Uart0,
    timer: Timer,
}

/// Starts the hardware. To be called once, by `main`.
pub fn start(address: &Address) -> Parts<Mps2> {
    let Some(peripherals) = Peripherals::take() else { host::misconfigured("the board was started already") };
    let clock = Clock::start(peripherals.SYST, CYCLES_PER_SECOND);
    let hardware =
        Mps2 { ethernet: Lan9118::start(address.hardware), uart: Uart0::start(), timer: Timer::get() };
    Parts { uart: Uart0::get(), clock, hardware }
}

impl Hardware for Mps2 {
    type Wire = FaultInjector<Ethernet<Lan9118>>;
    type Uart = Uart0;
    type Memory = Inline<LINKS, { 2 * LINKS }, 32, 8192, 0, 1, GUESSER_WAYS, HELD_TEXTS>;
    type Neighbours = discovery::Inline<1, 32, 16, SEARCHERS>;
    const INTERRUPTS: &'static [u16] = &[Lan9118::INTERRUPT, Uart0::INTERRUPT, Timer::INTERRUPT];

    /// Takes the Ethernet, with faults injected by smoltcp. Without faults the injector lets everything pass.
    fn wire(faults: Faults) -> Self::Wire {
        // The constant seed makes the faults reproducible.
        let mut wire = FaultInjector::new(Ethernet::new(Lan9118::get()), 1);
        wire.set_drop_chance(faults.drop);
        wire.set_corrupt_chance(faults.corrupt);
        wire
    }

    fn has_frame(&self) -> bool {
        self.ethernet.has_frame()
    }

    fn acknowledge(&mut self) {
        self.ethernet.acknowledge();
        self.uart.acknowledge();
        self.timer.acknowledge();
    }

    fn set_timer(&mut self, cycles: u32) {
        self.timer.set(cycles);
    }
}
