//! Firmware for Stellaris' board LM3S6965: a Cortex-M3 with 256 kB of flash, 64 kB of RAM and an Ethernet
//! controller on chip. Room for a node, which may be a member of a community.

#![no_std]
#![no_main]

mod board;
mod ethernet;
mod frequency;
mod timer;
mod uart;

use cortex_m_rt::entry;
use p2pm_core::suite::{Sealed, Suite, Xor};
use p2pm_fw::app::Outcome;
use p2pm_fw::net::{Memory, UdpMemory};
use p2pm_fw::settings::{RoleSettings, SuiteName};
use p2pm_mcu::{Station, host, roles};
use smoltcp::iface::SocketStorage;

use self::board::{GUESSERS, LINKS, Lm3s6965, SEARCHERS};

/// Buffer of a socket each way, in bytes. A frame crosses in two halves, for want of memory.
const BUFFER: usize = 512;
/// Most connections of a node before a chat.
#[cfg(feature = "first-generation")]
const DOOR: usize = 2;
/// Sockets that wait for connections.
const BACKLOG: usize = 1;
/// Connections of a node of a circle: links, and two before that.
const CIRCLE_PLACES: usize = LINKS + 2;
/// Sockets of the largest role, the node of a circle, with the backlog and one that is closing.
const SOCKETS: usize = CIRCLE_PLACES + BACKLOG + 1;
/// Sockets with which an address is asked for.
const LEASE: usize = 1;

/// Datagrams that wait to be heard.
const WAITING: usize = 4;

#[entry]
fn main() -> ! {
    static mut STORAGE: [SocketStorage<'static>; SOCKETS + LEASE] =
        [const { SocketStorage::EMPTY }; SOCKETS + LEASE];
    static mut MEMORY: Memory<SOCKETS, BUFFER> = Memory::EMPTY;
    static mut DATAGRAMS: UdpMemory<WAITING, SEARCHERS> = UdpMemory::EMPTY;
    static mut STATION: Option<Station<Lm3s6965, SOCKETS>> = None;

    let mut settings = host::settings();
    let parts = board::start(&settings.address);
    let station = Station::start(STATION, parts, &mut settings, STORAGE, MEMORY, DATAGRAMS);
    station.set_backlog(BACKLOG);
    host::exit(play(station, settings.suite, settings.role))
}

fn play(station: &mut Station<Lm3s6965, SOCKETS>, suite: SuiteName, role: RoleSettings) -> Outcome {
    match (role, suite) {
        (RoleSettings::Circle(settings), _) => {
            roles::circle::<_, SOCKETS, CIRCLE_PLACES, GUESSERS>(station, settings)
        }
        (role, SuiteName::Sealed) => play_first_generation::<Sealed>(station, role),
        (role, SuiteName::Xor) => play_first_generation::<Xor>(station, role),
    }
}

#[cfg(feature = "first-generation")]
fn play_first_generation<S: Suite>(station: &mut Station<Lm3s6965, SOCKETS>, role: RoleSettings) -> Outcome {
    match role {
        RoleSettings::Node(settings) => roles::node::<S, _, SOCKETS, DOOR>(station, settings),
        RoleSettings::Join(settings) => roles::join::<S, _, SOCKETS, DOOR>(station, settings),
        _ => host::misconfigured("role: this board has no room for a community"),
    }
}

#[cfg(not(feature = "first-generation"))]
#[allow(clippy::extra_unused_type_parameters, reason = "of the other one, which takes its place")]
fn play_first_generation<S: Suite>(_: &mut Station<Lm3s6965, SOCKETS>, _: RoleSettings) -> Outcome {
    host::misconfigured("role: this image was built for a circle alone")
}
