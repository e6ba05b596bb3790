//! Writer of a datagram, free of panics.

use core::net::{IpAddr, SocketAddr};

/// Appends text to a datagram. What does not fit makes it [`None`](Text::finish).
pub(super) struct Text<'b> {
    buffer: &'b mut [u8],
    len: usize,
}

impl<'b> Text<'b> {
    pub(super) fn new(buffer: &'b mut [u8]) -> Self {
        Self { buffer, len: 0 }
    }

    /// Its length; `None` if it was longer than the buffer.
    pub(super) fn finish(self) -> Option<usize> {
        (self.len <= self.buffer.len()).then_some(self.len)
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let free = self.buffer.get_mut(self.len..).unwrap_or_default();
        for (to, from) in free.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.len = self.len.saturating_add(bytes.len());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// A header field.
    pub(super) fn field(&mut self, name: &str, value: &str) {
        self.name(name);
        self.text(value);
        self.end_line();
    }

    /// A header field with a decimal number.
    pub(super) fn number_field(&mut self, name: &str, number: u64) {
        self.name(name);
        self.number(number);
        self.end_line();
    }

    /// The name of a header field, whose value follows.
    pub(super) fn name(&mut self, name: &str) {
        self.text(name);
        self.text(": ");
    }

    pub(super) fn end_line(&mut self) {
        self.text("\r\n");
    }

    pub(super) fn number(&mut self, number: u64) {
        if number >= 10 {
            self.number(number / 10);
        }
        self.digit(number % 10);
    }

    fn hex(&mut self, number: u16) {
        if number >= 16 {
            self.hex(number / 16);
        }
        self.digit(u64::from(number % 16));
    }

    fn digit(&mut self, digit: u64) {
        let digit = u32::try_from(digit).ok().and_then(|digit| char::from_digit(digit, 16)).unwrap_or('0');
        self.text(digit.encode_utf8(&mut [0; 4]));
    }

    /// An address and a port, as in a URL (RFC 3986 §3.2.2).
    pub(super) fn authority(&mut self, address: SocketAddr) {
        match address.ip() {
            IpAddr::V4(ip) => {
                for (index, octet) in ip.octets().into_iter().enumerate() {
                    self.text(if index == 0 { "" } else { "." });
                    self.number(octet.into());
                }
            }
            IpAddr::V6(ip) => {
                for (index, segment) in ip.segments().into_iter().enumerate() {
                    self.text(if index == 0 { "[" } else { ":" });
                    self.hex(segment);
                }
                self.text("]");
            }
        }
        self.text(":");
        self.number(address.port().into());
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::string::String;

    use super::*;

    fn written(write: impl FnOnce(&mut Text<'_>)) -> String {
        let mut buffer = [0; 64];
        let mut text = Text::new(&mut buffer);
        write(&mut text);
        let len = text.finish().expect("there is room");
        String::from_utf8(buffer[..len].to_vec()).unwrap()
    }

    #[test]
    fn addresses_are_those_of_a_url() {
        for address in ["192.0.2.1:1900", "[fe80:0:0:0:12ab:0:0:1]:61900"] {
            let parsed: SocketAddr = address.parse().unwrap();
            assert_eq!(written(|text| text.authority(parsed)), address);
        }
        assert_eq!(written(|text| text.number(u64::MAX)), "18446744073709551615");
    }

    #[test]
    fn what_does_not_fit_is_no_text() {
        let mut buffer = [0; 4];
        let mut text = Text::new(&mut buffer);
        text.text("1234");
        text.text("5");
        assert_eq!(text.finish(), None);
        assert_eq!(&buffer, b"1234");
    }
}
