//! Real nodes: their links, receipts, command line and control sockets.

mod asking;
mod calls;
mod capture;
mod cast;
mod circles;
mod command_line;
mod discovery;
mod files;
mod lines;
mod meeting;
mod mesh;
mod pauses;
mod picture;
mod screen;
mod starved;
