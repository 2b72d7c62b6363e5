//! Logs damaged at random, and what must hold for each. Shared by the test (some thousand
//! inputs) and the example (as many as you like).

use heaplab_logs::{Input, NotRead, Options, Tool, read};
use heaplab_trace::{Dialect, Inexpressible, ReadOptions, Trace, Weight, compress, write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::{Duration, Instant};

/// Logs to start from: each tool with everything its reader knows.
const SEEDS: [(Tool, &str); 9] = [
    (
        Tool::Mtrace,
        "= Start\n@ ./p:[0x1] + 0x10 0x14\n@ ./p:(f+0x8)[0x2] + 0x40 0\n@ ./p:[0x3] < 0x10\n\
         @ ./p:[0x3] > 0x80 0x1e\n@ ./p:[0x4] - 0x40\n@ [0x4] ! 0x80 0x4000000000000000\n\
         @ ./p:[0x4] + (nil) 0x4000000000000000\n+ 0x90 0x8\n= End\n",
    ),
    (
        Tool::Ltrace,
        "mtrace() = <void>\nmalloc(100)   = 0x10\ncalloc(7, 13) = 0x20\n\
         posix_memalign(0x7ff, 64, 300, 0x90) = 0\nmemalign(32, 77, 0, 4) = 0x100\n\
         reallocarray(0, 5, 9, 123) = 0x30\nrealloc(0x10, 5000) = 0x40 <0.001>\n\
         free(0x140) = <void>\nrealloc(0x40, 0) = 0\nfree(0) = <void>\n\
         +++ exited (status 0) +++\n",
    ),
    (
        Tool::Ltrace,
        "7 12:00:01 [0x55] p->_Znam(40, 1, 2, 3 <unfinished ...>\n8 free(0x20 <unfinished ...>\n\
         7 libc.so.6->malloc@libc.so.6(40) = 0xb0\n7 <... _Znam resumed> ) = 0xb0\n\
         8 <... free resumed> ) = <void>\n7 realloc(0xb0, 50 <unfinished ...>\n\
         7 realloc@libc.so.6(0xb0, 50 <unfinished ...>\n7 malloc(50) = 0xc0\n7 free(0xb0) = <void>\n\
         7 <... realloc resumed> ) = 0xc0\n7 <... realloc resumed> ) = 0xc0\n7 fork() = 9\n\
         7 libc.so.6->calloc(0, 45) = 0xd0\n7 free(0xc0 <no return ...>\n--- Called exec() ---\n\
         7 +++ killed by SIGABRT +++\n",
    ),
    (
        Tool::Valgrind,
        "==7== Command: ./p\n--7-- malloc(100) = 0x4A10\n--7-- calloc(7,13) = 0x4A20\n\
         --7-- memalign(al 64, size 300) = 0x4A40\n--7-- realloc(0x0,45)malloc(45) = 0x4B00\n\
         --7-- calloc(4611686018427387904,16)realloc(0x4B00,0)free(0x4B00)\n--7--  = 0\n\
         --00:00:00:01.250 7-- free(0x4A20)\n--8-- free(0x0)\n--7-- _Znwm(4) = 0x4B80\n\
         --7-- _ZdlPvm(0x4B80)\nhello--7-- free(0x0)\n==7== HEAP SUMMARY:\n",
    ),
    (
        Tool::Heaptrack,
        "v 10400 3\nx 6 /bin/p\nX ./p\nI 1000 5e29\nm 1 x 56 0 8\nt 7f 0\n+ 64 1 a0\n+ 5b 2 b0\n\
         - a0\n+ 1388 2 c0\nA\nc a\nR 3a5\n- b0\n- dd\n",
    ),
    (
        Tool::Heaptrack,
        "v 10400 3\nX ./p\ns 4 main\ni 55 1 2\nt 1 0\na 64 1\n+ 0\na 20 2\n+ 1\n+ 1\n- 1\n- 0\n\
         c 5\n- 1\n# strings: 1\n",
    ),
    (
        Tool::Utrace,
        "  7 p  USER  malloc_init()\n  7 p  USER  0x10 = malloc(100)\n  7 p  CALL  write(0x1,0x8)\n\
         \x20 7 p  USER  0x40 = realloc(0x10, 200)\n  7 p  1.25 USER  free(0x40)\n\
         \x20 8 q  USER  free(0x0)\n  7 p  USER  RTLD: load\n",
    ),
    (
        Tool::Android,
        "10: malloc 0x10 100\n10: calloc 0x20 7 13\n11: realloc 0x40 0x10 200 81 82\n\
         11: memalign 0x80 64 30\n10: free 0x20\n10: free 0x0\n10: realloc 0x0 0x40 0\n\
         10: thread_done 0x0\n",
    ),
    (Tool::Ltrace, "execve(\"./p\", [\"./p\"], 0x7ffd) = 0\nbrk(NULL) = 0x55\nmalloc(1) = 0x10\n"),
];

/// The same as the zstd program packs it, with every feature of its format.
const ZSTD: &[u8] = include_bytes!("heaptrack.raw.zst");

/// Pieces that break things when they turn up in the wrong place.
const PIECES: [&[u8]; 40] = [
    b" = ",
    b"(",
    b")",
    b", ",
    b"\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\t",
    b"0x",
    b"0x0",
    b"0x10",
    b"0x40",
    b"(nil)",
    b"ffffffffffffffff",
    b"0xffffffffffffffff",
    b"18446744073709551615",
    b"18446744073709551616",
    b"4294967296",
    b"4611686018427387904",
    b"-1",
    b"<unfinished ...>",
    b"<... malloc resumed> ) = 0x10\n",
    b"<... realloc resumed> ) = 0\n",
    b"malloc(8 <unfinished ...>\n",
    b"realloc(0x10, 8 <unfinished ...>\n",
    b"free(0x10 <unfinished ...>\n",
    b"posix_memalign(0x7, 8, 9, 1) = 0\n",
    b"--7-- ",
    b"--8-- ",
    b"==7== ",
    b"@ p:[0x1] ",
    b"= Start\n",
    b"+ 0\n",
    b"- 0\n",
    b"a 8 1\n",
    b"\0",
    b"\xff\xfe",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
];

/// The outcomes of damaged inputs.
#[derive(Default)]
pub struct Outcome {
    /// Inputs that became a trace, by tool.
    pub converted: [u64; 6],
    /// Inputs that were read as a trace file.
    pub traces: u64,
    /// Inputs that were refused.
    pub refused: u64,
    /// The longest time that one input took.
    pub longest: Duration,
}

/// Reads that many damaged logs; if `only` names a tool, logs of that tool, read as its own.
pub fn run(inputs: u64, seed: u64, only: Option<Tool>) -> Outcome {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut outcome = Outcome::default();
    let seeds: Vec<(Tool, &str)> =
        SEEDS.into_iter().filter(|(tool, _)| only.is_none_or(|only| only == *tool)).collect();
    for _ in 0..inputs {
        let (tool, text) = pick(&mut rng, &seeds);
        let is_packed = tool == Tool::Heaptrack && below(&mut rng, 4) == 0;
        let seed = if is_packed { ZSTD } else { text.as_bytes() };
        let bytes = damaged(&mut rng, seed);
        let options = Options {
            tool: match below(&mut rng, 4) {
                0 if only.is_none() => Some(pick(&mut rng, &Tool::ALL)),
                _ => only,
            },
            pids: match below(&mut rng, 8) {
                0 => vec![7],
                1 => vec![7, 8],
                _ => vec![],
            },
            limit_operations: 100_000,
            trace: ReadOptions { limit_bytes: 10_000, ..ReadOptions::default() },
        };
        let start = Instant::now();
        check(&bytes, &options, &mut outcome);
        outcome.longest = outcome.longest.max(start.elapsed());
    }
    outcome
}

fn check(bytes: &[u8], options: &Options, outcome: &mut Outcome) {
    match read("t.log", bytes, options) {
        Ok(Input::Log(conversion)) => {
            outcome.converted[conversion.tool as usize] += 1;
            // Displaying the notes must not panic either.
            let _ = conversion.notes.to_string();
            check_trace(&conversion.trace, conversion.dialect(), bytes);
        }
        Ok(Input::Trace(_)) => outcome.traces += 1,
        Err(reason) => {
            outcome.refused += 1;
            let text = reason.render(true);
            let is_system = matches!(reason, NotRead::System(_));
            assert!(text.contains("error") || is_system, "{text:?}: {bytes:?}");
        }
    }
}

/// Checks that a converted log is a trace, comes from lines in ascending order, and can be written
/// in the dialect that is said to keep it, and read again.
fn check_trace(trace: &Trace, dialect: Dialect, bytes: &[u8]) {
    let again = Trace::from_ops("again", Weight::Both, trace.ops().to_vec());
    assert!(again.is_ok(), "not valid: {bytes:?}");
    let lines: Vec<u32> = (0..trace.ops().len()).map(|op| trace.line(op)).collect();
    assert!(lines.is_sorted() && lines[0] > 0, "{bytes:?}");
    let written = write(trace, dialect, Inexpressible::Refuse).expect("the dialect has all");
    let back = Trace::parse("t.rep", &written.bytes, &ReadOptions::default());
    let back = back.expect("what we write, we read").trace;
    assert_eq!(back.ops(), trace.ops(), "{bytes:?}");
}

/// Returns a log after one to six random changes; one in eight packed, before them or after.
fn damaged(rng: &mut ChaCha8Rng, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    let packing = below(rng, 16);
    let packed_first = below(rng, 2) == 0;
    if packed_first {
        bytes = packed(bytes, packing);
    }
    for _ in 0..=below(rng, 6) {
        accident(rng, &mut bytes);
    }
    if !packed_first {
        bytes = packed(bytes, packing);
    }
    bytes
}

fn packed(bytes: Vec<u8>, packing: usize) -> Vec<u8> {
    let level = ruzstd::encoding::CompressionLevel::Fastest;
    match packing {
        0 => compress(&bytes),
        1 => ruzstd::encoding::compress_to_vec(&bytes[..], level),
        _ => bytes,
    }
}

fn accident(rng: &mut ChaCha8Rng, bytes: &mut Vec<u8>) {
    let at = below(rng, bytes.len() + 1);
    let end = (at + below(rng, 9)).min(bytes.len());
    let far = (at + below(rng, 200)).min(bytes.len());
    match below(rng, 9) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..at, pick(rng, &PIECES).iter().copied())),
        3 => drop(bytes.splice(at..end, pick(rng, &PIECES).iter().copied())),
        4 if at < bytes.len() => bytes[at] ^= 1 << below(rng, 8),
        5 if at < bytes.len() => bytes[at] = b"0123456789abcdefx ()=,-+<>\n"[below(rng, 27)],
        // A piece of the log appears again somewhere else.
        6 => {
            let piece = bytes[at..far].to_vec();
            let to = below(rng, bytes.len() + 1);
            drop(bytes.splice(to..to, piece));
        }
        // A line that is far too long.
        7 if below(rng, 500) == 0 => drop(bytes.splice(at..at, vec![b'7'; 70_000])),
        _ => bytes.extend_from_within(at..end),
    }
}

fn below(rng: &mut ChaCha8Rng, end: usize) -> usize {
    ((u64::from(rng.next_u32()) * end as u64) >> 32) as usize
}

fn pick<T: Copy>(rng: &mut ChaCha8Rng, from: &[T]) -> T {
    from[below(rng, from.len())]
}
