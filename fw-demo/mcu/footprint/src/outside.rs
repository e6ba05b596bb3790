//! Inputs and outputs that are opaque to the compiler.

use core::fmt::{self, Display, Write as _};
use core::hint::black_box;
use core::net::{IpAddr, SocketAddr};
use core::num::{NonZeroU16, NonZeroU32};

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write, WriteReady};
use p2pm_core::discovery::{Arrival, InterfaceId, Outgoing, Reach};
use p2pm_core::drive::{Datagrams, IoTransport};
use p2pm_core::suite::{Entropy, Password};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Endpoint, Name, sanitise};

/// Any value of this type, as far as the compiler knows.
pub fn unknown<T: Default>() -> T {
    black_box(T::default())
}

/// The only interface of a small device.
pub const INTERFACE: InterfaceId = InterfaceId(NonZeroU32::MIN);

/// Byte stream that is ready, fails, or moves any number of bytes, even more than is possible.
pub struct Port;

/// A byte stream.
pub fn wire() -> IoTransport<Port> {
    IoTransport(Port)
}

impl ErrorType for Port {
    type Error = ErrorKind;
}

impl ReadReady for Port {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        black_box(Ok(false))
    }
}

impl Read for Port {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        black_box(into);
        black_box(Ok(0))
    }
}

impl WriteReady for Port {
    fn write_ready(&mut self) -> Result<bool, ErrorKind> {
        black_box(Ok(false))
    }
}

impl Write for Port {
    fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        black_box(from);
        black_box(Ok(0))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        black_box(Ok(()))
    }
}

impl Datagrams for Port {
    type Error = ErrorKind;

    fn send(&mut self, outgoing: &Outgoing, datagram: &[u8]) -> Result<(), ErrorKind> {
        black_box((outgoing, datagram));
        black_box(Ok(()))
    }

    fn receive(&mut self, into: &mut [u8]) -> Option<(usize, Arrival)> {
        black_box(into);
        let from = SocketAddr::new(address(), port().get());
        black_box(Some((0, Arrival { interface: INTERFACE, from, reach: black_box(Reach::Group) })))
    }
}

/// Any time.
pub fn now() -> Instant {
    Instant::from_millis(unknown())
}

/// Any entropy.
pub fn entropy() -> Entropy {
    Entropy::new(black_box([0; _]))
}

/// Any address.
pub fn address() -> IpAddr {
    black_box(IpAddr::from([0; 16]))
}

/// Any port.
pub fn port() -> NonZeroU16 {
    black_box(NonZeroU16::MIN)
}

/// Any text.
pub fn text() -> &'static str {
    black_box("")
}

/// Any password; an empty one is asked for again.
pub fn password() -> Password {
    loop {
        match Password::new(text().as_bytes()) {
            Ok(password) => return password,
            Err(error) => show(error),
        }
    }
}

/// Any name, if it is valid.
pub fn name() -> Option<Name> {
    Name::new(text().as_bytes()).map_err(show).ok()
}

/// Shows something to the user.
pub fn show(what: impl Display) {
    _ = write!(Screen, "{what}");
}

/// Shows a peer's text to the user.
pub fn show_text(text: &str) {
    show(sanitise(text));
}

/// Shows an endpoint. The standard library formats it, and can panic, as far as the compiler knows.
pub fn show_endpoint() {
    show(Endpoint::new(address(), port()));
}

struct Screen;

impl fmt::Write for Screen {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        black_box(Ok(()))
    }
}
