//! What the checked machine stops an allocator from doing, and the messages for it.

use crate::other::{Other, bytes};
use heaplab_arena::{Addr, WORD_BYTES};
use heaplab_trace::Op;
use std::fmt;
use std::panic::Location;

/// A function of the contract that is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The empty heap is being set up.
    Build,
    /// `malloc(size)`.
    Malloc {
        /// Bytes.
        size: u32,
    },
    /// `calloc(1, size)`.
    Calloc {
        /// Bytes.
        size: u32,
    },
    /// `memalign(align_bytes, size)`.
    Memalign {
        /// Bytes.
        align_bytes: u32,
        /// Bytes.
        size: u32,
    },
    /// `realloc(payload, size)`.
    Realloc {
        /// What is resized; null if nothing is.
        payload: Addr,
        /// Bytes.
        size: u32,
    },
    /// `free(payload)`.
    Free {
        /// What is freed; null if nothing is.
        payload: Addr,
    },
    /// `usable_size(payload)`.
    UsableSize {
        /// The payload asked about.
        payload: Addr,
    },
    /// The heap's own `check`.
    Check,
    /// Its `blocks`, walked to the end.
    Blocks,
    /// Its `free_lists`, walked to the end.
    FreeLists,
}

impl Call {
    /// Returns whether the program makes the call, as part of its work; the others are the
    /// driver's questions.
    pub(crate) fn is_work(self) -> bool {
        match self {
            Call::UsableSize { .. } | Call::Check | Call::Blocks | Call::FreeLists => false,
            Call::Build
            | Call::Malloc { .. }
            | Call::Calloc { .. }
            | Call::Memalign { .. }
            | Call::Realloc { .. }
            | Call::Free { .. } => true,
        }
    }

    /// Returns the call that `op` stands for, on the block at `payload`.
    pub fn of(op: Op, payload: Addr) -> Call {
        match op {
            Op::Malloc { size, .. } => Call::Malloc { size },
            Op::Calloc { size, .. } => Call::Calloc { size },
            Op::Memalign { align_log2, size, .. } => Call::Memalign {
                align_bytes: 1u32.checked_shl(align_log2.into()).unwrap_or(0),
                size,
            },
            Op::Realloc { size, .. } => Call::Realloc { payload, size },
            Op::Free { .. } | Op::FreeNull => Call::Free { payload },
            // The program writes without a call of the heap; `usable_size` changes nothing either.
            Op::Write { .. } => Call::UsableSize { payload },
        }
    }
}

impl Call {
    /// Returns whether the call is of the function with this name.
    pub(crate) fn is_named(&self, function: &str) -> bool {
        let text = self.to_string();
        text.strip_prefix(function).is_some_and(|rest| rest.starts_with('('))
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Build => write!(f, "setting up the empty heap"),
            Call::Malloc { size } => write!(f, "malloc({size})"),
            Call::Calloc { size } => write!(f, "calloc(1, {size})"),
            Call::Memalign { align_bytes, size } => write!(f, "memalign({align_bytes}, {size})"),
            Call::Realloc { payload, size } => write!(f, "realloc({payload}, {size})"),
            Call::Free { payload } => write!(f, "free({payload})"),
            Call::UsableSize { payload } => write!(f, "usable_size({payload})"),
            Call::Check => write!(f, "check()"),
            Call::Blocks => write!(f, "blocks()"),
            Call::FreeLists => write!(f, "free_lists()"),
        }
    }
}

/// Which way the bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// The allocator reads.
    Load,
    /// The allocator writes.
    Store,
}

/// Why an access is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The address is null, or close enough to null to be meant as part of a block there.
    Null,
    /// It is below the heap segment.
    BelowHeap,
    /// It is at or past the break, in memory that `sbrk` has not given.
    PastBreak,
    /// It was in the heap segment once and was given back with `sbrk`.
    GivenBack,
    /// A word's address is not a multiple of 4.
    Misaligned,
    /// It is not of the machine at all, and not of a variable of the allocator, which is native
    /// code.
    Outside {
        /// The address in the process.
        address: u64,
    },
    /// The byte belongs to the program: it is in a live payload.
    Live,
    /// The byte has not been written since `sbrk` gave it.
    Unwritten,
    /// The byte holds what the program left in a payload that it freed.
    Stale,
}

/// A line of the allocator's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl From<&'static Location<'static>> for Place {
    fn from(location: &'static Location<'static>) -> Place {
        Place { file: location.file(), line: location.line() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One load or store of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Load or store.
    pub access: Access,
    /// The word's address, or a copy's first byte.
    pub addr: Addr,
    /// The allocator's line.
    pub place: Place,
}

/// What the shadow stopped. The shadow does not know which block the byte is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caught {
    Access {
        access: Access,
        addr: Addr,
        size: u32,
        /// The first byte of the range that may not be accessed.
        at: Addr,
        problem: Problem,
        place: Place,
    },
    ShrinkLive {
        increment: i32,
        new: Addr,
        /// The first live byte that would be given back.
        at: Addr,
        place: Place,
    },
    /// A call took more than `allowed` steps, and then took these.
    EndlessLoop { allowed: u64, steps: Vec<Step> },
}

/// The block that a byte is in, or was in last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// The block.
    pub block: Other,
    /// Which byte of its payload.
    pub offset: u32,
    /// The line that freed it, if it is not live.
    pub freed_on_line: Option<u32>,
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {} of {}", self.offset, self.block)?;
        if self.offset >= self.block.size {
            write!(f, ", which usable_size promises beyond the request")?;
        }
        match self.freed_on_line {
            Some(line) => write!(f, ", freed on line {line}"),
            None => Ok(()),
        }
    }
}

