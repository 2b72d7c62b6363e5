//! Cases made from cases that did something new.

use super::material::{MOST_OPS, Material, machine};
use super::sizes::{edge, off};
use heaplab_trace::{Id, Ledger, Op, RandomSource, Slot};

/// Returns a case similar to one of the kept ones, but different.
pub(super) fn mutate(
    random: &mut RandomSource,
    kept: &[Material],
    least_limit_bytes: u32,
) -> Material {
    let mut material = pick(random, kept).clone();
    for _ in 0..=random.heads().min(4) {
        match random.below(12) {
            0 => {
                let other = pick(random, kept);
                splice(random, &mut material.ops, &other.ops);
            }
            1 => repeat(random, &mut material.ops),
            2 => delete(random, &mut material.ops),
            3 => swap(random, &mut material.ops),
            4 | 5 => insert(random, &mut material.ops, material.limit_bytes),
            6 => retype(random, &mut material.ops),
            7 => {
                (material.limit_bytes, material.refuse) = machine(random, least_limit_bytes);
            }
            _ => resize(random, &mut material.ops, material.limit_bytes),
        }
    }
    material.ops = mend(&material.ops);
    material
}

/// Returns one of the kept cases, the latest more often than the others.
fn pick<'a>(random: &mut RandomSource, kept: &'a [Material]) -> &'a Material {
    const LATEST: usize = 16;
    let latest = &kept[kept.len().saturating_sub(LATEST)..];
    let from = if random.percent(40) { latest } else { kept };
    &from[random.below(from.len() as u32) as usize]
}

/// Returns a place in a list of this length.
fn index(random: &mut RandomSource, length: usize) -> usize {
    random.below(length as u32) as usize
}

/// Returns the range of some consecutive operations.
fn part(random: &mut RandomSource, length: usize) -> std::ops::Range<usize> {
    let start = index(random, length);
    let most = (length - start).min(40);
    start..start + index(random, most + 1)
}

/// Appends the end of another case to the beginning of this one, on ids of its own.
fn splice(random: &mut RandomSource, ops: &mut Vec<Op>, other: &[Op]) {
    ops.truncate(index(random, ops.len() + 1));
    let free_id = ops.iter().filter_map(|op| op.id()).map(|id| id.0 + 1).max();
    let other = other[index(random, other.len() + 1)..].iter();
    ops.extend(other.map(|op| match op.id() {
        Some(id) => op.with_id(Id(id.0 + free_id.unwrap_or(0))),
        None => *op,
    }));
}

fn repeat(random: &mut RandomSource, ops: &mut Vec<Op>) {
    let part = part(random, ops.len());
    let again: Vec<Op> = ops[part.clone()].to_vec();
    for _ in 0..random.between(1, 8) {
        ops.splice(part.end..part.end, again.iter().copied());
    }
}

fn delete(random: &mut RandomSource, ops: &mut Vec<Op>) {
    let part = part(random, ops.len());
    ops.drain(part);
}

fn swap(random: &mut RandomSource, ops: &mut [Op]) {
    if !ops.is_empty() {
        let (one, other) = (index(random, ops.len()), index(random, ops.len()));
        ops.swap(one, other);
    }
}

fn insert(random: &mut RandomSource, ops: &mut Vec<Op>, limit_bytes: u32) {
    for _ in 0..random.between(1, 4) {
        let size = edge(random, limit_bytes);
        let ids = ops.iter().filter_map(|op| op.id()).map(|id| id.0).max();
        let id = Id(random.below(ids.unwrap_or(0) + 2));
        let op = match random.below(8) {
            0..3 => Op::Free { id },
            3 => Op::FreeNull,
            4 => Op::Malloc { id, size },
            5 => Op::Memalign { id, align_log2: random.between(3, 12) as u8, size },
            _ => Op::Realloc { id, size },
        };
        ops.insert(index(random, ops.len() + 1), op);
    }
}

/// Changes a call into another with the same effect.
fn retype(random: &mut RandomSource, ops: &mut [Op]) {
    let at = index(random, ops.len());
    let roll = random.below(3);
    if let Some(op) = ops.get_mut(at) {
        *op = match (*op, roll) {
            (Op::Malloc { id, size }, 0) => Op::Calloc { id, size },
            (Op::Malloc { id, size } | Op::Calloc { id, size }, 1) => {
                Op::Memalign { id, align_log2: random.between(3, 12) as u8, size }
            }
            (Op::Memalign { id, size, .. } | Op::Calloc { id, size }, _) => Op::Malloc { id, size },
            (Op::Free { id }, 0) => Op::Realloc { id, size: 0 },
            (op, _) => op,
        };
    }
}

/// Changes a size: a little off, another operation's, any; here, or everywhere the case has the
/// size.
fn resize(random: &mut RandomSource, ops: &mut [Op], limit_bytes: u32) {
    let sizes: Vec<u32> = ops.iter().filter_map(|op| op.size()).collect();
    if sizes.is_empty() {
        return;
    }
    let old = random.pick(&sizes);
    let new = match random.below(4) {
        0 => random.pick(&sizes),
        1 => edge(random, limit_bytes),
        _ => off(random, old),
    };
    let everywhere = random.percent(30);
    let mut places: Vec<usize> = (0..ops.len()).filter(|&at| ops[at].size() == Some(old)).collect();
    if !everywhere {
        places = random.take(&mut places).into_iter().collect();
    }
    for at in places {
        ops[at] = ops[at].with_size(new);
    }
}

/// Returns the operations without those that are no longer valid, and with a new id for a block
/// that is allocated over a live one.
fn mend(ops: &[Op]) -> Vec<Op> {
    let mut next = ops.iter().filter_map(|op| op.id()).map(|id| id.0 + 1).max();
    let mut ledger = Ledger::new();
    let mut mended = Vec::with_capacity(ops.len());
    for &op in ops {
        let mut op = op;
        let live = op.id().map(|id| matches!(ledger.slot(id), Slot::Live { .. }));
        match (op, live) {
            (Op::Free { .. }, Some(false)) => continue,
            (Op::Realloc { .. } | Op::Free { .. } | Op::FreeNull | Op::Write { .. }, _)
            | (_, Some(false)) => {}
            _ => {
                let id = next.unwrap_or(0);
                op = op.with_id(Id(id));
                next = Some(id + 1);
            }
        }
        if ledger.apply(op, 0).is_ok() {
            mended.push(op);
        }
        if mended.len() == MOST_OPS {
            break;
        }
    }
    mended
}
