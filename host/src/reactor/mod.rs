//! What a program with many connections stands on: one thread, one epoll.
//!
//! A [`Tenant`] is such a program. [`run`] waits on its behalf, and polls whoever has something to do:
//!
//! ```text
//! wait ─▶ tell of sources, queue connections that are ready ─▶ fire timers ─▶ poll each queued connection once ─┐
//!   ▲                                                                                                           │
//!   └───────────────────────────── the tenant ends the poll: accept, read datagrams, take commands ◀────────────┘
//! ```
//!
//! Every step does a bounded amount of work. Whoever has more to do comes again with the next poll, after all others,
//! so nobody starves. Events are edges: what is ready is asked until it is empty.
//!
//! A tenant puts together what it needs besides: a [`Listener`](listener::Listener), a [`Dial`](dial::Dial) for a
//! connection being made, [`Datagrams`](datagrams::Datagrams), [`Commands`](commands::Commands) from other threads, a
//! [`Pool`](pool::Pool) of frames.

pub mod commands;
pub mod datagrams;
pub mod descriptors;
pub mod dial;
pub mod listener;
pub mod pool;
mod readiness;
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
