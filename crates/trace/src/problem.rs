//! What can be wrong with a trace file: one variant a problem, and the words
//! for each.

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
    /// T05: an operation where the header should be.
    HeaderMissing,
    /// T06: the file ends inside the header, or operations follow.
    HeaderCut {
        /// The first header line that is not there.
        missing: Field,
        /// How many ids and operations follow.
        counts: Counts,
    },
    /// T07: an extended dialect from the future, or no marker at all.
    UnknownVersion,
    /// T08: a weight above 3.
    BadWeight,
    /// T09: a flag that is neither 0 nor 1.
    BadFlag,
    /// T10: a line begins with something else than an operation.
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
    /// T19: an alignment that is no power of two, or above 2^31.
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
        /// The number before them is there.
        has_first: bool,
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
    /// A short stable name, such as `T21`, to look up in `docs/traces.md`.
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

    /// What lenient reading does about it; `None` when even that gives up.
    pub fn tolerance(&self) -> Option<&'static str> {
        Some(match self {
            Problem::BadWeight => "takes the weight for 1 (both)",
            Problem::BadFlag => "ignores the flag",
            Problem::IdNotDeclared { .. } => "takes the ids as they come",
            Problem::NotInDialect { what, .. } => match *what {
                COMMENT | C_COMMENT => "skips comments",
                FREE_NULL => "takes it for free(NULL)",
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
            Problem::HeaderMissing => "takes the file for a script",
            Problem::NotText { utf16: true } => "decodes it",
            Problem::HeaderCrowded => "takes the numbers in their order",
            Problem::HeaderRemark => "skips such remarks",
            Problem::HeaderOfCounts {
                has_first: false, ..
            } => "takes them for that, and the weight for 1 (both)",
            Problem::HeaderOfCounts { .. } => "takes them for that",
            Problem::ReturnsAlone => "takes each for the end of a line",
            Problem::CtrlZ => "ends the file there",
            _ => return None,
        })
    }

    /// What the caret points at, in a few words.
    pub fn label(&self) -> String {
        match self {
            Problem::NotText { .. } => "not text from here".into(),
            Problem::HeaderMissing => "an operation, not a header".into(),
            Problem::HeaderCut { missing, .. } => format!("expected the {missing}"),
            Problem::UnknownVersion => "expected `heaplab 1`".into(),
            Problem::BadWeight => "expected 0, 1, 2 or 3".into(),
            Problem::BadFlag => "expected 0 or 1".into(),
            Problem::UnknownOperation { .. } => "not an operation".into(),
            Problem::MissingField { field, .. } => format!("expected the {field} here"),
            Problem::ExtraField { .. } => "nothing should follow".into(),
            Problem::NotANumber { field }
            | Problem::Negative { field }
            | Problem::Overflow { field } => format!("expected the {field}"),
            Problem::SizeTooLarge => "at most 4294967295 (2^32 - 1)".into(),
            Problem::IdNotDeclared { declared: 0 } => "the header declares no ids".into(),
            Problem::IdNotDeclared { declared } => format!("expected 0 to {}", declared - 1),
            Problem::IdTooLarge => "far more than there are blocks".into(),
            Problem::BadAlignment => "expected 1, 2, 4, 8, 16, ... up to 2147483648".into(),
            Problem::NotInDialect {
                what: C_COMMENT, ..
            } => "no dialect has this".into(),
            Problem::NotInDialect { .. } => "only other dialects have this".into(),
            Problem::FreedTwice => "freed again".into(),
            Problem::NeverAllocated => "holds no block".into(),
            Problem::AllocatedWhileLive => "allocated again".into(),
            Problem::FewerOperations { declared, .. } => format!("promises {declared}"),
            Problem::MoreOperations { declared, .. } => format!("operation {}", declared + 1),
            Problem::PeakDiffers { computed, .. } => format!("the operations give {computed}"),
            Problem::HeaderCrowded => "each of these belongs on a line of its own".into(),
            Problem::HeaderRemark => "only a number belongs here".into(),
            Problem::HeaderOfCounts { .. } => "the number of ids".into(),
            Problem::ReturnsAlone => "here a line ends in a carriage return (CR) alone".into(),
            Problem::CtrlZ => "Ctrl-Z (0x1A)".into(),
            Problem::IdIsAddress => "an address, or a null pointer".into(),
            Problem::WriteWithoutBlock => "holds no block".into(),
            Problem::WritePastEnd { size } => format!("its block has {size} bytes"),
            Problem::Empty
            | Problem::DamagedGzip { .. }
            | Problem::TooLong { .. }
            | Problem::TooManyOperations { .. }
            | Problem::CanNotRead { .. } => String::new(),
        }
    }

    /// What an earlier line that matters is labelled with.
    pub fn other_label(&self) -> String {
        match self {
            Problem::IdNotDeclared { declared } => format!("the header declares {declared}"),
            Problem::FreedTwice => "freed first here".into(),
            Problem::AllocatedWhileLive => "holds a block since here".into(),
            Problem::FewerOperations { found, .. } => {
                format!("the file ends here, after {found}")
            }
            Problem::MoreOperations { declared, .. } => format!("promises {declared}"),
            Problem::HeaderOfCounts { .. } => "the number of operations".into(),
            _ => String::new(),
        }
    }

    /// What to do about it.
    pub fn help(&self) -> String {
        match self {
            Problem::Empty => {
                "a trace has a header and operations, or (`.script`) operations".into()
            }
            Problem::NotText { utf16: true } => "save the file as UTF-8 or plain ASCII".into(),
            Problem::NotText { utf16: false } => {
                "is this a trace file? one that was damaged has to be fetched again".into()
            }
            Problem::DamagedGzip { .. } => "fetch or make the file again".into(),
            Problem::TooLong { .. } | Problem::TooManyOperations { .. } => {
                "split the trace, or record a shorter run".into()
            }
            Problem::CanNotRead { .. } => "is it a file, and may you read it?".into(),
            Problem::HeaderMissing => {
                "put the four header lines first, or call it a `.script`".into()
            }
            Problem::HeaderCut { missing, counts } => header_cut_help(*missing, *counts),
            Problem::UnknownVersion => {
                "this version reads `heaplab 1`; a newer file needs a newer heaplab".into()
            }
            Problem::BadWeight => {
                "0 counts for nothing, 1 for both, 2 for utilization, 3 for throughput".into()
            }
            Problem::BadFlag => "write 0".into(),
            Problem::UnknownOperation { found, .. } => match found.as_str() {
                "A" | "F" | "R" | "C" | "M" | "W" => "operations are lower-case letters".into(),
                _ => {
                    "a line is `a ID SIZE` (malloc), `r ID SIZE` (realloc), `f ID` (free) or `w ID BYTES` (write)"
                        .into()
                }
            },
            Problem::MissingField {
                at_end_of_file: true,
                ..
            } => "the file seems to be cut off here; fetch or make it again".into(),
            Problem::MissingField { field, .. } => format!(
                "add the {field}; some drivers silently use the last line's, which is a guess"
            ),
            Problem::ExtraField { in_header: false } => "write one operation a line".into(),
            Problem::ExtraField { in_header: true } => {
                "write one number of the header a line, and operations below it".into()
            }
            Problem::NotANumber { .. } => "write a whole number in digits".into(),
            Problem::Overflow { field: Field::Id } | Problem::IdIsAddress => {
                "`heaplab trace convert --renumber` makes a trace of such a file: it numbers the blocks"
                    .into()
            }
            Problem::Negative { field: Field::Id } => {
                "ids count from 0; only `f -1`, free(NULL), may be negative".into()
            }
            Problem::Negative { .. } => "write a number that is not negative".into(),
            Problem::Overflow { .. } => "write a smaller number".into(),
            Problem::SizeTooLarge => {
                "heaplab's machine has 32-bit addresses; this trace needs a 64-bit one".into()
            }
            Problem::IdNotDeclared { .. } => {
                "correct the header's line 2 (one more than the highest id), or the id".into()
            }
            Problem::IdTooLarge => "ids are slots of a table, numbered from 0; `heaplab trace convert --renumber` numbers \
                 the blocks so"
                .into(),
            Problem::BadAlignment => "write a power of two".into(),
            Problem::NotInDialect { what, .. } => match *what {
                FREE_NULL => {
                    "drop the line, or force a dialect that has it (`--from ranges`)".into()
                }
                COMMENT => "drop it, or put the line `heaplab 1` before the header".into(),
                C_COMMENT => "drop it; where a dialect has comments, they begin with `#`".into(),
                _ => "use `a`, or the extended dialect: the line `heaplab 1`, then a header".into(),
            },
            Problem::FreedTwice => "drop this line, or give the second block its own id".into(),
            Problem::NeverAllocated => "allocate it first, or drop this line".into(),
            Problem::AllocatedWhileLive => "free it first, or give this block its own id".into(),
            Problem::FewerOperations { .. } => {
                "the file may be cut off; otherwise correct the header's line 3".into()
            }
            Problem::MoreOperations { .. } => {
                "correct the header's line 3, or drop the lines too many".into()
            }
            Problem::PeakDiffers { .. } => "correct the header's line 4".into(),
            Problem::HeaderCrowded => "write one number of the header a line".into(),
            Problem::HeaderRemark => "drop the words".into(),
            Problem::HeaderOfCounts {
                has_first,
                has_last,
                ..
            } => {
                let before = "add a line before them, `1` (the weight)";
                let after = "add a line after them, `0` (no flag)";
                match (has_first, has_last) {
                    (false, false) => {
                        format!("{before}, and a line after them, `0` (no flag)")
                    }
                    (false, true) => before.into(),
                    _ => after.into(),
                }
            }
            Problem::ReturnsAlone => {
                "save it with line ends of Unix or Windows: old Macs wrote CR alone".into()
            }
            Problem::CtrlZ => "drop the last byte: DOS ended texts so".into(),
            Problem::WriteWithoutBlock => "allocate it first, or drop this line".into(),
            Problem::WritePastEnd { .. } => "write fewer bytes, or allocate more".into(),
        }
    }
}

