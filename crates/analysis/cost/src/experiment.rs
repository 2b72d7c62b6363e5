//! How the cost of `malloc` and `free` depends on the number of blocks: a heap is brought into a
//! stated condition, and a few calls are counted in it.
//!
//! ```text
//!  | guard | hole | guard | hole | guard | ... | guard | guard | ... | measured | measured | ...
//!    alloc   free   alloc   free   alloc         alloc   alloc         alloc      alloc
//! ```
//!
//! An experiment is a trace, so heaps are checked on it as on any other:
//!
//! 1. Guards and future holes are allocated alternately, then the remaining guards. The heap has
//!    almost no free blocks yet.
//! 2. The holes are freed. Between any two there is a guard, so none can be coalesced, now or
//!    later: there are exactly as many free blocks as stated.
//! 3. Two large blocks are allocated, uncounted: work that a heap delays until it runs short of
//!    memory is done here.
//! 4. **Counted mallocs**: large blocks again. Each is larger than any hole, so a search has to
//!    pass every block that it may look at before the heap grows; that is the worst case of every
//!    design. In segregated fits a hole is in the request's size class, so that list is not empty
//!    either. Nothing is freed in between, as the next request would find a freed large block.
//! 5. **Counted frees**: every second one of those blocks. Both neighbours of each are allocated,
//!    so none is coalesced.
//!
//! Guards are a few bytes; holes and large blocks are larger than a chunk ([`HOLE_BYTES`],
//! [`LARGE_BYTES`]), so heaps that grow by a chunk of 4 KiB grow by just the block asked for, and
//! have nothing left over that would fit the next request.

use crate::Cost;
use heaplab_trace::{Id, Op, Trace, Weight};
use std::ops::Range;

/// Payload bytes of a guard.
const GUARD_BYTES: u32 = 24;

/// Payload bytes of a hole: a little more than 4 KiB.
const HOLE_BYTES: u32 = 4100;

/// Payload bytes of a large block: more than a hole, in the same size class.
const LARGE_BYTES: u32 = 5000;

/// Large blocks allocated before counting.
const WARM_UP: u32 = 2;

/// Counted mallocs; half as many frees are counted.
const COUNTED: u32 = 16;

/// A condition of the heap: how many blocks of each kind it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Experiment {
    /// Allocated blocks, while the mallocs are counted: their mean.
    allocated: u32,
    /// Free blocks, while the mallocs are counted.
    free: u32,
}

/// What an experiment measured on one heap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Allocated blocks when a counted malloc was called; the mean.
    pub malloc_allocated: f64,
    /// Free blocks when a counted malloc was called.
    pub malloc_free: f64,
    /// Words that a malloc read and wrote; the mean.
    pub malloc_touches: f64,
    /// Allocated blocks when a counted free was called; the mean.
    pub free_allocated: f64,
    /// Free blocks when a counted free was called; the mean.
    pub free_free: f64,
    /// Words that a free read and wrote; the mean.
    pub free_touches: f64,
}

impl Experiment {
    /// The fewest allocated blocks an experiment can have.
    pub const FEWEST: u32 = 64;

    /// Returns the experiment with this many allocated and free blocks; none with fewer than
    /// [`FEWEST`](Experiment::FEWEST) allocated, or with more than half as many free: each free
    /// block needs an allocated one to keep it apart, and some are measured.
    /// measured.
    pub fn new(allocated: u32, free: u32) -> Option<Experiment> {
        (allocated >= Experiment::FEWEST && free <= allocated / 2)
            .then_some(Experiment { allocated, free })
    }

    /// Returns a grid, doubling at each step: from 64 allocated blocks to `most`, and from 32 free
    /// blocks to half as many as are allocated.
    pub fn grid(most: u32) -> Vec<Experiment> {
        let doublings = |from: u32| std::iter::successors(Some(from), |count| count.checked_mul(2));
        let of_allocated = |allocated: u32| {
            doublings(Experiment::FEWEST / 2)
                .map_while(move |free| Experiment::new(allocated, free))
        };
        doublings(Experiment::FEWEST)
            .take_while(|&allocated| allocated <= most)
            .flat_map(of_allocated)
            .collect()
    }

    /// Returns the allocated blocks, on the grid.
    pub fn allocated(self) -> u32 {
        self.allocated
    }

    /// Returns the free blocks, on the grid.
    pub fn free(self) -> u32 {
        self.free
    }

    /// Returns the number of guards: the allocated blocks without those that are measured, half of
    /// which are there on average.
    fn guards(self) -> u32 {
        self.allocated - WARM_UP - COUNTED / 2
    }

