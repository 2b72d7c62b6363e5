//! Mistakes in the tuned heap: slabs and their slots, quick lists, and the map.

use crate::mutant::{MUTANT, Mutant};

/// Operations before which a class of 16 bytes gets a slab: the next request is its first slot.
macro_rules! slab {
    ($more:literal) => {
        concat!(sixteen!("a 0 16, f 0, "), $more)
    };
}

/// Sixteen times the same calls.
macro_rules! sixteen {
    ($calls:literal) => {
        concat!(
            $calls, $calls, $calls, $calls, $calls, $calls, $calls, $calls, $calls, $calls, $calls,
            $calls, $calls, $calls, $calls, $calls,
        )
    };
}

/// The same in a heap where a slot may wait.
macro_rules! quick {
    ($more:literal) => {
        concat!("a 9 5000, ", slab!($more))
    };
}

/// Ten requests of 64 bytes.
macro_rules! ten {
    ($tens:literal) => {
        concat!(
            "a ", $tens, "0 64, a ", $tens, "1 64, a ", $tens, "2 64, a ", $tens, "3 64, ", "a ",
            $tens, "4 64, a ", $tens, "5 64, a ", $tens, "6 64, a ", $tens, "7 64, ", "a ", $tens,
            "8 64, a ", $tens, "9 64, "
        )
    };
}

/// Hundreds: the last slab has more than 32 slots, and its first word has no free slot.
macro_rules! hundreds {
    ($more:literal) => {
        concat!(
            ten!("1"),
            ten!("2"),
            ten!("3"),
            ten!("4"),
            ten!("5"),
            ten!("6"),
            ten!("7"),
            ten!("8"),
            ten!("9"),
            ten!("10"),
            ten!("11"),
            ten!("12"),
            ten!("13"),
            ten!("14"),
            ten!("15"),
            ten!("16"),
            ten!("17"),
            ten!("18"),
            ten!("19"),
            ten!("20"),
            ten!("21"),
            ten!("22"),
            ten!("23"),
            ten!("24"),
            ten!("25"),
            ten!("26"),
            ten!("27"),
            ten!("28"),
            ten!("29"),
            ten!("30"),
            ten!("31"),
            ten!("32"),
            ten!("33"),
            ten!("34"),
            ten!("35"),
            ten!("36"),
            ten!("37"),
            ten!("38"),
            ten!("39"),
            ten!("40"),
            ten!("41"),
            ten!("42"),
            $more
        )
    };
}

