//! Reads bytes as text, in the encoding that they have: UTF-8, or what editors wrote before it.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// A text, and how it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding, unless it is UTF-8.
    pub encoding: Option<&'static str>,
}

/// Decodes bytes: as the byte order mark says, as UTF-8 if they are, as UTF-16 if zero bytes
/// alternate with letters, and otherwise as Windows-1252, which Latin-1 is a part of.
///
/// # Errors
/// If the bytes are not a text, with the reason.
pub fn decode(bytes: &[u8]) -> Result<Text, String> {
    if let Some((encoding, mark_bytes)) = Encoding::for_bom(bytes) {
        return whole(encoding, &bytes[mark_bytes..])
            .ok_or_else(|| format!("not a text: its first bytes say {}", encoding.name()));
    }
    if let Some(encoding) = utf_16(bytes) {
        return whole(encoding, bytes)
            .ok_or_else(|| format!("not a text: its zero bytes look like {}", encoding.name()));
    }
    if let Some(index) = bytes.iter().position(|&byte| byte == 0) {
        return Err(format!("not a text: byte {index} is zero"));
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Ok(Text { text: text.to_owned(), encoding: None });
    }
    if let Some(index) = bytes.iter().position(|&byte| is_binary(byte)) {
        return Err(format!("not a text: byte {index} is {:#04x}", bytes[index]));
    }
    whole(WINDOWS_1252, bytes).ok_or_else(|| "not a text".to_owned())
}

/// Decodes bytes if all of them are text in this encoding.
fn whole(encoding: &'static Encoding, bytes: &[u8]) -> Option<Text> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let name = (encoding != UTF_8).then(|| encoding.name());
    (!text.contains('\0')).then(|| Text { text: text.into_owned(), encoding: name })
}

/// Returns the order of the bytes if they look like UTF-16: a source is
/// mostly ASCII, so that every second byte of it is zero.
fn utf_16(bytes: &[u8]) -> Option<&'static Encoding> {
    let (units, rest) = bytes.as_chunks::<2>();
    if units.is_empty() || !rest.is_empty() {
        return None;
    }
    let zeros = |at: usize| units.iter().filter(|unit| unit[at] == 0).count();
    // A few letters of other scripts have a zero byte at the other place.
    match (zeros(0), zeros(1)) {
        (first, last) if last * 2 > units.len() && first * 8 < last => Some(UTF_16LE),
        (first, last) if first * 2 > units.len() && last * 8 < first => Some(UTF_16BE),
        _ => None,
    }
}

/// Returns whether a byte is a control character that sources do not have. The byte
/// 0x1a, which old editors put at the end, is not counted.
fn is_binary(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | 0x0c | b'\r' | 0x1a)) || byte == 0x7f
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "// größe \u{4e00}\nfn f() {}\n";

    fn read(bytes: &[u8]) -> (String, Option<&'static str>) {
        let read = decode(bytes).unwrap();
        (read.text, read.encoding)
    }

    fn utf_16_of(text: &str, bytes_of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes_of).collect()
    }

    #[test]
    fn utf_8_stays_as_it_is() {
        assert_eq!(read(SOURCE.as_bytes()), (SOURCE.to_owned(), None));
        assert_eq!(read(b""), (String::new(), None));
        assert_eq!(read(b"\xef\xbb\xbffn f() {}"), ("fn f() {}".to_owned(), None));
    }

    #[test]
    fn utf_16_is_read_in_both_orders_with_and_without_a_mark() {
        for (bytes_of, name) in
            [(u16::to_le_bytes as fn(u16) -> [u8; 2], "UTF-16LE"), (u16::to_be_bytes, "UTF-16BE")]
        {
            for mark in ["", "\u{feff}"] {
                let bytes = utf_16_of(&format!("{mark}{SOURCE}"), bytes_of);
                assert_eq!(read(&bytes), (SOURCE.to_owned(), Some(name)), "{mark:?}");
            }
        }
    }

    #[test]
    fn single_byte_encodings_are_read() {
        let latin = b"// gr\xf6\xdfe\nfn f() {}\n";
        assert_eq!(read(latin), ("// größe\nfn f() {}\n".to_owned(), Some("windows-1252")));
        let quoted = b"// \x93quoted\x94 \x80\n\x1a";
        let expected = "// \u{201c}quoted\u{201d} \u{20ac}\n\u{1a}";
        assert_eq!(read(quoted), (expected.to_owned(), Some("windows-1252")));
    }

    #[test]
    fn binary_files_are_not_texts() {
        for bytes in [
            &[0_u8; 4096][..],
            b"fn f() {}\0",
            b"\x7fELF\x02\x01\x01\0\0\0",
            b"PK\x03\x04\xff\xfe",
            b"\xff\xfe\0\0f\0\0\0",
            b"\xff\xfef",
            b"\xfe\xff\xd8\0\0a",
            b"\xef\xbb\xbf\xff",
        ] {
            let reason = decode(bytes).unwrap_err();
            assert!(reason.starts_with("not a text: "), "{bytes:?}: {reason}");
        }
    }
}
