//! What programs do that allocators find hard, one function for each.

use super::draft::{Calls, Draft};
use super::material::{MOST_OPS, Material, machine};
use super::sizes::{Sizes, edge, off};
use heaplab_arena::Refuse;
use heaplab_trace::{GENERATORS, Kind, RandomSource};

type Scene = fn(&mut Draft);

const SCENES: [Scene; 10] = [
    walk,
    stack,
    queue,
    resize_one,
    resize_beside_free,
    punch_holes,
    merge_neighbours,
    align,
    calloc_where_it_is_dirty,
    fill_up,
];

/// Returns a new case: one to four scenes, in turn, until it is long enough.
pub(super) fn fresh(random: &mut RandomSource, least_limit_bytes: u32) -> Material {
    let (limit_bytes, refuse) = machine(random, least_limit_bytes);
    let length = match random.below(10) {
        0..6 => random.between(20, 100),
        6..9 => random.between(60, 200),
        _ => random.between(200, MOST_OPS as u32),
    };
    let scenes: Vec<Scene> = (0..random.between(1, 4)).map(|_| random.pick(&SCENES)).collect();
    let sizes = Sizes::roll(random, limit_bytes);
    let calls = Calls::roll(random);
    let nothings = random.percent(15);
    let mut draft = Draft::new(random, sizes, calls);
    while draft.len() < length as usize {
        let scene = draft.random.pick(&scenes);
        scene(&mut draft);
        if nothings {
            ask_for_nothing(&mut draft);
        }
    }
    let mut ops = draft.into_ops();
    ops.truncate(MOST_OPS);
    Material { ops, limit_bytes, refuse }
}

/// Returns a case of few operations, on blocks of up to a hundred mebibytes and alignments to
/// match, in a heap that has room for some of them. The first cases of this kind, by `number` from
/// 0, are the stress traces.
pub(super) fn large(random: &mut RandomSource, least_limit_bytes: u32, number: usize) -> Material {
    let mut stress = GENERATORS.iter().filter(|made| made.kind == Kind::Stress);
    if let Some(generator) = stress.nth(number) {
        return Material {
            ops: generator.generate(&generator.defaults).ops().to_vec(),
            limit_bytes: least_limit_bytes.max(1 << 29),
            refuse: Refuse::Never,
        };
    }
    const SCENES: [Scene; 6] = [walk, stack, resize_one, resize_beside_free, align, fill_up];
    const LIMITS_LOG2: [u32; 5] = [25, 26, 27, 28, 29];
    let limit_bytes = least_limit_bytes.max(1 << random.pick(&LIMITS_LOG2));
    let refuse = match random.below(100) {
        0..80 => Refuse::Never,
        _ => Refuse::Once(1 + random.below(6)),
    };
    let length = random.between(6, 24) as usize;
    let scenes = [random.pick(&SCENES), random.pick(&SCENES)];
    let sizes = Sizes::roll_large(random, limit_bytes);
    let calls = Calls::roll(random);
    let mut draft = Draft::new(random, sizes, calls);
    while draft.len() < length {
        let scene = draft.random.pick(&scenes);
        scene(&mut draft);
    }
    let mut ops = draft.into_ops();
    ops.truncate(length);
    Material { ops, limit_bytes, refuse }
}

/// Allocates, frees and resizes at random.
fn walk(draft: &mut Draft) {
    let target = draft.random.between(2, 30) as usize;
    let resizes_percent = draft.random.pick(&[0, 5, 30]);
    for _ in 0..draft.random.between(5, 40) {
        let crowded = draft.live() > target;
        let frees_percent = if crowded { 65 } else { 30 };
        if draft.random.percent(resizes_percent) {
            resize_any(draft);
        } else if draft.random.percent(frees_percent) {
            draft.free_any();
        } else {
            let size = draft.size();
            draft.allocate(size);
        }
    }
}

/// Frees the last block allocated first.
fn stack(draft: &mut Draft) {
    let count = draft.random.between(2, 12) as usize;
    for _ in 0..count {
        let size = draft.size();
        draft.allocate(size);
    }
    let left = draft.random.below(2) as usize;
    for _ in left..count {
        draft.free(draft.live() - 1);
    }
}

/// Frees the first block allocated first.
fn queue(draft: &mut Draft) {
    let count = draft.random.between(2, 12);
    for _ in 0..count {
        let size = draft.size();
        draft.allocate(size);
    }
    for _ in 0..draft.random.between(1, count) {
        if draft.random.percent(30) {
            let size = draft.size();
            draft.allocate(size);
        }
        draft.free(0);
    }
}

/// Resizes one block again and again.
fn resize_one(draft: &mut Draft) {
    let size = draft.size();
    draft.allocate(size);
    if draft.random.percent(50) {
        // Another block after it.
        let size = draft.size();
        draft.malloc(size);
    }
    let index = draft.live() - 1;
    for _ in 0..draft.random.between(2, 10) {
        let size = resized(draft, index);
        draft.realloc(index, size.max(1));
    }
    if draft.random.percent(20) {
        draft.realloc(index, 0);
    }
}

