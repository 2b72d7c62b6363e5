//! Logs and reports that no reader knows, and what to use instead.

use crate::scan::{Scan, find};

/// A kind of file that is made by a tracer or profiler and can't become a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// What it is, as in `a log of strace`.
    pub name: &'static str,
    /// Why it can't become a trace.
    pub why_not: &'static str,
    /// What to do.
    pub instead: &'static str,
}

const LTRACE: &str = "`ltrace -f -o l.log ./prog` logs calls of malloc";
const VALGRIND: &str = "`valgrind --trace-malloc=yes --log-file=v.log ./prog` logs each call";
const SUMS: &str = "it has sums, not the order of the calls";

/// Kinds of files, by the text at their start.
const BY_START: [(&str, Foreign); 22] = [
    ("PERFILE2", PERF_DATA),
    ("# ========", PERF),
    ("# To display the perf.data header", PERF),
    ("{\"dhatFileVersion\"", DHAT),
    ("desc:", MASSIF),
    ("# callgrind format", CALLGRIND),
    ("<?xml version=\"1.0\"?>\n\n<valgrindoutput>", VALGRIND_XML),
    ("<?xml version=\"1.0\"?>\n<valgrindoutput>", VALGRIND_XML),
    ("<?xml version=\"1.0\"?>\n<trace-query-result", INSTRUMENTS),
    ("<trace-query-result", INSTRUMENTS),
    ("Attaching ", BPFTRACE),
    ("Attached ", BPFTRACE),
    ("heap profile:", GPERFTOOLS),
    ("heap_v2/", JEMALLOC_DUMP),
    ("___ Begin jemalloc statistics ___", JEMALLOC_STATS),
    ("{\"traceEvents\"", CHROME),
    ("memray", MEMRAY),
    ("Leaks Report Version", LEAKS),
    ("leaks Report Version", LEAKS),
    ("Process:         ", LEAKS),
    ("# tracer: ", FTRACE),
    ("# DURATION ", FTRACE),
];

/// Kinds of files, by a text in one of their lines.
const BY_LINE: [(&str, Foreign); 15] = [
    ("ERROR: LeakSanitizer", LEAK_SANITIZER),
    ("ERROR: AddressSanitizer", ADDRESS_SANITIZER),
    ("usecs/call     calls", SUMMARY),
    ("Memory not freed:", MTRACE_REPORT),
    ("No memory leaks.", MTRACE_REPORT),
    ("Memory usage summary:", MEMUSAGE),
    ("Debuggee command was: ", HEAPTRACK_REPORT),
    ("Massif arguments: ", MASSIF),
    ("DHAT: Command:", DHAT),
    (" stacks with outstanding allocations:", MEMLEAK),
    ("lttng_ust_libc:", LTTNG),
    ("Dmalloc version '", DMALLOC),
    ("Dr. Memory version ", DR_MEMORY),
    ("Dr. M Dr. Memory", DR_MEMORY),
    ("Output of malloc_history", LEAKS),
];

/// Returns the kind of a file by its first bytes.
pub(crate) fn by_start(start: &[u8]) -> Option<Foreign> {
    let is = |text: &str| start.starts_with(text.as_bytes());
    let found = BY_START.iter().find(|(text, _)| is(text));
    found.map(|&(_, foreign)| foreign)
}

/// Returns the kind of a file by one of its lines.
pub(crate) fn by_line(line: &[u8]) -> Option<Foreign> {
    let has = |text: &str| find(line, text).is_some();
    if let Some(&(_, foreign)) = BY_LINE.iter().find(|(text, _)| has(text)) {
        return Some(foreign);
    }
    if line.starts_with(b"ALLOC 0x") && has("[size=") {
        return Some(LEAKS);
    }
    if is_strace(line) {
        return Some(STRACE);
    }
    if is_perf_script(line) {
        return Some(PERF);
    }
    None
}

