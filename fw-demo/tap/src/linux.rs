//! Parts of a board on Linux.

use std::net::{Ipv4Addr, UdpSocket};
use std::os::fd::AsFd;

use getrandom::SysRng;
use p2pm_core::discovery;
use p2pm_core::limits::{GUESSER_WAYS, HELD_TEXTS};
use p2pm_core::node::Inline;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::Ciphers;
use p2pm_fw::app::{
    self, Board, Clock as _, Console, Lookout, Network, Next, Parts, Performance, Platform, Role,
};
use p2pm_fw::net::{Address, Ethernet, Memory, Stack, Udp, UdpMemory};
use p2pm_fw::settings::Faults;
use p2pm_posix::clock::Clock;
use p2pm_posix::exit::Exit;
use p2pm_posix::suite;
use rand_core::{Rng, UnwrapErr};
use smoltcp::iface::SocketStorage;
use smoltcp::phy::{FaultInjector, PcapMode, PcapWriter};

use crate::capture::Capture;
use crate::files::Files;
use crate::options::{LinkOptions, Options};
use crate::size::{ANSWERS, CONTACTS, DATAGRAMS, PEERS, SEARCHERS, TEXTS, TEXTS_LEN, TRANSFERS};
use crate::stop::{Stop, complain, exit_status};
use crate::tap::Tap;
use crate::terminal::Terminal;
use crate::wait::{Waiter, Woken};

/// Ethernet of a board: the capture shows what smoltcp sends and receives, faults included. Without capture
/// and faults both layers let everything pass.
pub type Wire = PcapWriter<FaultInjector<Ethernet<Tap>>, Capture>;

/// Linux as the platform of a board with this many sockets.
pub struct Linux<const SOCKETS: usize>;

impl<const SOCKETS: usize> Platform for Linux<SOCKETS> {
    type Network = Stack<'static, Wire, SOCKETS, Udp<'static>>;
    type Clock = LinuxClock;
    type Random = UnwrapErr<SysRng>;
    type Terminal = Terminal;
}

impl<const SOCKETS: usize> Parts for Linux<SOCKETS> {
    type Storage = Inline<CONTACTS, CONTACTS, TEXTS, TEXTS_LEN, TRANSFERS, 1, GUESSER_WAYS, HELD_TEXTS>;
    type Common = suite::Fast;
    type Best = suite::Best;
    type Finder = Lookout<discovery::Inline<1, PEERS, ANSWERS, SEARCHERS>>;
    type Files = Files;
    type Application = ();

    fn ciphers() -> Ciphers {
        suite::ciphers()
    }
}

/// Monotonic clock of the process as that of a board.
pub struct LinuxClock(Clock);

impl app::Clock for LinuxClock {
    fn now(&self) -> Instant {
        self.0.now()
    }
}

/// A board that plays one role, and what it waits for.
pub(crate) struct Station<const SOCKETS: usize> {
    pub(crate) board: Board<Linux<SOCKETS>>,
    waiter: Waiter,
    tap: String,
}

impl<const SOCKETS: usize> Station<SOCKETS> {
    /// Starts the board. The memory of its sockets is allocated once and leaked: there is one station per
    /// process. Each has a buffer of `BUFFER` bytes each way.
    pub(crate) fn start<S: Suite, const BUFFER: usize>(
        options: &Options,
        address: Address,
    ) -> Result<Self, Stop> {
        let LinkOptions { tap: name, .. } = &options.link;
        let tap = Tap::open(name).map_err(|error| options.link.advise(&error))?;
        if let Some(ip) = address.ip.map(|ip| ip.address()).filter(|ip| is_of_this_machine(*ip)) {
            let why = format!("--ip {ip}: this machine has this address; the device needs one of its own");
            return Err(Stop::Usage(why));
        }
        let waiter = Waiter::new(tap.as_fd().try_clone_to_owned()?)?;
        let clock = Clock::start();
        let mut random = UnwrapErr(SysRng);
        let wire = wire(tap, &options.link, random.next_u32())?;
        // One more asks for an address.
        let storage = Box::leak((0..=SOCKETS).map(|_| SocketStorage::EMPTY).collect::<Box<[_]>>());
        let memory = Box::leak(Box::new(Memory::<SOCKETS, BUFFER>::EMPTY));
        let datagrams = Box::leak(Box::new(UdpMemory::<DATAGRAMS, SEARCHERS>::EMPTY));
        let udp = Udp::new(address, random.next_u32(), datagrams);
        let network = Stack::with(udp, wire, address, random.next_u64(), clock.now(), storage, memory);
        let clock = LinuxClock(clock);
        let mut board = Board { network, clock, random, console: Console::new(Terminal::of_process()?) };
        if let Some(caution) = S::CAUTION {
            board.console.say(caution);
        }
        let mut station = Self { board, waiter, tap: name.clone() };
        if address.ip.is_none() {
            station.await_address()?;
        }
        Ok(station)
    }

    /// Waits until a server has given the device an address.
    fn await_address(&mut self) -> Result<(), Stop> {
        let Board { network, clock, console, .. } = &mut self.board;
        loop {
            network.poll(clock.now());
            if let Some(ip) = network.address() {
                console.say(format_args!("this device is {ip}"));
                return Ok(());
            }
            match self.waiter.wait(None, clock.0.until(network.deadline())) {
                Woken::ToGoOn => {}
                Woken::ToEnd => return Err(Stop::Failure("ended before it had an address".to_owned())),
                Woken::Stranded => return Err(Stop::Failure(format!("{} is gone", self.tap))),
            }
        }
    }

    /// Plays the role to its end, or until a signal stops it. `told` is the exit status in that case, if it
    /// is not the role's outcome. Without its TAP it ends at once, since no peer can be reached.
    pub(crate) fn play(self, role: impl Role<Linux<SOCKETS>>, told: Option<Exit>) -> Exit {
        let Self { mut board, waiter, tap } = self;
        let mut performance = Performance::new(role);
        let mut is_told = false;
        loop {
            let deadline = match performance.step(&mut board) {
                Next::Over(outcome) => {
                    return told.filter(|_| is_told).unwrap_or_else(|| exit_status(outcome));
                }
                Next::Wait(deadline) => deadline,
            };
            let timeout = board.clock.0.until(deadline);
            let console = &board.console;
            let input = console.is_awaited().then(|| console.terminal().input());
            match waiter.wait(input, timeout) {
                Woken::ToGoOn => {}
                Woken::ToEnd => {
                    is_told = true;
                    performance.stop(&mut board);
                }
                Woken::Stranded => {
                    complain(format_args!("{tap} is gone"));
                    return Exit::Failure;
                }
            }
        }
    }
}

/// Whether this machine has the address itself, and would keep packets for the device. No packet is sent.
fn is_of_this_machine(ip: Ipv4Addr) -> bool {
    let source = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((ip, 9))?;
        socket.local_addr()
    });
    // Only to its own address would it send from that address.
    source.is_ok_and(|source| source.ip() == ip)
}

fn wire(tap: Tap, options: &LinkOptions, seed: u32) -> Result<Wire, Stop> {
    // The generator never leaves the state 0.
    let mut faulty = FaultInjector::new(Ethernet::new(tap), seed | 1);
    let Faults { drop, corrupt } = options.faults();
    faulty.set_drop_chance(drop);
    faulty.set_corrupt_chance(corrupt);
    let capture = match &options.pcap {
        None => Capture::default(),
        Some(path) => {
            Capture::create(path).map_err(|error| Stop::Failure(format!("{}: {error}", path.display())))?
        }
    };
    Ok(PcapWriter::new(faulty, capture, PcapMode::Both))
}
