//! The messages for each fault.

use super::{BadPointer, Fault, FigureDiffers, Kind, Wrong};
use crate::evidence::{Dirty, Held, TooLarge, When};
use crate::other::bytes;
use heaplab_arena::Addr;
use heaplab_heap::HeapError;
use std::cmp::Ordering;
use std::fmt;

/// `line 12, `a 3 128`: what is wrong`. The caller names the file.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "line {}, `{}`: ", at.line, at.op)?;
        }
        write!(f, "{}", self.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::StructTooLarge { bytes, limit } => write!(
                f,
                "the heap's struct has {bytes} bytes, but may have at most {limit}: keep lists and tables in the heap, got with sbrk"
            ),
            Kind::NotBuilt { limit_bytes } => write!(
                f,
                "out of memory before the first operation: not even an empty heap fits in the limit of {}",
                bytes((*limit_bytes).into())
            ),
            Kind::OutOfMemory { size, heap_bytes, limit_bytes, live_bytes } => write!(
                f,
                "out of memory: asked for {}; the heap has {heap_bytes} of at most {limit_bytes} bytes, {live_bytes} of them live payload",
                bytes((*size).into())
            ),
            Kind::Refused(error @ HeapError::OutsideMachine { .. }) => write!(f, "{error}"),
            Kind::Refused(error) => write!(f, "the heap refused: {error}"),
            Kind::Null => write!(f, "returned NULL for a request of at least one byte"),
            Kind::NotNull { addr } => {
                write!(f, "returned {addr}; a realloc to 0 bytes frees the block and returns NULL")
            }
            Kind::Misaligned { addr, align_bytes } => {
                write!(f, "payload {addr} is not a multiple of {align_bytes}")
            }
            Kind::OutsideHeap { addr, size, start, end } => write!(
                f,
                "payload {addr} of {} is not inside the heap, which is {start} to {end}",
                bytes((*size).into())
            ),
            Kind::Overlap { addr, size, other } => write!(
                f,
                "payload {addr} of {} {} {other}",
                bytes((*size).into()),
                way_of_overlap((*addr, *size), (other.addr, other.size))
            ),
            Kind::UsableSize { answer: Ok(answer), size, .. } => write!(
                f,
                "usable_size says {answer}, less than the {} asked for",
                bytes((*size).into())
            ),
            Kind::UsableSize { answer: Err(error), .. } => {
                write!(f, "usable_size refused the block just allocated: {error}")
            }
            Kind::UsableTooLarge { addr, size, usable, why } => {
                write!(
                    f,
                    "usable_size says {usable} for the payload {addr} of {}",
                    bytes((*size).into())
                )?;
                write_why_too_large(f, *why)
            }
            Kind::Miscounted(account) => {
                write!(f, "{}", account.miscount)?;
                match account.held {
                    Held::Now(block) => write!(f, "; it is {block}"),
                    Held::Once { block, until_line } => {
                        write!(f, "; it was {block} until line {until_line}")
                    }
                    Held::Never if account.miscount.code() == "leaked" => write!(
                        f,
                        "; it never did: was the block split off another block, or allocated for a call that failed?"
                    ),
                    Held::Never | Held::Unknown => Ok(()),
                }
            }
            Kind::NotZeroed { offset, found, .. } => {
                write!(f, "byte {offset} of the calloc'd payload is {found:#04x}, not 0")
            }
            Kind::LostByRealloc { from, to, offset, kept } => write!(
                f,
                "realloc from {from} to {to} must keep {} and lost byte {offset}",
                bytes((*kept).into())
            ),
            Kind::Trampled { block, offset, expected, found, when } => {
                let when = match when {
                    When::ByThis => "this operation changed",
                    When::Before => "some operation before changed",
                    When::AtEnd => "at the end of the trace: some operation changed",
                };
                write!(f, "{when} byte {offset} of {block} from {expected:#04x} to {found:#04x}")?;
                if *offset >= block.size as usize {
                    write!(f, "; usable_size promises it beyond the request")?;
                }
                Ok(())
            }
            Kind::StrayStore { addr, start, end } => write!(
                f,
                "the heap wrote to {addr}, outside its segment, which is {start} to {end}: get memory with sbrk before using it"
            ),
            Kind::Access(access) => write!(f, "{access}"),
            Kind::ShrinkLive { increment, new, block, .. } => {
                write!(
                    f,
                    "sbrk({increment}) would move the break to {new} and give back memory of "
                )?;
                match block {
                    Some(block) => write!(f, "{block}, which is live"),
                    None => write!(f, "a live block"),
                }
            }
            Kind::EndlessLoop(endless) => write!(f, "{endless}"),
            Kind::BadPointer(bad) => write!(f, "{bad}"),
            Kind::Panicked { message } => write!(f, "the heap panicked: {message}"),
            Kind::FailedDirty { block, what } => {
                write!(
                    f,
                    "the call failed, as it may, but it changed {block}, which it must leave as it was: "
                )?;
                match what {
                    Dirty::Payload { offset } => {
                        write!(f, "byte {offset} of its payload differs")
                    }
                    Dirty::Block(Ok(usable)) => write!(f, "usable_size says {usable} now"),
                    Dirty::Block(Err(error)) => write!(f, "usable_size refuses it now: {error}"),
                }
            }
            Kind::Check(violation) => write!(f, "the heap's own check fails: {violation}"),
            Kind::SecondRun { first, second } => {
                write!(f, "a second run in the same process, on a fresh machine, ")?;
                match second {
                    Ok(addr) => write!(f, "returned {addr} where the first returned {first}")?,
                    Err(error) => write!(f, "failed where the first did not: {error}")?,
                }
                write!(f, "; is something kept outside the heap, in a static?")
            }
            Kind::SecondRunFault(kind) => write!(f, "{}", in_second_run(kind)),
            Kind::SecondRunFigure(FigureDiffers { what, first, second }) => write!(
                f,
                "a second run in the same process, on a fresh machine, had {second} {what} where \
                 the first had {first}; is something kept outside the heap, in a static?"
            ),
        }
    }
}

