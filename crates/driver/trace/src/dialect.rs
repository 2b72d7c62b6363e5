//! The five dialects, and how to tell them apart.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a trace file is written. Every dialect has one operation a line; they
/// differ in the header and in which operations exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Dialect {
    /// 2002 and still the most copied. Header: suggested heap size (unused),
    /// ids, operations, weight (unused by its driver; see below).
    ///
    /// The driver of this dialect ignores the weight, which is 1 in nearly every
    /// file. Here 0 means [`Weight::None`](crate::Weight::None) and everything
    /// else [`Weight::Both`](crate::Weight::Both).
    Classic,
    /// 2010 to 2015. Header: weight, ids, operations, ignore-ranges flag.
    /// `f -1` is `free(NULL)`.
    Ranges,
    /// 2016 to today. Header: weight, ids, operations, peak live payload.
    Peak,
    /// Stanford's `.script`: no header, `#` comments. A free of an id that holds no block, never
    /// allocated or freed, is `free(NULL)`. (An empty file is an empty script only when this
    /// dialect is forced.)
    Script,
    /// This project's own: the line `heaplab 1`, then the header of
    /// [`Dialect::Peak`]. Adds `c ID SIZE` (calloc), `m ID ALIGN SIZE`
    /// (memalign), `f -1`, `w ID BYTES` (a write) and `#` comments.
    Extended,
}

/// The first word of the extended dialect's first line.
pub(crate) const MARKER: &str = "heaplab";

/// The version after the marker.
pub(crate) const VERSION: u64 = 1;

impl Dialect {
    /// All dialects, oldest first.
    pub const ALL: [Dialect; 5] =
        [Dialect::Classic, Dialect::Ranges, Dialect::Peak, Dialect::Script, Dialect::Extended];

    /// Returns the dialect's name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Dialect::Classic => "classic",
            Dialect::Ranges => "ranges",
            Dialect::Peak => "peak",
            Dialect::Script => "script",
            Dialect::Extended => "extended",
        }
    }

    /// Returns whether `#` begins a comment.
    pub fn has_comments(self) -> bool {
        matches!(self, Dialect::Script | Dialect::Extended)
    }

    /// Returns whether `f -1` is `free(NULL)`.
    pub fn has_free_null(self) -> bool {
        matches!(self, Dialect::Ranges | Dialect::Script | Dialect::Extended)
    }

    /// Returns whether `w`, a write of the program, is written. It is read in every dialect.
    pub fn has_writes(self) -> bool {
        matches!(self, Dialect::Classic | Dialect::Extended)
    }

    /// Returns whether `c` (calloc) and `m` (memalign) exist.
    pub fn has_calloc_and_memalign(self) -> bool {
        self == Dialect::Extended
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a file was taken for its dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The caller said so.
    Forced,
    /// Line 1 is `heaplab 1`.
    Marker,
    /// The file begins with an operation.
    NoHeader,
    /// Line 1 is a weight and line 4 is the peak live payload of the operations.
    PeakMatches,
    /// Line 1 is a weight, and line 4 is 0 or 1 and not the peak.
    FlagFits,
    /// Line 1 is a weight and line 4 is too large to be a flag, though it is not
    /// the peak either.
    NotAFlag,
    /// Line 1 is too large for a weight.
    NotAWeight,
    /// The header has the numbers of ids and operations, but not all others (lenient reading).
    CountsOnly,
    /// The file is not a trace file; the trace was made from this.
    MadeOf(&'static str),
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Evidence::Forced => "as asked",
            Evidence::Marker => "it begins with `heaplab 1`",
            Evidence::NoHeader => "it begins with an operation, not with a header",
            Evidence::PeakMatches => {
                "line 1 is a weight (0 to 3) and line 4 is the peak live payload"
            }
            Evidence::FlagFits => "line 1 is a weight (0 to 3) and line 4 a flag (0 or 1)",
            Evidence::NotAFlag => "line 1 is a weight (0 to 3) and line 4 is not a flag (0 or 1)",
            Evidence::NotAWeight => "line 1 is not a weight (0 to 3)",
            Evidence::CountsOnly => "its header lacks numbers, but has those of ids and operations",
            Evidence::MadeOf(what) => return write!(f, "it is made of {what}"),
        })
    }
}

/// Distinguishes the three dialects with a plain four-line header.
///
/// The rule, in order:
///
/// 1. Line 1 is above 3, so it is not a weight: *classic*.
/// 2. Line 4 equals the peak live payload of the operations: *peak*. (A trace
///    whose peak is 0 or 1 byte and that has an `f -1` is *ranges*.)
/// 3. Line 4 is 0 or 1: *ranges*.
/// 4. Otherwise *peak* with a wrong peak, which is worth a warning.
pub(crate) fn tell_headers_apart(
    line_1: u64,
    line_4: u64,
    peak_payload_bytes: u64,
    has_free_null: bool,
) -> (Dialect, Evidence) {
    let could_be_flag = line_4 <= 1;
    if line_1 > 3 {
        (Dialect::Classic, Evidence::NotAWeight)
    } else if line_4 == peak_payload_bytes && !(could_be_flag && has_free_null) {
        (Dialect::Peak, Evidence::PeakMatches)
    } else if could_be_flag {
        (Dialect::Ranges, Evidence::FlagFits)
    } else {
        (Dialect::Peak, Evidence::NotAFlag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_distinguished_by_their_headers() {
        let tell = |line_1, line_4, peak, null| tell_headers_apart(line_1, line_4, peak, null).0;
        assert_eq!(tell(20_000, 1, 500, false), Dialect::Classic);
        assert_eq!(tell(1, 500, 500, false), Dialect::Peak);
        assert_eq!(tell(1, 0, 500, false), Dialect::Ranges);
        assert_eq!(tell(3, 1, 500, true), Dialect::Ranges);
        assert_eq!(tell(1, 499, 500, false), Dialect::Peak);
        assert_eq!(tell(0, 0, 0, false), Dialect::Peak);
        assert_eq!(tell(0, 0, 0, true), Dialect::Ranges);
    }
}
