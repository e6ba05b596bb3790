//! Header fields of a message, in place. What is not understood is skipped: parsers of HTTP reject a whole message for
//! one bad line, and devices send such lines.

use crate::limits::HEADERS_MAX;

/// The lines after the first one.
pub(super) struct Headers<'d>(&'d [u8]);

impl<'d> Headers<'d> {
    /// The first line of a message, and its header fields.
    pub(super) fn split(message: &'d [u8]) -> (&'d [u8], Self) {
        let (first, rest) = split_line(message);
        (first, Self(rest))
    }

    /// For each name the value of the first field that has it in any case, without the space around it; `None` if there
    /// is none, or it is not UTF-8. The message is read once for all of them.
    pub(super) fn get<const N: usize>(&self, names: [&str; N]) -> [Option<&'d str>; N] {
        let mut values = [None; N];
        for (name, value) in self.fields() {
            let wanted = names.iter().zip(&mut values);
            let is_it = |(other, value): &(&&str, &mut Option<_>)| {
                value.is_none() && name.eq_ignore_ascii_case(other.as_bytes())
            };
            wanted.filter(is_it).for_each(|(_, slot)| *slot = Some(value));
        }
        values.map(|value| str::from_utf8(value?).ok())
    }

    fn fields(&self) -> impl Iterator<Item = (&'d [u8], &'d [u8])> {
        let mut rest = self.0;
        let lines = core::iter::from_fn(move || {
            let (line, behind) = split_line(rest);
            rest = behind;
            (!line.is_empty()).then_some(line)
        });
        lines.take(HEADERS_MAX).filter_map(field)
    }
}

/// Name and value of a field.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = line.split_at_checked(colon)?;
    let value = value.get(1..)?;
    // The continuation of a value begins with a space (RFC 7230 §3.2.4): it is no field.
    let is_continued = name.first().is_some_and(u8::is_ascii_whitespace);
    (!is_continued).then(|| (name.trim_ascii_end(), value.trim_ascii()))
}

/// The first line without its end, which is a line feed with or without a carriage return, and what is behind it.
fn split_line(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, rest) = end.and_then(|end| bytes.split_at_checked(end)).unwrap_or((bytes, &[]));
    (line.strip_suffix(b"\r").unwrap_or(line), rest.get(1..).unwrap_or_default())
}