/// Returns whether the line is a system call that programs don't make through a library of their
/// own, with arguments as strace prints them.
fn is_strace(line: &[u8]) -> bool {
    const CALLS: [&str; 6] = [
        "brk(NULL)",
        "exit_group(",
        "arch_prctl(",
        "openat(AT_FDCWD",
        "mmap(NULL, ",
        "set_tid_address(",
    ];
    let starts = |text: &[u8]| {
        let is_call = CALLS.iter().any(|call| text.starts_with(call.as_bytes()));
        // ltrace shows the arguments of execve as an address.
        let is_exec = text.starts_with(b"execve(\"") && find(text, "\", [").is_some();
        (is_call || is_exec) && find(text, " = ").is_some()
    };
    let mut rest = Scan::new(line);
    // `[pid 12] `, `12 `, and times before the call.
    for _ in 0..4 {
        if starts(rest.rest) {
            return true;
        }
        if rest.word().is_none() {
            return false;
        }
        rest.blanks();
    }
    false
}

/// Returns whether the line is as in `prog  1234 [001] 12345.678901: probe_libc:malloc: ...`.
fn is_perf_script(line: &[u8]) -> bool {
    let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).skip(1);
    let has_pid = words.next().is_some_and(|word| word.iter().all(u8::is_ascii_digit));
    let has_processor = words.next().is_some_and(
        |word| matches!(word, [b'[', digits @ .., b']'] if digits.iter().all(u8::is_ascii_digit)),
    );
    has_pid && has_processor && words.next().is_some_and(|word| word.ends_with(b":"))
}

const STRACE: Foreign = Foreign {
    name: "a log of strace",
    why_not: "it has calls of the kernel; malloc is a function of a library and makes few of them",
    instead: LTRACE,
};
const LEAK_SANITIZER: Foreign = Foreign {
    name: "a report of LeakSanitizer",
    why_not: "it has the blocks that were never freed, not the calls",
    instead: VALGRIND,
};
const ADDRESS_SANITIZER: Foreign = Foreign {
    name: "a report of AddressSanitizer",
    why_not: "it has one bad access, not the calls",
    instead: VALGRIND,
};
const PERF: Foreign = Foreign {
    name: "text of perf",
    why_not: "perf takes samples, or records events whose results it does not pair",
    instead: LTRACE,
};
const PERF_DATA: Foreign = Foreign { name: "perf's data", ..PERF };
const DHAT: Foreign = Foreign { name: "a profile of DHAT", why_not: SUMS, instead: VALGRIND };
const MASSIF: Foreign = Foreign { name: "a profile of massif", why_not: SUMS, instead: VALGRIND };
const CALLGRIND: Foreign =
    Foreign { name: "a profile of callgrind", why_not: SUMS, instead: VALGRIND };
const VALGRIND_XML: Foreign = Foreign {
    name: "a report of valgrind in XML",
    why_not: "it has errors and leaks, not the calls",
    instead: VALGRIND,
};
const INSTRUMENTS: Foreign = Foreign {
    name: "an export of Instruments",
    why_not: "its tables of allocations have no calls of free in order",
    instead: "run the program on Linux under a tracer",
};
const BPFTRACE: Foreign = Foreign {
    name: "output of bpftrace",
    why_not: "its lines depend on what its script prints",
    instead: "have the script print what `docs/logs.md` shows for Android, `TID: malloc 0xP SIZE`",
};
const GPERFTOOLS: Foreign =
    Foreign { name: "a heap profile of gperftools or Go", why_not: SUMS, instead: LTRACE };
const JEMALLOC_DUMP: Foreign =
    Foreign { name: "a heap dump of jemalloc", why_not: SUMS, instead: LTRACE };
const JEMALLOC_STATS: Foreign =
    Foreign { name: "statistics of jemalloc", why_not: SUMS, instead: LTRACE };
