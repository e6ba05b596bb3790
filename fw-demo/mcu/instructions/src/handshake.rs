//! Cost of a handshake between a caller and a callee.

use core::net::{IpAddr, Ipv4Addr};

use p2pm_core::channel::Machine;
use p2pm_core::chat::{Callee, Caller, CallerEvent};
use p2pm_core::door::Door;
use p2pm_core::suite::Suite;
use p2pm_core::time::Instant;
use p2pm_core::wire::{EMPTY_FRAME, Frame, Turns};
use p2pm_mcu::clock::Clock;

use crate::cost::Cost;
use crate::inputs::{entropy, password};

const NOW: Instant = Instant::from_millis(0);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Cost until both sides are authenticated: the connecting side's and the listening side's.
pub fn cost_of_handshake<S: Suite>(clock: &Clock) -> Option<[Cost; 2]> {
    let mut door = Door::new(password().ok()?);
    let mut connecting = Caller::<S>::new(NOW, password().ok()?, Turns::Linear, None, entropy(1));
    let mut listening = Callee::<S>::new(NOW, HERE, entropy(2));
    let mut costs = [Cost::default(); 2];
    let [of_connecting, of_listening] = &mut costs;
    let mut frame = EMPTY_FRAME;
    // Twice in each direction: Hello and Hello, `Credentials` and `Welcome`.
    for _ in 0..2 {
        let listening = &mut listening.at(&mut door);
        pass(clock, (&mut connecting, of_connecting), (listening, of_listening), &mut frame);
        let event = pass(clock, (listening, of_listening), (&mut connecting, of_connecting), &mut frame);
        if event == Some(CallerEvent::Ringing) {
            return Some(costs);
        }
    }
    None
}

/// Carries the next frame of one machine to the other; returns the receiver's event.
fn pass<'f, M: Machine>(
    clock: &Clock,
    (from, of_sending): (&mut impl Machine, &mut Cost),
    (to, of_receiving): (&mut M, &mut Cost),
    frame: &'f mut Frame,
) -> Option<M::Event<'f>> {
    of_sending.add(clock, || from.poll_frame(NOW, frame));
    of_receiving.add(clock, || to.handle_frame(NOW, frame))
}
