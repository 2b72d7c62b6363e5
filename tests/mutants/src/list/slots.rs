//! Mistakes in the tuned heap: slabs and their slots, quick lists, and the map.

use crate::mutant::{MUTANT, Mutant};

/// Ten requests of a size.
macro_rules! ten {
    ($tens:literal, $size:literal) => {
        concat!(
            "a ", $tens, "0 ", $size, ", a ", $tens, "1 ", $size, ", a ", $tens, "2 ", $size,
            ", a ", $tens, "3 ", $size, ", a ", $tens, "4 ", $size, ", a ", $tens, "5 ", $size,
            ", a ", $tens, "6 ", $size, ", a ", $tens, "7 ", $size, ", a ", $tens, "8 ", $size,
            ", a ", $tens, "9 ", $size, ", "
        )
    };
}

/// Sixty-four live blocks of a size, so that the next request of its class is the first slot.
macro_rules! live {
    ($size:literal) => {
        concat!(
            ten!("10", $size),
            ten!("11", $size),
            ten!("12", $size),
            ten!("13", $size),
            ten!("14", $size),
            ten!("15", $size),
            "a 160 ",
            $size,
            ", a 161 ",
            $size,
            ", a 162 ",
            $size,
            ", a 163 ",
            $size,
            ", "
        )
    };
}

/// Operations before which a class of 16 bytes gets a slab.
macro_rules! slab {
    ($more:literal) => {
        concat!(live!("16"), $more)
    };
}

/// The same in a heap where a slot may wait.
macro_rules! quick {
    ($more:literal) => {
        concat!("a 9 5000, ", slab!($more))
    };
}

