//! From bytes to text.

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

/// The bytes as text, without a byte order mark.
pub(super) fn check<'a>(bytes: &'a [u8], findings: &mut Findings) -> Result<&'a str, GaveUp> {
    let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let invalid_at = match std::str::from_utf8(bytes) {
        Ok(text) => match memchr::memchr(0, bytes) {
            None => return Ok(text),
            Some(nul) => nul,
        },
        Err(error) => {
            memchr::memchr(0, &bytes[..error.valid_up_to()]).unwrap_or(error.valid_up_to())
        }
    };
    let problem = Problem::NotText { utf16 };
    if utf16 {
        findings.add_for_file(problem);
    } else {
        // What stands before the first bad byte is text, so its line can be shown.
        let lossy = String::from_utf8_lossy(&bytes[..invalid_at]) + "\u{fffd}";
        let line_start = lossy.rfind('\n').map_or(0, |newline| newline + 1);
        let line = memchr::memchr_iter(b'\n', &bytes[..invalid_at]).count() + 1;
        let spot = Spot {
            line: u32::try_from(line).unwrap_or(u32::MAX),
            start: invalid_at - line_start,
            len: 1,
        };
        findings.add(problem, spot, &lossy);
    }
    Err(GaveUp)
}
