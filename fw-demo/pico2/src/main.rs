//! p2pm on a real board, as an example of a port: `W5500-EVB-Pico2` of `WIZnet`, which is a Raspberry Pi Pico 2 (a Cortex-M33 with
//! a generator of random numbers for keys) with the Ethernet controller W5500. It is a thermometer in a circle.
//!
//! | part | is |
//! |---|---|
//! | clock | `clock.rs` |
//! | generator | `generator.rs` |
//! | controller | `controller.rs` |
//! | store, and the settings | `flash.rs` |
//! | console | UART 0, at 115,200 bit/s on pins 0 and 1 |
//! | sleep | [`wait`], in embassy's terms; everything else is polled |

#![no_std]
#![no_main]

mod clock;
mod controller;
mod flash;
mod generator;

use core::future::pending;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::Rng;
use embassy_executor::Spawner;
use embassy_futures::select::select3;
use embassy_rp::bind_interrupts;
use embassy_rp::flash::{ERASE_SIZE, Flash};
use embassy_rp::gpio::{Input, Level, Output, Pull};
use embassy_rp::peripherals::{SPI0, TRNG, UART0};
use embassy_rp::spi::{self, Spi};
use embassy_rp::trng::{self, Trng};
use embassy_rp::uart::{self, BufferedUart};
use embassy_time::{Delay, Timer};
use embedded_hal_bus::spi::ExclusiveDevice;
use embedded_io_async::BufRead;
use p2pm_core::discovery;
use p2pm_core::door::{Door, Guesser};
use p2pm_core::limits::GUESSER_WAYS;
use p2pm_core::node::Inline;
use p2pm_core::suite::aead::Portable;
use p2pm_core::time::Instant;
use p2pm_core::wire::Ciphers;
use p2pm_fw::app::{
    self, Board, Circle, CircleSetup, Clock as _, Console, Listener, Lookout, Membership, Next, NoFiles,
    Performance, Thermometer,
};
use p2pm_fw::identity;
use p2pm_fw::net::{BACKLOG, Ethernet, Memory, Stack, Udp, UdpMemory};
use p2pm_fw::settings::{CircleSettings, RoleSettings, Settings};
use panic_halt as _;
use smoltcp::iface::SocketStorage;
use static_cell::ConstStaticCell;
use w5500_ll::eh1::vdm::W5500;

use self::clock::{Clock, moment};
use self::controller::Wiznet;
use self::flash::{Chip, KeyPlace};

/// Links of the node.
const LINKS: usize = 8;
/// Its connections: links, and four before that.
const PLACES: usize = LINKS + 4;
/// Sockets: with those that wait for connections, and one that is closing.
const SOCKETS: usize = PLACES + BACKLOG + 1;
/// Buffer of a socket each way, in bytes: two frames.
const BUFFER: usize = 2048;
/// Hosts whose searches are answered at the same time.
const SEARCHERS: usize = 8;
/// Datagrams that wait to be heard.
const WAITING: usize = 8;
/// Longest settings, in bytes.
const SETTINGS_MAX: usize = 1024;

/// How fast the controller is asked: it can do 33 MHz for sure.
const BUS_HZ: u32 = 30_000_000;

bind_interrupts!(struct Interrupts {
    TRNG_IRQ => trng::InterruptHandler<TRNG>;
    UART0_IRQ => uart::BufferedInterruptHandler<UART0>;
});

type Bus = ExclusiveDevice<Spi<'static, SPI0, spi::Blocking>, Output<'static>, Delay>;

/// The board, for the roles.
struct Pico2;

impl app::Platform for Pico2 {
    type Network = Stack<'static, Ethernet<Wiznet<W5500<Bus>>>, SOCKETS, Udp<'static>>;
    type Clock = Clock;
    type Random = ChaCha20Rng;
    type Terminal = BufferedUart;
}

impl app::Parts for Pico2 {
    type Storage = Inline<LINKS, { 2 * LINKS }, 16, 4096, 0, 1>;
    type Common = Portable;
    type Best = Portable;
    type Finder = Lookout<discovery::Inline<1, 16, SEARCHERS, SEARCHERS>>;
    type Files = NoFiles;
    type Application = Thermometer;

    fn ciphers() -> Ciphers {
        Ciphers { with_aes: false }
    }
}

