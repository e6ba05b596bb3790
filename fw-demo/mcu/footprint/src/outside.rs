//! What comes from outside, of which the compiler knows nothing, and what goes there.

use core::fmt::{self, Display, Write};
use core::hint::black_box;
use core::net::IpAddr;
use core::num::NonZeroU16;

use p2pm_core::drive::{Moved, Transport};
use p2pm_core::suite::{Entropy, Password};
use p2pm_core::time::Instant;
use p2pm_core::wire::{Name, sanitise};

/// Any value of this type, as far as the compiler can tell.
pub fn unknown<T: Default>() -> T {
    black_box(T::default())
}

/// A stream that moves as many bytes as it likes, even more than it could.
pub struct Wire;

impl Wire {
    fn moved() -> Moved {
        black_box(Moved::Blocked)
    }
}

impl Transport for Wire {
    fn receive(&mut self, into: &mut [u8]) -> Moved {
        black_box(into);
        Self::moved()
    }

    fn send(&mut self, from: &[u8]) -> Moved {
        black_box(from);
        Self::moved()
    }
}

/// Some time.
pub fn now() -> Instant {
    Instant::from_millis(unknown())
}

/// Some random bytes.
pub fn entropy() -> Entropy {
    Entropy::new(black_box([0; _]))
}

/// Some address.
pub fn address() -> IpAddr {
    black_box(IpAddr::from([0; 16]))
}

/// Some port.
pub fn port() -> NonZeroU16 {
    black_box(NonZeroU16::MIN)
}

/// Some text.
pub fn text() -> &'static str {
    black_box("")
}

/// Some password; an empty one is none, and asked for again.
pub fn password() -> Password {
    loop {
        match Password::new(text().as_bytes()) {
            Ok(password) => return password,
            Err(error) => show(error),
        }
    }
}

/// Some name, if it is one.
pub fn name() -> Option<Name> {
    Name::new(text().as_bytes()).map_err(show).ok()
}

/// Shows something to the user.
pub fn show(what: impl Display) {
    _ = write!(Screen, "{what}");
}

/// Shows to the user what somebody else has written.
pub fn show_text(text: &str) {
    show(sanitise(text));
}

struct Screen;

impl Write for Screen {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        black_box(text);
        black_box(Ok(()))
    }
}