/// What to do about a header that is too short.
fn header_cut_help(missing: Field, counts: Counts) -> String {
    let mut help = "a header has four numbers, one a line, before the operations".to_owned();
    if counts.operations > 0 {
        let Counts { ids, operations } = counts;
        help += &format!("; here {operations} operations follow, on {ids} ids");
    } else if missing == Field::FirstHeaderLine {
        help += "; a file without is read as a script (`--from script`)";
    }
    help
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

/// The problem in one line, without the place.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Empty => write!(f, "the file is empty"),
            Problem::NotText { utf16: true } => write!(f, "the file is UTF-16"),
            Problem::NotText { utf16: false } => write!(f, "the file is not text"),
            Problem::DamagedGzip { cut_off: true } => write!(f, "the gzip file is cut off"),
            Problem::DamagedGzip { cut_off: false } => write!(f, "the gzip file is damaged"),
            Problem::TooLong { limit_bytes } => {
                write!(f, "the trace is longer than {limit_bytes} bytes")
            }
            Problem::TooManyOperations { limit } => {
                write!(f, "the trace has more than {limit} operations")
            }
            Problem::CanNotRead { why } => write!(f, "the file can't be read: {why}"),
            Problem::HeaderMissing => write!(f, "the header is missing"),
            Problem::HeaderCut { .. } => write!(f, "the header is incomplete"),
            Problem::UnknownVersion => write!(f, "not a header of the extended dialect, version 1"),
            Problem::BadWeight => write!(f, "no such weight"),
            Problem::BadFlag => write!(f, "no such flag"),
            Problem::UnknownOperation {
                found,
                in_script: true,
            } => write!(f, "unknown operation `{found}` of a script"),
            Problem::UnknownOperation { found, .. } => write!(f, "unknown operation `{found}`"),
            Problem::MissingField { field, .. } => write!(f, "the {field} is missing"),
            Problem::ExtraField { .. } => write!(f, "something follows the line's last field"),
            Problem::NotANumber { field } => write!(f, "the {field} is not a number"),
            Problem::Negative { field } => write!(f, "the {field} is negative"),
            Problem::Overflow { field } => write!(f, "the {field} is out of range"),
            Problem::SizeTooLarge => write!(f, "the size is too large for a 32-bit machine"),
            Problem::IdNotDeclared { .. } => write!(f, "an id beyond the header's number of ids"),
            Problem::IdTooLarge => write!(f, "the id is out of range"),
            Problem::BadAlignment => write!(f, "the alignment is not a power of two up to 2^31"),
            Problem::NotInDialect { what, dialect } => {
                write!(f, "{what} does not exist in ")?;
                match dialect {
                    Some(dialect) => write!(f, "the {dialect} dialect"),
                    None => write!(f, "a plain `.rep` file"),
                }
            }
            Problem::FreedTwice => write!(f, "a block is freed twice"),
            Problem::NeverAllocated => write!(f, "a block is freed that was never allocated"),
            Problem::AllocatedWhileLive => write!(f, "an id is allocated while it holds a block"),
            Problem::FewerOperations { declared, found } => {
                write!(f, "the file ends after {found} of {declared} operations")
            }
            Problem::MoreOperations { declared, found } => {
                write!(f, "{found} operations where the header promises {declared}")
            }
            Problem::PeakDiffers { declared, .. } => {
                write!(f, "{declared} is not the peak live payload")
            }
            Problem::HeaderCrowded => write!(f, "several numbers of the header on a line"),
            Problem::HeaderRemark => write!(f, "a remark follows a number of the header"),
            Problem::HeaderOfCounts {
                ids,
                operations,
                has_first,
                has_last,
            } => {
                let them = "these are ids and operations";
                match (has_first, has_last) {
                    (false, false) => write!(
                        f,
                        "the header has two numbers of four: {them}, {ids} and {operations}"
                    ),
                    (true, _) => {
                        write!(
                            f,
                            "the header has no line 4: {them}, {ids} and {operations}"
                        )
                    }
                    (false, true) => {
                        write!(
                            f,
                            "the header has no line 1: {them}, {ids} and {operations}"
                        )
                    }
                }
            }
            Problem::ReturnsAlone => write!(f, "the lines end in carriage returns alone"),
            Problem::CtrlZ => write!(f, "a Ctrl-Z (0x1A) at the end"),
            Problem::IdIsAddress => write!(f, "the id is an address"),
            Problem::WriteWithoutBlock => write!(f, "a write to an id that holds no block"),
            Problem::WritePastEnd { .. } => write!(f, "a write past the end of its block"),
        }
    }
}
