//! A bare socket of smoltcp on the TAP.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use p2pm_fw::net::Ethernet;
use p2pm_tap::tap::Tap;
use p2pm_tests::namespace::{DEVICE, DEVICE_CIDR};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use smoltcp::iface::{Config, Interface, SocketSet, SocketStorage};
use smoltcp::socket::tcp;
use smoltcp::wire::{EthernetAddress, Ipv4Cidr};

const PORT: u16 = 5460;
/// Delay of acknowledgements, the same as on the device, whose smoltcp has an accelerated clock.
const ACKNOWLEDGEMENT_DELAY: smoltcp::time::Duration = smoltcp::time::Duration::from_millis(2);

/// Where it listens; so does a node for chats on the device.
pub fn device_address() -> SocketAddr {
    SocketAddr::new(DEVICE.parse().expect("an address"), PORT)
}

/// Serves one connection to its end, with a buffer of so many bytes each way. `step` does what is possible with it now; false if
/// that was nothing.
pub fn serve(tap: Tap, buffer: usize, mut step: impl FnMut(&mut tcp::Socket<'_>) -> bool) {
    let mut device = Ethernet::new(tap);
    let clock = Instant::now();
    let now = || smoltcp::time::Instant::ZERO + clock.elapsed().into();
    let mut interface =
        Interface::new(Config::new(EthernetAddress([2, 0, 0, 0, 0, 1]).into()), &mut device, now());
    let address: Ipv4Cidr = DEVICE_CIDR.parse().expect("an address");
    interface.update_ip_addrs(|addresses| addresses.push(address.into()).expect("room for one"));
    let (mut received, mut to_send) = (vec![0; buffer], vec![0; buffer]);
    let mut socket = tcp::Socket::new(
        tcp::SocketBuffer::new(received.as_mut_slice()),
        tcp::SocketBuffer::new(to_send.as_mut_slice()),
    );
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(Some(ACKNOWLEDGEMENT_DELAY));
    socket.listen(PORT).expect("a port");
    let mut storage = [SocketStorage::EMPTY];
    let mut sockets = SocketSet::new(storage.as_mut_slice());
    let handle = sockets.add(socket);
    loop {
        interface.poll(now(), &mut device, &mut sockets);
        let socket = sockets.get_mut::<tcp::Socket<'_>>(handle);
        if step(socket) {
            continue;
        }
        if socket.state() == tcp::State::CloseWait {
            socket.close();
        }
        if !socket.is_open() {
            return;
        }
        wait(device.controller(), interface.poll_delay(now(), &sockets).map(Duration::from));
    }
}

fn wait(tap: &Tap, timeout: Option<Duration>) {
    let timeout = timeout.map(|timeout| Timespec::try_from(timeout).expect("not far away"));
    poll(&mut [PollFd::new(tap, PollFlags::IN)], timeout.as_ref()).expect("poll(2) works");
}
