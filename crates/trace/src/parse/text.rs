//! From bytes to text with newlines.

use super::findings::{Findings, GaveUp, Spot};
use crate::{Problem, gzip};
use std::borrow::Cow;

/// Unpacks gzip; takes plain bytes as they are.
pub(super) fn unpack(bytes: &[u8], limit_bytes: usize) -> Result<Cow<'_, [u8]>, Problem> {
    if gzip::is_gzip(bytes) {
        gzip::decompress(bytes, limit_bytes).map(Cow::Owned)
    } else if bytes.len() > limit_bytes {
        Err(Problem::TooLong { limit_bytes })
    } else {
        Ok(Cow::Borrowed(bytes))
    }
}

/// The bytes as text, without a byte order mark and without the Ctrl-Z of DOS at the end.
pub(super) fn read<'a>(bytes: &'a [u8], findings: &mut Findings) -> Result<Cow<'a, str>, GaveUp> {
    let text = decode(bytes, findings)?;
    let text = with_newlines(text, findings)?;
    Ok(without_ctrl_z(text, findings))
}

/// The bytes as text, without a byte order mark.
fn decode<'a>(bytes: &'a [u8], findings: &mut Findings) -> Result<Cow<'a, str>, GaveUp> {
    if let Some(order) = utf16_order(bytes) {
        let problem = Problem::NotText { utf16: true };
        let accepted = findings.accepts(&problem);
        findings.add_for_file(problem);
        return match accepted {
            true => Ok(Cow::Owned(order.decode(bytes))),
            false => Err(GaveUp),
        };
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let invalid_at = match std::str::from_utf8(bytes) {
        Ok(text) => match memchr::memchr(0, bytes) {
            None => return Ok(Cow::Borrowed(text)),
            Some(nul) => nul,
        },
        Err(error) => {
            memchr::memchr(0, &bytes[..error.valid_up_to()]).unwrap_or(error.valid_up_to())
        }
    };
    // What stands before the first bad byte is text, so its line can be shown.
    let lossy = String::from_utf8_lossy(&bytes[..invalid_at]) + "\u{fffd}";
    let line_start = lossy.rfind('\n').map_or(0, |newline| newline + 1);
    let line = memchr::memchr_iter(b'\n', &bytes[..invalid_at]).count() + 1;
    let spot = Spot {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        start: invalid_at - line_start,
        len: 1,
    };
    findings.add(Problem::NotText { utf16: false }, spot, &lossy);
    Err(GaveUp)
}

/// Which of the two bytes of a UTF-16 unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Utf16 {
    Little,
    Big,
}

/// The order of a text's bytes if it is UTF-16: by its mark, or by a NUL in each of its
/// first units, since traces are ASCII.
fn utf16_order(bytes: &[u8]) -> Option<Utf16> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(Utf16::Little),
        [0xfe, 0xff, ..] => return Some(Utf16::Big),
        _ => {}
    }
    let (units, _) = bytes.as_chunks::<2>();
    let units = &units[..units.len().min(8)];
    let all = |is_ascii: fn(&[u8; 2]) -> bool| units.len() >= 2 && units.iter().all(is_ascii);
    if all(|unit| unit[0] != 0 && unit[1] == 0) {
        Some(Utf16::Little)
    } else if all(|unit| unit[0] == 0 && unit[1] != 0) {
        Some(Utf16::Big)
    } else {
        None
    }
}

impl Utf16 {
    /// The text; what is no character becomes U+FFFD. A NUL does too: it has no place in a
    /// trace, and is then an unknown word.
    fn decode(self, bytes: &[u8]) -> String {
        let (units, odd) = bytes.as_chunks::<2>();
        let units = units.iter().map(|&unit| match self {
            Utf16::Little => u16::from_le_bytes(unit),
            Utf16::Big => u16::from_be_bytes(unit),
        });
        let characters = char::decode_utf16(units);
        let characters = characters.map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER));
        let mut text: String = characters
            .map(|one| match one {
                '\0' => char::REPLACEMENT_CHARACTER,
                one => one,
            })
            .collect();
        if !odd.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        match text.strip_prefix('\u{feff}') {
            Some(text) => text.to_owned(),
            None => text,
        }
    }
}

/// The text with newlines if its lines end in carriage returns alone.
fn with_newlines<'a>(text: Cow<'a, str>, findings: &mut Findings) -> Result<Cow<'a, str>, GaveUp> {
    let inside = text.trim_end().as_bytes();
    if memchr::memchr(b'\n', inside).is_some() {
        return Ok(text);
    }
    let Some(first_return) = memchr::memchr(b'\r', inside) else {
        return Ok(text);
    };
    let spot = Spot {
        line: 1,
        start: first_return,
        len: 0,
    };
    // The final newline, if there is one, ends a line with a return or none.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    findings.add(Problem::ReturnsAlone, spot, &text);
    match findings.accepts(&Problem::ReturnsAlone) {
        true => Ok(Cow::Owned(text)),
        false => Err(GaveUp),
    }
}

/// The text without a Ctrl-Z at its end, and without the blanks and Ctrl-Zs that follow it.
fn without_ctrl_z<'a>(text: Cow<'a, str>, findings: &mut Findings) -> Cow<'a, str> {
    const CTRL_Z: char = '\u{1a}';
    let rest = text.trim_end_matches(|c: char| c == CTRL_Z || c.is_whitespace());
    let Some(at) = text[rest.len()..].find(CTRL_Z) else {
        return text;
    };
    let end = rest.len() + at;
    let line_start = text[..end].rfind('\n').map_or(0, |newline| newline + 1);
    let line = memchr::memchr_iter(b'\n', &text.as_bytes()[..end]).count() + 1;
    let spot = Spot {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        start: end - line_start,
        len: 1,
    };
    findings.add(Problem::CtrlZ, spot, &text);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_known_by_its_mark_or_its_nuls() {
        let text = "1\n1\n2\n16\na 0 16\nf 0\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, order) in [(little, Utf16::Little), (big, Utf16::Big)] {
            assert_eq!(utf16_order(&bytes), Some(order));
            assert_eq!(order.decode(&bytes), text);
            let mark = match order {
                Utf16::Little => [0xff, 0xfe],
                Utf16::Big => [0xfe, 0xff],
            };
            let marked = [&mark[..], &bytes].concat();
            assert_eq!(utf16_order(&marked), Some(order));
            assert_eq!(order.decode(&marked), text);
        }
        for other in [
            &b""[..],
            b"1",
            b"1\0",
            b"1\n1\n2",
            b"a\0b\0cd\0",
            b"\0\x05\x16\x07",
        ] {
            assert_eq!(utf16_order(other), None, "{other:?}");
        }
    }
}
