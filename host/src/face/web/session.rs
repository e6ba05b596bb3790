//! Who may use the page: whoever has brought its token, which is exchanged once for a cookie.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::{HeaderMap, header};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::limits::{TRIES, TRY_TIME};

/// Length of a secret, in bytes.
const SECRET_LEN: usize = 32;

/// 256 random bits, as hexadecimal digits.
struct Secret(String);

/// The token and the cookie of one server.
pub(super) struct Session {
    token: Secret,
    is_used: AtomicBool,
    cookie: Secret,
    cookie_name: String,
    tries: Semaphore,
}

/// What a token is worth.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// The cookie that stands for it, as a header field.
    Cookie(String),
    /// Nothing: it is wrong, or was used before.
    Refused,
    /// Too many wrong ones are being looked at.
    Later,
}

impl Secret {
    fn new() -> io::Result<Self> {
        let bytes: [u8; SECRET_LEN] = p2pm_posix::random::bytes()?;
        let mut digits = [0; 2 * SECRET_LEN];
        base16ct::lower::encode_str(&bytes, &mut digits)
            .map(|text| Self(text.to_owned()))
            .map_err(io::Error::other)
    }

    /// In a time that does not depend on what is told of it.
    fn is(&self, told: &str) -> bool {
        self.0.as_bytes().ct_eq(told.as_bytes()).into()
    }
}

impl Session {
    /// A session of the server on a port. A cookie is for all ports of a machine, so it has the port in its name.
    pub(super) fn new(port: u16) -> io::Result<Self> {
        Ok(Self {
            token: Secret::new()?,
            is_used: AtomicBool::new(false),
            cookie: Secret::new()?,
            cookie_name: format!("p2pm-{port}"),
            tries: Semaphore::new(TRIES),
        })
    }

    pub(super) fn token(&self) -> &str {
        &self.token.0
    }

    /// Whether the token was exchanged.
    pub(super) fn is_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }

    /// Exchanges a token. A wrong one takes its time, and few are looked at together; the right one never waits for those.
    pub(super) async fn enter(&self, token: &str) -> Entry {
        if self.token.is(token) && !self.is_used.swap(true, Ordering::Relaxed) {
            let (name, value) = (&self.cookie_name, &self.cookie.0);
            return Entry::Cookie(format!("{name}={value}; HttpOnly; SameSite=Strict; Path=/"));
        }
        let Ok(_permit) = self.tries.try_acquire() else { return Entry::Later };
        tokio::time::sleep(TRY_TIME).await;
        Entry::Refused
    }

    /// Whether a request has the cookie. Another server of this machine may have set one of the same name, so any of them counts.
    pub(super) fn is_of(&self, headers: &HeaderMap) -> bool {
        let fields = headers.get_all(header::COOKIE).iter().filter_map(|field| field.to_str().ok());
        let mut cookies =
            fields.flat_map(|field| field.split(';')).filter_map(|it| it.trim().split_once('='));
        cookies.any(|(name, value)| name == self.cookie_name && self.cookie.is(value))
    }
}
