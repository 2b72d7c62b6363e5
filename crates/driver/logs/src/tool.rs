//! The tracers whose logs are read.

use std::fmt;

/// A tracer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tool {
    /// glibc's mtrace.
    Mtrace,
    /// ltrace, which shows calls of libraries.
    Ltrace,
    /// Any tool of valgrind's with `--trace-malloc=yes`.
    Valgrind,
    /// KDE's heaptrack.
    Heaptrack,
    /// FreeBSD's ktrace with jemalloc's utrace records, as text of kdump.
    Utrace,
    /// Android's malloc debug with record_allocs.
    Android,
}

impl Tool {
    /// All tools.
    pub const ALL: [Tool; 6] =
        [Tool::Mtrace, Tool::Ltrace, Tool::Valgrind, Tool::Heaptrack, Tool::Utrace, Tool::Android];

    /// Returns the tool's name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Tool::Mtrace => "mtrace",
            Tool::Ltrace => "ltrace",
            Tool::Valgrind => "valgrind",
            Tool::Heaptrack => "heaptrack",
            Tool::Utrace => "utrace",
            Tool::Android => "android",
        }
    }

    /// Returns what a file of the tool is.
    pub fn log(self) -> &'static str {
        match self {
            Tool::Mtrace => "a log of mtrace",
            Tool::Ltrace => "a log of ltrace",
            Tool::Valgrind => "a log of valgrind",
            Tool::Heaptrack => "a log of heaptrack",
            Tool::Utrace => "a log of utrace",
            Tool::Android => "a log of Android's malloc debug",
        }
    }

    /// Returns what the lines of its logs look like.
    pub fn lines(self) -> &'static str {
        match self {
            Tool::Mtrace => "lines such as `@ ./prog:[0x401136] + 0x5b15239824a0 0x64`",
            Tool::Ltrace => "lines such as `malloc(100) = 0x5607ff`",
            Tool::Valgrind => "lines such as `--1234-- malloc(100) = 0x4A40040`",
            Tool::Heaptrack => "a first line such as `v 10400 3`",
            Tool::Utrace => "lines such as `1234 prog USER 0x801000 = malloc(100)`",
            Tool::Android => "lines such as `1234: malloc 0x7f0010 100`",
        }
    }

    /// Returns what the tool can't log, so that no trace of its logs has it.
    pub fn cannot_log(self) -> &'static str {
        match self {
            Tool::Mtrace => {
                "alignments, calloc (it looks like malloc), free(NULL), threads, and what happens \
                 before the program calls mtrace()"
            }
            Tool::Ltrace => {
                "calls that libraries make themselves (such as strdup's malloc), unless asked to, \
                 and the address that posix_memalign stores"
            }
            Tool::Valgrind => "threads, and which of the aligned functions was called",
            Tool::Heaptrack => {
                "realloc (it looks like free and malloc), calloc, alignments, memalign, \
                 realloc(p, 0), free(NULL), failed calls, and threads"
            }
            Tool::Utrace => "calloc and alignments (they look like malloc), malloc(0), free(NULL)",
            Tool::Android => "which of the aligned functions was called",
        }
    }

    /// Returns how to run the tool so that its log can be read.
    pub fn how_to_run(self) -> &'static str {
        match self {
            Tool::Mtrace => {
                "the program has to call mtrace(), and since glibc 2.34: \
                 MALLOC_TRACE=m.log LD_PRELOAD=libc_malloc_debug.so.0 ./prog"
            }
            Tool::Ltrace => "ltrace -f -o l.log ./prog",
            Tool::Valgrind => "valgrind --trace-malloc=yes --log-file=v.log ./prog",
            Tool::Heaptrack => "heaptrack --raw -o h ./prog",
            Tool::Utrace => "MALLOC_CONF=utrace:true ktrace -t u ./prog, then kdump > u.log",
            Tool::Android => "the option record_allocs of libc.debug.malloc.options",
        }
    }

    /// Returns whether a log may have several processes, so that one can be chosen.
    pub fn has_pids(self) -> bool {
        matches!(self, Tool::Ltrace | Tool::Valgrind | Tool::Utrace)
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
