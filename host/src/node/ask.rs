//! What faces ask of a node, and its answers: the same for the line face, the command line and the control socket.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::SyncSender;

use p2pm_core::wire::{Reached, Reception};
use serde::{Deserialize, Serialize};

use super::journal::SubscriptionId;
use super::news::{FileInfo, FileState, Numbered, Person};
use crate::config::options::Accept;
use crate::config::profile::Unsent;
use crate::discovery::Seen;
use crate::transfer::disk::{Offered, Trouble};

/// A request. Those without members are structs all the same: serde takes any member for a unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// Who is here, and who is known.
    Who {},
    /// Say a text.
    Say {
        /// Name or tag of a contact; to everyone if it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Circle whose members are meant, if it is to everyone; the first one if it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        circle: Option<String>,
        /// The text.
        text: String,
    },
    /// Dial an address.
    Connect {
        /// Host and port; without a port, the one that nodes have if nothing else is said. A link-local address of IPv6 has its
        /// interface behind `%`.
        address: String,
        /// Circle of whoever is there; the first one if it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        circle: Option<String>,
    },
    /// Be on the list of a community server, and dial whoever else is, as long as the node runs.
    Meet {
        /// Host and port; without a port, the one that community servers have if nothing else is said.
        address: String,
        /// Circle whose passphrase is the server's password; the first one if it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        circle: Option<String>,
    },
    /// Accept somebody.
    Accept {
        /// Name or tag.
        name: String,
    },
    /// Turn somebody away for now.
    Deny {
        /// Name or tag.
        name: String,
    },
    /// Turn somebody away for good.
    Block {
        /// Name or tag.
        name: String,
    },
    /// Take the files of somebody who is accepted without asking.
    Trust {
        /// Name or tag.
        name: String,
    },
    /// Ask again before files of somebody are taken.
    Distrust {
        /// Name or tag.
        name: String,
    },
    /// Forget somebody who is away, as if they had never been met.
    Forget {
        /// Name or tag.
        name: String,
    },
    /// Ask for the words to compare with somebody, or say that they are the same.
    Verify {
        /// Name or tag.
        name: String,
        /// Whether the words were compared, and are the same.
        #[serde(default)]
        same: bool,
    },
    /// Change the name that the user goes by.
    Rename {
        /// The new name.
        name: String,
    },
    /// What is set for the node: whom to accept, and where files are put.
    Settings {},
    /// Set some of that, now and in later runs.
    Set {
        /// Whom to accept, of those who come from now on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        accept: Option<Accept>,
        /// Folder for files that are taken from now on, from the root on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        folder: Option<PathBuf>,
    },
    /// Look for others on the network again.
    Search {},
    /// What was seen on the network interfaces.
    Network {},
    /// What those who are here hear of this node's discovery.
    Reception {},
    /// Offer a file or a folder.
    SendFile {
        /// Name or tag of a contact; to everyone if it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
        /// Circle whose members are meant, if it is to everyone; the first one if it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        circle: Option<String>,
        /// Where it is on the node's machine, from the root on.
        path: PathBuf,
    },
    /// Take a file that was offered.
    TakeFile {
        /// Its number.
        file: u32,
        /// Folder to put it into, from the root on, instead of the usual one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        into: Option<PathBuf>,
        /// Whether to refuse it, and tell its sender why, if there is no place for it.
        #[serde(default)]
        or_refuse: bool,
    },
    /// Turn a file away that was offered, or give one up at either end.
    CancelFile {
        /// Its number.
        file: u32,
    },
    /// Have a file wait that is on its way.
    PauseFile {
        /// Its number.
        file: u32,
    },
    /// Go on with a file that waits.
    ResumeFile {
        /// Its number.
        file: u32,
    },
    /// The files that are offered or on their way.
    Files {},
    /// Tell the news, from now on or from an earlier one on.
    Listen {
        /// Number of the last news that is known; from now on if it is missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        since: Option<u64>,
    },
    /// End the node.
    Stop {},
}

impl Ask {
    /// Whether the answer may wait for a disk.
    pub(crate) fn is_of_disk(&self) -> bool {
        matches!(self, Self::SendFile { .. } | Self::TakeFile { .. })
    }

    /// Fails with the path in it that does not begin at the root: where a node runs means nothing to whoever asks it.
    pub(super) fn check_path(&self) -> Result<(), String> {
        let path = match self {
            Self::SendFile { path, .. } => Some(path),
            Self::TakeFile { into, .. } => into.as_ref(),
            Self::Set { folder, .. } => folder.as_ref(),
            _ => None,
        };
        match path.filter(|path| !path.is_absolute()) {
            Some(path) => Err(format!("{} is not a path from the root on", path.display())),
            None => Ok(()),
        }
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Answer {
    /// It is done.
    Done,
    /// Who is here, and who is known.
    Who {
        /// We.
        me: Me,
        /// The others, those who are here first, then contacts who are away.
        people: Vec<Known>,
    },
    /// The text is on its way.
    Said {
        /// Number of the message.
        message: u32,
        /// For whom it is.
        to: Vec<Person>,
        /// Who of everyone does not get it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_to: Vec<Unsaid>,
    },
    /// A file or a folder is offered.
    Offered {
        /// To each of them, with the number of the file there.
        files: Vec<FileInfo>,
        /// Who of everyone is not offered it.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        not_to: Vec<Unsaid>,
        /// What is in the folder and not sent, each with the reason.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        left_out: Vec<String>,
    },
    /// The files that are offered or on their way.
    Files {
        /// Each of them.
        files: Vec<FileKnown>,
    },
    /// Words to compare with somebody.
    Words {
        /// Who.
        who: Person,
        /// The words.
        words: Vec<String>,
    },
    /// What is set for the node.
    Settings {
        /// Whom to accept.
        accept: Accept,
        /// Folder for files that are taken; `None` if there is no home directory.
        folder: Option<PathBuf>,
    },
    /// What was seen on the network interfaces.
    Network {
        /// Each interface; none if the node does not look for others.
        seen: Vec<Seen>,
    },
    /// What others hear of this node's discovery.
    Reception {
        /// Everyone who has said so in time.
        of: Vec<Hears>,
    },
    /// It was not done.
    Error {
        /// Kind, for programs.
        kind: ErrorKind,
        /// What is wrong, for people.
        text: String,
    },
}

/// This node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// Name that the user goes by.
    pub name: String,
    /// Tag of our key.
    pub tag: String,
    /// Addresses at which the node can be dialled.
    pub addresses: Vec<String>,
    /// Circles that the node is in; the first one is meant where none is named.
    pub circles: Vec<String>,
}

/// Somebody who does not get a text or a file that is for everyone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsaid {
    /// Who.
    #[serde(flatten)]
    pub who: Person,
    /// Why, in words.
    pub why: String,
}

