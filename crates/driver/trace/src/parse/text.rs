//! Converts bytes to text with newlines.

use super::findings::{Findings, GaveUp, Spot};
use super::piece::Piece;
use crate::Problem;
use std::borrow::Cow;

/// Returns the bytes as text, without a byte order mark and the Ctrl-Z of DOS at the end.
pub(super) fn read<'a>(bytes: &'a [u8], findings: &mut Findings) -> Result<Cow<'a, str>, GaveUp> {
    let text = decode(bytes, findings)?;
    let text = with_newlines(text, findings)?;
    Ok(without_ctrl_z(text, findings))
}

/// Returns the bytes as text, without a byte order mark.
fn decode<'a>(bytes: &'a [u8], findings: &mut Findings) -> Result<Cow<'a, str>, GaveUp> {
    if let Some(order) = utf16_order(bytes) {
        let problem = Problem::NotText { utf16: true };
        let accepted = findings.accepts(&problem);
        findings.add_for_file(problem);
        return if accepted { Ok(Cow::Owned(order.decode(bytes))) } else { Err(GaveUp) };
    }
    let bytes = &bytes[mark_bytes(bytes)..];
    check(bytes, 0, findings).map(Cow::Borrowed)
}

/// Returns how many bytes a byte order mark takes at the start of UTF-8.
pub(super) fn mark_bytes(bytes: &[u8]) -> usize {
    const MARK: &[u8] = b"\xef\xbb\xbf";
    if bytes.starts_with(MARK) { MARK.len() } else { 0 }
}

/// Returns the bytes as text; `lines_before` lines of the file stand before them.
pub(super) fn check<'a>(
    bytes: &'a [u8],
    lines_before: u32,
    findings: &mut Findings,
) -> Result<&'a str, GaveUp> {
    let invalid_at = match std::str::from_utf8(bytes) {
        Ok(text) => match memchr::memchr(0, bytes) {
            None => return Ok(text),
            Some(nul) => nul,
        },
        Err(error) => {
            memchr::memchr(0, &bytes[..error.valid_up_to()]).unwrap_or(error.valid_up_to())
        }
    };
    // The line up to the first bad byte is text, so it can be shown.
    let line_start = memchr::memrchr(b'\n', &bytes[..invalid_at]).map_or(0, |newline| newline + 1);
    let lossy = String::from_utf8_lossy(&bytes[line_start..invalid_at]) + "\u{fffd}";
    let lines = memchr::memchr_iter(b'\n', &bytes[..invalid_at]).count();
    let lines_before = lines_before.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    let spot =
        Spot { line: lines_before.saturating_add(1), start: invalid_at - line_start, len: 1 };
    let piece = Piece::new(&lossy, lines_before);
    findings.add(Problem::NotText { utf16: false }, spot, piece);
    Err(GaveUp)
}

/// Returns whether a file that starts like this must be converted as a whole: UTF-16, and lines
/// that end in carriage returns alone.
pub(super) fn is_changed_as_a_whole(start: &[u8]) -> bool {
    let has = |byte| memchr::memchr(byte, start).is_some();
    utf16_order(start).is_some() || has(b'\r') && !has(b'\n')
}

/// Which of the two bytes of a UTF-16 unit comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Utf16 {
    Little,
    Big,
}

/// Returns the order of a text's bytes if it is UTF-16: by its mark, or by a NUL in each of its
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
    /// Returns the text; what is not a character becomes U+FFFD. So does a NUL: it has no place in
    /// a trace, and is then an unknown word.
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

/// Returns the text with newlines if its lines end in carriage returns alone.
fn with_newlines<'a>(text: Cow<'a, str>, findings: &mut Findings) -> Result<Cow<'a, str>, GaveUp> {
    let inside = text.trim_end().as_bytes();
    if memchr::memchr(b'\n', inside).is_some() {
        return Ok(text);
    }
    let Some(first_return) = memchr::memchr(b'\r', inside) else {
        return Ok(text);
    };
    let spot = Spot { line: 1, start: first_return, len: 0 };
    // The final newline, if there is one, either follows a return or ends the last line alone.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    findings.add(Problem::ReturnsAlone, spot, Piece::whole(&text));
    if findings.accepts(&Problem::ReturnsAlone) { Ok(Cow::Owned(text)) } else { Err(GaveUp) }
}

/// Returns the text up to a Ctrl-Z that only blanks and more Ctrl-Zs follow.
fn without_ctrl_z<'a>(text: Cow<'a, str>, findings: &mut Findings) -> Cow<'a, str> {
    let end = bytes_before_ctrl_z(text.as_bytes(), 0, findings);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

/// Returns how many bytes stand before the Ctrl-Z that ends a file of DOS, or all of them without
/// one; `lines_before` lines of the file stand before them.
pub(super) fn bytes_before_ctrl_z(
    bytes: &[u8],
    lines_before: u32,
    findings: &mut Findings,
) -> usize {
    const CTRL_Z: u8 = 0x1a;
    let is_rest = |byte: &u8| *byte == CTRL_Z || byte.is_ascii_whitespace();
    let rest = bytes.iter().rposition(|byte| !is_rest(byte)).map_or(0, |last| last + 1);
    let Some(at) = memchr::memchr(CTRL_Z, &bytes[rest..]) else {
        return bytes.len();
    };
    let end = rest + at;
    let line_start = memchr::memrchr(b'\n', &bytes[..end]).map_or(0, |newline| newline + 1);
    let lines = memchr::memchr_iter(b'\n', &bytes[..end]).count();
    let lines_before = lines_before.saturating_add(u32::try_from(lines).unwrap_or(u32::MAX));
    let spot = Spot { line: lines_before.saturating_add(1), start: end - line_start, len: 1 };
    let line = String::from_utf8_lossy(&bytes[line_start..]);
    findings.add(Problem::CtrlZ, spot, Piece::new(&line, lines_before));
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_recognized_by_its_mark_or_its_nuls() {
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
        for other in [&b""[..], b"1", b"1\0", b"1\n1\n2", b"a\0b\0cd\0", b"\0\x05\x16\x07"] {
            assert_eq!(utf16_order(other), None, "{other:?}");
        }
    }
}
