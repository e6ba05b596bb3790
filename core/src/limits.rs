//! Limits of the protocol: lengths in bytes, times as durations.

use core::time::Duration;

/// Length of every frame of this version, handshake included.
pub const FRAME_LEN: usize = 1024;
/// Longest frame that a later service may use after the handshake.
pub const FRAME_LEN_MAX: usize = 64 * 1024;
/// Length of the suite's trailer at the end of a frame: an authentication tag, or zeros.
pub const TRAILER_LEN: usize = 16;
/// Length of a frame without its trailer: header, body and padding.
pub const PLAIN_LEN: usize = FRAME_LEN - TRAILER_LEN;
/// Length of a header: magic, kind, a reserved byte and the body's length.
pub const HEADER_LEN: usize = 8;
/// Longest body of a frame of [`FRAME_LEN`] bytes.
pub const BODY_MAX: usize = PLAIN_LEN - HEADER_LEN;

/// Length of the random number in a Hello.
pub const RANDOM_LEN: usize = 32;
/// Length of the fixed part of a Hello's body, the same in every version.
pub const HELLO_LEN: usize = 8 + RANDOM_LEN;
/// Longest share in an initiator's Hello that an acceptor keeps until a service is chosen.
pub const ASKED_SHARE_MAX: usize = 32;
/// Random bytes that one connection uses: its Hello's, and 64 for the keys of a suite.
pub const ENTROPY_LEN: usize = RANDOM_LEN + 64;

/// Work limit of one [`pump`](crate::drive::pump): bytes moved both ways before other connections are polled.
pub const BYTES_PER_POLL: usize = 64 * 1024;

/// Frames that a sealed connection sends in one direction before it changes the key.
pub const FRAMES_PER_KEY: u64 = 1 << 16;

/// Longest user name, in bytes of UTF-8.
pub const NAME_MAX: usize = 32;
/// Longest password, in bytes.
pub const PASSWORD_MAX: usize = 128;
/// Longest text of a chat, in bytes of UTF-8: a whole body.
pub const TEXT_MAX: usize = BODY_MAX;
/// Length of an identity's public key, and of its secret seed.
pub const KEY_LEN: usize = 32;
/// Length of an Ed25519 signature (RFC 8032 §5.1.6).
pub const SIGNATURE_LEN: usize = 64;
/// Length of the proof of an identity, which is a signature.
pub const PROOF_LEN: usize = SIGNATURE_LEN;
/// Length of the marker in the Hello of a link, by which a listener finds the circle.
pub const MARKER_LEN: usize = 8;
/// Longest text of a link, in bytes of UTF-8. It crosses in parts of a frame each.
pub const LINK_TEXT_MAX: usize = 16 * 1024;
/// Longest part of a text in one frame.
pub const PART_MAX: usize = BODY_MAX - 13;
/// Longest text that a keeper holds for somebody who is away: it fits into one frame with key, signature and numbers.
pub const HELD_TEXT_MAX: usize = BODY_MAX - 110;
/// Most texts that a keeper holds.
pub const HELD_TEXTS: usize = 32;
/// Runs of a contact's node of which it is remembered what was heard: a keeper may hold texts of earlier ones.
pub const RUNS_HEARD: usize = 4;
/// Most contacts of a node.
pub const CONTACTS_MAX: usize = u16::MAX as usize;
/// Age from which a link is not the result of both ends dialling at once: a newer one takes its place.
pub const RACE_WINDOW: Duration = Duration::from_secs(10);
/// Least time to wait before an address is dialled again; it doubles with each failure.
pub const DIAL_BACK_OFF_MIN: Duration = Duration::from_secs(1);
/// Longest time to wait before an address is dialled again.
pub const DIAL_BACK_OFF_MAX: Duration = Duration::from_mins(1);
/// Time that the node with the larger key leaves to the other one to dial.
pub const YIELD_DELAY: Duration = Duration::from_secs(1);
/// Age of a link from which a node counts as undecided that has not accepted the other one: it would have done so at once,
/// unless it asks its user.
pub const UNDECIDED_AFTER: Duration = Duration::from_secs(2);
/// Burst of dials to addresses that others have named.
pub const DIALS_BURST: u32 = 256;
/// Refill interval of these dials.
pub const DIAL_INTERVAL: Duration = Duration::from_secs(1);
/// Most circles that a node is in.
pub const CIRCLES_MAX: usize = 8;