/// Of all sockets, and the one with which an address is asked for.
static STORAGE: ConstStaticCell<[SocketStorage<'static>; SOCKETS + 1]> =
    ConstStaticCell::new([const { SocketStorage::EMPTY }; SOCKETS + 1]);
static MEMORY: ConstStaticCell<Memory<SOCKETS, BUFFER>> = ConstStaticCell::new(Memory::EMPTY);
static DATAGRAMS: ConstStaticCell<UdpMemory<WAITING, SEARCHERS>> = ConstStaticCell::new(UdpMemory::EMPTY);
static SENT: ConstStaticCell<[u8; 256]> = ConstStaticCell::new([0; 256]);
static TYPED: ConstStaticCell<[u8; 256]> = ConstStaticCell::new([0; 256]);

#[embassy_executor::main]
async fn main(_spawner: Spawner) {
    let p = embassy_rp::init(embassy_rp::config::Config::default());
    let mut chip: Chip = Flash::new_blocking(p.FLASH);
    let uart = uart::Config::default();
    let terminal = BufferedUart::new(p.UART0, p.PIN_0, p.PIN_1, Interrupts, SENT.take(), TYPED.take(), uart);
    let mut console = Console::new(terminal);

    let mut text = [0; SETTINGS_MAX];
    let settings = match Settings::parse(flash::settings(&mut chip, &mut text)) {
        Ok(settings) => settings,
        Err(error) => return console.say(error),
    };
    let RoleSettings::Circle(circle) = settings.role else { return console.say("role should be circle") };

    let mut random = generator::seeded(&mut Trng::new(p.TRNG, Interrupts, trng::Config::default()));
    let mut config = spi::Config::default();
    config.frequency = BUS_HZ;
    let spi = Spi::new_blocking(p.SPI0, p.PIN_18, p.PIN_19, p.PIN_16, config);
    let Ok(bus) = ExclusiveDevice::new(spi, Output::new(p.PIN_17, Level::High), Delay);
    // The controller is ready a millisecond after its reset.
    let mut reset = Output::new(p.PIN_20, Level::Low);
    Timer::after_millis(1).await;
    reset.set_high();
    Timer::after_millis(2).await;
    let Some(controller) = Wiznet::start(W5500::new(bus), settings.address.hardware.0) else {
        return console.say("the Ethernet controller does not answer");
    };
    let mut frames = Input::new(p.PIN_21, Pull::Up);

    let udp = Udp::new(settings.address, random.next_u32(), DATAGRAMS.take());
    let wire = Ethernet::new(controller);
    let (storage, memory, secret) = (STORAGE.take(), MEMORY.take(), random.next_u64());
    let network = Stack::with(udp, wire, settings.address, secret, Clock.now(), storage, memory);
    let mut board = Board::<Pico2> { network, clock: Clock, random, console };
    match board.listen(circle.port.get()) {
        Ok(listener) => play(&mut board, listener, circle, &mut chip, &mut frames).await,
        Err(error) => board.console.say(error),
    }
}

/// Is a node of the circle, for good.
async fn play(
    board: &mut Board<Pico2>,
    listener: Listener<Pico2>,
    settings: CircleSettings,
    chip: &mut Chip,
    frames: &mut Input<'static>,
) {
    let mut sector = [0; ERASE_SIZE];
    let (identity, kept) = identity::kept_in(&mut KeyPlace::new(chip, &mut sector), &mut board.random);
    board.console.say(kept);
    let membership = Membership {
        identity,
        name: settings.name,
        port: settings.port,
        number: settings.number,
        // A table of a single set does not use its key.
        door: Door::with_guessers(settings.passphrase, [Guesser::EMPTY; GUESSER_WAYS], [0; _]),
        connect: settings.peer,
        policy: settings.admission.policy(),
    };
    let mut node = membership.node(board);
    let setup = CircleSetup {
        finder: Lookout::new(board, settings.port, discovery::Rows::default()),
        addressee: None,
        admission: settings.admission,
        application: Thermometer::default(),
        files: NoFiles,
    };
    let circle = Circle::<_, PLACES, 0>::new(board, listener, &mut node, setup);
    let mut performance = Performance::new(circle);
    while let Next::Wait(deadline) = performance.step(board) {
        wait(&mut board.console, frames, deadline).await;
    }
}

/// Sleeps until a frame has come, something is typed that is waited for, or the deadline.
async fn wait(console: &mut Console<BufferedUart>, frames: &mut Input<'static>, deadline: Option<Instant>) {
    let is_awaited = console.is_awaited();
    let terminal = console.terminal_mut();
    let typed = async {
        if !is_awaited || terminal.fill_buf().await.is_err() {
            pending::<()>().await;
        }
    };
    let due = async {
        match deadline {
            Some(deadline) => Timer::at(moment(deadline)).await,
            None => pending().await,
        }
    };
    select3(frames.wait_for_low(), typed, due).await;
}
