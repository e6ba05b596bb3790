//! Tokens of the system's events: connections and sources.

use mio::Token;

/// Low bits of a token: the index of a slot, or a source. Those above are the generation of the slot.
const INDEX_BITS: u32 = 20;
const INDEX_MASK: usize = (1 << INDEX_BITS) - 1;

/// Most slots that there can be: the highest indices stand for sources.
pub const SLOTS_MAX: usize = INDEX_MASK - u8::MAX as usize;

/// Key of a connection: slot and generation.
///
/// It is stale once the connection is gone, even if the slot is used again. (The generation wraps after 2^32
/// connections in one slot, after 2^12 where `usize` has 32 bits.)
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(usize);

impl Key {
    pub(super) fn new(index: usize, generation: u32) -> Self {
        Self((generation as usize) << INDEX_BITS | index)
    }

    pub(super) fn index(self) -> usize {
        self.0 & INDEX_MASK
    }
}

/// Number that a tenant gives to a source of events other than a connection: a listener, a signal, a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source(pub u8);

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Connection(Key),
    Source(Source),
}

impl From<Key> for Token {
    fn from(key: Key) -> Self {
        Self(key.0)
    }
}

impl From<Source> for Token {
    fn from(source: Source) -> Self {
        Self(SLOTS_MAX + usize::from(source.0))
    }
}

impl From<Token> for Named {
    fn from(Token(token): Token) -> Self {
        match (token & INDEX_MASK).checked_sub(SLOTS_MAX).map(u8::try_from) {
            Some(Ok(source)) => Self::Source(Source(source)),
            _ => Self::Connection(Key(token)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_token_names_what_it_was_made_of() {
        for key in
            [Key::new(0, 0), Key::new(SLOTS_MAX - 1, 0), Key::new(0, 1), Key::new(SLOTS_MAX - 1, u32::MAX)]
        {
            assert_eq!(Named::from(Token::from(key)), Named::Connection(key));
        }
        for source in [Source(0), Source(1), Source(u8::MAX)] {
            assert_eq!(Named::from(Token::from(source)), Named::Source(source));
        }
    }
}
