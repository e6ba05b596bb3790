//! One line of the control socket: a JSON object with a version.

use std::io::{self, BufRead, BufWriter, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::VERSION;

/// What is wrong with a line that is not what it should be.
#[derive(Debug)]
pub struct Malformed(pub String);

/// A value with the version in front.
#[derive(Serialize)]
struct Line<'a, T> {
    v: u64,
    #[serde(flatten)]
    value: &'a T,
}

/// Writes a value, whose JSON is an object, as a line. The line is never in memory as a whole: that with all contacts is long.
pub fn write(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut to = BufWriter::new(to);
    serde_json::to_writer(&mut to, &Line { v: VERSION, value })?;
    to.write_all(b"\n")?;
    to.flush()
}

/// Reads the next line, of at most `max` bytes; `None` at the end. A line that is too long ends the stream with an
/// error.
pub fn read(from: &mut impl BufRead, max: u64) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let len = from.by_ref().take(max).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => Ok(Some(line)),
        None if len == 0 => Ok(None),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a line that is too long or not whole")),
    }
}

/// The value in a line, whose version must be ours.
pub fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, Malformed> {
    let line = str::from_utf8(line).map_err(|error| Malformed(format!("a line is UTF-8: {error}")))?;
    let mut value: Value = serde_json::from_str(line).map_err(|error| Malformed(error.to_string()))?;
    let version = value.as_object_mut().and_then(|fields| fields.remove("v"));
    match version.as_ref().and_then(Value::as_u64) {
        Some(VERSION) => serde_json::from_value(value).map_err(|error| Malformed(error.to_string())),
        Some(other) => Err(Malformed(format!("version {other} is not spoken here, but {VERSION}"))),
        None => Err(Malformed(format!("a line is an object with \"v\":{VERSION}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::node::Ask;
    use crate::node::control::REQUEST_MAX;

    #[test]
    fn a_line_is_read_as_it_is_written() {
        let ask = Ask::Say { to: Some("abdul".into()), circle: None, text: "a\nb \u{1F600}".into() };
        let mut bytes = Vec::new();
        write(&mut bytes, &ask).unwrap();
        let line = read(&mut bytes.as_slice(), REQUEST_MAX).unwrap().unwrap();
        assert_eq!(
            str::from_utf8(&line),
            Ok("{\"v\":1,\"do\":\"say\",\"to\":\"abdul\",\"text\":\"a\\nb \u{1F600}\"}")
        );
        assert_eq!(parse::<Ask>(&line).unwrap(), ask);
    }

    #[test]
    fn what_is_wrong_with_a_line_is_said() {
        for (line, wrong) in [
            ("", "EOF"),
            ("[]", "\"v\":1"),
            ("{\"do\":\"who\"}", "\"v\":1"),
            ("{\"v\":2,\"do\":\"who\"}", "version 2"),
            ("{\"v\":1,\"do\":\"fly\"}", "unknown variant `fly`"),
            ("{\"v\":1,\"do\":\"say\"}", "missing field `text`"),
            ("{\"v\":1,\"do\":\"stop\",\"too\":\"y\"}", "unknown field `too`"),
            ("{\"v\":1,\"do\":\"say\",\"text\":\"x\",\"too\":\"y\"}", "unknown field `too`"),
        ] {
            let Malformed(text) = parse::<Ask>(line.as_bytes()).unwrap_err();
            assert!(text.contains(wrong), "{line}: {text}");
        }
        let Malformed(text) = parse::<Ask>(b"{\"v\":1,\"do\":\"who\xff\"}").unwrap_err();
        assert!(text.contains("UTF-8"), "{text}");
    }

    #[test]
    fn a_line_has_a_length() {
        let endless = vec![b'x'; 1 << 20];
        assert!(read(&mut endless.as_slice(), REQUEST_MAX).is_err());
        assert!(read(&mut b"half".as_slice(), REQUEST_MAX).is_err());
        assert!(read(&mut b"".as_slice(), REQUEST_MAX).unwrap().is_none());
    }
}