/// Allocates blocks in a row, frees some, and resizes one beside them: into the free one after it,
/// into the one before, or into neither.
fn resize_beside_free(draft: &mut Draft) {
    let row = row(draft, 5);
    for &id in &row[1..] {
        if draft.random.percent(50) {
            draft.free_id(id);
        }
    }
    for _ in 0..draft.random.between(1, 3) {
        resize_any(draft);
    }
}

/// Allocates blocks in a row, frees every second one, and allocates blocks that fit the holes,
/// almost.
fn punch_holes(draft: &mut Draft) {
    let size = draft.size();
    let count = draft.random.between(3, 16);
    let first = draft.live();
    for _ in 0..count {
        draft.allocate(size);
    }
    let every_other = draft.random.percent(60);
    for index in (first..draft.live()).rev() {
        let is_hole =
            if every_other { (index - first).is_multiple_of(2) } else { draft.random.percent(50) };
        if is_hole {
            draft.free(index);
        }
    }
    for _ in 0..draft.random.between(1, count) {
        let size = off(draft.random, size);
        draft.allocate(size);
    }
}

/// Frees three or more neighbours in any order: every case of coalescing.
fn merge_neighbours(draft: &mut Draft) {
    let count = draft.random.between(3, 6);
    let mut row = row(draft, count);
    if draft.random.percent(50) {
        // So that the last one is not at the end of the heap.
        let size = draft.size();
        draft.malloc(size);
    }
    while let Some(id) = draft.random.take(&mut row) {
        draft.free_id(id);
    }
    if draft.random.percent(50) {
        let size = draft.size().saturating_mul(draft.random.between(1, 4));
        draft.allocate(size);
    }
}

/// Allocates aligned blocks between others: what is cut off before them is free.
fn align(draft: &mut Draft) {
    for _ in 0..draft.random.between(1, 6) {
        let size = draft.size();
        draft.memalign(size);
        if draft.random.percent(60) {
            let size = draft.size();
            draft.malloc(size);
        }
        if draft.random.percent(50) {
            draft.free_any();
        }
    }
    if draft.random.percent(30) {
        resize_any(draft);
    }
}

/// Asks for zeros where freed blocks have left their bytes.
fn calloc_where_it_is_dirty(draft: &mut Draft) {
    let row = row(draft, 4);
    for id in row {
        draft.free_id(id);
    }
    for _ in 0..draft.random.between(1, 4) {
        let size = draft.size();
        draft.calloc(size);
    }
}

/// Allocates blocks until the heap is full, frees some, and repeats this.
fn fill_up(draft: &mut Draft) {
    let part = draft.random.between(2, 20);
    let size = draft.sizes.limit_bytes() / part;
    for _ in 0..draft.random.between(1, 3) {
        for _ in 0..part + 1 {
            let size = off(draft.random, size).max(1);
            draft.allocate(size);
        }
        for _ in 0..draft.random.between(0, part + 1) {
            draft.free_any();
        }
    }
    // Small blocks may still fit.
    for _ in 0..draft.random.below(4) {
        let size = draft.size();
        draft.allocate(size);
    }
    let frees = draft.live() as u32;
    for _ in 0..draft.random.between(frees / 2, frees) {
        draft.free_any();
    }
}

/// Makes calls that do nothing, or almost nothing.
fn ask_for_nothing(draft: &mut Draft) {
    match draft.random.below(4) {
        0 => draft.free_null(),
        1 => {
            draft.allocate(0);
        }
        2 => {
            draft.allocate(1);
        }
        _ => {
            if let Some(index) = draft.any() {
                draft.realloc(index, 0);
            }
        }
    }
}

/// Allocates some blocks one after the other.
fn row(draft: &mut Draft, count: u32) -> Vec<heaplab_trace::Id> {
    (0..count)
        .map(|_| {
            let size = draft.size();
            draft.allocate(size)
        })
        .collect()
}

fn resize_any(draft: &mut Draft) {
    if let Some(index) = draft.any() {
        let size = resized(draft, index);
        draft.realloc(index, size);
    }
}

/// Returns a new size for a block: the same, by a byte, by a tag, much less, much more.
fn resized(draft: &mut Draft, index: usize) -> u32 {
    let size = draft.held(index).size;
    match draft.random.below(12) {
        0 => size,
        1 => size.saturating_add(1),
        2 => size.saturating_sub(1),
        3 | 4 => off(draft.random, size),
        5 => size / 2,
        6 => size.saturating_mul(2),
        7 => size.saturating_add(draft.size()),
        8 => draft.random.between(1, 24),
        9 => edge(draft.random, draft.sizes.limit_bytes()),
        _ => draft.size(),
    }
}
