//! A walk through one call: every load and store is a step.

use crate::words::WORD_BYTES;
use heaplab_film::{Access, Event};

/// What the allocator does within one call, and how much of it is done.
#[derive(Clone, Debug)]
pub(crate) struct Inside {
    pub(crate) accesses: Vec<Access>,
    /// How many are done.
    pub(crate) done: usize,
}

impl Inside {
    /// Returns the access that was done last.
    pub(crate) fn current(&self) -> Option<&Access> {
        self.done.checked_sub(1).and_then(|last| self.accesses.get(last))
    }

    /// Returns the bytes that the current access reads or writes: the first one, and how many. Of a
    /// copy these are the ones that it writes.
    pub(crate) fn at(&self) -> Option<(u32, u32)> {
        self.current().and_then(|access| touched(&access.event))
    }

    /// Returns the highest address at which the break was so far; 0 if it did not move.
    pub(crate) fn highest_break(&self) -> u32 {
        let moved = self.accesses.iter().take(self.done).map(|access| match access.event {
            Event::Sbrk { new, .. } => new,
            _ => 0,
        });
        moved.max().unwrap_or(0)
    }

    /// Brings bytes from before the call to where the call is now. `start` is the address of the
    /// first one.
    pub(crate) fn apply(&self, start: u32, bytes: &mut [u8]) {
        for access in self.accesses.iter().take(self.done) {
            match access.event {
                Event::Store { addr, new, .. } => put(start, bytes, addr, &new.to_le_bytes()),
                Event::Zero { addr, bytes: count } => {
                    for at in indices(start, bytes, addr, count) {
                        bytes[at] = 0;
                    }
                }
                Event::Copy { from, to, bytes: count } => {
                    // What is copied from elsewhere is not known here: payloads are not filled.
                    let known: Vec<(usize, u8)> = indices(start, bytes, to, count)
                        .filter_map(|at| {
                            let offset = (u64::from(start) + at as u64) - u64::from(to);
                            let source = u64::from(from) + offset;
                            let source = source.checked_sub(u64::from(start))?;
                            Some((at, *bytes.get(usize::try_from(source).ok()?)?))
                        })
                        .collect();
                    for (at, byte) in known {
                        bytes[at] = byte;
                    }
                }
                Event::Load { .. }
                | Event::Sbrk { .. }
                | Event::SearchStep
                | Event::Split
                | Event::Merge => {}
            }
        }
    }
}

/// Returns the bytes that an access is about.
pub(crate) fn touched(event: &Event) -> Option<(u32, u32)> {
    match *event {
        Event::Load { addr, .. } | Event::Store { addr, .. } => Some((addr, WORD_BYTES)),
        Event::Copy { to, bytes, .. } => Some((to, bytes)),
        Event::Zero { addr, bytes } => Some((addr, bytes)),
        Event::Sbrk { .. } | Event::SearchStep | Event::Split | Event::Merge => None,
    }
}

/// Returns an access in words.
pub(crate) fn in_words(event: &Event) -> String {
    match event {
        Event::Load { addr, word } => format!("load {addr:#x}: {word:#x}"),
        Event::Store { addr, old, new } => format!("store {addr:#x}: {new:#x}, before {old:#x}"),
        Event::Copy { from, to, bytes } => format!("copy {bytes} bytes, {from:#x} to {to:#x}"),
        Event::Zero { addr, bytes } => format!("zero {bytes} bytes from {addr:#x}"),
        Event::Sbrk { increment, old, new } if old == new && *increment != 0 => {
            format!("sbrk({increment}) is refused")
        }
        Event::Sbrk { increment, new, .. } => format!("sbrk({increment}): the break is {new:#x}"),
        Event::SearchStep => "the search looks at a block".to_owned(),
        Event::Split => "a block becomes two".to_owned(),
        Event::Merge => "two blocks become one".to_owned(),
    }
}

/// Returns the indices of those of `count` bytes from `addr` that are in a slice that begins at
/// `start`.
fn indices(start: u32, bytes: &[u8], addr: u32, count: u32) -> std::ops::Range<usize> {
    let index = |addr: u64| {
        let offset = addr.saturating_sub(u64::from(start));
        usize::try_from(offset).unwrap_or(bytes.len()).min(bytes.len())
    };
    index(addr.into())..index(u64::from(addr) + u64::from(count))
}

fn put(start: u32, bytes: &mut [u8], addr: u32, new: &[u8]) {
    for (byte, at) in new.iter().zip(u64::from(addr)..) {
        let index = at.checked_sub(u64::from(start)).and_then(|index| usize::try_from(index).ok());
        if let Some(there) = index.and_then(|index| bytes.get_mut(index)) {
            *there = *byte;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_film::{Film, Options};
    use heaplab_trace::Trace;
    use std::sync::Arc;

    /// The accesses of a call, applied to memory before it, give memory after it.
    #[test]
    fn a_walk_ends_where_the_call_ends() {
        let line = "a 0 40, a 1 40, f 0, a 2 16, r 1 100, f 2, f 1, c 3 64";
        let trace = Arc::new(Trace::of_line("walk", line).unwrap());
        let mut film =
            Film::record(heaplab_explicit::Policy::default(), trace, Options::default()).unwrap();
        for step in 0..film.len() {
            let accesses = film.accesses(step, &|_| ()).unwrap();
            let heap = film.heap(step, &|_| ()).unwrap();
            let range = (heap.heap_start, heap.heap_break - heap.heap_start);
            let mut bytes = film.bytes(step, range, &|_| ()).unwrap().unwrap();
            let done = accesses.len();
            let inside = Inside { accesses, done };
            inside.apply(range.0, &mut bytes);
            let after = film.bytes(step + 1, range, &|_| ()).unwrap().unwrap();
            assert!(bytes == after, "step {step}");
            let part = &after[16..60];
            let mut before = film.bytes(step, (range.0 + 16, 44), &|_| ()).unwrap().unwrap();
            inside.apply(range.0 + 16, &mut before);
            if !inside.accesses.iter().any(|one| matches!(one.event, Event::Copy { .. })) {
                assert_eq!(before, part, "step {step}");
            }
        }
    }
}
