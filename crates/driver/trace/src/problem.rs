//! What can be wrong with a trace file: one variant a problem, and what lenient reading does
//! about it. [`words`] has the text for each.

mod words;

use crate::Dialect;
use std::fmt;

/// A part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// Line 1 of a header: a weight, or a suggested heap size (classic).
    FirstHeaderLine,
    /// Line 2 of a header.
    Ids,
    /// Line 3 of a header.
    Operations,
    /// Line 4 of a header: a weight (classic), a flag (ranges) or the peak.
    LastHeaderLine,
    /// The version after `heaplab`.
    Version,
    /// A block's id.
    Id,
    /// Requested payload bytes.
    Size,
    /// An alignment in bytes.
    Alignment,
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Field::FirstHeaderLine => "weight (or suggested heap size)",
            Field::Ids => "number of ids",
            Field::Operations => "number of operations",
            Field::LastHeaderLine => "peak live payload (or flag, or weight)",
            Field::Version => "version",
            Field::Id => "id",
            Field::Size => "size in bytes",
            Field::Alignment => "alignment in bytes",
        })
    }
}

/// What is wrong, with the facts needed to say so. [`Problem::code`] gives each
/// a stable name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// T01: nothing in the file.
    Empty,
    /// T02: a NUL byte or invalid UTF-8.
    NotText {
        /// The bytes look like UTF-16, as some editors save.
        utf16: bool,
    },
    /// T03: gzip that does not unpack.
    DamagedGzip {
        /// The file ends too early; otherwise its contents are wrong.
        cut_off: bool,
    },
    /// T04: more text than the reader accepts.
    TooLong {
        /// The most it accepts.
        limit_bytes: usize,
    },
    /// T05: an operation where the header should be.
    HeaderMissing,
    /// T06: the file ends inside the header, or operations follow.
    HeaderCut {
        /// The first header line that is not there.
        missing: Field,
        /// How many ids and operations follow.
        counts: Counts,
    },
    /// T07: a newer version of the extended dialect, or no marker at all.
    UnknownVersion,
    /// T08: a weight above 3.
    BadWeight,
    /// T09: a flag that is neither 0 nor 1.
    BadFlag,
    /// T10: a line begins with something other than an operation.
    UnknownOperation {
        /// Its first word.
        found: String,
        /// The file has no header.
        in_script: bool,
    },
    /// T11: the line ends too early.
    MissingField {
        /// What should come next.
        field: Field,
        /// The line is the last and has no newline.
        at_end_of_file: bool,
    },
    /// T12: something after the last field.
    ExtraField {
        /// The line is of the header.
        in_header: bool,
    },
    /// T13: not made of digits.
    NotANumber {
        /// What should be a number.
        field: Field,
    },
    /// T14: below zero.
    Negative {
        /// Which number.
        field: Field,
    },
    /// T15: a number above 2^64 - 1.
    Overflow {
        /// Which number.
        field: Field,
    },
    /// T16: a size that no 32-bit machine can hold.
    SizeTooLarge,
    /// T17: an id not below the header's number of ids.
    IdNotDeclared {
        /// The header's number of ids.
        declared: u64,
    },
    /// T18: an id far above anything the file's length justifies.
    IdTooLarge,
    /// T19: an alignment that is not a power of two, or above 2^31.
    BadAlignment,
    /// T20: something only other dialects have.
    NotInDialect {
        /// What it is.
        what: &'static str,
        /// The dialect being read, where it is known already.
        dialect: Option<Dialect>,
    },
    /// T21: a free of an id that was freed before.
    FreedTwice,
    /// T22: a free of an id that was never allocated.
    NeverAllocated,
    /// T23: an allocation into an id that holds a block.
    AllocatedWhileLive,
    /// T24: the file ends before the header's number of operations.
    FewerOperations {
        /// The header's number.
        declared: u64,
        /// How many there are.
        found: u64,
    },
    /// T25: operations go on after the header's number of them.
    MoreOperations {
        /// The header's number.
        declared: u64,
        /// How many there are.
        found: u64,
    },
    /// T26: line 4 is not the peak live payload.
    PeakDiffers {
        /// The header's number.
        declared: u64,
        /// What the operations give.
        computed: u64,
    },
    /// T27: numbers of the header on one line.
    HeaderCrowded,
    /// T28: words after a number of the header.
    HeaderRemark,
    /// T29: a header of the numbers of ids and operations, without one of those around them.
    HeaderOfCounts {
        /// The number of ids.
        ids: u64,
        /// The number of operations.
        operations: u64,
        /// The number before them, if it is there.
        first: Option<u64>,
        /// The number after them is there.
        has_last: bool,
    },
    /// T30: lines that end in a carriage return alone.
    ReturnsAlone,
    /// T31: a Ctrl-Z at the end.
    CtrlZ,
    /// T32: an id that is an address.
    IdIsAddress,
    /// T33: a write to an id that holds no block.
    WriteWithoutBlock,
    /// T34: a write past the end of a block.
    WritePastEnd {
        /// The block's size in bytes.
        size: u32,
    },
    /// T35: more operations than the reader accepts.
    TooManyOperations {
        /// The most it accepts.
        limit: u32,
    },
    /// T36: the system can't read the file.
    CanNotRead {
        /// What the system says.
        why: String,
    },
}

