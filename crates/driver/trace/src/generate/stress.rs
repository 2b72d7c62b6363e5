//! Requests that recorded programs do not make, but that an allocator must serve.
//!
//! Each trace has few operations, and asks for large or odd blocks. A heap of half a gibibyte is
//! enough for all of them. Everything is freed at the end.

use super::builder::TraceBuilder;
use super::parameters::Parameters;
use super::random::RandomSource;
use crate::Id;

const MIB: u32 = 1 << 20;

/// How far sizes are from a round number: a byte, a tag, an alignment, a page.
const OFFS: [u32; 9] = [0, 1, 7, 8, 9, 16, 17, 4088, 4096];

/// Makes blocks of 16 to 40 MiB with small ones between them, resized now and then.
pub(super) fn huge(parameters: &Parameters) -> Vec<crate::Op> {
    const ROUNDS: u32 = 16;
    const MOST_LIVE: usize = 4;
    let mut random = RandomSource::new(parameters.seed, 20);
    let mut builder = TraceBuilder::new();
    let (mut blocks, mut small): (Vec<Id>, Vec<Id>) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let size = MIB * random.between(16, 40) + random.pick(&OFFS);
        let block = match round % 8 {
            3 => builder.calloc(size),
            5 => builder.memalign(random.between(4, 16) as u8, size),
            _ => builder.malloc(size),
        };
        blocks.push(block);
        small.push(builder.malloc(random.between(1, 100)));
        if round % 4 == 2 {
            let block = random.pick(&blocks);
            builder.realloc(block, MIB * random.between(8, 40) + random.pick(&OFFS));
        }
        if blocks.len() >= MOST_LIVE
            && let Some(block) = random.take(&mut blocks)
        {
            builder.free(block);
        }
        if random.percent(50)
            && let Some(block) = random.take(&mut small)
        {
            builder.free(block);
        }
    }
    builder.free_all(blocks.into_iter().chain(small));
    builder.ops
}

/// Makes sizes around 1, 2, 4 and 8 MiB: a heap that rounds large requests up to whole pages or
/// mebibytes shows what that costs, and whether its arithmetic is right.
pub(super) fn mebibytes(parameters: &Parameters) -> Vec<crate::Op> {
    let mut random = RandomSource::new(parameters.seed, 21);
    let mut builder = TraceBuilder::new();
    for log2 in 20..24 {
        let mut sizes: Vec<u32> = (OFFS.iter().map(|off| (1 << log2) + off))
            .chain(OFFS[1..].iter().map(|off| (1 << log2) - off))
            .collect();
        let mut blocks = Vec::new();
        while let Some(size) = random.take(&mut sizes) {
            blocks.push(builder.malloc(size));
            if random.percent(30) {
                blocks.push(builder.malloc(random.between(1, 64)));
            }
            // The place of a freed block is for one that is a little smaller or larger.
            if blocks.len() > 6
                && let Some(block) = random.take(&mut blocks)
            {
                builder.free(block);
            }
        }
        while let Some(block) = random.take(&mut blocks) {
            builder.free(block);
        }
    }
    builder.ops
}

/// Uses every alignment from 8 bytes to 64 MiB, upwards and downwards, for blocks of a byte to
/// some pages.
pub(super) fn alignments(parameters: &Parameters) -> Vec<crate::Op> {
    const SIZES: [u32; 8] = [1, 8, 24, 100, 4079, 4096, 5000, 70_000];
    let mut random = RandomSource::new(parameters.seed, 22);
    let mut builder = TraceBuilder::new();
    let mut blocks = Vec::new();
    for align_log2 in (3..=26).chain((3..=26).rev()) {
        let size = random.pick(&SIZES);
        blocks.push(builder.memalign(align_log2, size));
        blocks.push(builder.malloc(random.between(1, 200)));
        if random.percent(30) {
            let block = random.pick(&blocks);
            builder.realloc(block, random.between(1, 10_000));
        }
        while blocks.len() > 8 {
            if let Some(block) = random.take(&mut blocks) {
                builder.free(block);
            }
        }
    }
    builder.free_all(blocks);
    builder.ops
}

/// Asks for 0 bytes, beside calls for 1 byte: `malloc(0)`, `calloc(0)`, `memalign(.., 0)`,
/// `realloc(NULL, 0)`, `realloc(p, 0)` and `free(NULL)`.
pub(super) fn nothing(parameters: &Parameters) -> Vec<crate::Op> {
    const ROUNDS: u32 = 60;
    let mut random = RandomSource::new(parameters.seed, 23);
    let mut builder = TraceBuilder::new();
    let mut blocks = Vec::new();
    for _round in 0..ROUNDS {
        let size = random.below(2);
        blocks.push(match random.below(4) {
            0 => builder.malloc(size),
            1 => builder.calloc(size),
            2 => builder.memalign(random.between(3, 13) as u8, size),
            _ => builder.realloc_null(size),
        });
        match random.below(4) {
            0 => builder.free_null(),
            1 => {
                // A block of few bytes, or of none, is resized to at least one.
                let block = random.pick(&blocks);
                builder.realloc(block, random.between(1, 40));
            }
            2 => {
                if let Some(block) = random.take(&mut blocks) {
                    builder.free_by_realloc(block);
                }
            }
            _ => {
                if let Some(block) = random.take(&mut blocks) {
                    builder.free(block);
                }
            }
        }
    }
    builder.free_all(blocks);
    builder.ops
}
