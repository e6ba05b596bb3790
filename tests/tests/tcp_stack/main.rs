//! What only the stack of a device has to prove: what becomes of its sockets, when it wants to be polled, and that
//! nothing that comes over the wire can harm it.

mod closing;
mod deadlines;
mod forgery;
mod garbage;
mod guard;
mod hosts;
mod listening;