    /// Returns the experiment as a trace.
    pub fn trace(self) -> Trace {
        let (holes, guards) = (self.free, self.guards());
        let malloc = |id: u32, size: u32| Op::Malloc { id: Id(id), size };
        let free = |id: u32| Op::Free { id: Id(id) };
        let hole = |number: u32| guards + number;
        let large = |number: u32| guards + holes + number;
        let mut ops = Vec::new();
        for number in 0..guards {
            ops.push(malloc(number, GUARD_BYTES));
            if number < holes {
                ops.push(malloc(hole(number), HOLE_BYTES));
            }
        }
        ops.extend((0..holes).map(|number| free(hole(number))));
        ops.extend((0..WARM_UP + COUNTED).map(|number| malloc(large(number), LARGE_BYTES)));
        let freed = (0..COUNTED / 2).map(|number| free(large(WARM_UP + 2 * number)));
        ops.extend(freed);
        let name = format!("allocated-{}-free-{}", self.allocated, self.free);
        Trace::from_ops(name, Weight::None, ops)
            .expect("an experiment frees only what it allocated")
    }

    /// Returns the counted mallocs, and the counted frees: indices of the trace.
    pub fn counted(self) -> [Range<usize>; 2] {
        let first = (self.guards() + 2 * self.free + WARM_UP) as usize;
        let mallocs = first..first + COUNTED as usize;
        let frees = mallocs.end..mallocs.end + COUNTED as usize / 2;
        [mallocs, frees]
    }

    /// Returns what was measured, from the cost of the experiment's trace with the parts
    /// [`counted`](Experiment::counted) summed up; none if they were not.
    pub fn point(self, cost: &Cost) -> Option<Point> {
        let [mallocs, frees] = self.counted();
        let touches = |ops: &Range<usize>| {
            let part = cost.parts.iter().find(|part| part.ops == *ops)?;
            part.mean_touches()
        };
        // Before the n-th of N calls there are n - 1 more blocks, or fewer.
        let mean_done = |calls: &Range<usize>| (calls.len() - 1) as f64 / 2.0;
        let before_mallocs = f64::from(self.guards() + WARM_UP);
        let free = f64::from(self.free);
        Some(Point {
            malloc_allocated: before_mallocs + mean_done(&mallocs),
            malloc_free: free,
            malloc_touches: touches(&mallocs)?,
            free_allocated: before_mallocs + f64::from(COUNTED) - mean_done(&frees),
            free_free: free + mean_done(&frees),
            free_touches: touches(&frees)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_arena::host;
    use heaplab_heap::{Align, Design, Heap};
    use heaplab_implicit::Policy;

    #[test]
    fn the_grid_doubles_and_keeps_a_guard_for_each_hole() {
        let grid: Vec<_> = Experiment::grid(256)
            .into_iter()
            .map(|experiment| (experiment.allocated, experiment.free))
            .collect();
        let expected = [(64, 32), (128, 32), (128, 64), (256, 32), (256, 64), (256, 128)];
        assert_eq!(grid, expected);
        assert!(Experiment::grid(63).is_empty());
        assert_eq!(Experiment::new(64, 33), None);
    }

    /// The numbers in a point are those in a real heap at each counted call, except for the free
    /// block that ends the heap, if there is one.
    #[test]
    fn an_experiment_heap_has_the_stated_numbers_of_blocks() {
        let experiment = Experiment::new(128, 64).unwrap();
        let trace = experiment.trace();
        let mut heap = Policy::default().build(host::machine().unwrap(), Align::Sixteen).unwrap();
        let [mallocs, frees] = experiment.counted();
        let mut held = vec![None; trace.ids() as usize];
        let (mut allocated, mut free) = ([0; 2], [0; 2]);
        for (index, &op) in trace.ops().iter().enumerate() {
            for (kind, counted) in [&mallocs, &frees].into_iter().enumerate() {
                if counted.contains(&index) {
                    let blocks: Vec<bool> = heap.blocks().map(|block| block.allocated).collect();
                    allocated[kind] += blocks.iter().filter(|&&is| is).count();
                    let holes = &blocks[..blocks.len() - 1];
                    free[kind] += holes.iter().filter(|&&is| !is).count();
                }
            }
            match op {
                Op::Malloc { id, size } => held[id.index()] = Some(heap.malloc(size).unwrap()),
                Op::Free { id } => heap.free(held[id.index()].take().unwrap()).unwrap(),
                other => panic!("an experiment has no {other}"),
            }
        }
        let mean = |sum: usize, calls: &Range<usize>| sum as f64 / calls.len() as f64;
        let part = |ops: &Range<usize>| crate::Part { ops: ops.clone(), touches: 0 };
        let cost = Cost {
            ops: 0,
            measures: Vec::new(),
            parts: vec![part(&mallocs), part(&frees)],
            stretches: Vec::new(),
            outside_accesses: 0,
        };
        let point = experiment.point(&cost).unwrap();
        assert_eq!(point.malloc_allocated, mean(allocated[0], &mallocs));
        assert_eq!(point.malloc_free, mean(free[0], &mallocs));
        assert_eq!(point.free_allocated, mean(allocated[1], &frees));
        assert_eq!(point.free_free, mean(free[1], &frees));
    }
}
