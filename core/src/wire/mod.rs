//! Bytes on the wire: fixed-size frames and the typed messages in them.

mod close;
mod cursor;
mod endpoint;
mod entry;
mod frame;
mod framing;
mod hello;
mod items;
mod key;
mod label;
mod message;
mod name;
mod preview;
mod sanitise;
mod unicode;
mod user;

pub use close::Close;
pub use endpoint::Endpoint;
pub use entry::{Entry, EntryKind, EntryPath};
pub use frame::{EMPTY_FRAME, Frame, MAGIC};
pub use framing::{FrameReader, FrameWriter};
pub use hello::{Hello, Service, SuiteId, VERSION};
pub use items::{ItemWriter, Items};
pub use key::{Proof, PublicKey, Signature};
pub use label::{Label, LabelError};
pub use message::{
    Answer, Attributes, ChatMessage, Cipher, Ciphers, CommunityMessage, Extent, Fate, FrameLen, Goods,
    GoodsKind, Introduction, JoinRefusal, Kept, Letter, LinkFrame, LinkMessage, ListPage, Mail, Message,
    Neighbour, Offer, Part, Presence, Reached, Reception, Refusal, Scope, Taking, Text, TransferFrame,
    TransferId, TransferMessage, TransferSecret, Turns, Verdict, emit_data, emit_list_page, emit_presence,
    emit_roster,
};
pub use name::{Name, NameError};
pub use preview::{Preview, pixel};
pub use sanitise::sanitise;
pub use user::{Change, User};
