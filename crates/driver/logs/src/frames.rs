//! Calls in ltrace's logs whose beginning was seen, and whose end was not yet.
//!
//! A call that has begun may contain others: those that the function makes itself. If both are
//! requests, such as an operator new and its malloc, there is one block, and it counts once. Calls
//! are matched by these rules, which hold for certain:
//!
//! - A request inside another counts when it ends. If the outer one then ends with the same
//!   result, that is the same block, and does not count again.
//! - A free counts when it begins, because another thread may get the block before it
//!   ends. A free of the same block inside it does not count again.
//! - A realloc gives up its block when it begins. A realloc or free of the same block inside it is
//!   the same one.
//!
//! So a call whose end is lost does not affect those after it.

use crate::blocks::{Begun, Blocks, Request};
use crate::names::Function;
use std::collections::HashMap;

/// The deepest nesting that is followed. Real logs have three or four.
const DEEPEST: usize = 32;

/// The most threads that are followed at a time.
const MOST_THREADS: usize = 1 << 16;

/// A call of an allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    New(Request),
    /// The result is 0 if it went well, and the block is not in the log.
    PosixMemalign(Request),
    Realloc {
        old: u64,
        bytes: u64,
    },
    Free {
        block: u64,
    },
}

/// A call that has begun.
struct Frame {
    call: Call,
    /// For a realloc that has begun: its block.
    begun: Option<Begun>,
    /// For a free or realloc: the block, until it is given out again in this thread.
    released: Option<u64>,
    /// The result of the last request inside this call.
    inner: Option<u64>,
}

/// The calls that have begun, by thread; the innermost last.
#[derive(Default)]
pub(crate) struct Frames {
    threads: HashMap<u32, Vec<Frame>>,
}

impl Frames {
    /// Takes a call with its result, all on one line.
    pub fn complete(&mut self, thread: u32, call: Call, result: u64, blocks: &mut Blocks) {
        let outside: &mut [Frame] = match self.threads.get_mut(&thread) {
            Some(frames) => frames,
            None => &mut [],
        };
        let frame = begin(call, outside, blocks);
        end(frame, result, outside, blocks);
    }

    /// Takes the first half of a call.
    pub fn begin(&mut self, thread: u32, call: Call, blocks: &mut Blocks) {
        if self.threads.len() >= MOST_THREADS && !self.threads.contains_key(&thread) {
            return blocks.notes.unreadable.add(blocks.line);
        }
        let frames = self.threads.entry(thread).or_default();
        let frame = begin(call, frames, blocks);
        if frames.len() >= DEEPEST {
            drop_frame(frames.remove(0), blocks);
        }
        frames.push(frame);
    }

    /// Takes a call that was left by a signal or an exit. It may still end.
    pub fn no_return(&mut self, thread: u32, call: Call, blocks: &mut Blocks) {
        match call {
            Call::Free { .. } => self.complete(thread, call, 0, blocks),
            _ => self.begin(thread, call, blocks),
        }
    }

    /// Takes the second half of a call; returns false if the first is not known.
    pub fn resume(
        &mut self,
        thread: u32,
        function: Function,
        result: u64,
        blocks: &mut Blocks,
    ) -> bool {
        let Some(frames) = self.threads.get_mut(&thread) else {
            return function == Function::Free;
        };
        let fits = |frame: &Frame| is_of(frame.call, function);
        let Some(at) = frames.iter().rposition(fits) else {
            // A free that was left by a signal, and ends after all.
            return function == Function::Free;
        };
        for lost in frames.split_off(at + 1) {
            drop_frame(lost, blocks);
        }
        if let Some(frame) = frames.pop() {
            end(frame, result, frames, blocks);
        }
        if frames.is_empty() {
            self.threads.remove(&thread);
        }
        true
    }

    /// Forgets the calls of a thread that ended, or is another program now.
    pub fn forget(&mut self, thread: u32, blocks: &mut Blocks) {
        for frame in self.threads.remove(&thread).unwrap_or_default() {
            drop_frame(frame, blocks);
        }
    }

    /// Ends the log.
    pub fn end(&mut self, blocks: &mut Blocks) {
        let mut threads: Vec<u32> = self.threads.keys().copied().collect();
        threads.sort_unstable();
        for thread in threads {
            self.forget(thread, blocks);
        }
    }
}

/// Returns whether a call is of that function. A realloc may be a reallocarray, and a calloc that
/// is really a realloc ends as it began.
fn is_of(call: Call, function: Function) -> bool {
    match function {
        Function::Free => matches!(call, Call::Free { .. }),
        Function::Realloc | Function::ReallocArray => matches!(call, Call::Realloc { .. }),
        Function::PosixMemalign => matches!(call, Call::PosixMemalign(_)),
        Function::Calloc => {
            matches!(call, Call::New(Request::Calloc { .. }) | Call::Realloc { .. })
        }
        Function::Malloc => matches!(call, Call::New(Request::Malloc { .. })),
        Function::Memalign | Function::Valloc | Function::Pvalloc | Function::AlignedNew => {
            matches!(call, Call::New(Request::Memalign { .. }))
        }
    }
}

/// Begins a call inside those of `outside`.
fn begin(call: Call, outside: &mut [Frame], blocks: &mut Blocks) -> Frame {
    let mut frame = Frame { call, begun: None, released: None, inner: None };
    let (Call::Free { block: released } | Call::Realloc { old: released, .. }) = call else {
        return frame;
    };
    let outer = match released {
        0 => None,
        _ => outside.iter_mut().rfind(|outer| outer.released == Some(released)),
    };
    frame.released = (released != 0).then_some(released);
    match (call, outer) {
        (Call::Free { .. }, Some(_)) => {}
        (Call::Free { block }, None) => blocks.free(block),
        (_, Some(outer)) => frame.begun = outer.begun.take(),
        (_, None) => frame.begun = Some(blocks.begin_realloc(released)),
    }
    frame
}

/// Ends a call inside those of `outside`.
fn end(frame: Frame, result: u64, outside: &mut [Frame], blocks: &mut Blocks) {
    if matches!(frame.call, Call::Free { .. }) {
        return;
    }
    let is_counted = frame.inner == Some(result);
    match frame.call {
        Call::New(_) | Call::PosixMemalign(_) if is_counted => {}
        Call::New(request) => blocks.allocate(request, result),
        // Another function inside it gave out the block, with its address.
        Call::PosixMemalign(_) if result == 0 && frame.inner.is_some() => {}
        Call::PosixMemalign(request) if result == 0 => blocks.allocate_without_address(request),
        Call::PosixMemalign(_) => blocks.notes.failed.add(blocks.line),
        Call::Realloc { bytes, .. } => match frame.begun {
            Some(begun) if is_counted && result != 0 => blocks.free_begun(begun),
            Some(begun) if is_counted => blocks.cancel_realloc(begun),
            Some(begun) => blocks.end_realloc(begun, result, bytes),
            None => {}
        },
        Call::Free { .. } => {}
    }
    for outer in outside.iter_mut() {
        outer.inner = Some(result);
        // Only a realloc may get the very block that it gave up.
        let is_realloc = matches!(outer.call, Call::Realloc { .. });
        if outer.released == Some(result) && !is_realloc {
            outer.released = None;
        }
    }
}

/// Drops a call whose end was not seen, or whose beginning belongs to no end.
fn drop_frame(frame: Frame, blocks: &mut Blocks) {
    if frame.inner.is_none() && !matches!(frame.call, Call::Free { .. }) {
        blocks.notes.unfinished.add(blocks.line);
    }
    if let Some(begun) = frame.begun {
        blocks.cancel_realloc(begun);
    }
}
