//! The real programs on real terminals: the screens of the 2015 report, and further uses.

mod addresses;
mod bad_input;
mod cast;
mod end_of_input;
mod ipv6;
mod job_control;
mod line_editing;
mod one_chat;
mod output;
mod scripted;
mod siege;
mod starved;
mod triad;
mod typed_ahead;
