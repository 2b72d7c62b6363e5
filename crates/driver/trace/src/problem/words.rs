//! The text for each problem: where it is, what it is, what to do about it.

use super::{C_COMMENT, COMMENT, Counts, FREE_NULL};
use crate::{Field, Problem};
use std::fmt;

impl Problem {
    /// Returns what the caret points at, in a few words.
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
            Problem::NotInDialect { what: C_COMMENT, .. } => "no dialect has this".into(),
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

    /// Returns the label of the earlier line that matters.
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

    /// Returns what to do about the problem.
    pub fn help(&self) -> String {
        match self {
            Problem::Empty => {
                "a trace has a header and operations, or (`.script`) operations".into()
            }
            Problem::NotText { utf16: true } => "save the file as UTF-8 or plain ASCII".into(),
            Problem::NotText { utf16: false } => {
                "is this a trace file? if it is damaged, fetch it again".into()
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
                "add the {field}; some drivers silently use that of the last line, which is a guess"
            ),
            Problem::ExtraField { in_header: false } => "write one operation on each line".into(),
            Problem::ExtraField { in_header: true } => {
                "write one number of the header on each line, and the operations below them".into()
            }
            Problem::NotANumber { .. } => "write a whole number in digits".into(),
            Problem::Overflow { field: Field::Id } | Problem::IdIsAddress => {
                "`heaplab trace convert --renumber` makes a trace from such a file: it numbers the blocks"
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
                 the blocks in this way"
                .into(),
            Problem::BadAlignment => "write a power of two".into(),
            Problem::NotInDialect { what, .. } => match *what {
                FREE_NULL => {
                    "drop the line, or force a dialect that has it (`--from ranges`)".into()
                }
                COMMENT => "drop it, or put the line `heaplab 1` before the header".into(),
                C_COMMENT => "drop it; in a dialect with comments, they begin with `#`".into(),
                _ => "use `a`, or the extended dialect: the line `heaplab 1`, then a header".into(),
            },
            Problem::FreedTwice => "drop this line, or give the second block its own id".into(),
            Problem::NeverAllocated => "allocate it first, or drop this line".into(),
            Problem::AllocatedWhileLive => "free it first, or give this block its own id".into(),
            Problem::FewerOperations { .. } => {
                "the file may be cut off; otherwise correct the header's line 3".into()
            }
            Problem::MoreOperations { .. } => {
                "correct the header's line 3, or drop the extra lines".into()
            }
            Problem::PeakDiffers { .. } => "correct the header's line 4".into(),
            Problem::HeaderCrowded => "write one number of the header on each line".into(),
            Problem::HeaderRemark => "drop the words".into(),
            Problem::HeaderOfCounts {
                first, has_last, ..
            } => counts_help(*first, *has_last),
            Problem::ReturnsAlone => {
                "save it with the line ends of Unix or Windows: only old Macs wrote CR alone".into()
            }
            Problem::CtrlZ => "drop the last byte: DOS ended text files with it".into(),
            Problem::WriteWithoutBlock => "allocate it first, or drop this line".into(),
            Problem::WritePastEnd { .. } => "write fewer bytes, or allocate more".into(),
        }
    }
}

/// Returns what to do about a header that is too short.
fn header_cut_help(missing: Field, counts: Counts) -> String {
    let mut help = "a header has four numbers, one on each line, before the operations".to_owned();
    if counts.operations > 0 {
        let Counts { ids, operations } = counts;
        help += &format!("; here {operations} operations follow, on {ids} ids");
    } else if missing == Field::FirstHeaderLine {
        help += "; a file without a header is read as a script (`--from script`)";
    }
    help
}

/// Returns what to add to a header of the numbers of ids and operations.
fn counts_help(first: Option<u64>, has_last: bool) -> String {
    let before = "add a line before them, `1` (the weight)";
    match (first, has_last) {
        (None, false) => format!("{before}, and a line after them, `0` (no flag)"),
        (None, true) => before.into(),
        // A suggested heap size: the weight is then the last.
        (Some(4..), _) => "add a line after them, `1` (the weight)".into(),
        (Some(_), _) => "add a line after them, `0` (no flag)".into(),
    }
}

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
            Problem::BadWeight => write!(f, "the weight is not valid"),
            Problem::BadFlag => write!(f, "the flag is not valid"),
            Problem::UnknownOperation { found, in_script: true } => {
                write!(f, "unknown operation `{found}` of a script")
            }
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
                write!(f, "{found} operations, but the header promises {declared}")
            }
            Problem::PeakDiffers { declared, .. } => {
                write!(f, "{declared} is not the peak live payload")
            }
            Problem::HeaderCrowded => write!(f, "several numbers of the header on a line"),
            Problem::HeaderRemark => write!(f, "a remark follows a number of the header"),
            Problem::HeaderOfCounts { ids, operations, first, has_last } => {
                let them = "these are ids and operations";
                match (first, has_last) {
                    (None, false) => write!(
                        f,
                        "the header has two numbers of four: {them}, {ids} and {operations}"
                    ),
                    (Some(_), _) => {
                        write!(f, "the header has no line 4: {them}, {ids} and {operations}")
                    }
                    (None, true) => {
                        write!(f, "the header has no line 1: {them}, {ids} and {operations}")
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
