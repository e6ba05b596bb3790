//! The server of the page, of the real program: who is let in, what is refused, and files.

mod attacks;
mod files;
mod http;
mod news;
mod page;
mod phases;
mod sockets;
