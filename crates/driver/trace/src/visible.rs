//! Makes names of files and traces safe to show on a terminal.
//!
//! A file name may contain anything but `/` and NUL: a newline, codes that colour the screen or
//! move the cursor, marks that change the direction of writing, or bytes that are not UTF-8.
//! Everything that prints a name for a person calls this; data for programs, such as JSON, has the
//! name as it is.

use std::borrow::Cow;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::Path;

/// Something with a name that may contain anything.
pub trait Visible {
    /// Returns the name for a person to read. Characters that a terminal would obey or hide are
    /// written as Rust writes them, `\n` or `\u{1b}`, and bytes that are not UTF-8 as `\xff`.
    fn visible(&self) -> Cow<'_, str>;
}

impl Visible for str {
    fn visible(&self) -> Cow<'_, str> {
        if !self.contains(is_invisible) {
            return Cow::Borrowed(self);
        }
        let mut shown = String::with_capacity(self.len() + 16);
        for character in self.chars() {
            if is_invisible(character) {
                shown.extend(character.escape_default())
            } else {
                shown.push(character)
            }
        }
        Cow::Owned(shown)
    }
}

impl Visible for Path {
    fn visible(&self) -> Cow<'_, str> {
        match self.to_str() {
            Some(text) => text.visible(),
            None => Cow::Owned(text_of(self.as_os_str()).visible().into_owned()),
        }
    }
}

/// Returns a path as text: as it is if it is UTF-8, otherwise with `\xff` for each byte that is
/// not.
pub fn path_text(path: &Path) -> Cow<'_, str> {
    match path.to_str() {
        Some(text) => Cow::Borrowed(text),
        None => Cow::Owned(text_of(path.as_os_str())),
    }
}

fn text_of(name: &OsStr) -> String {
    let mut text = String::new();
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            // Writing to a string never fails.
            let _ = write!(text, "\\x{byte:02x}");
        }
    }
    text
}

/// Returns whether a terminal does something for the character, or shows nothing for it: control
/// characters, ends of lines, marks of direction, blanks without a width. The joiners that some
/// scripts need (U+200C, U+200D) do not count.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_characters_are_escaped() {
        for (name, shown) in [
            ("gcc", "gcc"),
            ("größe 七 👩‍🔬", "größe 七 👩‍🔬"),
            ("a\nb\tc\r", "a\\nb\\tc\\r"),
            ("\u{1b}[31mred\u{7}", "\\u{1b}[31mred\\u{7}"),
            ("\u{9b}2J", "\\u{9b}2J"),
            ("per\u{202e}txt", "per\\u{202e}txt"),
            ("a\u{2066}b\u{2028}c\u{feff}d\u{200b}", "a\\u{2066}b\\u{2028}c\\u{feff}d\\u{200b}"),
        ] {
            assert_eq!(name.visible(), shown);
            assert_eq!(Path::new(name).visible(), shown);
        }
    }

    #[test]
    #[cfg(unix)]
    fn invalid_utf8_is_shown_and_stays_distinct() {
        use std::os::unix::ffi::OsStrExt;
        let path = |bytes: &'static [u8]| Path::new(OsStr::from_bytes(bytes));
        assert_eq!(path(b"caf\xe9.rep").visible(), "caf\\xe9.rep");
        assert_eq!(path(b"\xff\n\xfe").visible(), "\\xff\\n\\xfe");
        assert_eq!(path_text(path(b"\xff\n")), "\\xff\n");
        assert_ne!(path_text(path(b"\xff")), path_text(path(b"\xfe")));
        assert_eq!(path_text(Path::new("a.rep")), "a.rep");
    }
}