pub const TUNED: &[Mutant] = &[
    // Which requests slabs serve.
    Mutant {
        name: "144-bytes-from-a-slab",
        wrong: "if (size <= MAX_SLOT + 16): the class of 144 bytes is behind the table of classes",
        file: "slots.rs",
        within: "fn class_of(",
        find: "size.wrapping_sub(1) < self.largest_slot_bytes",
        put: "size.wrapping_sub(1) < self.largest_slot_bytes + 16",
        shows: "a 0 144",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "0-bytes-from-a-slab",
        wrong: "if (size <= MAX_SLOT): a request of 0 bytes is of class 0, which is before the table",
        file: "slots.rs",
        within: "fn class_of(",
        find: "size.wrapping_sub(1) < self.largest_slot_bytes",
        put: "size <= self.largest_slot_bytes",
        shows: "a 0 0",
        caught: "check I11",
        ..MUTANT
    },
    Mutant {
        name: "slot-class-rounded-down",
        wrong: "class = size / 16: a request of 24 bytes gets a slot of 16",
        file: "slots.rs",
        within: "fn class_of(",
        find: "size + self.align.bytes() - 1",
        put: "size",
        shows: "a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30, f 0, a 0 30",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "null-for-a-new-slab",
        wrong: "malloc() makes a slab, and returns NULL: the slot is left to the next request",
        within: "fn malloc(",
        find: "self.new_slab(class, size)?",
        put: "{ if self.new_slab(class, size)? { return Ok(Addr::NULL); } false }",
        shows: slab!("a 0 16"),
        caught: "null",
        ..MUTANT
    },
    // The shape of a slab.
    Mutant {
        name: "slot-in-the-next-header",
        wrong: "slots = size / slot_bytes: the last word of the slab is the header of the next block",
        file: "slab.rs",
        within: "fn of(",
        find: "cells * CELL_BYTES - WORD_BYTES",
        put: "cells * CELL_BYTES",
        shows: "a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 0 16, a 1 16, a 2 16, a 3 493, a 4 16, a 5 16, a 6 16, f 3, a 3 16, a 7 16, a 8 16",
        caught: "blocks",
        ..MUTANT
    },
    Mutant {
        name: "first-slot-not-aligned",
        wrong: "the first slot comes right behind the bits, wherever that is",
        file: "slab.rs",
        within: "fn first_slot_offset(",
        find: "align.round_up(BITS + slots.div_ceil(32) * WORD_BYTES)",
        put: "(BITS + slots.div_ceil(32) * WORD_BYTES)",
        shows: slab!("a 0 16"),
        caught: "misaligned",
        ..MUTANT
    },
    Mutant {
        name: "first-slot-on-the-bits",
        wrong: "the first slot begins where the bits do",
        file: "slab.rs",
        within: "fn first_slot_offset(",
        find: "BITS + slots.div_ceil(32) * WORD_BYTES",
        put: "BITS",
        align_bytes: 8,
        shows: hundreds!("f 429"),
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "reciprocal-rounded-down",
        wrong: "2^32 / slot_bytes, rounded down: the product is a little too small",
        file: "slab.rs",
        within: "fn slab(self",
        find: "u32::MAX / slot_bytes + 1",
        put: "u32::MAX / slot_bytes",
        shows: "a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 0 16, a 1 16, a 2 16, a 3 16, a 4 16, a 5 16, a 6 16, a 7 16, a 8 16, a 9 16",
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "slab-counts-one-slot-more",
        wrong: "a new slab says that it has a slot more than bits are set",
        file: "slab.rs",
        within: "fn slab(self",
        find: "(first_slot_offset(self.slots, align) / 8) << 21 | self.units << 16 | self.slots",
        put: "((first_slot_offset(self.slots, align) / 8) << 21 | self.units << 16 | self.slots) + 1",
        shows: slab!("a 0 16"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "slab-not-at-a-cell",
        wrong: "a slab starts where the block does, and not at a multiple of 256",
        file: "slabs.rs",
        within: "fn set_up_slab(",
        find: "self.free_lead(block, CELL_BYTES)",
        put: "block",
        shows: slab!("a 0 16"),
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "slab-lead-not-counted",
        wrong: "takes from the top what the slab needs, and not what is before the next multiple of 256",
        file: "slabs.rs",
        within: "fn slab_from_top(",
        find: "lead_bytes(self.top, CELL_BYTES) + shape.cells * CELL_BYTES",
        put: "shape.cells * CELL_BYTES",
        shows: slab!("a 0 16"),
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "slab-in-too-small-a-block",
        wrong: "a free block as large as the slab is taken, wherever the next multiple of 256 is",
        file: "slabs.rs",
        within: "fn find_cells(",
        find: "lead_bytes(block, CELL_BYTES) + bytes > size",
        put: "bytes > size",
        shows: "a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 0 64, a 1 64, a 2 64, a 3 64, a 4 64, f 4, f 3, f 2, f 1, a 1 685, a 2 64, f 1, a 1 64, a 3 64, a 4 64",
        caught: "store-live",
        ..MUTANT
    },
    Mutant {
        name: "slab-keeps-the-rest",
        wrong: "what a block has beyond the slab is not cut off",
        file: "slabs.rs",
        within: "fn set_up_slab(",
        find: "self.free_rest(block, shape.cells * CELL_BYTES);",
        put: "",
        shows: slab!("a 1 1400, a 2 200, f 1, a 0 16"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "slab-bits-taken-for-zero",
        wrong: "a new slab has no bits set: its slots are never found",
        file: "slabs.rs",
        within: "fn set_up_slab(",
        find: "self.arena.store(slab.bits_at(word), bits);",
        put: "self.arena.store(slab.bits_at(word), 0);",
        shows: slab!("a 0 16"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "first-requests-lost",
        wrong: "the number of slots of a class is set to those of its first slab: the requests before are lost",
        file: "slabs.rs",
        within: "fn set_up_slab(",
        find: "slots + shape.slots",
        put: "shape.slots",
        shows: slab!("a 0 16"),
        caught: "check I14",
        ..MUTANT
    },
    // take_slot and give_slot.
    Mutant {
        name: "slot-bit-not-cleared",
        wrong: "take_slot() does not clear the bit: the next request gets the same slot",
        file: "slots.rs",
        within: "fn take_slot(",
        find: "self.arena.store(slab.bits_at(word), bits & (bits - 1));",
        put: "",
        shows: slab!("a 0 16"),
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "slot-bit-of-the-highest",
        wrong: "clears the highest bit, and returns the slot of the lowest",
        file: "slots.rs",
        within: "fn take_slot(",
        find: "bits & (bits - 1)",
        put: "bits & !(1 << bits.ilog2())",
        shows: slab!("a 0 16"),
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "slot-of-the-first-word",
        wrong: "the number of the slot is that in its word: the words before are forgotten",
        file: "slots.rs",
        within: "fn take_slot(",
        find: "word * 32 + bits.trailing_zeros()",
        put: "bits.trailing_zeros()",
        shows: hundreds!("a 0 8"),
        caught: "still-live",
        ..MUTANT
    },
    Mutant {
        name: "full-slab-stays-listed",
        wrong: "a slab whose last free slot was taken stays on the list of its class",
        file: "slots.rs",
        within: "fn take_slot(",
        find: "if slab.free_slots() == 0 { self.drop_slab(head); }",
        put: "",
        shows: slab!(
            "a 0 16, a 1 16, a 2 16, a 3 16, a 4 16, a 5 16, a 6 16, a 7 16, a 8 16, a 9 16, a 10 16, a 11 16, a 12 16"
        ),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "used-slab-noted-as-empty",
        wrong: "take_slot() does not clear the bit that says that the slab is empty",
        file: "slots.rs",
        within: "fn take_slot(",
        find: "self.empty_slabs &= !(1 << class);",
        put: "",
        shows: slab!("a 0 16"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "slot-not-counted",
        wrong: "give_slot() sets the bit, and does not count the slot as free",
        file: "slots.rs",
        within: "fn count_free_slot(",
        find: "slab.state += 1;",
        put: "",
        shows: slab!("a 0 16, f 0, a 1 5000"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "first-word-not-moved-back",
        wrong: "a free slot in a word before the first that is looked at is not found again",
        file: "slots.rs",
        within: "fn count_free_slot(",
        find: "if slot / 32 < slab.word() { slab.set_word(slot / 32); }",
        put: "",
        words: "no-quick",
        shows: hundreds!("f 390, f 380, f 370"),
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "slab-not-listed-again",
        wrong: "a full slab gets a free slot, and is not put back on the list of its class",
        file: "slots.rs",
        within: "fn count_free_slot(",
        find: "if slab.free_slots() == 1 { self.push_slab(slab); }",
        put: "",
        shows: "a 96 48, f 96, a 96 48, f 96, a 96 48, f 96, a 96 48, f 96, a 96 48, f 96, a 96 48, f 96, a 96 48, f 96, a 96 48, f 96, a 0 48, a 1 48, a 2 48, a 3 48, a 4 48, a 5 48, a 6 48, a 7 48, a 8 48, a 9 48, a 10 48, a 11 48, f 9, a 9 5000",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "slot-word-counted-in-bytes",
        wrong: "free() looks for the bit in word slot / 8",
        file: "slots.rs",
        within: "fn give_slot(",
        find: "slot / 32",
        put: "slot / 8",
        shows: slab!("a 0 16, a 1 16, a 2 16, a 3 16, a 4 16, a 5 16, a 6 16, a 7 16, a 8 16, f 8"),
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "slot-freed-twice",
        wrong: "free() does not look whether the bit is set: a second free is counted",
        file: "slots.rs",
        within: "fn give_slot(",
        find: "if bits & bit != 0 { return Err(PointerFault::NotAllocated.at(payload)); }",
        put: "",
        shows: slab!("a 0 16, f 0"),
        ..MUTANT
    },
    Mutant {
        name: "inside-a-slot-accepted",
        wrong: "an address between two slots is taken for the slot before it",
        file: "slots.rs",
        within: "fn slot_at(",
        find: "slot >= slab.slots() || product as u32 >= slab.reciprocal",
        put: "slot >= slab.slots()",
        shows: slab!("a 0 16, f 0"),
        ..MUTANT
    },
    Mutant {
        name: "freed-slot-resized",
        wrong: "realloc() does not look whether the slot is allocated",
        file: "realloc.rs",
        within: "fn resize_slot(",
        find: "self.allocated_slot_at(slab, payload)?;",
        put: "",
        shows: slab!("a 0 16, r 0 16"),
        ..MUTANT
    },
    Mutant {
        name: "small-memalign-from-a-slab",
        wrong: "memalign() of 64 bytes at a multiple of 64 is malloc(): slots of 64 bytes are side by side",
        within: "fn memalign(",
        find: "align_bytes <= self.align.bytes() || size == 0",
        put: "align_bytes <= size || size == 0",
        shows: "m 0 64 64",
        caught: "misaligned",
        ..MUTANT
    },
    // Empty slabs.
    Mutant {
        name: "empty-slab-not-noted",
        wrong: "the last slab of a class is kept when it becomes empty, and is not noted: it is never released",
        file: "slabs.rs",
        within: "fn keep_or_release(",
        find: "self.empty_slabs |= 1 << slab.units();",
        put: "",
        shows: slab!("a 0 16, f 0, a 1 5000"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "empty-slabs-all-kept",
        wrong: "a slab that becomes empty is kept, also if its class has another",
        file: "slabs.rs",
        within: "fn keep_or_release(",
        find: "self.release_slab(slab);",
        put: "self.empty_slabs |= 1 << slab.units();",
        shows: "a 0 45, a 1 45, a 2 13, a 3 13, a 4 45, a 5 45, a 6 45, a 7 45, a 8 45, a 9 45, a 10 45, a 11 45, a 12 45, f 12, a 12 45, a 13 45, a 14 45, a 15 45, a 16 45, a 17 45, a 18 45, a 19 45, a 20 45, a 21 45, f 21, f 20, a 20 301",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "empty-slab-behind-another",
        wrong: "a slab with free slots is put before an empty one, which is not released",
        file: "slabs.rs",
        within: "fn push_slab(",
        find: "self.release_if_empty(self.arena.load_addr(link));",
        put: "",
        shows: "a 0 61, a 1 61, a 2 61, a 3 61, a 4 61, a 5 61, a 6 61, a 7 61, a 8 61, a 9 61, a 10 61, a 11 61, a 12 61, a 13 61, a 14 61, a 15 61, a 16 61, a 17 61, a 18 61, a 19 61, a 20 61, a 21 61, a 22 61, a 23 61, f 22, f 23, a 22 45",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "released-slab-stays-listed",
        wrong: "a slab is released and stays on the list of its class",
        file: "slabs.rs",
        within: "fn release_slab(",
        find: "self.drop_slab(slab.at);",
        put: "",
        shows: slab!("a 0 16, f 0, a 1 9000"),
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "released-slab-stays-in-the-map",
        wrong: "a slab is released, and its addresses are still those of slots",
        file: "slabs.rs",
        within: "fn release_slab(",
        find: "self.mark_cells(slab.at, slab.cells(), false);",
        put: "",
        shows: slab!("a 0 16, f 0, a 1 9000"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "released-slots-stay-counted",
        wrong: "a slab is released, and its class still counts its slots",
        file: "slabs.rs",
        within: "fn release_slab(",
        find: "self.arena.store(slots_at, slots - slab.slots());",
        put: "",
        shows: slab!("a 0 16, f 0, a 1 9000"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "released-slab-stays-noted",
        wrong: "a slab is released, and is still noted as empty",
        file: "slabs.rs",
        within: "fn release_slab(",
        find: "self.empty_slabs &= !(1 << slab.units());",
        put: "",
        shows: slab!("a 0 16, f 0, a 1 9000"),
        caught: "access-null",
        ..MUTANT
    },
    Mutant {
        name: "released-slab-keeps-its-block",
        wrong: "an empty slab is taken off the list and out of the map, and its block is not freed",
        file: "slabs.rs",
        within: "fn release_slab(",
        find: "self.coalesce(block, tag);",
        put: "",
        shows: slab!("a 0 16, f 0, a 1 9000"),
        caught: "leaked",
        ..MUTANT
    },
    Mutant {
        name: "next-slab-not-told",
        wrong: "NEXT(PREV(slab)) = NEXT(slab), and the next slab still says that it comes behind this one",
        file: "slabs.rs",
        within: "fn drop_slab(",
        find: "self.join(link, next);",
        put: "self.arena.store_addr(link, next);",
        shows: "a 0 45, a 1 45, a 2 477, a 3 685, a 4 45, f 2, a 2 45, a 5 45, a 6 429, a 7 45, f 3, a 3 45, a 8 45, a 9 45, a 10 45, a 11 45, a 12 45, a 13 45, a 14 45, a 15 45, a 16 429, r 6 1, a 17 45, a 18 45, a 19 45, a 20 45, a 21 45, a 22 45, f 22, f 21, a 21 173",
        caught: "check I9",
        ..MUTANT
    },
    // Quick lists.
    Mutant {
        name: "quick-link-read-one-late",
        wrong: "pop: the word behind the link is taken for the next slot",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "self.arena.load_addr(payload)",
        put: "self.arena.load_addr(payload + WORD_BYTES)",
        shows: quick!("a 0 16, f 0, a 0 16"),
        caught: "access-below-heap",
        ..MUTANT
    },
    Mutant {
        name: "quick-head-not-moved",
        wrong: "pop: head = NEXT(bp) is forgotten: the same slot again",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "self.arena.store_addr(head, next);",
        put: "",
        shows: quick!("a 0 16, f 0, a 0 16"),
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "quick-slot-stays-free",
        wrong: "pop does not clear the bit of the slot: the program can't free it",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "self.clear_slot_bit(at, slot);",
        put: "",
        shows: quick!("a 0 16, f 0, a 0 16"),
        caught: "usable-size",
        ..MUTANT
    },
    Mutant {
        name: "quick-slot-not-counted",
        wrong: "push does not count",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "self.quick_slots += 1;",
        put: "",
        shows: quick!("a 0 16, f 0"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "quick-slot-not-taken-off",
        wrong: "pop does not count",
        file: "quick.rs",
        within: "fn pop_quick(",
        find: "self.quick_slots -= 1;",
        put: "",
        shows: quick!("a 0 16, f 0, a 0 16"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "quick-list-one-too-high",
        wrong: "push: the list above that of the class: the slot is too large",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "self.quick_head(slab.units())",
        put: "self.quick_head(slab.units() + 1)",
        shows: quick!("a 0 16, f 0"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "quick-distance-of-the-next",
        wrong: "the number of a slot has the distance of the slot behind it",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "(payload - slab.at)",
        put: "(payload - slab.at + 8)",
        shows: "a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 0 64, a 1 16, a 2 64, a 3 64, a 4 64, a 5 16, a 6 64, a 7 64, a 8 16, a 9 64, a 10 64, a 11 64, a 12 2541, a 13 64, a 14 64, a 15 64, a 16 64, f 16",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "quick-number-kept",
        wrong: "push does not write the number: it takes what was there for it",
        file: "quick.rs",
        within: "fn push_quick(",
        find: "self.arena.store(payload + NUMBER, distance << SLOT_BITS | slot);",
        put: "",
        shows: quick!("a 0 16, f 0"),
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "quick-slot-in-5-bits",
        wrong: "5 bits are kept of the number of a slot: slot 32 becomes slot 0",
        file: "quick.rs",
        within: "fn numbered_slot(",
        find: "number & ((1 << SLOT_BITS) - 1)",
        put: "number & 0x1f & ((1 << SLOT_BITS) - 1)",
        shows: hundreds!("f 387"),
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "waiting-slot-not-marked-free",
        wrong: "the bit of a slot that waits is not set: the program still holds it",
        file: "slots.rs",
        within: "fn give_slot(",
        find: "self.arena.store(word, bits | bit);",
        put: "if self.quick_slots >= self.most_quick_slots { self.arena.store(word, bits | bit); }",
        shows: quick!("a 0 16, f 0"),
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "waiting-slot-counted-free",
        wrong: "a slot that waits is counted as free by its slab, too",
        file: "slots.rs",
        within: "fn give_slot(",
        find: "self.push_quick(slab, slot, payload);",
        put: "self.push_quick(slab, slot, payload); self.count_free_slot(at, slot);",
        shows: quick!("a 0 16, f 0"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "flush-head-not-cleared",
        wrong: "the slots of a quick list are given back, and its head still leads to the first",
        file: "quick.rs",
        within: "fn flush_quick(",
        find: "self.arena.store_addr(head, Addr::NULL);",
        put: "",
        shows: quick!("a 0 16, f 0, a 1 9000"),
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "flush-first-only",
        wrong: "one slot of each quick list is given back",
        file: "quick.rs",
        within: "fn flush_quick(",
        find: "payload = next;",
        put: "payload = Addr::NULL;",
        shows: "a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 0 3709, a 1 16, a 2 16, a 3 16, a 4 16, a 5 16, a 6 16, a 7 16, a 8 3709, a 9 16, a 10 16, a 11 16, f 10, f 11, a 10 157",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "flush-not-counted",
        wrong: "the quick lists are empty, and the number of their slots stays",
        file: "quick.rs",
        within: "fn flush_quick(",
        find: "self.quick_slots = 0;",
        put: "",
        shows: quick!("a 0 16, f 0, a 1 9000"),
        caught: "endless-loop",
        ..MUTANT
    },
    Mutant {
        name: "flush-leaves-the-last-class",
        wrong: "for (class = 1; class < CLASSES; class++): the last list is not emptied",
        file: "quick.rs",
        within: "fn flush_quick(",
        find: "1..=slot_classes(self.align)",
        put: "1..=slot_classes(self.align) - 1",
        shows: concat!(
            "a 9 5000, ",
            sixteen!("a 0 128, f 0, "),
            sixteen!("a 0 128, f 0, "),
            sixteen!("a 0 128, f 0, "),
            sixteen!("a 0 128, f 0, "),
            "a 0 128, f 0, a 1 9000"
        ),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "flush-forgotten",
        wrong: "before the heap grows, only the empty slabs are released: it is tried again and again",
        file: "slabs.rs",
        within: "fn release_slots(",
        find: "self.flush_quick();",
        put: "",
        shows: quick!("a 0 16, a 1 16, f 0, a 2 9000"),
        caught: "endless-loop",
        ..MUTANT
    },
    // The map.
    Mutant {
        name: "map-one-cell-too-many",
        wrong: "if (cell > MAP_CELLS): the cell behind the last is looked up",
        file: "map.rs",
        within: "fn slab_at(",
        find: "cell >= self.map_cells",
        put: "cell > self.map_cells",
        shows: "a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 0 3245, a 1 16, a 2 16, a 3 16, a 4 16, a 5 16, a 6 16, a 7 24573, a 8 16, a 9 16, a 10 16, a 11 52829, a 12 64",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "start-in-one-word-only",
        wrong: "the start of a slab is looked for among 32 cells: it may be in the 32 before",
        file: "map.rs",
        within: "fn slab_at(",
        find: "u64::from(before) << 32 | u64::from(self.arena.load(pair + WORD_BYTES))",
        put: "u64::from(self.arena.load(pair + WORD_BYTES))",
        shows: "a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 96 64, f 96, a 0 6957, a 1 64, a 2 64, a 3 64, a 4 64, a 5 64, a 6 64, a 7 64, a 8 64, a 9 64, a 10 64, a 11 64, a 12 64, a 13 64",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "map-of-first-cells",
        wrong: "mark_cells() marks the first cell of a slab only",
        file: "map.rs",
        within: "fn mark_cells(",
        find: "first..first + cells",
        put: "first..first + 1",
        shows: "a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64, f 0, a 0 64",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "map-bit-set-to-clear",
        wrong: "set_bit() only sets: a cell stays marked",
        file: "map.rs",
        within: "fn set_bit(",
        find: "word & !(1 << bit)",
        put: "word",
        shows: slab!("a 0 16, f 0, a 1 9000"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "map-start-stays",
        wrong: "a slab that is taken out of the map still starts there",
        file: "map.rs",
        within: "fn mark_cells(",
        find: "self.set_bit(pair + WORD_BYTES, bit_of(cell), is_slab);",
        put: "if is_slab { self.set_bit(pair + WORD_BYTES, bit_of(cell), is_slab); }",
        shows: slab!("a 0 16, f 0, a 1 9000"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "slab-behind-the-map",
        wrong: "a free block has room for a slab, and the map does not reach so far",
        file: "slabs.rs",
        within: "fn find_cells(",
        find: "self.covers(block.payload() + lead_bytes(block, CELL_BYTES) + bytes).then_some(block)",
        put: "Some(block)",
        shows: "a 0 4013, a 1 4013, a 2 1, a 3 16365, a 4 1, a 5 1, a 6 16365, m 7 4096 12845, a 8 7597, a 9 4029, a 10 1, a 11 1, a 12 1, a 13 1, a 14 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "map-outgrown",
        wrong: "the map is made larger only if the heap is larger, and not the slab that comes",
        file: "map.rs",
        within: "fn covers_new_slab(",
        find: "self.cells_to_cover() <= self.map_cells",
        put: "self.cells_to_cover() <= self.map_cells + MOST_CELLS + 2",
        shows: "a 1 32500, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, a 2 1",
        caught: "load-live",
        ..MUTANT
    },
    Mutant {
        name: "map-in-too-small-a-block",
        wrong: "the larger map is put into a free block, of which too little is taken",
        file: "map.rs",
        within: "fn grow_map(",
        find: "self.place(block, bytes);",
        put: "self.place(block, bytes / 2);",
        shows: "a 0 4013, a 1 4013, a 2 1, a 3 16365, a 4 1, a 5 1, a 6 16365, m 7 4096 12845, a 8 7597, a 9 4029, a 10 1, a 11 1, a 12 1, a 13 1, a 14 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1",
        caught: "check I2",
        ..MUTANT
    },
    Mutant {
        name: "map-copied-short",
        wrong: "the map is copied when it grows, but for its last pair of words",
        file: "map.rs",
        within: "fn move_map(",
        find: "self.arena.copy(self.map, map, old_bytes);",
        put: "self.arena.copy(self.map, map, old_bytes - PAIR_BYTES);",
        shows: "a 1 40000, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "map-copied-in-words",
        wrong: "the size of the old map is taken as if it had a word, and not two, for 32 cells",
        file: "map.rs",
        within: "fn move_map(",
        find: "self.arena.copy(self.map, map, old_bytes);",
        put: "self.arena.copy(self.map, map, old_bytes / 2); self.arena.zero(map + old_bytes / 2, old_bytes - old_bytes / 2);",
        shows: "a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 16, f 96, a 96 32, f 96, a 96 32, f 96, a 96 32, f 96, a 96 32, f 96, a 96 32, f 96, a 96 32, f 96, a 96 32, f 96, a 96 32, f 96, a 96 32, f 96, a 0 21629, a 1 32, a 2 32, a 3 16, a 4 32, a 5 32, a 6 16, a 7 32, a 8 32, a 9 32, a 10 32, a 11 16, a 12 32, a 13 1533, a 14 16, a 15 32, a 16 32, a 17 32, a 18 16, a 19 32, a 20 32, a 21 32",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "map-not-zeroed",
        wrong: "what the larger map has beyond the old one is not cleared",
        file: "map.rs",
        within: "fn move_map(",
        find: "self.arena.zero(map + old_bytes, map_bytes(cells) - old_bytes);",
        put: "",
        shows: "a 1 40000, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
    Mutant {
        name: "old-map-not-freed",
        wrong: "a larger map replaces the second one, which is not freed",
        file: "map.rs",
        within: "fn move_map(",
        find: "self.coalesce(old, tag);",
        put: "",
        shows: "a 0 45, a 1 1, a 2 45, a 3 45, a 4 45, a 5 1, a 6 45, a 7 1, a 8 45, a 9 45, a 10 65533, a 11 45, a 12 33, a 13 33, a 14 33, a 15 33, a 16 33, a 17 33, a 18 33, a 19 1, a 20 45, a 21 33, a 22 33, a 23 65533, a 24 1, a 25 33, a 26 33, a 27 13805, a 28 45",
        caught: "check I8",
        ..MUTANT
    },
    Mutant {
        name: "first-map-freed",
        wrong: "the first map is freed as if it were a block",
        file: "map.rs",
        within: "fn move_map(",
        find: "old != self.first_map()",
        put: "true",
        shows: "a 1 40000, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0",
        caught: "access-null",
        ..MUTANT
    },
    Mutant {
        name: "map-not-hidden",
        wrong: "the block of the map is not marked: free() of its address frees it",
        file: "map.rs",
        within: "fn grow_map(",
        find: "self.hide(block);",
        put: "",
        shows: "a 1 40000, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0",
        caught: "check I13",
        ..MUTANT
    },
    Mutant {
        name: "map-of-the-old-size",
        wrong: "the map is larger, and map_cells stays as it was",
        file: "map.rs",
        within: "fn move_map(",
        find: "self.map_cells = cells;",
        put: "",
        shows: "a 1 40000, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0, a 0 16, f 0",
        caught: "load-unwritten",
        ..MUTANT
    },
];