/// An access that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAccess {
    /// The function that was called.
    pub call: Call,
    /// Load or store.
    pub access: Access,
    /// The address.
    pub addr: Addr,
    /// Bytes.
    pub size: u32,
    /// The first byte of the range that may not be accessed.
    pub at: Addr,
    /// Why the access is not allowed.
    pub problem: Problem,
    /// The block that the byte is in, or was in last.
    pub owner: Option<Owner>,
    /// The heap segment: its start, and its end, which is the break.
    pub segment: (Addr, Addr),
    /// The allocator's line.
    pub place: Place,
}

impl BadAccess {
    pub(crate) fn code(&self) -> &'static str {
        match (self.problem, self.access) {
            (Problem::Null, _) => "access-null",
            (Problem::BelowHeap, _) => "access-below-heap",
            (Problem::PastBreak, _) => "access-past-break",
            (Problem::GivenBack, _) => "access-given-back",
            (Problem::Misaligned, _) => "access-misaligned",
            (Problem::Outside { .. }, _) => "access-outside",
            (Problem::Live, Access::Load) => "load-live",
            (Problem::Live, Access::Store) => "store-live",
            (Problem::Unwritten, _) => "load-unwritten",
            (Problem::Stale, _) => "load-stale",
        }
    }
}

impl BadAccess {
    /// Returns what is wrong, as in `free(0x10048) reads the word at 0x10068: that ...`. `subject`
    /// makes the access, and `name` is that of the word, if it has one.
    pub(crate) fn describe(&self, subject: &str, name: Option<&str>) -> String {
        let verb = match self.access {
            Access::Load => "reads",
            Access::Store => "writes",
        };
        let what = match (self.size, name) {
            (WORD_BYTES, Some(name)) => format!("{name},"),
            (WORD_BYTES, None) => "the word".to_owned(),
            (size, _) => bytes(size.into()),
        };
        let which = if self.at == self.addr {
            "that".to_owned()
        } else {
            format!("byte {} of them, at {},", self.at - self.addr, self.at)
        };
        let (start, end) = self.segment;
        let heap = match start == end {
            true => "the heap is still empty".to_owned(),
            false => format!("the heap is {start} to {end}"),
        };
        let problem = match self.problem {
            Problem::Null if self.at < self.segment.0 => {
                "is the null pointer, or close behind it".to_owned()
            }
            Problem::Null => "is in front of the null pointer, as its header would be".to_owned(),
            Problem::BelowHeap => format!("is below the heap, which is {start} to {end}"),
            Problem::PastBreak => format!("is past the break; {heap}"),
            Problem::GivenBack => {
                format!("was given back with a negative sbrk; the heap is {start} to {end}")
            }
            Problem::Misaligned => {
                format!("is not a multiple of {}", self.size.clamp(1, WORD_BYTES))
            }
            Problem::Outside { address } => {
                return format!(
                    "{subject} {verb} {what} at {address:#x}: that is neither in the heap, which is {start} to {end}, nor a variable of the code"
                );
            }
            Problem::Live => "is in a live payload".to_owned(),
            Problem::Unwritten => "was never written".to_owned(),
            Problem::Stale => "holds only what the program left there".to_owned(),
        };
        let owner = self.owner.map_or(String::new(), |owner| format!(", {owner}"));
        format!("{subject} {verb} {what} at {}: {which} {problem}{owner}", self.addr)
    }
}

/// `free(0x10048) writes the word at 0x10068: ...`.
impl fmt::Display for BadAccess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.describe(&self.call.to_string(), None))
    }
}

/// A call that takes too many steps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndlessLoop {
    /// The function that was called.
    pub call: Call,
    /// How many steps the call took.
    pub steps: u64,
    /// The steps that the call repeats, if it repeats any.
    pub cycle: Vec<Step>,
}

/// Returns the steps that the last ones repeat, from the lowest address on; none if they repeat
/// none.
pub(crate) fn cycle(steps: &[Step]) -> &[Step] {
    let longest = steps.len() / 2;
    let repeats = |period: &usize| {
        steps[..steps.len() - period].iter().zip(&steps[*period..]).all(|(a, b)| a == b)
    };
    let Some(period) = (1..=longest).find(repeats) else {
        return &[];
    };
    let turn = &steps[..period];
    let first = (0..period).min_by_key(|&index| turn[index].addr).unwrap_or(0);
    &steps[first..first + period]
}

impl fmt::Display for EndlessLoop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 6;
        write!(f, "{} did not end after {} steps", self.call, self.steps)?;
        if self.cycle.is_empty() {
            return Ok(());
        }
        let mut addresses: Vec<String> = Vec::new();
        for step in &self.cycle {
            let addr = step.addr.to_string();
            if !addresses.contains(&addr) {
                addresses.push(addr);
            }
        }
        let more = if addresses.len() > SHOWN { ", ..." } else { "" };
        write!(
            f,
            ": it repeatedly visits {}{more}",
            addresses[..addresses.len().min(SHOWN)].join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(addresses: &[u32]) -> Vec<Step> {
        let place = Place { file: "lib.rs", line: 1 };
        let step = |&addr| Step { access: Access::Load, addr: Addr::new(addr), place };
        addresses.iter().map(step).collect()
    }

    #[test]
    fn the_shortest_cycle_is_found_and_begins_at_the_lowest_address() {
        let of = |addresses: &[u32]| {
            let steps = steps(addresses);
            let found = cycle(&steps).iter().map(|step| step.addr.to_word());
            found.collect::<Vec<u32>>()
        };
        assert_eq!(of(&[8, 8, 8, 8]), [8]);
        assert_eq!(of(&[12, 20, 4, 12, 20, 4, 12, 20, 4]), [4, 12, 20]);
        assert_eq!(of(&[1, 2, 3, 4, 5, 6]), []);
        assert_eq!(of(&[]), []);
    }
}
