//! The graphics protocol of kitty, which others have, too: <https://sw.kovidgoyal.net/kitty/graphics-protocol/>.

use std::io::Write;

use base64ct::{Base64, Encoding};
use ratatui::layout::Size;

use super::Graphic;
use crate::picture::Picture;

/// Number of the picture. There is one at a time.
const IMAGE: u32 = 7776;
/// Most characters of base64 in one command.
const CHUNK: usize = 4096;
/// Deletes the picture, and its memory; nothing is answered.
const REMOVE: &[u8] = b"\x1b_Ga=d,d=I,i=7776,q=2\x1b\\";

/// A file of PNG in pieces, shown once it is whole. `q=2`: nothing is answered, since that would come among the keys.
pub(super) fn draw(picture: &Picture, size: Size) -> Graphic {
    let content = Base64::encode_string(&picture.png());
    let mut draw = Vec::new();
    let mut keys = format!("a=T,f=100,t=d,i={IMAGE},c={},C=1,", size.width);
    let mut pieces = content.as_bytes().chunks(CHUNK).peekable();
    while let Some(piece) = pieces.next() {
        let more = u8::from(pieces.peek().is_some());
        write!(draw, "\x1b_G{keys}q=2,m={more};").expect("memory takes all");
        draw.extend_from_slice(piece);
        draw.extend_from_slice(b"\x1b\\");
        keys.clear();
    }
    Graphic { size, draw, remove: REMOVE }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::tests::noise;

    #[test]
    fn a_picture_is_sent_in_pieces() {
        let picture = noise(80, 60);
        let Graphic { draw, .. } = draw(&picture, Size::new(10, 4));
        let text = String::from_utf8(draw).unwrap();
        let commands: Vec<_> = text.split_terminator("\x1b\\").collect();
        assert!(commands.len() > 2);
        let mut content = String::new();
        for (nth, command) in commands.iter().enumerate() {
            let (keys, piece) = command.strip_prefix("\x1b_G").unwrap().split_once(';').unwrap();
            let more = u8::from(nth + 1 < commands.len());
            let first = if nth == 0 { "a=T,f=100,t=d,i=7776,c=10,C=1," } else { "" };
            assert_eq!(keys, format!("{first}q=2,m={more}"));
            assert!(piece.len() <= CHUNK && (more == 0 || piece.len() % 4 == 0));
            content.push_str(piece);
        }
        assert_eq!(Base64::decode_vec(&content).unwrap(), picture.png());
    }
}
