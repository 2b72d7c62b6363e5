//! One heap of the screen: its film, and what is shown of it at one moment.

use crate::filmed::Filmed;
use crate::inside::{Inside, touched};
use crate::marks::Marks;
use crate::now::HeapNow;
use crate::words::{Looks, WORD_BYTES};
use heaplab_film::{BlockNow, Event, HeapView, Pending, Returned, Step};

/// A heap of the screen.
pub(crate) struct Side<'a> {
    pub(crate) name: String,
    pub(crate) film: Box<dyn Filmed + 'a>,
    pub(crate) scene: Scene,
    /// The payload of the block that the reader chose; none to follow the calls.
    pub(crate) pinned: Option<u32>,
    /// A walk through the call that was done last.
    pub(crate) inside: Option<Inside>,
    /// What is still going on with the film.
    pub(crate) pending: Pending,
    /// The chosen block's bytes.
    words: Option<Fetched>,
}

/// A heap at one moment.
#[derive(Clone)]
pub(crate) struct Scene {
    /// How many operations are done.
    pub(crate) done: usize,
    /// The one that was done last.
    pub(crate) step: Option<Step>,
    /// The heap after it, or before it when the reader is inside it.
    pub(crate) heap: HeapNow,
}

/// Bytes of a block, from its start; of a large one only the first.
struct Fetched {
    /// How many operations were done.
    done: usize,
    block: BlockNow,
    bytes: Vec<u8>,
}

/// At most this many bytes of a block are fetched.
const MOST_BYTES: u32 = 1 << 14;

/// A word of the chosen block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) addr: u32,
    pub(crate) value: u32,
    pub(crate) looks: Looks,
    /// Whether the call wrote it, so far.
    pub(crate) is_written: bool,
    /// Whether the current access is about it.
    pub(crate) is_current: bool,
}