/// Length of the frames of a transfer for a receiver with some memory.
pub const FRAME_LEN_MIDDLE: usize = 16 * 1024;
/// Length of a BLAKE3 hash.
pub const HASH_LEN: usize = 32;
/// Length of the pieces of a stream, after each of which its hash is a state to go on from.
pub const PIECE_LEN: u64 = 1 << 20;
/// Most bytes of a source that are read in one poll to prove what a receiver has.
pub const PROOF_PER_POLL: usize = 1 << 20;
/// Most offers of one contact that wait or go on.
pub const OFFERS_PER_CONTACT: usize = 16;
/// Time within which the connection of a transfer is to be made that was agreed on.
pub const OFFER_TIMEOUT: Duration = Duration::from_secs(15);
/// Least time before a transfer whose connection was cut is offered again; it doubles with each attempt that has led to nothing.
pub const OFFER_BACK_OFF_MIN: Duration = Duration::from_millis(250);
/// Longest time before a transfer is offered again.
pub const OFFER_BACK_OFF_MAX: Duration = Duration::from_mins(1);
/// Time for which one end of a transfer waits for the other one, which has its part to do at once.
pub const STALL_TIMEOUT: Duration = Duration::from_mins(5);
/// Least throughput of a disk, in bytes per second, by which an end waits longer whose peer has something to read or to store.
pub const DISK_RATE_MIN: u64 = 8 << 20;
/// Length of the number of a transfer.
pub const TRANSFER_ID_LEN: usize = 8;
/// Length of the secret of a transfer's connection.
pub const SECRET_LEN: usize = 32;
/// Longest name of a file or a folder, in bytes of UTF-8: the limit of most file systems.
pub const LABEL_MAX: usize = 255;
/// Longest path of what is in a folder, in bytes: with a zero byte at its end it is as long as Linux allows.
pub const ENTRY_PATH_MAX: usize = 4095;
/// Most pixels of the preview of a picture.
pub const PREVIEW_PIXELS_MAX: usize = 320;

/// Most subnets of a network interface besides the first one, of each family.
pub const FURTHER_SUBNETS_MAX: usize = 3;
/// UDP port of SSDP (UPnP Device Architecture 2.0 §1.1.1).
pub const SSDP_PORT: u16 = 1900;
/// UDP port to which nodes broadcast on their subnet, since some switches drop the groups of SSDP. Of the dynamic range, so
/// it is assigned to nobody (RFC 6335 §6), and above 60999, where Linux ends to take ports for clients.
pub const BROADCAST_PORT: u16 = 61_900;
/// Time to live of datagrams to a group.
pub const SSDP_HOPS: u8 = 2;
/// Longest datagram that discovery sends: it crosses any link without being fragmented.
pub const DATAGRAM_MAX: usize = 1200;
/// Length of a buffer for datagrams that are received: one of an Ethernet frame.
pub const DATAGRAM_BUFFER_LEN: usize = 1500;
/// Most datagrams that are received before others are polled.
pub const DATAGRAMS_PER_POLL: usize = 64;
/// Most header fields of a datagram that are looked at.
pub const HEADERS_MAX: usize = 32;
/// How long an announcement holds.
pub const MAX_AGE: Duration = Duration::from_mins(30);
/// Least time that an announcement of others is taken to hold.
pub const MAX_AGE_MIN: Duration = Duration::from_mins(1);
/// How often an announcement, a search or a farewell is repeated in all, since datagrams get lost.
pub const ROUNDS: u8 = 3;
/// Longest wait before the first round, so that not all nodes send at once when the network comes up.
pub const FIRST_ROUND_DELAY: Duration = Duration::from_millis(100);
/// Least time between two rounds.
pub const ROUND_INTERVAL_MIN: Duration = Duration::from_millis(200);
/// Longest time between two rounds.
pub const ROUND_INTERVAL_MAX: Duration = Duration::from_secs(1);
/// Time between the rounds of a farewell, whose program is about to end.
pub const FAREWELL_INTERVAL: Duration = Duration::from_millis(50);
/// `MX` of our searches: within how many seconds to answer.
pub const SEARCH_MAX_WAIT: u32 = 1;
/// Greatest `MX`; a greater one counts as this.
pub const MAX_WAIT_MAX: u32 = 5;
/// Longest wait before an answer to a search that few are concerned by.
pub const ANSWER_DELAY: Duration = Duration::from_millis(100);
/// Burst of datagrams with which one host is answered.
pub const ANSWERS_BURST: u32 = 10;
/// Refill interval of the answers to one host.
pub const ANSWER_INTERVAL: Duration = Duration::from_secs(1);
/// Burst of datagrams with which all hosts together are answered.
pub const ALL_ANSWERS_BURST: u32 = 32;
/// Refill interval of the answers to all hosts.
pub const ALL_ANSWERS_INTERVAL: Duration = Duration::from_millis(100);
/// Least time between two announcements on an interface that searches cause.
pub const ECHO_INTERVAL: Duration = Duration::from_secs(5);
/// How long after its start a node that is alone looks for others again: the first search takes almost as long.
pub const SECOND_SEARCH_AFTER: Duration = Duration::from_secs(3);
/// How long after its start it says that it has found nobody: two people who start at the same time do not do so in one second.
pub const HINT_AFTER: Duration = Duration::from_secs(10);
/// How often it looks for others from then on.
pub const LONE_SEARCH_INTERVAL: Duration = Duration::from_mins(1);
/// Most nodes of one host that are told of.
pub const PEERS_PER_HOST: usize = 4;
/// How often a node that leaves and comes again is told of at once.
pub const RETURNS_BURST: u32 = 4;
/// Refill interval of these.
pub const RETURN_INTERVAL: Duration = Duration::from_secs(10);