/// How many operations follow a header that is too short, and one more than the highest id
/// in them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Ids.
    pub ids: u64,
    /// Operations.
    pub operations: u64,
}

impl Problem {
    /// Returns a short stable name, such as `T21`, to look up in `docs/traces.md`.
    pub fn code(&self) -> &'static str {
        match self {
            Problem::Empty => "T01",
            Problem::NotText { .. } => "T02",
            Problem::DamagedGzip { .. } => "T03",
            Problem::TooLong { .. } => "T04",
            Problem::HeaderMissing => "T05",
            Problem::HeaderCut { .. } => "T06",
            Problem::UnknownVersion => "T07",
            Problem::BadWeight => "T08",
            Problem::BadFlag => "T09",
            Problem::UnknownOperation { .. } => "T10",
            Problem::MissingField { .. } => "T11",
            Problem::ExtraField { .. } => "T12",
            Problem::NotANumber { .. } => "T13",
            Problem::Negative { .. } => "T14",
            Problem::Overflow { .. } => "T15",
            Problem::SizeTooLarge => "T16",
            Problem::IdNotDeclared { .. } => "T17",
            Problem::IdTooLarge => "T18",
            Problem::BadAlignment => "T19",
            Problem::NotInDialect { .. } => "T20",
            Problem::FreedTwice => "T21",
            Problem::NeverAllocated => "T22",
            Problem::AllocatedWhileLive => "T23",
            Problem::FewerOperations { .. } => "T24",
            Problem::MoreOperations { .. } => "T25",
            Problem::PeakDiffers { .. } => "T26",
            Problem::HeaderCrowded => "T27",
            Problem::HeaderRemark => "T28",
            Problem::HeaderOfCounts { .. } => "T29",
            Problem::ReturnsAlone => "T30",
            Problem::CtrlZ => "T31",
            Problem::IdIsAddress => "T32",
            Problem::WriteWithoutBlock => "T33",
            Problem::WritePastEnd { .. } => "T34",
            Problem::TooManyOperations { .. } => "T35",
            Problem::CanNotRead { .. } => "T36",
        }
    }

    /// Returns what lenient reading does about the problem; `None` if it is refused even then.
    pub fn tolerance(&self) -> Option<&'static str> {
        Some(match self {
            Problem::BadWeight => "assumes the weight 1 (both)",
            Problem::BadFlag => "ignores the flag",
            Problem::IdNotDeclared { .. } => "accepts the ids as they are",
            Problem::NotInDialect { what, .. } => match *what {
                COMMENT | C_COMMENT => "skips comments",
                FREE_NULL => "treats it as free(NULL)",
                _ => return None,
            },
            Problem::FreedTwice | Problem::NeverAllocated => "drops this free",
            Problem::WriteWithoutBlock | Problem::WritePastEnd { .. } => "drops this write",
            Problem::AllocatedWhileLive => "leaks the older block: it stays live to the end",
            Problem::FewerOperations { .. } => "replays the operations that are there",
            Problem::MoreOperations { .. } => {
                "stops at the promised number, as the drivers of these dialects do"
            }
            Problem::PeakDiffers { .. } => "computes the peak itself",
            Problem::HeaderMissing => "treats the file as a script",
            Problem::NotText { utf16: true } => "decodes it",
            Problem::HeaderCrowded => "takes the numbers in their order",
            Problem::HeaderRemark => "skips such remarks",
            Problem::HeaderOfCounts { first: None, .. } => {
                "treats them as such, and assumes the weight 1 (both)"
            }
            Problem::HeaderOfCounts { .. } => "treats them as such",
            Problem::ReturnsAlone => "treats each as the end of a line",
            Problem::CtrlZ => "ends the file there",
            _ => return None,
        })
    }
}

/// [`Problem::NotInDialect`]: a comment as in C.
pub(crate) const C_COMMENT: &str = "a `//` comment";
/// [`Problem::NotInDialect`]: a comment.
pub(crate) const COMMENT: &str = "a `#` comment";
/// [`Problem::NotInDialect`]: `f -1`.
pub(crate) const FREE_NULL: &str = "`f -1`, free(NULL),";
/// [`Problem::NotInDialect`]: `c`.
pub(crate) const CALLOC: &str = "`c`, calloc,";
/// [`Problem::NotInDialect`]: `m`.
pub(crate) const MEMALIGN: &str = "`m`, memalign,";
