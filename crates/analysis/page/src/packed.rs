//! Long lists of numbers as text for a page: differences, in as few bytes as each needs, packed by
//! gzip, in base64. A browser unpacks a million numbers in some hundredths of a second.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;
use std::io::{self, Write};

/// All lists of a page, one after the other.
#[derive(Default)]
pub(crate) struct Packed {
    bytes: Vec<u8>,
}

/// Where a list is among the bytes of all lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place {
    /// Its first byte.
    pub(crate) at: usize,
    /// How many numbers it has.
    pub(crate) count: usize,
}

impl Packed {
    /// Appends a list. Each number is written as its difference from the one before, or from 0.
    pub(crate) fn add(&mut self, numbers: impl IntoIterator<Item = u64>) -> Place {
        let (at, mut count, mut last) = (self.bytes.len(), 0, 0_i64);
        for number in numbers {
            let number = i64::try_from(number).unwrap_or(i64::MAX);
            self.put(number.wrapping_sub(last));
            last = number;
            count += 1;
        }
        Place { at, count }
    }

    /// Appends bytes as they are.
    pub(crate) fn add_bytes<'b>(&mut self, parts: impl IntoIterator<Item = &'b [u8]>) -> Place {
        let at = self.bytes.len();
        for part in parts {
            self.bytes.extend_from_slice(part);
        }
        Place { at, count: self.bytes.len() - at }
    }

    /// Appends a number with a sign: the sign is its lowest bit, then seven bits a byte, the lowest
    /// first, and a bit that says whether more follow.
    fn put(&mut self, number: i64) {
        let mut bits = ((number << 1) ^ (number >> 63)) as u64;
        while bits >= 0x80 {
            self.bytes.push(bits as u8 | 0x80);
            bits >>= 7;
        }
        self.bytes.push(bits as u8);
    }

    /// Returns all lists as text.
    pub(crate) fn into_text(self) -> io::Result<String> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&self.bytes)?;
        Ok(STANDARD.encode(gzip.finish()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_differences_in_few_bytes() {
        let mut packed = Packed::default();
        assert_eq!(packed.add([5, 4, 4]), Place { at: 0, count: 3 });
        assert_eq!(packed.add([]), Place { at: 3, count: 0 });
        assert_eq!(packed.add([64, 1 << 33]), Place { at: 3, count: 2 });
        assert_eq!(packed.bytes[..5], [10, 1, 0, 0x80, 1]);
        assert!(packed.into_text().unwrap().starts_with("H4sI"));
    }
}
