//! Drives a machine over a byte stream. It never sleeps: it does what is possible now, and reports why it
//! stopped, so that the shell knows what to wait for.

mod connection;
mod datagrams;
mod io;
#[cfg(feature = "nal")]
pub mod nal;
mod pump;
#[cfg(test)]
mod tests;
mod transport;

pub use connection::{Connection, Interest};
pub use datagrams::{Datagrams, Exchanged, exchange};
pub use io::IoTransport;
pub use pump::{Buffers, Framing, Pumped, pump, send};
pub use transport::{Moved, Transport};
