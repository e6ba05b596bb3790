//! Drives a machine over a byte stream. It never sleeps: it does what can be done now, and says why it
//! stopped, so that the shell knows what to wait for.

mod connection;
#[cfg(feature = "nal")]
pub mod nal;
mod pump;
pub mod stream;
mod transport;

pub use connection::{Connection, Interest};
pub use pump::{Buffers, Link, Pumped, pump};
pub use transport::{Moved, Transport};