/// Most users that a registry can hold.
pub const USERS_MAX: usize = 65_536;
/// Number of presence changes that a registry keeps for its subscribers.
pub const CHANGES_MAX: usize = 64;

/// Connecting side: time limit for the connection to be established, and again for the handshake up to
/// `Welcome`. Also the listening side's limit for a caller's `Call`, from the accept on.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Listening side: time limit for the handshake of a half-open connection.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Most half-open connections of a service.
pub const HALF_OPEN_MAX: usize = 64;
/// Time limit for a frame of [`FRAME_LEN`] bytes to cross, from its first byte.
pub const FRAME_TIMEOUT: Duration = Duration::from_secs(10);
/// Least throughput for the part of a longer frame that exceeds [`FRAME_LEN`], in bytes per second.
pub const FRAME_RATE_MIN: usize = 2048;
/// Silence on the sending side after which it sends a `KeepAlive`.
pub const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(20);
/// Silence of the peer after which the connection is closed as timed out.
pub const SILENCE_TIMEOUT: Duration = Duration::from_mins(1);
/// Time that the sender of a `Close` waits for the peer to hang up, so that the reason arrives.
pub const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
/// Time limit for the answer to a call.
pub const RING_TIMEOUT: Duration = Duration::from_mins(1);
/// Least time between two `Presence` frames to one subscriber.
pub const PRESENCE_INTERVAL: Duration = Duration::from_secs(1);

/// Burst of wrong passwords allowed to one network: an IPv4 address, or the /64 of an IPv6 address.
pub const FREE_GUESSES: u32 = 5;
/// Refill interval of a network's guesses, and the longest time that a peer is asked to wait.
pub const GUESS_INTERVAL: Duration = Duration::from_secs(10);
/// Burst of wrong passwords allowed to all networks of one IPv6 site, a /48.
pub const FREE_SITE_GUESSES: u32 = 20;
/// Refill interval of a site's guesses.
pub const SITE_GUESS_INTERVAL: Duration = Duration::from_millis(2500);
/// Burst of wrong passwords allowed to all networks without a slot together.
pub const FREE_STRANGER_GUESSES: u32 = 60;
/// Refill interval of the guesses of networks without a slot.
pub const STRANGER_GUESS_INTERVAL: Duration = Duration::from_secs(1);
/// Most guessing networks and sites that are remembered.
pub const GUESSERS_MAX: usize = 65_536;
/// Associativity of the table of guessing networks: slots in one set. A small device has one set.
pub const GUESSER_WAYS: usize = 64;
/// Most slots of a set that are kept for networks that have given the right password.
pub const PROVED_MAX: usize = 16;
/// Number of wrong passwords from all networks within [`MANY_GUESSES_PERIOD`] that causes a warning.
pub const MANY_GUESSES: usize = 100;
/// Period of [`MANY_GUESSES`], and the least time between two warnings.
pub const MANY_GUESSES_PERIOD: Duration = Duration::from_hours(1);

