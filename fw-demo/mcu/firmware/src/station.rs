//! A board that runs a role.

use core::marker::PhantomData;
use core::time::Duration;

use chacha20::rand_core::Rng;
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::wire::Ciphers;
use p2pm_fw::app::{
    self, Board, Clock as _, Console, Lookout, Next, NoFiles, Outcome, Performance, Role, Thermometer,
};
use p2pm_fw::net::{Memory, Stack, Udp, UdpMemory};
use p2pm_fw::settings::{Settings, SuiteName};
use smoltcp::iface::SocketStorage;

use crate::clock::Clock;
use crate::hardware::{Hardware, Parts, clear_interrupts, enable_interrupts};
use crate::host;
use crate::seed::{Random, SeedSource};
use crate::stack_usage;
use crate::terminal::Terminal;

/// Platform of a board with this many sockets.
pub struct Platform<H, const SOCKETS: usize>(PhantomData<H>);

impl<H: Hardware, const SOCKETS: usize> app::Platform for Platform<H, SOCKETS> {
    type Network = Stack<'static, H::Wire, SOCKETS, Udp<'static>>;
    type Clock = Clock;
    type Random = Random;
    type Terminal = Terminal<H::Uart>;
}

impl<H: Hardware, const SOCKETS: usize> app::Parts for Platform<H, SOCKETS> {
    type Storage = H::Memory;
    type Common = Portable;
    type Best = Portable;
    type Finder = Lookout<H::Neighbours>;
    type Files = NoFiles;
    type Application = Thermometer;

    fn ciphers() -> Ciphers {
        Ciphers { with_aes: false }
    }
}

/// A board and what it waits for.
pub struct Station<H: Hardware, const SOCKETS: usize> {
    pub(crate) board: Board<Platform<H, SOCKETS>>,
    hardware: H,
    seen: Seen,
}

/// Memory usage that was logged last.
#[derive(Clone, Copy)]
struct Seen {
    free_sockets: usize,
    stack: usize,
}

impl<H: Hardware, const SOCKETS: usize> Station<H, SOCKETS> {
    /// Brings a board onto its network. Ends the program if that would not be safe. The `storage` is for all sockets, and for one
    /// more, with which an address is asked for. Wipes what the settings
    /// and the moves of the start leave on the stack.
    pub fn start<const BUFFER: usize, const DATAGRAMS: usize, const SENDERS: usize>(
        place: &'static mut Option<Self>,
        parts: Parts<H>,
        settings: &mut Settings,
        storage: &'static mut [SocketStorage<'static>],
        memory: &'static mut Memory<SOCKETS, BUFFER>,
        datagrams: &'static mut UdpMemory<DATAGRAMS, SENDERS>,
    ) -> &'static mut Self {
        stack_usage::wipe();
        let station = Self::assemble(place, parts, settings, storage, memory, datagrams);
        stack_usage::wipe();
        station
    }

    #[inline(never)]
    fn assemble<const BUFFER: usize, const DATAGRAMS: usize, const SENDERS: usize>(
        place: &'static mut Option<Self>,
        parts: Parts<H>,
        settings: &mut Settings,
        storage: &'static mut [SocketStorage<'static>],
        memory: &'static mut Memory<SOCKETS, BUFFER>,
        datagrams: &'static mut UdpMemory<DATAGRAMS, SENDERS>,
    ) -> &'static mut Self {
        let Parts { uart, clock, hardware } = parts;
        let mut random = match (settings.seed(), settings.suite) {
            (Some(seed), _) => Random::from_seed(seed),
            (None, SuiteName::Xor) => {
                defmt::warn!("no seed: all that should be random is the same at every start");
                Random::without_a_seed()
            }
            (None, SuiteName::Sealed) => host::misconfigured("no seed: nothing would be sealed"),
        };
        enable_interrupts::<H>();
        let wire = H::wire(settings.faults);
        let udp = Udp::new(settings.address, random.next_u32(), datagrams);
        let secret = random.next_u64();
        let network = Stack::with(udp, wire, settings.address, secret, clock.now(), storage, memory);
        let console = Console::new(Terminal::new(uart));
        let seen = Seen { free_sockets: network.free_sockets(), stack: 0 };
        place.insert(Self { board: Board { network, clock, random, console }, hardware, seen })
    }

    /// Sets the number of sockets that wait for connections: see [`Stack::set_backlog`].
    pub fn set_backlog(&mut self, backlog: usize) {
        self.board.network.set_backlog(backlog);
    }

    /// Runs a role to its end, or until Ctrl-C stops it.
    pub(crate) fn play(&mut self, role: impl Role<Platform<H, SOCKETS>>) -> Outcome {
        // Left over from the start of the board and the role.
        stack_usage::wipe();
        let mut performance = Performance::new(role);
        loop {
            clear_interrupts(&mut self.hardware);
            let deadline = match performance.step(&mut self.board) {
                Next::Over(outcome) => {
                    self.tell_of_memory();
                    return outcome;
                }
                Next::Wait(deadline) => deadline,
            };
            self.look_at_memory();
            let is_awaited = self.board.console.is_awaited();
            let terminal = self.board.console.terminal_mut();
            terminal.collect(is_awaited);
            if terminal.take_interrupt() {
                performance.stop(&mut self.board);
            } else if !(is_awaited && terminal.has_typed() || self.hardware.has_frame()) {
                self.sleep(deadline);
            }
        }
    }

    /// Sleeps until an interrupt or the deadline. An interrupt since they were last
    /// [cleared](clear_interrupts) ends the sleep at once.
    fn sleep(&mut self, deadline: Option<Instant>) {
        let clock = &self.board.clock;
        // The clock must be read more than once per round.
        let longest = clock.round() / 2;
        let time = deadline.map_or(longest, |deadline| deadline.since(clock.now()).min(longest));
        if time > Duration::ZERO {
            self.hardware.set_timer(clock.cycles_in(time).max(1));
            cortex_m::asm::wfi();
        }
    }

    /// Logs the memory usage if it has changed.
    fn look_at_memory(&mut self) {
        if self.board.network.free_sockets() != self.seen.free_sockets {
            self.tell_of_memory();
        }
    }

    fn tell_of_memory(&mut self) {
        let seen = Seen { free_sockets: self.board.network.free_sockets(), stack: stack_usage::high_water() };
        if seen.free_sockets != self.seen.free_sockets {
            defmt::info!("sockets: {} free of {}", seen.free_sockets, SOCKETS);
        }
        if seen.stack != self.seen.stack {
            defmt::info!("stack: {} bytes used", seen.stack);
        }
        self.seen = seen;
    }
}
