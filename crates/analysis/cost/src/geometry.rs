//! The shape of a cache: how many bytes, in how many ways, in lines of what size.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The shape of a set-associative cache, or of a translation lookaside buffer,
/// whose lines are pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Geometry {
    sets: u32,
    ways: u32,
    line_bytes: u32,
}

/// Bytes in a page: what one entry of a translation lookaside buffer maps.
const PAGE_BYTES: u32 = 4096;

/// The most lines: a table of 16 MiB.
const MOST_LINES: u32 = 1 << 22;

impl Geometry {
    /// The first-level data cache of many machines: 32 KiB, 8 ways, 64-byte lines.
    pub const CACHE: Geometry = Geometry { sets: 64, ways: 8, line_bytes: 64 };

    /// The first-level data TLB of many machines: 64 entries, 4 ways, 4-KiB pages.
    pub const TLB: Geometry = Geometry { sets: 16, ways: 4, line_bytes: PAGE_BYTES };

    /// Returns the geometry of `lines` lines of `line_bytes` bytes, `ways` of them in a set.
    ///
    /// # Errors
    /// If a cache can't have this geometry.
    pub fn new(lines: u32, ways: u32, line_bytes: u32) -> Result<Geometry, GeometryError> {
        if !line_bytes.is_power_of_two() || line_bytes < 4 {
            return Err(GeometryError::Line);
        }
        if ways == 0 || lines == 0 || !lines.is_multiple_of(ways) {
            return Err(GeometryError::Ways);
        }
        let sets = lines / ways;
        if !sets.is_power_of_two() {
            return Err(GeometryError::Sets { sets });
        }
        if lines > MOST_LINES {
            return Err(GeometryError::TooLarge);
        }
        Ok(Geometry { sets, ways, line_bytes })
    }

    /// Reads a text such as `32K,8,64`: bytes, ways, bytes in a line.
    ///
    /// # Errors
    /// If the text has another form, or a cache can't have this geometry.
    pub fn parse_cache(text: &str) -> Result<Geometry, GeometryError> {
        let [bytes, ways, line_bytes] = numbers(text).ok_or(GeometryError::NoCache)?;
        if line_bytes == 0 || !bytes.is_multiple_of(line_bytes) {
            return Err(GeometryError::Line);
        }
        Geometry::new(bytes / line_bytes, ways, line_bytes)
    }

    /// Reads a text such as `64,4`: entries, ways. Pages have 4 KiB.
    ///
    /// # Errors
    /// If the text has another form, or a buffer can't have this geometry.
    pub fn parse_tlb(text: &str) -> Result<Geometry, GeometryError> {
        let [entries, ways] = numbers(text).ok_or(GeometryError::NoTlb)?;
        Geometry::new(entries, ways, PAGE_BYTES)
    }

    /// Returns how many sets there are; an address belongs to one.
    pub fn sets(self) -> u32 {
        self.sets
    }

    /// Returns how many lines a set has.
    pub fn ways(self) -> u32 {
        self.ways
    }

    /// Returns the bytes in a line.
    pub fn line_bytes(self) -> u32 {
        self.line_bytes
    }

    /// Returns how many lines there are in all: a buffer's entries.
    pub fn lines(self) -> u32 {
        self.sets * self.ways
    }
}

/// `64 lines of 64 bytes, 8 ways, LRU`.
impl fmt::Display for Geometry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (lines, ways, line_bytes) = (self.lines(), self.ways, self.line_bytes);
        write!(f, "{lines} lines of {line_bytes} bytes, {ways} ways, LRU")
    }
}

/// Why a geometry is not valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeometryError {
    /// Not the three numbers of a cache.
    NoCache,
    /// Not the two numbers of a translation lookaside buffer.
    NoTlb,
    /// A line size that caches don't have.
    Line,
    /// The ways don't share the lines evenly.
    Ways,
    /// The number of sets is not a power of two.
    Sets {
        /// That number.
        sets: u32,
    },
    /// More lines than can be simulated at a sensible cost.
    TooLarge,
}

impl fmt::Display for GeometryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            GeometryError::NoCache => {
                f.write_str("expected bytes, ways and bytes in a line, such as 32K,8,64")
            }
            GeometryError::NoTlb => f.write_str("expected entries and ways, such as 64,4"),
            GeometryError::Line => f.write_str(
                "a line must have a power of two of bytes, at least 4, and the cache must have whole lines",
            ),
            GeometryError::Ways => f.write_str("the number of lines must be a multiple of the number of ways"),
            GeometryError::Sets { sets } => {
                write!(f, "that makes {sets} sets, but the number of sets must be a power of two")
            }
            GeometryError::TooLarge => write!(f, "more than {MOST_LINES} lines"),
        }
    }
}

impl std::error::Error for GeometryError {}

/// Reads exactly N numbers between commas, each with an optional K or M behind it.
fn numbers<const N: usize>(text: &str) -> Option<[u32; N]> {
    let numbers: Option<Vec<u32>> = text.split(',').map(number).collect();
    numbers?.try_into().ok()
}

fn number(text: &str) -> Option<u32> {
    let text = text.trim();
    let (digits, shift) = match text.char_indices().last()? {
        (at, 'K' | 'k') => (&text[..at], 10),
        (at, 'M' | 'm') => (&text[..at], 20),
        _ => (text, 0),
    };
    digits.parse::<u32>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_geometries_can_be_parsed() {
        assert_eq!(Geometry::parse_cache("32K,8,64"), Ok(Geometry::CACHE));
        assert_eq!(Geometry::parse_cache("32768, 8, 64"), Ok(Geometry::CACHE));
        assert_eq!(Geometry::parse_tlb("64,4"), Ok(Geometry::TLB));
    }

    #[test]
    fn an_invalid_cache_is_refused_with_the_reason() {
        let cache = |text| Geometry::parse_cache(text).unwrap_err();
        for text in ["", "32K", "32K,8", "32K,8,64,1", "32K,8,x", "9999M,8,64"] {
            assert_eq!(cache(text), GeometryError::NoCache, "{text}");
        }
        assert_eq!(cache("32K,8,0"), GeometryError::Line);
        assert_eq!(cache("32K,8,48"), GeometryError::Line);
        assert_eq!(cache("100,1,64"), GeometryError::Line);
        assert_eq!(cache("32K,0,64"), GeometryError::Ways);
        assert_eq!(cache("0,8,64"), GeometryError::Ways);
        assert_eq!(cache("32K,7,64"), GeometryError::Ways);
        assert_eq!(cache("24K,8,64"), GeometryError::Sets { sets: 48 });
        assert_eq!(cache("1024M,8,4"), GeometryError::TooLarge);
        assert_eq!(Geometry::parse_tlb("64"), Err(GeometryError::NoTlb));
    }
}
