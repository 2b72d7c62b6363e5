//! A case being written: a list of operations that is valid at any time.

use super::sizes::Sizes;
use heaplab_trace::{Id, Op, RandomSource};

/// Operations so far, and the blocks that are live after them.
pub(super) struct Draft<'a> {
    pub(super) random: &'a mut RandomSource,
    pub(super) sizes: Sizes,
    pub(super) calls: Calls,
    ops: Vec<Op>,
    /// The live blocks, in order of allocation.
    live: Vec<Held>,
    unused: Vec<Id>,
    ids: u32,
}

/// A live block.
#[derive(Clone, Copy)]
pub(super) struct Held {
    pub(super) id: Id,
    pub(super) size: u32,
}

/// Which calls besides malloc allocate, each in what percentage of cases.
#[derive(Clone, Copy)]
pub(super) struct Calls {
    pub(super) calloc: u32,
    pub(super) memalign: u32,
    pub(super) realloc_null: u32,
}

impl Calls {
    /// Chooses the calls at random. Each kind is left out of most cases.
    pub(super) fn roll(random: &mut RandomSource) -> Calls {
        let mut percent = || match random.below(4) {
            0 => random.pick(&[5, 10, 30]),
            _ => 0,
        };
        Calls { calloc: percent(), memalign: percent(), realloc_null: percent() }
    }
}

impl<'a> Draft<'a> {
    pub(super) fn new(random: &'a mut RandomSource, sizes: Sizes, calls: Calls) -> Draft<'a> {
        Draft {
            random,
            sizes,
            calls,
            ops: Vec::new(),
            live: Vec::new(),
            unused: Vec::new(),
            ids: 0,
        }
    }

    pub(super) fn into_ops(self) -> Vec<Op> {
        self.ops
    }

    /// Returns how many operations there are.
    pub(super) fn len(&self) -> usize {
        self.ops.len()
    }

    /// Returns how many blocks are live.
    pub(super) fn live(&self) -> usize {
        self.live.len()
    }

    /// Returns the live block with this place in order of allocation.
    pub(super) fn held(&self, index: usize) -> Held {
        self.live[index]
    }

    /// Returns a size from the case's choice.
    pub(super) fn size(&mut self) -> u32 {
        self.sizes.draw(self.random)
    }

    /// Allocates a block of this size, with any call that the case allows.
    pub(super) fn allocate(&mut self, size: u32) -> Id {
        let id = self.new_id();
        let Calls { calloc, memalign, realloc_null } = self.calls;
        let roll = self.random.below(100);
        let op = if roll < calloc {
            Op::Calloc { id, size }
        } else if roll < calloc + memalign {
            Op::Memalign { id, align_log2: self.align_log2(), size }
        } else if roll < calloc + memalign + realloc_null {
            Op::Realloc { id, size }
        } else {
            Op::Malloc { id, size }
        };
        self.hold(op, id, size)
    }

    pub(super) fn malloc(&mut self, size: u32) -> Id {
        let id = self.new_id();
        self.hold(Op::Malloc { id, size }, id, size)
    }

    pub(super) fn calloc(&mut self, size: u32) -> Id {
        let id = self.new_id();
        self.hold(Op::Calloc { id, size }, id, size)
    }

    pub(super) fn memalign(&mut self, size: u32) -> Id {
        let id = self.new_id();
        let op = Op::Memalign { id, align_log2: self.align_log2(), size };
        self.hold(op, id, size)
    }

    pub(super) fn free_null(&mut self) {
        self.ops.push(Op::FreeNull);
    }

    /// Frees the block with this place in order of allocation.
    pub(super) fn free(&mut self, index: usize) {
        let id = self.live.remove(index).id;
        self.ops.push(Op::Free { id });
        self.unused.push(id);
    }

    pub(super) fn free_id(&mut self, id: Id) {
        if let Some(index) = self.live.iter().position(|held| held.id == id) {
            self.free(index);
        }
    }

    /// Frees one of the live blocks.
    pub(super) fn free_any(&mut self) {
        if let Some(index) = self.any() {
            self.free(index);
        }
    }

    /// Returns the place of one of the live blocks.
    pub(super) fn any(&mut self) -> Option<usize> {
        let count = self.live.len() as u32;
        (count > 0).then(|| self.random.below(count) as usize)
    }

    /// Resizes the block with this place; a resize to 0 frees it.
    pub(super) fn realloc(&mut self, index: usize, size: u32) {
        let id = self.live[index].id;
        self.ops.push(Op::Realloc { id, size });
        self.live[index].size = size;
        if size == 0 {
            self.live.remove(index);
            self.unused.push(id);
        }
    }

    fn hold(&mut self, op: Op, id: Id, size: u32) -> Id {
        self.ops.push(op);
        self.live.push(Held { id, size });
        id
    }

    fn new_id(&mut self) -> Id {
        self.unused.pop().unwrap_or_else(|| {
            self.ids += 1;
            Id(self.ids - 1)
        })
    }

    /// Returns an alignment, mostly one that a heap must do something for, up to two pages; with
    /// blocks of mebibytes up to 2 GiB, which does not fit in any heap.
    fn align_log2(&mut self) -> u8 {
        if self.sizes.is_large() && self.random.percent(50) {
            return self.random.between(12, 31) as u8;
        }
        match self.random.below(10) {
            0 => self.random.below(4) as u8,
            1 => 13,
            _ => 4 + self.random.below(9) as u8,
        }
    }
}
