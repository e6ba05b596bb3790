//! Firmware for Arm's board MPS2 with the FPGA image AN385: a Cortex-M3 and an Ethernet controller LAN9118.

#![no_std]
#![no_main]

mod board;
mod ethernet;
mod frequency;
mod timer;
mod uart;

use cortex_m_rt::entry;
use p2pm_core::limits::GUESSER_WAYS;
use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_fw::app::Outcome;
use p2pm_fw::net::{BACKLOG, Memory, UdpMemory};
use p2pm_fw::settings::{RoleSettings, SuiteName};
use p2pm_mcu::{Station, host, roles};
use smoltcp::iface::SocketStorage;

use self::board::{LINKS, Mps2, SEARCHERS};

/// Buffer of a socket each way, in bytes: four frames.
const BUFFER: usize = 4096;
/// Most connections of a node before a chat.
const DOOR: usize = 4;
/// Connections of a node of a circle: links, and four before that.
const CIRCLE_PLACES: usize = LINKS + 4;
/// Users of a community.
const USERS: usize = 16;
/// Connections of a community: four more than users, for new and slow ones.
const PLACES: usize = USERS + 4;
/// Sockets that are closing while others are in use.
const CLOSING: usize = 4;
/// Sockets of the largest role, the community.
const SOCKETS: usize = PLACES + BACKLOG + CLOSING;
/// Sockets with which an address is asked for.
const LEASE: usize = 1;

/// Datagrams that wait to be heard.
const WAITING: usize = 16;

#[entry]
fn main() -> ! {
    static mut STORAGE: [SocketStorage<'static>; SOCKETS + LEASE] =
        [const { SocketStorage::EMPTY }; SOCKETS + LEASE];
    static mut MEMORY: Memory<SOCKETS, BUFFER> = Memory::EMPTY;
    static mut DATAGRAMS: UdpMemory<WAITING, SEARCHERS> = UdpMemory::EMPTY;
    static mut STATION: Option<Station<Mps2, SOCKETS>> = None;

    let mut settings = host::settings();
    let parts = board::start(&settings.address);
    let station = Station::start(STATION, parts, &mut settings, STORAGE, MEMORY, DATAGRAMS);
    host::exit(match settings.suite {
        SuiteName::Sealed => play::<Sealed>(station, settings.role),
        SuiteName::Xor => play::<Xor>(station, settings.role),
    })
}

fn play<S: Suite>(station: &mut Station<Mps2, SOCKETS>, role: RoleSettings) -> Outcome {
    match role {
        RoleSettings::Node(settings) => roles::node::<S, _, SOCKETS, DOOR>(station, settings),
        RoleSettings::Join(settings) => roles::join::<S, _, SOCKETS, DOOR>(station, settings),
        RoleSettings::Community(settings) => {
            roles::community::<S, _, SOCKETS, USERS, PLACES>(station, settings)
        }
        RoleSettings::Circle(settings) => {
            roles::circle::<_, SOCKETS, CIRCLE_PLACES, GUESSER_WAYS>(station, settings)
        }
    }
}
