//! Sizes of the roles.

use p2pm_core::limits::FRAME_LEN_MAX;
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

/// Most connections of a node of a circle: links, and further ones before that.
pub const CIRCLE_PLACES: usize = 20;
/// Sockets of a node of a circle: one more for a transfer.
pub const CIRCLE: usize = CIRCLE_PLACES + 1 + BACKLOG + CLOSING;
/// Buffer of its sockets each way, in bytes: the longest window without scaling, since files cross them.
pub const WINDOW: usize = 65_535;
/// Longest frame of a transfer.
pub const TRANSFER_FRAME: usize = FRAME_LEN_MAX;
/// Contacts of a node of a circle, and addresses that it may dial.
pub const CONTACTS: usize = 64;
/// Texts that a node of a circle keeps until they are received.
pub const TEXTS: usize = 64;
/// Length of these texts together, in bytes.
pub const TEXTS_LEN: usize = 1 << 16;
/// Transfers that a node of a circle keeps.
pub const TRANSFERS: usize = 8;
/// Other nodes on the network that it keeps in mind.
pub const PEERS: usize = 64;
/// Answers to searches that wait for their time.
pub const ANSWERS: usize = 32;
/// Hosts whose searches it answers at the same time.
pub const SEARCHERS: usize = 32;
/// Datagrams that wait to be heard.
pub const DATAGRAMS: usize = 64;