/// Hundreds of live blocks of a size. If slabs serve it, the last slab has more than 32 slots, and
/// its first word has no free slot.
macro_rules! hundreds {
    ($size:literal, $more:literal) => {
        concat!(
            ten!("1", $size),
            ten!("2", $size),
            ten!("3", $size),
            ten!("4", $size),
            ten!("5", $size),
            ten!("6", $size),
            ten!("7", $size),
            ten!("8", $size),
            ten!("9", $size),
            ten!("10", $size),
            ten!("11", $size),
            ten!("12", $size),
            ten!("13", $size),
            ten!("14", $size),
            ten!("15", $size),
            ten!("16", $size),
            ten!("17", $size),
            ten!("18", $size),
            ten!("19", $size),
            ten!("20", $size),
            ten!("21", $size),
            ten!("22", $size),
            ten!("23", $size),
            ten!("24", $size),
            ten!("25", $size),
            ten!("26", $size),
            ten!("27", $size),
            ten!("28", $size),
            ten!("29", $size),
            ten!("30", $size),
            ten!("31", $size),
            ten!("32", $size),
            ten!("33", $size),
            ten!("34", $size),
            ten!("35", $size),
            ten!("36", $size),
            ten!("37", $size),
            ten!("38", $size),
            ten!("39", $size),
            ten!("40", $size),
            ten!("41", $size),
            ten!("42", $size),
            ten!("43", $size),
            ten!("44", $size),
            ten!("45", $size),
            ten!("46", $size),
            ten!("47", $size),
            ten!("48", $size),
            ten!("49", $size),
            ten!("50", $size),
            ten!("51", $size),
            ten!("52", $size),
            ten!("53", $size),
            ten!("54", $size),
            ten!("55", $size),
            ten!("56", $size),
            ten!("57", $size),
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
        shows: "a 0 1, a 1 1, a 2 1, a 3 1, a 4 1, a 5 1, a 6 1, a 7 1, a 8 1, a 9 1, a 10 1, a 11 1, a 12 1, a 13 1, a 14 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 1, a 28 1, a 29 1, a 30 1, a 31 1, a 32 1, a 33 1, a 34 1, a 35 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, a 41 1, a 42 1, a 43 1, a 44 1, a 45 1, a 46 1, a 47 1, a 48 1, a 49 1, a 50 1, a 51 1, a 52 1, a 53 1, a 54 1, a 55 1, a 56 1, a 57 1, a 58 1, a 59 1, a 60 1, a 61 1, a 62 1, a 63 1, a 64 13, a 65 141",
        caught: "access-past-break",
        ..MUTANT
    },
    Mutant {
        name: "0-bytes-from-a-slab",
        wrong: "if (size <= MAX_SLOT): a request of 0 bytes is of class 0, which is before the table",
        file: "slots.rs",
        within: "fn class_of(",
        find: "size.wrapping_sub(1) < self.largest_slot_bytes",
        put: "size <= self.largest_slot_bytes",
        shows: "a 0 28685, a 1 1, a 2 1, a 3 1, a 4 1, a 5 1, a 6 1, a 7 1, a 8 1, a 9 28253, a 10 1, a 11 1, a 12 1, a 13 1, m 14 4096 1, a 15 7757, a 16 1, a 17 1, a 18 8189, a 19 1, a 20 1, a 21 1, a 22 1, m 23 4096 1, m 24 4096 1, m 25 4096 8189, a 26 1, a 27 1, a 28 1, a 29 1, m 30 4096 1, a 31 1, a 32 1, a 33 1, a 34 1, a 35 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, a 41 1, a 42 1, a 43 1, a 44 1, a 45 1, a 46 0",
        caught: "panic",
        ..MUTANT
    },
    Mutant {
        name: "slot-class-rounded-down",
        wrong: "class = size / 16: a request of 24 bytes gets a slot of 16",
        file: "slots.rs",
        within: "fn class_of(",
        find: "size + self.align.bytes() - 1",
        put: "size",
        shows: concat!(live!("30"), "a 0 30"),
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
        shows: concat!(
            live!("16"),
            "a 0 16, a 1 16, a 2 16, a 3 493, a 4 16, a 5 16, a 6 16, f 3, a 3 16, a 7 16, a 8 16"
        ),
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
        shows: hundreds!("64", "f 477"),
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
        shows: concat!(
            live!("16"),
            "a 0 16, a 1 16, a 2 16, a 3 16, a 4 16, a 5 16, a 6 16, a 7 16, a 8 16, a 9 16"
        ),
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
        shows: "a 0 1, a 1 1, a 2 1, a 3 1, a 4 1, a 5 1, a 6 1, a 7 1, a 8 3565, a 9 1, a 10 1, a 11 1, a 12 4077, a 13 1, a 14 1, a 15 4093, a 16 1, a 17 1, a 18 8189, a 19 1, a 20 1, a 21 1, a 22 1, m 23 4096 1, a 24 1, a 25 1, a 26 1, a 27 1, a 28 1, a 29 1, a 30 28653, a 31 1, m 32 4096 1, a 33 4077, a 34 1, a 35 1, a 36 1, a 37 1, a 38 4077, a 39 1, a 40 4077, a 41 1, a 42 1, a 43 1, a 44 1, m 45 4096 1, a 46 1, m 47 4096 1, a 48 1, a 49 1, a 50 1, a 51 1, a 52 1, a 53 1, m 54 4096 1, a 55 1, a 56 1, a 57 1, a 58 1, a 59 1, a 60 1",
        caught: "load-unwritten",
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
        shows: "a 0 1, a 1 61, a 2 157, a 3 1, a 4 1, a 5 1, a 6 1, a 7 1, a 8 1, a 9 1, a 10 1, a 11 1, a 12 1, a 13 1, a 14 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 1, a 28 1, a 29 1, a 30 1, a 31 1, a 32 1, a 33 1, a 34 1, a 35 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, a 41 1, a 42 1, a 43 1, a 44 1, a 45 1, a 46 1, a 47 1, a 48 1, a 49 1, a 50 1, a 51 1, a 52 1, a 53 1, a 54 1, a 55 1, a 56 1, a 57 1, a 58 1, a 59 1, a 60 1, a 61 1, a 62 1, a 63 1, a 64 1, a 65 1, f 1, f 2, a 1 13",
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
        name: "live-blocks-lost",
        wrong: "p->population = cells: the count of live blocks that is kept in the same word is lost",
        file: "population.rs",
        within: "fn set_class_cells(",
        find: "live | cells",
        put: "cells",
        shows: slab!("a 0 16"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "freed-block-stays-counted",
        wrong: "free() does not count a block off: the class gets slabs for blocks that are gone",
        within: "fn free(",
        find: "self.uncount_block(tag.size());",
        put: "",
        shows: "a 0 24, f 0",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "resized-block-counted-twice",
        wrong: "realloc() counts the block with its new size, and with its old one, too",
        file: "realloc.rs",
        within: "fn resize(",
        find: "self.uncount_block(tag.size());",
        put: "",
        shows: "a 0 24, r 0 60",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "aligned-block-not-counted",
        wrong: "memalign() does not count its block, and free() counts it off",
        within: "fn memalign(",
        find: "self.count_block(block);",
        put: "",
        shows: "m 0 64 60",
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "count-wraps-to-0",
        wrong: "p->live++ in a byte: 256 live blocks are none",
        file: "population.rs",
        within: "fn count_block(",
        find: "word >> COUNT_SHIFT < MOST_COUNTED",
        put: "word >> COUNT_SHIFT <= MOST_COUNTED",
        shows: hundreds!("20", "a 0 20"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "full-count-goes-down",
        wrong: "if (p->live > 0) p->live--: blocks above 255 were not counted, and are counted off",
        file: "population.rs",
        within: "fn uncount_block(",
        find: "1..MOST_COUNTED",
        put: "1..MOST_COUNTED + 1",
        shows: hundreds!("20", "f 101"),
        caught: "check I14",
        ..MUTANT
    },
    Mutant {
        name: "block-counted-one-class-too-high",
        wrong: "class = bytes / 16: the header is counted as payload, and the last class is outside",
        file: "population.rs",
        within: "fn counting_class(",
        find: "self.align.units(bytes).saturating_sub(1).max(1)",
        put: "self.align.units(bytes)",
        shows: "a 0 128",
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
        shows: hundreds!("64", "a 0 8"),
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
        shows: hundreds!("64", "f 438, f 428, f 418"),
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
        shows: concat!(
            live!("48"),
            "a 0 48, a 1 48, a 2 48, a 3 48, a 4 48, a 5 48, a 6 48, a 7 48, a 8 48, a 9 48, a 10 48, a 11 48, f 9, a 9 5000"
        ),
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
        shows: "a 0 97693, a 1 1, m 2 4096 1, a 3 1, m 4 4096 1, a 5 1, m 6 4096 1, m 7 4096 1, a 8 1, a 9 1, a 10 1, a 11 1, a 12 1, a 13 1, a 14 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 1, a 28 1, a 29 1, m 30 8192 1, a 31 1, m 32 8192 1, a 33 1, a 34 1, a 35 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, a 41 1, a 42 1, a 43 1, a 44 1, a 45 1, a 46 1, f 46, f 45, m 45 8192 1",
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
        shows: "a 0 13, a 1 13, a 2 13, a 3 13, a 4 13, a 5 13, a 6 13, a 7 13, a 8 7245, a 9 13, a 10 1, a 11 13, a 12 16381, a 13 1, a 14 1, a 15 13, a 16 13, a 17 1, a 18 1, a 19 1, a 20 1, a 21 4077, a 22 13, a 23 1, a 24 1, a 25 13, a 26 13, a 27 13, a 28 13, a 29 16365, a 30 13, a 31 65533, f 21, a 21 1, a 32 1, a 33 1, a 34 1, a 35 1, m 36 4096 7901, a 37 1, a 38 4077, a 39 17, a 40 17, a 41 17, a 42 17, a 43 17, a 44 17, a 45 17, f 44, f 45, a 44 4077",
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
        find: "self.set_class_cells(slab.units(), cells.saturating_sub(slab.cells()));",
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
        shows: concat!(
            live!("64"),
            "a 0 61, a 1 61, a 2 61, a 3 61, a 4 61, a 5 61, a 6 61, a 7 61, a 8 61, a 9 61, a 10 61, a 11 61, a 12 61, a 13 61, a 14 61, f 0, f 1, a 20 9000, a 0 61, a 1 61"
        ),
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
        shows: concat!(
            live!("64"),
            "a 0 64, a 1 16, a 2 64, a 3 64, a 4 64, a 5 16, a 6 64, a 7 64, a 8 16, a 9 64, a 10 64, a 11 64, a 12 2541, a 13 64, a 14 64, a 15 64, a 16 64, f 16"
        ),
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
        shows: hundreds!("64", "f 579, f 575, f 571, f 567, f 563, f 559, f 555, f 551"),
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
        shows: concat!(
            live!("16"),
            "a 0 3709, a 1 16, a 2 16, a 3 16, a 4 16, a 5 16, a 6 16, a 7 16, a 8 3709, a 9 16, a 10 16, a 11 16, f 10, f 11, a 10 157"
        ),
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
        shows: concat!("a 9 5000, ", live!("128"), "a 0 128, f 0, a 1 9000"),
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
        shows: "a 0 3885, m 1 1024 1, a 2 1, a 3 1, a 4 1, a 5 1, m 6 1024 1, a 7 1, a 8 1, m 9 1024 1021, m 10 1024 1, a 11 1, a 12 1, a 13 15341, m 14 4096 1, a 15 1, a 16 1, a 17 1, a 18 1, a 19 1, a 20 1, a 21 1, m 22 4096 1021, a 23 1, a 24 1, a 25 1, a 26 1, m 27 4096 4093, a 28 1, a 29 1, a 30 1021, a 31 1, a 32 1, m 33 4096 1, a 34 1, a 35 1, a 36 1, a 37 1005, a 38 1, a 39 1, a 40 1, m 41 4096 1, a 42 1, a 43 1, a 44 1, a 45 1, a 46 1, a 47 1, a 48 1, m 49 4096 1, a 50 1, m 51 4096 1, a 52 1, a 53 1, a 54 1, m 55 4096 1, a 56 1, a 57 1, a 58 1, a 59 1, a 60 1, a 61 1, a 62 1, m 63 4096 1, a 64 1, a 65 5133, a 66 1, m 67 4096 1, m 68 4096 1, m 69 4096 77821, m 70 4096 1",
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
        shows: "m 0 4096 45, a 1 4029, m 2 1024 4077, a 3 62413, f 2, a 2 14237, a 4 156317, f 3, f 2, a 2 45, a 3 3981, a 5 45, a 6 45, a 7 45, a 8 45, a 9 45, a 10 45, a 11 45, a 12 45, a 13 45, a 14 45, m 15 1024 4077, a 16 45, a 17 45, a 18 4077, a 19 45, a 20 45, a 21 49, a 22 49, a 23 49, a 24 49, a 25 49",
        caught: "load-stale",
        ..MUTANT
    },
    Mutant {
        name: "map-of-first-cells",
        wrong: "mark_cells() marks the first cell of a slab only",
        file: "map.rs",
        within: "fn mark_cells(",
        find: "first..first + cells",
        put: "first..first + 1",
        shows: concat!(live!("64"), "a 0 64"),
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
        shows: "a 0 1, a 1 1, a 2 1, a 3 12941, a 4 1, a 5 1, a 6 1, a 7 1, a 8 10605, a 9 1, a 10 1, a 11 1, a 12 8189, m 13 1024 1, a 14 1, a 15 1, m 16 4096 1, a 17 1, a 18 1, a 19 12269, a 20 1, m 21 4096 15965, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 8189, a 28 1, a 29 1, m 30 4096 1, a 31 1, a 32 1, a 33 1, m 34 4096 1, m 35 4096 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, m 41 4096 8189, a 42 1, a 43 1, a 44 1, a 45 1, m 46 4096 1, a 47 1",
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
        shows: concat!("a 1 30452, ", live!("16"), "a 0 16, a 2 1"),
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
        shows: "a 0 1, a 1 1, a 2 1, a 3 12941, a 4 1, a 5 1, a 6 1, a 7 1, a 8 10605, a 9 1, a 10 1, a 11 1, a 12 8189, m 13 1024 1, a 14 1, a 15 1, m 16 4096 1, a 17 1, a 18 1, a 19 12269, a 20 1, m 21 4096 15965, a 22 1, a 23 1, a 24 1, a 25 1, a 26 1, a 27 8189, a 28 1, a 29 1, m 30 4096 1, a 31 1, a 32 1, a 33 1, m 34 4096 1, m 35 4096 1, a 36 1, a 37 1, a 38 1, a 39 1, a 40 1, m 41 4096 8189, a 42 1, a 43 1, a 44 1, a 45 1, m 46 4096 1, a 47 1",
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
        shows: concat!("a 1 40000, ", live!("16"), "a 0 16, f 0"),
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
        shows: "a 0 1, a 1 445, a 2 4093, a 3 4093, a 4 1, a 5 1, a 6 129821, a 7 45, a 8 1, a 9 1, r 3 1, a 10 1, a 11 1, a 12 13, f 10, m 10 64 1, a 13 45, a 14 1, a 15 221, a 16 1, m 17 8192 1, a 18 221, a 19 1, a 20 1, a 21 445, a 22 1, a 23 1, a 24 1, a 25 109, a 26 1, a 27 1, a 28 221, a 29 1, a 30 253, a 31 1, a 32 109, a 33 1, a 34 1, a 35 221, a 36 1, a 37 29, a 38 221, a 39 221, a 40 1, a 41 1, a 42 1, a 43 1, a 44 17, a 45 1, a 46 1, a 47 1, a 48 1, a 49 1, a 50 221, a 51 1, a 52 1, a 53 1, a 54 1, a 55 1, a 56 1, a 57 1, a 58 1, a 59 1",
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
        shows: concat!("a 1 40000, ", live!("16"), "a 0 16, f 0"),
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
        shows: "a 0 63981, a 1 1, a 2 29, a 3 29, a 4 95533, a 5 29, a 6 29, a 7 29, a 8 29, a 9 29, a 10 1, a 11 29, a 12 29, a 13 29, a 14 29, a 15 29, a 16 29, a 17 29, a 18 29, a 19 29, a 20 29, a 21 29, a 22 29, a 23 29, a 24 1, a 25 29, a 26 29, a 27 29, a 28 29, a 29 29, a 30 29, a 31 50237, a 32 1, a 33 123053, a 34 33",
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
        shows: concat!("a 1 40000, ", live!("16"), "a 0 16, f 0"),
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
        shows: concat!("a 1 40000, ", live!("16"), "a 0 16, f 0"),
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
        shows: concat!("a 1 40000, ", live!("16"), "a 0 16, f 0"),
        caught: "load-unwritten",
        ..MUTANT
    },
];
