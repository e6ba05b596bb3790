//! Board support, after the data sheet of the LM3S6965 microcontroller and the user's manual of its
//! evaluation board.

use cortex_m::Peripherals;
use p2pm_core::discovery;
use p2pm_core::node::Inline;
use p2pm_fw::net::{Address, Ethernet};
use p2pm_fw::settings::Faults;
use p2pm_mcu::clock::Clock;
use p2pm_mcu::{Hardware, Parts, host, registers};
use tock_registers::interfaces::{ReadWriteable, Readable, Writeable};
use tock_registers::registers::{ReadOnly, ReadWrite};
use tock_registers::{register_bitfields, register_structs};

use crate::ethernet::Stellaris;
use crate::frequency::CYCLES_PER_SECOND;
use crate::timer::Timer;
use crate::uart::Uart0;

const SYSTEM_CONTROL: usize = 0x400F_E000;
const PORT_A: usize = 0x4000_4000;

register_structs! {
    /// Section 5.4 of the data sheet.
    SystemControl {
        (0x000 => _identification),
        (0x050 => interrupts: ReadOnly<u32, RIS::Register>),
        (0x054 => _interrupt_masks),
        (0x060 => clock: ReadWrite<u32, RCC::Register>),
        (0x064 => _more_clock),
        (0x104 => gate_1: ReadWrite<u32, RCGC1::Register>),
        (0x108 => gate_2: ReadWrite<u32, RCGC2::Register>),
        (0x10C => @END),
    },
    /// Section 9.4.
    Port {
        (0x000 => _data),
        (0x420 => alternate: ReadWrite<u32>),
        (0x424 => _drive),
        (0x51C => digital: ReadWrite<u32>),
        (0x520 => @END),
    }
}

register_bitfields! [u32,
    RIS [PLL_LOCKED OFFSET(6) NUMBITS(1) []],
    RCC [
        DIVIDER OFFSET(23) NUMBITS(4) [By4 = 3],
        USE_DIVIDER OFFSET(22) NUMBITS(1) [],
        PLL_OFF OFFSET(13) NUMBITS(1) [],
        BYPASS OFFSET(11) NUMBITS(1) [],
        CRYSTAL OFFSET(6) NUMBITS(4) [Mhz8 = 0xE],
        SOURCE OFFSET(4) NUMBITS(2) [MainOscillator = 0],
        MAIN_OSCILLATOR_OFF OFFSET(0) NUMBITS(1) []
    ],
    RCGC1 [
        TIMER0 OFFSET(16) NUMBITS(1) [],
        UART0 OFFSET(0) NUMBITS(1) []
    ],
    RCGC2 [
        ETHERNET_PHY OFFSET(30) NUMBITS(1) [],
        ETHERNET_MAC OFFSET(28) NUMBITS(1) [],
        PORT_A OFFSET(0) NUMBITS(1) []
    ]
];

/// Links of a node of a circle.
pub const LINKS: usize = 4;
/// Networks that guess its passphrase and are remembered.
pub const GUESSERS: usize = 24;

/// Hosts whose searches are answered at the same time.
pub const SEARCHERS: usize = 4;

/// A started board.
pub struct Lm3s6965 {
    ethernet: Stellaris,
    uart: Uart0,
    timer: Timer,
}

/// Starts the hardware. To be called once, by `main`.
pub fn start(address: &Address) -> Parts<Lm3s6965> {
    start_clock();
    let Some(peripherals) = Peripherals::take() else { host::misconfigured("the board was started already") };
    let clock = Clock::start(peripherals.SYST, CYCLES_PER_SECOND);
    let hardware =
        Lm3s6965 { ethernet: Stellaris::start(address.hardware), uart: Uart0::start(), timer: Timer::get() };
    Parts { uart: Uart0::get(), clock, hardware }
}

/// Sets the processor to its highest frequency, and clocks the devices, in the order of the data sheet.
fn start_clock() {
    // SAFETY: these are their addresses on this board.
    let (control, port): (&SystemControl, &Port) = unsafe { (registers(SYSTEM_CONTROL), registers(PORT_A)) };
    control.clock.modify(RCC::BYPASS::SET + RCC::USE_DIVIDER::CLEAR + RCC::MAIN_OSCILLATOR_OFF::CLEAR);
    control.clock.modify(RCC::CRYSTAL::Mhz8 + RCC::SOURCE::MainOscillator + RCC::PLL_OFF::CLEAR);
    control.clock.modify(RCC::DIVIDER::By4 + RCC::USE_DIVIDER::SET);
    while !control.interrupts.is_set(RIS::PLL_LOCKED) {}
    control.clock.modify(RCC::BYPASS::CLEAR);
    control.gate_1.write(RCGC1::TIMER0::SET + RCGC1::UART0::SET);
    control.gate_2.write(RCGC2::ETHERNET_PHY::SET + RCGC2::ETHERNET_MAC::SET + RCGC2::PORT_A::SET);
    // A device can be used some cycles after its clock has started.
    cortex_m::asm::delay(16);
    // Pins 0 and 1 of the port are the serial line.
    port.alternate.set(0b11);
    port.digital.set(0b11);
}

impl Hardware for Lm3s6965 {
    type Wire = Ethernet<Stellaris>;
    type Uart = Uart0;
    type Memory = Inline<LINKS, { LINKS + 4 }, 8, 1024, 0, 1, GUESSERS>;
    type Neighbours = discovery::Inline<1, 8, 4, SEARCHERS>;
    const INTERRUPTS: &'static [u16] = &[Stellaris::INTERRUPT, Uart0::INTERRUPT, Timer::INTERRUPT];

    /// Takes the Ethernet. Faults are not supported, for want of memory.
    fn wire(faults: Faults) -> Self::Wire {
        if faults != Faults::default() {
            host::misconfigured("drop, corrupt: this board has no room for faults");
        }
        Ethernet::new(Stellaris::get())
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
