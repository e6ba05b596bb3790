//! Sizes of the roles.

use p2pm_fw::net::BACKLOG;

/// Buffer of a socket each way, in bytes: four frames.
pub const BUFFER: usize = 4096;

/// Sockets that are closing while others are in use.
const CLOSING: usize = 4;

/// Most connections of a node before a chat.
pub const DOOR: usize = 4;
/// Sockets of a node: connections before a chat, the chat, the backlog and closing ones.
pub const NODE: usize = DOOR + 1 + BACKLOG + CLOSING;
/// Sockets of a node that is a member: one more for the community server.
pub const ONLINE: usize = NODE + 1;
/// Sockets of a caller.
pub const CALL: usize = 1;

/// Users of a community.
pub const USERS: usize = 16;
/// Connections of a community: four more than users, for new and slow ones.
pub const PLACES: usize = USERS + 4;
/// Sockets of a community server.
pub const COMMUNITY: usize = PLACES + BACKLOG + CLOSING;
