//! An attacker in the middle of a sealed connection changes, drops, repeats, swaps, truncates, replays,
//! reflects and redirects frames: both ends end with a named error, show nothing that was not sent, and admit
//! no one.

mod crossed_texts;
mod dying_server;
mod every_bit;
mod every_byte;
mod every_place;
mod programs;
mod real_programs;
mod stories;
mod table;
