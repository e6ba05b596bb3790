//! Discovery over the stack of a device, on an Ethernet in memory and on virtual time: its datagrams and its membership in
//! groups, beside hosts that are forged, frame by frame. What smoltcp would do is in `docs/SMOLTCP.md`.

mod bench;
mod datagrams;
mod lease;
mod membership;
mod searchers;
