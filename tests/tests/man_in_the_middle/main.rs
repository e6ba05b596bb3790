//! Somebody in the middle of a sealed connection changes, drops, repeats, swaps, cuts short, replays and reflects
//! what passes, and leads it astray: both ends end with a named error, nobody is shown what was not said, and
//! nobody is let in.

mod crossed_texts;
mod dying_server;
mod every_bit;
mod every_byte;
mod every_place;
mod programs;
mod real_programs;
mod stories;
mod table;
