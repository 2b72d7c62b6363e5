use super::*;

const P: u64 = 0x1000;
const Q: u64 = 0x2010;

fn malloc(bytes: u64) -> Request {
    Request::Malloc { bytes }
}

fn ops(blocks: &Blocks) -> String {
    let ops: Vec<String> = blocks.ops.iter().map(Op::to_string).collect();
    ops.join(", ")
}

#[test]
fn an_address_used_again_is_a_new_block() {
    let mut blocks = Blocks::new(100);
    blocks.allocate(malloc(10), P);
    blocks.free(P);
    blocks.allocate(Request::Calloc { bytes: 20 }, P);
    blocks.free(0);
    assert_eq!(ops(&blocks), "a 0 10, f 0, c 1 20, f -1");
}

#[test]
fn every_kind_of_realloc_is_converted() {
    let mut blocks = Blocks::new(100);
    blocks.realloc(0, P, 10);
    blocks.realloc(P, Q, 20);
    blocks.realloc(Q, 0, 1 << 60);
    blocks.realloc(Q, P, 0);
    blocks.realloc(P, 0, 0);
    blocks.realloc(P, Q, 7);
    assert_eq!(ops(&blocks), "a 0 10, r 0 20, r 0 0, a 1 0, r 1 0, a 2 7");
    assert_eq!(blocks.notes.failed.times, 1);
    assert_eq!(blocks.notes.unknown_reallocs.times, 1);
}

#[test]
fn a_block_given_out_twice_counts_as_freed_in_between() {
    let mut blocks = Blocks::new(100);
    blocks.allocate(malloc(1), P);
    blocks.caller = 7;
    blocks.allocate(malloc(2), P);
    assert_eq!(ops(&blocks), "a 0 1, f 0, a 1 2");
    assert_eq!(blocks.conflict.map(|one| one.callers), Some([0, 7]));
}

#[test]
fn a_block_that_is_too_large_is_left_out_until_it_shrinks() {
    let mut blocks = Blocks::new(100);
    blocks.allocate(malloc(1 << 32), P);
    blocks.realloc(P, Q, 8);
    blocks.realloc(Q, P, 1 << 33);
    blocks.free(P);
    let alignment = 1 << 40;
    blocks.allocate(Request::Memalign { alignment, bytes: 8 }, Q);
    assert_eq!(ops(&blocks), "a 0 8, f 0");
    assert_eq!(blocks.notes.too_large.times, 3);
    assert_eq!(blocks.notes.unknown_frees.times, 0);
}

#[test]
fn a_block_without_an_address_is_matched_to_a_later_free() {
    let mut blocks = Blocks::new(100);
    let aligned = |alignment| Request::Memalign { alignment, bytes: 9 };
    blocks.allocate_without_address(aligned(4096));
    blocks.allocate_without_address(aligned(64));
    blocks.allocate_without_address(aligned(16));
    blocks.free(0x5010);
    blocks.free(0x5040);
    blocks.free(0x5018);
    blocks.realloc(0x6000, 0x7000, 5);
    assert_eq!(ops(&blocks), "m 0 4096 9, m 1 64 9, m 2 16 9, f 2, f 1, r 0 5");
    assert_eq!(blocks.notes.unknown_frees.times, 1);
}

#[test]
fn odd_alignments_are_rounded_up() {
    assert_eq!(align_log2(0), Some(0));
    assert_eq!(align_log2(24), Some(5));
    assert_eq!(align_log2(1 << 31), Some(31));
    assert_eq!(align_log2((1 << 31) + 1), None);
    assert_eq!(align_log2(u64::MAX), None);
}