/// `a bad pointer, tried after this operation: free(0x10010), ...`.
impl fmt::Display for BadPointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BadPointer { call, flaw, wrong } = self;
        write!(f, "a bad pointer, tried after this operation: {call}, {flaw}; ")?;
        match wrong {
            Wrong::Accepted(None) => write!(f, "the heap accepts it, but must refuse it"),
            Wrong::Accepted(Some(answer)) => {
                write!(f, "the heap answers {answer}, but must refuse it")
            }
            Wrong::Changed { at } => {
                write!(f, "the heap refuses it, but has changed at {at}")
            }
            Wrong::BreakMoved { from, to } => {
                write!(f, "the heap refuses it, but the break moved from {from} to {to}")
            }
            Wrong::Stopped(kind) => write!(f, "the heap must refuse it, but {kind}"),
        }
    }
}

fn write_why_too_large(f: &mut fmt::Formatter<'_>, why: TooLarge) -> fmt::Result {
    match why {
        TooLarge::PastBreak { brk } => {
            write!(f, ", which reaches past the break, {brk}")
        }
        TooLarge::Shared { other, other_usable } => write!(
            f,
            " and {other_usable} for {other}: the program may write all of both, but they share bytes"
        ),
        TooLarge::Read { at, .. } => write!(
            f,
            "; the word at {at} is among them, and usable_size itself reads it: it is a tag of the heap"
        ),
        TooLarge::Written { answer } => {
            write!(f, ", and when the program has written them all, ")?;
            match answer {
                Ok(answer) => write!(f, "it says {answer}")?,
                Err(error) => write!(f, "it refuses the block: {error}")?,
            }
            write!(f, "; a tag of the heap is among them")
        }
    }
}

/// Describes how a new payload overlaps a live one.
fn way_of_overlap(new: (Addr, u32), live: (Addr, u32)) -> &'static str {
    let ends = |(addr, size): (Addr, u32)| {
        let start = u64::from(addr.to_word());
        (start, start + u64::from(size.max(1)))
    };
    let ((start, end), (live_start, live_end)) = (ends(new), ends(live));
    match (start.cmp(&live_start), end.cmp(&live_end)) {
        (Ordering::Equal, _) => "is where there is still",
        (Ordering::Less, Ordering::Less) => "ends inside",
        (Ordering::Less, _) => "encloses",
        (Ordering::Greater, Ordering::Greater) => "begins inside",
        (Ordering::Greater, _) => "lies inside",
    }
}

/// Returns the words for a fault that native code has in a second run only; `what` says the fault.
pub(crate) fn in_second_run(what: &impl fmt::Display) -> String {
    format!(
        "in a second run in the same process, as a driver makes it with its second trace, {what}; \
         does the set-up of an empty heap leave a variable as it was?"
    )
}
