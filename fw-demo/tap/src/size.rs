//! How much of everything a role has.

use p2pm_fw::net::BACKLOG;

/// Bytes that a socket holds each way: four frames.
pub const BUFFER: usize = 4096;

/// Sockets that send their last, while others take their places.
const CLOSING: usize = 4;

/// How many stand at a node's door at once.
pub const DOOR: usize = 4;
/// Sockets of a node: those at its door, the one it talks with, and who comes next.
pub const NODE: usize = DOOR + 1 + BACKLOG + CLOSING;
/// Sockets of a node that is online: one more for the meeting place.
pub const ONLINE: usize = NODE + 1;
/// Sockets of whoever calls.
pub const CALL: usize = 1;

/// Users of a meeting place.
pub const USERS: usize = 16;
/// Connections of a meeting place: there is always one for whoever comes next, and for a few who are slow.
pub const PLACES: usize = USERS + 4;
/// Sockets of a meeting place.
pub const COMMUNITY: usize = PLACES + BACKLOG + CLOSING;
