//! Requests that recorded programs do not make, but that an allocator must serve.
//!
//! Each trace has few operations, and asks for large or odd blocks. A heap of half a gibibyte is
//! enough for all of them. Everything is freed at the end.

use super::dice::Dice;
use super::parameters::Parameters;
use super::tape::Tape;
use crate::Id;

const MIB: u32 = 1 << 20;

/// How far sizes are from a round number: a byte, a tag, an alignment, a page.
const OFFS: [u32; 9] = [0, 1, 7, 8, 9, 16, 17, 4088, 4096];

/// Makes blocks of 16 to 40 MiB with small ones between them, resized now and then.
pub(super) fn huge(parameters: &Parameters) -> Vec<crate::Op> {
    const ROUNDS: u32 = 16;
    const MOST_LIVE: usize = 4;
    let mut dice = Dice::new(parameters.seed, 20);
    let mut tape = Tape::new();
    let (mut blocks, mut small): (Vec<Id>, Vec<Id>) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let size = MIB * dice.between(16, 40) + dice.pick(&OFFS);
        let block = match round % 8 {
            3 => tape.calloc(size),
            5 => tape.memalign(dice.between(4, 16) as u8, size),
            _ => tape.malloc(size),
        };
        blocks.push(block);
        small.push(tape.malloc(dice.between(1, 100)));
        if round % 4 == 2 {
            let block = dice.pick(&blocks);
            tape.realloc(block, MIB * dice.between(8, 40) + dice.pick(&OFFS));
        }
        if blocks.len() >= MOST_LIVE
            && let Some(block) = dice.take(&mut blocks)
        {
            tape.free(block);
        }
        if dice.percent(50)
            && let Some(block) = dice.take(&mut small)
        {
            tape.free(block);
        }
    }
    tape.free_all(blocks.into_iter().chain(small));
    tape.ops
}

/// Makes sizes around 1, 2, 4 and 8 MiB: a heap that rounds large requests up to whole pages or
/// mebibytes shows what that costs, and whether its arithmetic is right.
pub(super) fn mebibytes(parameters: &Parameters) -> Vec<crate::Op> {
    let mut dice = Dice::new(parameters.seed, 21);
    let mut tape = Tape::new();
    for log2 in 20..24 {
        let mut sizes: Vec<u32> = (OFFS.iter().map(|off| (1 << log2) + off))
            .chain(OFFS[1..].iter().map(|off| (1 << log2) - off))
            .collect();
        let mut blocks = Vec::new();
        while let Some(size) = dice.take(&mut sizes) {
            blocks.push(tape.malloc(size));
            if dice.percent(30) {
                blocks.push(tape.malloc(dice.between(1, 64)));
            }
            // The place of a freed block is for one that is a little smaller or larger.
            if blocks.len() > 6
                && let Some(block) = dice.take(&mut blocks)
            {
                tape.free(block);
            }
        }
        while let Some(block) = dice.take(&mut blocks) {
            tape.free(block);
        }
    }
    tape.ops
}

/// Uses every alignment from 8 bytes to 64 MiB, upwards and downwards, for blocks of a byte to
/// some pages.
pub(super) fn alignments(parameters: &Parameters) -> Vec<crate::Op> {
    const SIZES: [u32; 8] = [1, 8, 24, 100, 4079, 4096, 5000, 70_000];
    let mut dice = Dice::new(parameters.seed, 22);
    let mut tape = Tape::new();
    let mut blocks = Vec::new();
    for align_log2 in (3..=26).chain((3..=26).rev()) {
        let size = dice.pick(&SIZES);
        blocks.push(tape.memalign(align_log2, size));
        blocks.push(tape.malloc(dice.between(1, 200)));
        if dice.percent(30) {
            let block = dice.pick(&blocks);
            tape.realloc(block, dice.between(1, 10_000));
        }
        while blocks.len() > 8 {
            if let Some(block) = dice.take(&mut blocks) {
                tape.free(block);
            }
        }
    }
    tape.free_all(blocks);
    tape.ops
}

/// Asks for 0 bytes, beside calls for 1 byte: `malloc(0)`, `calloc(0)`, `memalign(.., 0)`,
/// `realloc(NULL, 0)`, `realloc(p, 0)` and `free(NULL)`.
pub(super) fn nothing(parameters: &Parameters) -> Vec<crate::Op> {
    const ROUNDS: u32 = 60;
    let mut dice = Dice::new(parameters.seed, 23);
    let mut tape = Tape::new();
    let mut blocks = Vec::new();
    for _round in 0..ROUNDS {
        let size = dice.below(2);
        blocks.push(match dice.below(4) {
            0 => tape.malloc(size),
            1 => tape.calloc(size),
            2 => tape.memalign(dice.between(3, 13) as u8, size),
            _ => tape.realloc_null(size),
        });
        match dice.below(4) {
            0 => tape.free_null(),
            1 => {
                // A block of few bytes, or of none, is resized to at least one.
                let block = dice.pick(&blocks);
                tape.realloc(block, dice.between(1, 40));
            }
            2 => {
                if let Some(block) = dice.take(&mut blocks) {
                    tape.free_by_realloc(block);
                }
            }
            _ => {
                if let Some(block) = dice.take(&mut blocks) {
                    tape.free(block);
                }
            }
        }
    }
    tape.free_all(blocks);
    tape.ops
}
