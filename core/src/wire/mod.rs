//! Bytes on the wire: fixed-size frames and the typed messages in them.

mod endpoint;
mod name;
mod user;

pub use endpoint::Endpoint;
pub use name::{Name, NameError};
pub use user::{Change, User};