impl<'a> Side<'a> {
    pub(crate) fn new(name: &str, film: Box<dyn Filmed + 'a>) -> Side<'a> {
        let heap = HeapNow::new(HeapView {
            ops: 0,
            heap_start: 0,
            heap_break: 0,
            hides_blocks: false,
            blocks: Vec::new(),
            lists: Vec::new(),
        });
        Side {
            name: name.to_owned(),
            film,
            scene: Scene { done: 0, step: None, heap },
            pinned: None,
            inside: None,
            pending: Pending::Nothing,
            words: None,
        }
    }

    /// Goes to where `done` operations are done, or to the last that the film has.
    ///
    /// # Errors
    /// As [`Filmed::step`]; what is shown stays as it was then.
    pub(crate) fn go(&mut self, done: usize) -> Result<(), String> {
        let done = done.min(self.film.steps());
        let step = match done.checked_sub(1) {
            Some(last) => Some(self.film.step(last)?),
            None => None,
        };
        let heap = HeapNow::new(self.film.heap(done)?);
        self.scene = Scene { done, step, heap };
        (self.inside, self.words) = (None, None);
        Ok(())
    }

    /// Returns whether the film has no more steps, and it is not the end of the trace.
    pub(crate) fn has_failed(&self) -> bool {
        self.scene.done == self.film.steps() && self.film.failure().is_some()
    }

    /// Begins the walk through the last call.
    ///
    /// # Errors
    /// If nothing was called, or as [`Filmed::step`].
    pub(crate) fn enter(&mut self) -> Result<(), String> {
        let Some(last) = self.scene.done.checked_sub(1) else {
            return Err("nothing was called yet: the right arrow makes the first call".to_owned());
        };
        let accesses = self.film.accesses(last)?;
        if accesses.is_empty() {
            return Err("the allocator loads and stores nothing in this call".to_owned());
        }
        self.scene.heap = HeapNow::new(self.film.heap(last)?);
        (self.inside, self.words) = (Some(Inside { accesses, done: 0 }), None);
        Ok(())
    }

    /// Returns the chosen block: the one that the reader chose if it is still there, else the one
    /// that the call or the current access is about.
    pub(crate) fn chosen(&self) -> Option<&BlockNow> {
        let heap = &self.scene.heap;
        if let Some((addr, _)) = self.inside.as_ref().and_then(Inside::at) {
            return heap.block_at(addr).or_else(|| heap.blocks.last());
        }
        let pinned = self.pinned.and_then(|payload| heap.block_at(payload));
        pinned.or_else(|| self.called_on()).or_else(|| heap.blocks.first())
    }

    /// Returns the block that the last call was about.
    fn called_on(&self) -> Option<&BlockNow> {
        let (step, heap) = (self.scene.step.as_ref()?, &self.scene.heap);
        if let Returned::Address(addr @ 1..) = step.result {
            return heap.block_at(addr);
        }
        let freed = step.blocks.iter().find(|change| {
            change.before.is_some_and(|was| was.is_allocated)
                && change.after.is_none_or(|now| !now.is_allocated)
        });
        let changed = freed.or_else(|| step.blocks.first());
        changed.and_then(|change| heap.block_at(change.payload))
    }

    /// Returns the chosen block's index.
    pub(crate) fn chosen_index(&self) -> Option<usize> {
        let (chosen, heap) = (self.chosen()?.start, &self.scene.heap);
        let found = heap.index_at(chosen).filter(|index| heap.blocks[*index].start == chosen);
        // A broken heap may show blocks without bytes, or two at one address.
        found.or_else(|| heap.blocks.iter().position(|block| block.start == chosen))
    }

    /// Chooses the next block, or the one before.
    pub(crate) fn choose_next(&mut self, forwards: bool) {
        let blocks = &self.scene.heap.blocks;
        if blocks.is_empty() {
            return;
        }
        let next = match (self.chosen_index(), forwards) {
            (None, _) => 0,
            (Some(index), true) => (index + 1) % blocks.len(),
            (Some(index), false) => (index + blocks.len() - 1) % blocks.len(),
        };
        self.pinned = Some(blocks[next].payload);
    }

    /// Returns the letters of the free blocks.
    pub(crate) fn marks(&self) -> Marks {
        Marks::of(&self.scene.heap, self.chosen().map(|block| block.payload))
    }

    /// Returns the ranges of bytes that the call changed, so far: whole blocks, and words.
    pub(crate) fn changed(&self) -> Vec<(u32, u32)> {
        let Some(step) = &self.scene.step else {
            return Vec::new();
        };
        if self.inside.is_some() {
            return self.written();
        }
        let blocks = step.blocks.iter().filter_map(|change| {
            let state = change.after.or(change.before)?;
            Some((change.start, state.bytes))
        });
        blocks.chain(self.written()).collect()
    }

    /// Returns the ranges of bytes that the call wrote, so far.
    fn written(&self) -> Vec<(u32, u32)> {
        let writes = |event: &Event| touched(event).filter(|_| event.writes());
        match (&self.inside, &self.scene.step) {
            (Some(inside), _) => {
                let done = inside.accesses.iter().take(inside.done);
                done.filter_map(|access| writes(&access.event)).collect()
            }
            (None, Some(step)) => {
                step.stores.iter().filter_map(|access| writes(&access.event)).collect()
            }
            (None, None) => Vec::new(),
        }
    }

    /// Returns the words of the chosen block, and how many more it has.
    ///
    /// # Errors
    /// As [`Filmed::step`].
    pub(crate) fn words(&mut self) -> Result<(Vec<Word>, u32), String> {
        let Some(block) = self.chosen().copied() else {
            return Ok((Vec::new(), 0));
        };
        let done = self.scene.done - usize::from(self.inside.is_some());
        let is_there =
            self.words.as_ref().is_some_and(|words| (words.done, words.block) == (done, block));
        if !is_there {
            let size = block.bytes.min(MOST_BYTES);
            let bytes = self.film.bytes(done, block.start, size)?.unwrap_or_default();
            self.words = Some(Fetched { done, block, bytes });
        }
        let mut bytes = self.words.as_ref().map(|words| words.bytes.clone()).unwrap_or_default();
        if let Some(inside) = &self.inside {
            inside.apply(block.start, &mut bytes);
        }
        let (written, marks) = (self.written(), self.marks());
        let current = self.inside.as_ref().and_then(Inside::at);
        let addresses = (block.start..).step_by(WORD_BYTES as usize);
        let words = addresses.zip(bytes.chunks_exact(WORD_BYTES as usize)).map(|(addr, word)| {
            let value = word.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
            let covers = |&(from, size): &(u32, u32)| {
                from < addr.saturating_add(WORD_BYTES) && addr < from.saturating_add(size)
            };
            let is_written = written.iter().any(covers);
            Word {
                addr,
                value,
                looks: Looks::of(addr, value, &block, &self.scene.heap, &marks, is_written),
                is_written,
                is_current: current.as_ref().is_some_and(covers),
            }
        });
        let words: Vec<Word> = words.collect();
        let shown = u32::try_from(words.len()).unwrap_or(u32::MAX);
        let more = (block.bytes / WORD_BYTES).saturating_sub(shown);
        Ok((words, more))
    }
}
