//! Every limit of the protocol, in one place: lengths in bytes, times as durations.

use core::time::Duration;

/// Length of every buffer on the wire, handshake included.
pub const FRAME_LEN: usize = 1024;
/// Length of the longest frame that a later service may use after the handshake.
pub const FRAME_LEN_MAX: usize = 64 * 1024;
/// Bytes at the end of a frame that belong to the suite: an authentication tag, or zeros.
pub const TRAILER_LEN: usize = 16;
/// Bytes of a frame before the suite's trailer: header, body and padding.
pub const PLAIN_LEN: usize = FRAME_LEN - TRAILER_LEN;
/// Magic, kind, a reserved byte and the body's length.
pub const HEADER_LEN: usize = 8;
/// The longest body of a frame.
pub const BODY_MAX: usize = PLAIN_LEN - HEADER_LEN;

/// Random bytes in a Hello.
pub const RANDOM_LEN: usize = 32;
/// The part of a Hello's body that every version has.
pub const HELLO_LEN: usize = 8 + RANDOM_LEN;
/// The longest part of an initiator's Hello beyond [`HELLO_LEN`] that is kept until a service is chosen.
pub const ASKED_SHARE_MAX: usize = 32;
/// Random bytes that one connection uses up: its Hello's, and 64 for the keys of a suite.
pub const ENTROPY_LEN: usize = RANDOM_LEN + 64;

/// Work limit of one [`pump`](crate::drive::pump): bytes moved both ways before other connections are served.
pub const BYTES_PER_POLL: usize = 64 * 1024;

/// Frames that a sealed connection sends one way with one key.
pub const FRAMES_PER_KEY: u64 = 1 << 16;

/// The longest user name, in bytes of UTF-8.
pub const NAME_MAX: usize = 32;
/// The longest password.
pub const PASSWORD_MAX: usize = 128;
/// The longest text message, in bytes of UTF-8: what one frame holds.
pub const TEXT_MAX: usize = BODY_MAX;
/// The most users a registry can hold.
pub const USERS_MAX: usize = 65_536;
/// How many presence changes a registry remembers for its subscribers.
pub const CHANGES_MAX: usize = 64;

/// How long a connecting side waits for its connection, and from then on for its `Welcome`. A caller has as long
/// until its `Call`.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a listening side lets a connection stand half open: not authenticated.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// How many connections may stand so at a time.
pub const HALF_OPEN_MAX: usize = 64;
/// How long one frame of [`FRAME_LEN`] bytes may be half received or half sent.
pub const FRAME_TIMEOUT: Duration = Duration::from_secs(10);
/// The least throughput of a longer frame, in bytes per second, for what it has beyond [`FRAME_LEN`].
pub const FRAME_RATE_MIN: usize = 2048;
/// A side that has sent nothing for this long sends a `KeepAlive`.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// A side that has heard nothing for this long gives the peer up as lost.
pub const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);
/// How long the sender of a `Close` waits for the peer to hang up, so that the reason arrives.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
/// How long a caller waits for a call to be accepted.
pub const RING_TIMEOUT: Duration = Duration::from_mins(1);
/// The least time between two `Presence` frames to one subscriber.
pub const PRESENCE_INTERVAL: Duration = Duration::from_secs(1);

/// Wrong passwords that are looked at at once from one network: an IPv4 address, or the /64 of an IPv6 address.
pub const FREE_GUESSES: u32 = 5;
/// After how long one more is looked at. Nobody has to wait for longer.
pub const GUESS_INTERVAL: Duration = Duration::from_secs(10);
/// Wrong passwords that are looked at at once from all networks of one IPv6 site, a /48.
pub const FREE_SITE_GUESSES: u32 = 20;
/// After how long one more is looked at.
pub const SITE_GUESS_INTERVAL: Duration = Duration::from_millis(2500);
/// Wrong passwords that are looked at at once from all networks that there is no room to remember.
pub const FREE_STRANGER_GUESSES: u32 = 60;
/// After how long one more is looked at.
pub const STRANGER_GUESS_INTERVAL: Duration = Duration::from_secs(1);
/// The most guessing networks and sites that are remembered.
pub const GUESSERS_MAX: usize = 65_536;
/// Slots among which one network has its own, all of which are looked through. So many a device remembers.
pub const GUESSER_WAYS: usize = 64;
/// How many of them may be of networks that have given the right password.
pub const PROVED_MAX: usize = 16;
/// So many wrong passwords from all networks within [`MANY_GUESSES_PERIOD`] are worth a warning.
pub const MANY_GUESSES: usize = 100;
/// See [`MANY_GUESSES`]; there is one warning in this time at most.
pub const MANY_GUESSES_PERIOD: Duration = Duration::from_hours(1);

/// How long a frame of `len` bytes may be half received or half sent.
pub const fn frame_timeout(len: usize) -> Duration {
    let millis = len.saturating_sub(FRAME_LEN).saturating_mul(1000) / FRAME_RATE_MIN;
    FRAME_TIMEOUT.saturating_add(Duration::from_millis(millis as u64))
}

const _: () = {
    assert!(BODY_MAX == 1000);
    assert!(BODY_MAX <= u16::MAX as usize);
    assert!(NAME_MAX <= u8::MAX as usize);
    assert!(PASSWORD_MAX <= BODY_MAX && PASSWORD_MAX <= u8::MAX as usize);
    assert!(KEEPALIVE_INTERVAL.as_millis() * 2 < SILENCE_TIMEOUT.as_millis());
    // Whoever is too slow is told so.
    assert!(HANDSHAKE_TIMEOUT.as_millis() < CONNECT_TIMEOUT.as_millis());
    assert!(FREE_GUESSES >= 1 && 60_000 / GUESS_INTERVAL.as_millis() == 6);
    // A site stands for several networks and is limited all the same, and nobody waits for longer than for themselves.
    assert!(
        FREE_SITE_GUESSES >= 2 * FREE_GUESSES
            && SITE_GUESS_INTERVAL.as_millis() * 2 <= GUESS_INTERVAL.as_millis()
    );
    assert!(FREE_STRANGER_GUESSES >= 1 && STRANGER_GUESS_INTERVAL.as_millis() <= GUESS_INTERVAL.as_millis());
    assert!(GUESSERS_MAX.is_multiple_of(GUESSER_WAYS) && PROVED_MAX < GUESSER_WAYS);
    // A frame under way is no sign of life before it is whole.
    assert!(frame_timeout(FRAME_LEN_MAX).as_millis() < SILENCE_TIMEOUT.as_millis());
    assert!(FRAME_LEN <= FRAME_LEN_MAX && FRAME_LEN_MAX - HEADER_LEN - TRAILER_LEN <= u16::MAX as usize);
    assert!(BYTES_PER_POLL >= FRAME_LEN_MAX);
};