/// Somebody whom a node knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Who.
    #[serde(flatten)]
    pub who: Person,
    /// Whether messages reach them now.
    pub here: bool,
    /// How far they are trusted.
    pub trust: Trust,
    /// Whether their files are taken without asking.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub takes_files: bool,
    /// Where they were last.
    pub address: Option<String>,
    /// Circle in which they were met last.
    pub circle: String,
}

/// A file that a node knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileKnown {
    /// Which.
    #[serde(flatten)]
    pub info: FileInfo,
    /// How far it is.
    #[serde(flatten)]
    pub state: FileState,
}

/// What somebody hears of this node's discovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hears {
    /// Who.
    #[serde(flatten)]
    pub who: Person,
    /// What reaches them; `None` if they do not look for others.
    pub hears: Option<Heard>,
}

/// Which datagrams of this node's discovery somebody hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Announcements to the groups of SSDP.
    pub multicasts: bool,
    /// Announcements that are broadcast.
    pub broadcasts: bool,
    /// Answers to their searches.
    pub answers: bool,
}

/// How far somebody is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// They ask to be accepted.
    Asks,
    /// Turned away for now.
    Denied,
    /// Accepted.
    Accepted,
    /// Accepted, and the words were compared.
    Verified,
    /// Turned away for good.
    Blocked,
}

impl Trust {
    /// Whether they are accepted.
    pub(crate) fn is_accepted(self) -> bool {
        matches!(self, Self::Accepted | Self::Verified)
    }
}

/// Kind of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The request is malformed, or does not apply to whoever it names.
    Usage,
    /// Nobody has that name.
    Nobody,
    /// Several have that name: use the tag.
    Ambiguous,
    /// Not accepted by us.
    NotAccepted,
    /// The text is too long.
    TooLong,
    /// The node is ending, overloaded, or has used up the numbers of its messages.
    Unavailable,
}

/// A request on its way to the node, with the way back.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) order: Order,
    pub(super) reply: SyncSender<Answer>,
}

/// A request in the form that the node takes: nothing in it blocks.
#[derive(Debug)]
pub(super) enum Order {
    Ask(Ask),
    /// Dial these addresses, in a circle.
    Connect(Vec<SocketAddr>, Option<String>),
    /// Meet others at a community server with these addresses.
    Meet(Vec<SocketAddr>, Option<String>),
    /// Offer this, to one or to everyone.
    Offer {
        offered: Box<Offered>,
        path: PathBuf,
        to: Option<String>,
        circle: Option<String>,
    },
    /// Offer what was offered in an earlier run, if it is to be had.
    OfferAgain(Unsent, Result<Box<Offered>, Trouble>),
    /// Another thread has reported something.
    Reported,
    /// Send the news after a number, or from now on.
    Listen(Option<u64>, SyncSender<Numbered>, Option<SubscriptionId>),
    /// Send no more news to the subscription with this number.
    Unsubscribe(SubscriptionId),
}

impl Hears {
    pub(super) fn new(who: Person, reception: Reception) -> Self {
        let hears = match reception {
            Reception::Looking(Reached { multicasts, broadcasts, answers }) => {
                Some(Heard { multicasts, broadcasts, answers })
            }
            Reception::NotLooking => None,
        };
        Self { who, hears }
    }
}

impl Answer {
    /// An error with this text.
    pub fn error(kind: ErrorKind, text: impl Into<String>) -> Self {
        Self::Error { kind, text: text.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Handle;
    use super::*;

    #[test]
    fn a_path_that_does_not_begin_at_the_root_is_refused_and_named() {
        let file = |path: &str| Ask::SendFile { to: None, circle: None, path: path.into() };
        let into =
            |into: Option<&str>| Ask::TakeFile { file: 1, into: into.map(PathBuf::from), or_refuse: false };
        let folder = |folder: &str| Ask::Set { accept: None, folder: Some(folder.into()) };
        for path in ["photos", "./photos", "../photos", "~/photos", "Cargo.toml"] {
            for ask in [file(path), into(Some(path)), folder(path)] {
                let why = Handle::prepare(ask).expect_err(path);
                assert_eq!(why, format!("{path} is not a path from the root on"));
            }
        }
        assert!(Handle::prepare(file("")).is_err());
        for ask in [into(None), into(Some("/srv/photos")), folder("/srv/photos")] {
            assert!(Handle::prepare(ask).is_ok());
        }
    }
}
