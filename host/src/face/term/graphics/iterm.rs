//! Pictures of `iTerm2`, which others show, too: <https://iterm2.com/documentation-images.html>.

use base64ct::{Base64, Encoding};
use ratatui::layout::Size;

use super::Graphic;
use crate::picture::Picture;

/// A file of PNG.
pub(super) fn draw(picture: &Picture, size: Size) -> Graphic {
    let (file, Size { width, height }) = (picture.png(), size);
    let draw = format!(
        "\x1b]1337;File=inline=1;size={};width={width};height={height};preserveAspectRatio=1;doNotMoveCursor=1:{}\x07",
        file.len(),
        Base64::encode_string(&file)
    );
    Graphic { size, draw: draw.into_bytes(), remove: b"" }
}