/// Time limit for a frame of `len` bytes to cross, from its first byte.
pub const fn frame_timeout(len: usize) -> Duration {
    let millis = len.saturating_sub(FRAME_LEN).saturating_mul(1000) / FRAME_RATE_MIN;
    FRAME_TIMEOUT.saturating_add(Duration::from_millis(millis as u64))
}

/// Time for which one end of a transfer waits for the other one, which reads or stores so many bytes first.
pub const fn stall_timeout(bytes: u64) -> Duration {
    STALL_TIMEOUT.saturating_add(Duration::from_secs(bytes / DISK_RATE_MIN))
}

const _: () = {
    assert!(BODY_MAX == 1000);
    assert!(BODY_MAX <= LINK_TEXT_MAX && LINK_TEXT_MAX <= u16::MAX as usize);
    assert!(HELD_TEXT_MAX <= PART_MAX && HELD_TEXTS >= 1);
    assert!(MARKER_LEN <= ASKED_SHARE_MAX);
    assert!(NAME_MAX <= LABEL_MAX && LABEL_MAX <= u8::MAX as usize);
    assert!(FRAME_LEN < FRAME_LEN_MIDDLE && FRAME_LEN_MIDDLE < FRAME_LEN_MAX);
    assert!(SECRET_LEN <= PASSWORD_MAX);
    // Whoever dials gives up first.
    assert!(OFFER_TIMEOUT.as_millis() > CONNECT_TIMEOUT.as_millis());
    assert!(PASSWORD_MAX <= BODY_MAX && PASSWORD_MAX <= u8::MAX as usize);
    assert!(KEEPALIVE_INTERVAL.as_millis() * 2 < SILENCE_TIMEOUT.as_millis());
    // The listening side times out first, so that a slow peer is told the reason.
    assert!(HANDSHAKE_TIMEOUT.as_millis() < CONNECT_TIMEOUT.as_millis());
    assert!(FREE_GUESSES >= 1 && 60_000 / GUESS_INTERVAL.as_millis() == 6);
    // A site stands for several networks, yet is limited, and its refill makes no peer wait for longer than
    // its own.
    assert!(
        FREE_SITE_GUESSES >= 2 * FREE_GUESSES
            && SITE_GUESS_INTERVAL.as_millis() * 2 <= GUESS_INTERVAL.as_millis()
    );
    assert!(FREE_STRANGER_GUESSES >= 1 && STRANGER_GUESS_INTERVAL.as_millis() <= GUESS_INTERVAL.as_millis());
    assert!(GUESSERS_MAX.is_multiple_of(GUESSER_WAYS) && PROVED_MAX < GUESSER_WAYS);
    // A frame counts as a sign of life only when it is whole.
    assert!(frame_timeout(FRAME_LEN_MAX).as_millis() < SILENCE_TIMEOUT.as_millis());
    assert!(FRAME_LEN <= FRAME_LEN_MAX && FRAME_LEN_MAX - HEADER_LEN - TRAILER_LEN <= u16::MAX as usize);
    // Whoever is silent has gone, whatever it was to do.
    assert!(STALL_TIMEOUT.as_millis() > SILENCE_TIMEOUT.as_millis());
    assert!(BYTES_PER_POLL >= FRAME_LEN_MAX);
    assert!(DATAGRAM_MAX <= DATAGRAM_BUFFER_LEN && BROADCAST_PORT > 60_999);
    // All rounds of two announcements in a row can be lost before a node is given up, and none is while it says that it
    // is there.
    assert!(MAX_AGE_MIN.as_millis() < MAX_AGE.as_millis());
    assert!(ROUNDS as u128 * ROUND_INTERVAL_MAX.as_millis() < MAX_AGE.as_millis() / 4);
    assert!(ROUND_INTERVAL_MIN.as_millis() < ROUND_INTERVAL_MAX.as_millis());
    // Answers are there before their search is repeated, for the most part.
    assert!(ANSWER_DELAY.as_millis() < ROUND_INTERVAL_MIN.as_millis());
    assert!(SEARCH_MAX_WAIT >= 1 && SEARCH_MAX_WAIT <= MAX_WAIT_MAX);
    // A host may ask for all targets in every round.
    assert!(ANSWERS_BURST >= 3 * ROUNDS as u32 && ANSWERS_BURST <= ALL_ANSWERS_BURST);
    assert!(ALL_ANSWERS_INTERVAL.as_millis() <= ANSWER_INTERVAL.as_millis());
};
