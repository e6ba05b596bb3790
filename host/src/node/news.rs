//! News of a node, as faces and the control socket show them.

use std::path::PathBuf;

use serde::{Deserialize, Serialize, Serializer};

use super::ask::{Trust, Unsaid};
use crate::doctor::Finding;
use crate::picture::Picture;

/// A person or device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Name that it gives, made safe to show; none before it has given one.
    pub name: Option<String>,
    /// Tag of its key, which no two have in common.
    pub tag: String,
}

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "news", rename_all = "snake_case")]
pub enum News {
    /// Somebody is linked with us now.
    Came {
        /// Who.
        who: Person,
    },
    /// Somebody is not linked with us any more.
    Left {
        /// Who.
        who: Person,
        /// Why, in words.
        why: String,
    },
    /// Somebody who knows the passphrase asks to be accepted.
    Asks {
        /// Who.
        who: Person,
    },
    /// Somebody has not accepted us yet, as when their user is asked.
    Undecided {
        /// Who.
        who: Person,
    },
    /// Somebody does not want to be linked with us.
    Refuses {
        /// Who.
        who: Person,
    },
    /// Somebody gives a name that another contact has.
    NameTaken {
        /// Who gives it.
        who: Person,
        /// Who has it.
        by: Person,
    },
    /// Somebody gives the name that the user goes by.
    OwnNameTaken {
        /// Who gives it.
        who: Person,
    },
    /// Somebody whom the user has accepted goes by another name now.
    Renamed {
        /// Who, with the new name.
        who: Person,
        /// The name before.
        was: String,
    },
    /// The user has decided on somebody, by this face or another one.
    Decided {
        /// Who.
        who: Person,
        /// How far they are trusted now.
        trust: Trust,
        /// Whether their files are taken without asking.
        takes_files: bool,
    },
    /// The user has had somebody forgotten.
    Forgotten {
        /// Who.
        who: Person,
    },
    /// Somebody has said something to us.
    Said {
        /// Who.
        from: Person,
        /// Whether it was said to everyone.
        to_all: bool,
        /// In which circle, if the node is in several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        circle: Option<String>,
        /// The text, as it was said.
        text: String,
        /// Whether messages before it are missing.
        missed: bool,
    },
    /// We have said something.
    WeSaid {
        /// Number of the message.
        message: u32,
        /// For whom it is.
        to: Vec<Person>,
        /// Who of everyone does not get it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_to: Vec<Unsaid>,
        /// Whether it was said to everyone.
        to_all: bool,
        /// In which circle, if it was said to everyone and the node is in several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        circle: Option<String>,
        /// The text.
        text: String,
    },
    /// What we have said was sent to somebody whose program gives no receipts.
    Sent {
        /// Number of the last message that was sent, with all before it.
        message: u32,
        /// To whom.
        to: Person,
    },
    /// Somebody has received what we have said.
    Received {
        /// Number of the last message that was received, with all before it.
        message: u32,
        /// Who.
        by: Person,
    },
    /// What we have said to somebody is given up, unless it was received.
    Failed {
        /// Number of the last message that is given up, with all before it.
        message: u32,
        /// For whom.
        to: Person,
    },
    /// A device holds what we have said to somebody who is away, and gives it to them when they are linked with it.
    Held {
        /// Number of the last message that it holds, with all before it.
        message: u32,
        /// For whom.
        to: Person,
        /// Who holds it.
        by: Person,
    },
    /// A device holds something that we have said to somebody no more: others needed the room. It waits for them here.
    Dropped {
        /// Number of the first message that it does not hold any more, nor any after it.
        message: u32,
        /// For whom.
        to: Person,
        /// Who has held it.
        by: Person,
    },
    /// Something has happened to a file that is offered, or on its way.
    File {
        /// Which.
        #[serde(flatten)]
        file: FileInfo,
        /// What.
        #[serde(flatten)]
        state: FileState,
    },
    /// A community server has this node on its list.
    Listed {
        /// Its address.
        address: String,
        /// Number of users online there, this one included.
        online: u32,
    },
    /// A community server does not put this node on its list. Others on it are found all the same.
    NotListed {
        /// Its address.
        address: String,
        /// Why, in words.
        why: String,
    },
    /// An address that the user has named leads to nobody.
    NotReached {
        /// The address.
        address: String,
        /// Why, in words.
        why: String,
    },
    /// Nobody was found on the network for some seconds since the node has started.
    Alone {
        /// The likeliest reason, and what mends it.
        #[serde(flatten)]
        finding: Finding,
    },
    /// Contacts, what is offered, the name that the user goes by, or what is set was not stored.
    NotStored {
        /// Why, in words.
        why: String,
    },
    /// News before this one that this listener has lost, because it was slow, or because there were too many to be kept until it
    /// has listened: in that case only what has become of our messages is meant.
    Lost {
        /// How many, at most.
        count: u64,
    },
}

/// A file or a folder that is offered, or on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileInfo {
    /// Its number, from 1 in each run of the node.
    pub file: u32,
    /// Who is at the other end.
    pub who: Person,
    /// Whether we send it.
    pub ours: bool,
    /// Its name, as its sender gives it.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Its length, in bytes: of a folder, that of everything in it with its names.
    pub size: u64,
    /// Number of files in it.
    pub files: u32,
}

/// What has happened to a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum FileState {
    /// It is offered, and whoever is to have it has not decided.
    Offered {
        /// What it looks like, if it is a picture and its sender says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        preview: Option<Picture>,
    },
    /// It is to be had, and waits for a connection.
    Accepted,
    /// It is on its way.
    Moving {
        /// Bytes of it that have crossed.
        done: u64,
    },
    /// It waits.
    Paused {
        /// Bytes of it that have crossed.
        done: u64,
        /// Why, in words.
        why: String,
    },
    /// It is whole at the receiving end, and stored there.
    Stored {
        /// Where it is, if it is ours. What is not UTF-8 in it is told as U+FFFD.
        #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "as_text")]
        path: Option<PathBuf>,
    },
    /// It does not come.
    Ended {
        /// Why, in words.
        why: String,
    },
}

impl FileState {
    /// Whether it is offered, and not decided on.
    pub(crate) fn is_offered(&self) -> bool {
        matches!(self, Self::Offered { .. })
    }
}

/// A path as text: a line with it is to be written in any case.
#[allow(clippy::ref_option, reason = "serde calls it so")]
fn as_text<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

impl News {
    /// Tag of the person of whom it says what has become of our messages.
    pub(super) fn receipt_of(&self) -> Option<&str> {
        match self {
            Self::Received { by: who, .. }
            | Self::Sent { to: who, .. }
            | Self::Failed { to: who, .. }
            | Self::Held { to: who, .. }
            | Self::Dropped { to: who, .. } => Some(&who.tag),
            _ => None,
        }
    }
}

/// A piece of news with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbered {
    /// Number, from 1 in each run of the node.
    pub n: u64,
    /// When it happened, by the clock of the node's machine: seconds since 1970-01-01T00:00Z.
    pub at: u64,
    /// The news.
    #[serde(flatten)]
    pub news: News,
}
