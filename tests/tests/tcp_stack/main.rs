//! What only the stack of a device has to prove: the life of its sockets, its deadlines, and that no packet
//! can harm it.

mod closing;
mod deadlines;
mod garbage;
mod guard;
mod hosts;
mod listening;
