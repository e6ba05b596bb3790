//! Faces of a node: what shows it to somebody. All of them use the same requests and news, so none can do what another
//! cannot.

pub mod command;
mod launch;
mod line;
mod news_feed;
pub mod options;
pub(crate) mod show;
