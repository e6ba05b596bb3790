//! Faces of a node: what shows it to somebody. All of them use the same requests and news, so none can do what another
//! cannot.

mod circle;
pub mod command;
mod copied;
mod deed;
mod doctor;
mod feed;
mod file;
mod invitation;
mod json;
mod launch;
mod line;
mod manual;
pub mod options;
mod path;
mod recipient;
pub(crate) mod show;
mod shown;
mod term;
mod typed;
mod web;
