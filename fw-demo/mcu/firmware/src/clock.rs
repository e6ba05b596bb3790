//! Clock on the processor's `SysTick`.
//!
//! `SysTick` counts 24 bits down and wraps without an interrupt. Each reading adds up the cycles since the
//! last one. An interrupt that counts wraps would lose some on a busy emulator's host, and so lose time for
//! good; here a wrap is lost only if the clock is not read for a whole round, see [`Clock::round`].

use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use p2pm_core::time::Instant;
use p2pm_fw::app;

/// Largest count of `SysTick`.
const RELOAD: u32 = 0xFF_FFFF;

/// Milliseconds at the last reading: the timestamp of log lines.
static LAST_ASKED: AtomicU32 = AtomicU32::new(0);

defmt::timestamp!("{=u32:ms}", LAST_ASKED.load(Ordering::Relaxed));

/// Clock in milliseconds since its start.
pub struct Clock {
    cycles_per_milli: u32,
    /// Last reading of `SysTick`.
    shown: Cell<u32>,
    /// Cycles since the start.
    cycles: Cell<u64>,
}

impl Clock {
    /// Starts `SysTick` with the processor's clock, whose frequency is given in Hz.
    pub fn start(mut systick: SYST, cycles_per_second: u32) -> Self {
        systick.set_clock_source(SystClkSource::Core);
        systick.set_reload(RELOAD);
        systick.clear_current();
        systick.enable_counter();
        Self {
            cycles_per_milli: cycles_per_second / 1000,
            shown: Cell::new(SYST::get_current()),
            cycles: Cell::new(0),
        }
    }

    /// Period of `SysTick`. The clock must be read more often.
    pub fn round(&self) -> Duration {
        Duration::from_millis(u64::from(RELOAD / self.cycles_per_milli))
    }

    /// Converts a time to cycles; saturates.
    pub fn cycles_in(&self, time: Duration) -> u32 {
        let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        millis.saturating_mul(self.cycles_per_milli)
    }

    /// Cycles since the start.
    pub fn cycles(&self) -> u64 {
        let shown = SYST::get_current();
        let passed = self.shown.replace(shown).wrapping_sub(shown) & RELOAD;
        let cycles = self.cycles.get().wrapping_add(passed.into());
        self.cycles.set(cycles);
        cycles
    }
}

impl app::Clock for Clock {
    /// Rounded down to a millisecond.
    fn now(&self) -> Instant {
        let millis = self.cycles() / u64::from(self.cycles_per_milli);
        #[allow(
            clippy::cast_possible_truncation,
            reason = "a log that begins again after 49 days is still read"
        )]
        LAST_ASKED.store(millis as u32, Ordering::Relaxed);
        Instant::from_millis(millis)
    }
}
