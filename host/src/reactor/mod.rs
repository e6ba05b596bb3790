//! Event loop for a program with many connections: one thread, one epoll instance.
//!
//! A [`Tenant`] is such a program. [`run`] waits for it and polls its connections:
//!
//! ```text
//! wait ─▶ tell of sources, queue connections that are ready ─▶ fire timers ─▶ poll each queued connection once ─┐
//!   ▲                                                                                                           │
//!   └───────────────────────────── the tenant ends the poll: accept, read datagrams, take commands ◀────────────┘
//! ```
//!
//! Every step does a bounded amount of work. A connection with more to do is queued again, behind all others,
//! so none starves. Events are edge-triggered: a ready source is read until it is empty.
//!
//! A tenant adds what else it needs: a [`Listener`](listener::Listener), a [`Dial`](dial::Dial) for an
//! outgoing connection, [`Datagrams`](datagrams::Datagrams), [`Commands`](commands::Commands) from other
//! threads, a [`Pool`](pool::Pool) of frames.

pub mod commands;
pub mod datagrams;
pub mod descriptors;
pub mod dial;
pub mod edge;
pub mod listener;
pub mod pool;
mod schedule;
mod slots;
pub(crate) mod socket;
mod tenant;
mod timeline;
mod token;
pub mod transport;

pub use self::schedule::Reactor;
pub use self::tenant::{Tenant, run};
pub use self::token::{Key, SLOTS_MAX, Source};
