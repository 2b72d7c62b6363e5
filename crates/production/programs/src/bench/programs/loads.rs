//! Small C programs, one for each kind of load on which allocators are known to differ.
//!
//! They do what the programs of these names in other suites are described to do, but are not these
//! programs, so their figures can't be compared. Each source file begins with a paragraph on what
//! its load stresses, and the program checks its own results.

use super::program::{File, Kind, Program};

/// A load: its name, its source file, and a description in one line.
macro_rules! load {
    ($name:literal, $source:literal, $about:literal) => {
        Program {
            name: $name,
            kind: Kind::Load,
            about: $about,
            needs: &[("cc", "gcc")],
            files: &[
                ("load.c", |_| include_str!(concat!("../loads/", $source, ".c")).to_owned()),
                LOAD_H,
                CACHE_H,
            ],
            // A compiler that knows malloc may leave its calls out.
            prepare: "cc -O2 -fno-builtin -pthread -o load load.c",
            command: &["./load", "SCALE"],
            prints_the_same: true,
        }
    };
}

const LOAD_H: File = ("load.h", |_| include_str!("../loads/load.h").to_owned());
const CACHE_H: File = ("cache.h", |_| include_str!("../loads/cache.h").to_owned());

/// All loads.
pub const LOADS: [Program; 15] = [
    Program {
        name: "factor",
        kind: Kind::Load,
        about: "natural numbers of any length: small blocks that are freed at once",
        needs: &[("cc", "gcc")],
        files: &[("factor.c", |_| include_str!("../factor.c").to_owned())],
        prepare: "cc -O2 -o factor factor.c",
        command: &["./factor", "SCALE"],
        prints_the_same: true,
    },
    Program {
        name: "server",
        kind: Kind::Load,
        about: "threads that replace blocks in tables, and leave them to others",
        needs: &[("cc", "gcc")],
        files: &[("server.c", |_| include_str!("../server.c").to_owned())],
        prepare: "cc -O2 -pthread -o server server.c",
        command: &["./server", "SCALE"],
        prints_the_same: true,
    },
    load!("glibc-simple", "glibc_simple", "one thread, batches of blocks of one size"),
    load!("glibc-thread", "glibc_thread", "four threads that do not share blocks"),
    load!("alloc-test", "alloc_test", "one thread, tens of thousands of live blocks, of all ages"),
    load!("larson", "larson", "a server: threads end, and leave their blocks to successors"),
    load!("xmalloc", "xmalloc", "two threads only allocate, two others only free"),
    load!("mstress", "mstress", "blocks move between threads at random; threads end"),
    load!("rptest", "rptest", "sizes up to 16,000 bytes; some blocks are freed by a neighbour"),
    load!("sh6", "sh6", "batches freed half as a stack and half as a queue"),
    load!("sh8", "sh8", "each thread frees the batches of its neighbour"),
    load!(
        "cache-scratch",
        "cache_scratch",
        "false sharing that begins with blocks of the main thread"
    ),
    load!(
        "cache-thrash",
        "cache_thrash",
        "false sharing of blocks that threads allocate themselves"
    ),
    load!("malloc-large", "malloc_large", "a few blocks of 5 to 25 MiB"),
    load!("mleak", "mleak", "hundreds of threads that begin and end: is their memory used again?"),
];