const CHROME: Foreign = Foreign {
    name: "a trace of events in JSON",
    why_not: "each program chooses its own names for events",
    instead: LTRACE,
};
const MEMRAY: Foreign = Foreign {
    name: "a capture of memray",
    why_not: "it is binary, and its format changes with each version",
    instead: "PYTHONMALLOC=malloc shows Python's objects to a tracer",
};
const LEAKS: Foreign = Foreign {
    name: "a report of macOS's leaks, heap or malloc_history",
    why_not: SUMS,
    instead: "run the program on Linux under a tracer",
};
const MTRACE_REPORT: Foreign = Foreign {
    name: "what the script mtrace makes of a log",
    why_not: "it has the blocks that were never freed, not the calls",
    instead: "give the log itself, the file that MALLOC_TRACE named",
};
const SUMMARY: Foreign =
    Foreign { name: "a summary of ltrace -c or strace -c", why_not: SUMS, instead: LTRACE };
const MEMUSAGE: Foreign = Foreign { name: "a summary of memusage", why_not: SUMS, instead: LTRACE };
const HEAPTRACK_REPORT: Foreign = Foreign {
    name: "a report of heaptrack_print",
    why_not: SUMS,
    instead: "give the file that heaptrack wrote",
};
const MEMLEAK: Foreign = Foreign { name: "a report of memleak", why_not: SUMS, instead: LTRACE };
const LTTNG: Foreign =
    Foreign { name: "text of LTTng", why_not: "heaplab can't read its events", instead: LTRACE };
const DMALLOC: Foreign = Foreign {
    name: "a log of dmalloc",
    why_not: "it has errors and sums, not the calls",
    instead: LTRACE,
};
const DR_MEMORY: Foreign = Foreign {
    name: "a report of Dr. Memory",
    why_not: "it has errors and leaks, not the calls",
    instead: VALGRIND,
};
const FTRACE: Foreign = Foreign {
    name: "text of ftrace or uftrace",
    why_not: "what its functions get and return depends on how it was set up",
    instead: LTRACE,
};
/// A file packed by zstd that holds no log; traces are packed by gzip.
pub(crate) const ZSTD: Foreign = Foreign {
    name: "packed by zstd, but not a log of a tracer",
    why_not: "traces are read as text or gzip",
    instead: "unpack it with `zstd -d`",
};
/// A file packed by zstd, where zstd is left out.
pub(crate) const UNREAD_ZSTD: Foreign = Foreign {
    name: "packed by zstd",
    why_not: "this program is built without zstd",
    instead: "unpack it with `zstd -d`",
};
/// A file packed by zstd of which nothing can be unpacked.
pub(crate) const DAMAGED_ZSTD: Foreign = Foreign {
    name: "packed by zstd, and damaged",
    why_not: "it can't be unpacked",
    instead: "make it again",
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_other_tools_are_recognized() {
        for (line, name) in [
            ("execve(\"./prog\", [\"./prog\"], 0x7ffd /* 20 vars */) = 0", "a log of strace"),
            ("[pid  4711] openat(AT_FDCWD, \"/etc/x\", O_RDONLY) = 3", "a log of strace"),
            ("4711  12:00:01 brk(NULL)     = 0x55d0", "a log of strace"),
            ("==99==ERROR: LeakSanitizer: detected memory leaks", "a report of LeakSanitizer"),
            ("prog  4711 [001] 100.25: probe_libc:malloc: (7f00)", "text of perf"),
        ] {
            assert_eq!(by_line(line.as_bytes()).map(|one| one.name), Some(name), "{line}");
        }
        for line in [
            "read(3, \"x\", 1) = 1",
            "malloc(10) = 0x10",
            "execve",
            "execve(\"/bin/ls\", 0x7ffe10, 0x7ffe20) = -1",
            "brk(0x5510) = 0",
            "a 0 16",
            "20000",
            "",
        ] {
            assert_eq!(by_line(line.as_bytes()), None, "{line}");
        }
    }

    #[test]
    fn logs_of_other_tools_are_recognized_by_their_start() {
        for (start, name) in [
            ("desc: --time-unit=i\ncmd: ./a\n", "a profile of massif"),
            ("{\"dhatFileVersion\":2,", "a profile of DHAT"),
            ("Attaching 2 probes...\n", "output of bpftrace"),
        ] {
            assert_eq!(by_start(start.as_bytes()).map(|one| one.name), Some(name));
        }
        assert_eq!(by_start(b"1\n2\n"), None);
    }
}
