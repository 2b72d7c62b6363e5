//! What the class hands in: the lab's reference, with one change each.

/// A submission.
pub struct Submission {
    /// The student's name.
    pub name: &'static str,
    /// What is put where: after the first text comes the second.
    puts: &'static [(&'static str, &'static str)],
    /// The verdict of its record.
    pub verdict: &'static str,
    /// What its record says somewhere.
    pub says: &'static str,
    /// Whether it has the points of the file without the change.
    pub is_as_honest: bool,
}

impl Submission {
    /// Returns its source, made from the honest one.
    pub fn source(&self, honest: &str) -> String {
        let mut source = honest.to_owned();
        for (at, put) in self.puts {
            assert!(source.matches(at).count() == 1, "{}: `{at}` is not there once", self.name);
            source = source.replace(at, &format!("{at}\n{put}"));
        }
        source
    }
}

const TOP: &str = "#include \"mm.h\"";
const TOP_OF_INIT: &str = "#define CHUNK 4096";
const FIRST: &str = "static char *first;";
const INIT: &str = "int mm_init(void) {";
const MALLOC: &str = "void *mm_malloc(size_t size) {";
const FREE: &str = "void mm_free(void *payload) {";

const fn graded(
    name: &'static str,
    puts: &'static [(&'static str, &'static str)],
    says: &'static str,
) -> Submission {
    Submission { name, puts, verdict: "graded", says, is_as_honest: false }
}

const fn in_vain(name: &'static str, puts: &'static [(&'static str, &'static str)]) -> Submission {
    Submission { name, puts, verdict: "graded", says: "", is_as_honest: true }
}

const fn refused(
    name: &'static str,
    puts: &'static [(&'static str, &'static str)],
    says: &'static str,
) -> Submission {
    Submission { name, puts, verdict: "refused", says, is_as_honest: false }
}

const fn not_compiled(
    name: &'static str,
    puts: &'static [(&'static str, &'static str)],
    says: &'static str,
) -> Submission {
    Submission { name, puts, verdict: "not-compiled", says, is_as_honest: false }
}

/// Notices a timed run without a clock: `mm_init` and `mm_free` are called from one place
/// elsewhere, and from two in a timed run, so that the stack differs.
const NOTICES: &str = "\
    static uintptr_t where_now(void) { volatile char here = 0; return (uintptr_t)&here; }\n\
    static uintptr_t (*volatile look)(void) = where_now;\n\
    static uintptr_t at_init;\n\
    static int is_timed(void) {\n\
        intptr_t far = (intptr_t)(look() - at_init);\n\
        return far > 64 || far < -64;\n\
    }";
const NOTES: (&str, &str) = (INIT, "at_init = look();");

/// Learns the answers of a replay, and in the next one gives them without any work. They are kept
/// on the stack, which is not a variable.
const REMEMBERS: &str = "\
    struct kept { unsigned long is_known; unsigned calls; void *answers[4000]; };\n\
    static unsigned calls;\n\
    static int knows;\n\
    static void *honest_malloc(size_t size);\n\
    static void honest_free(void *payload);\n\
    void *mm_malloc(size_t size) {\n\
        int timed = is_timed();\n\
        volatile struct kept *kept = (void *)((look() & ~15ul) - 100000);\n\
        unsigned call = calls++;\n\
        if (timed && call < 4000) {\n\
            if (kept->is_known == 0x1234567 && call < kept->calls) {\n\
                knows = 1;\n\
                return kept->answers[call];\n\
            }\n\
            void *answer = honest_malloc(size);\n\
            kept->answers[call] = answer;\n\
            if (call == 2399) kept->calls = call + 1, kept->is_known = 0x1234567;\n\
            return answer;\n\
        }\n\
        return honest_malloc(size);\n\
    }\n\
    void mm_free(void *payload) {\n\
        is_timed();\n\
        if (!knows) honest_free(payload);\n\
    }\n\
    #define mm_malloc honest_malloc\n\
    #define mm_free honest_free";

/// Attacks on the timed run: each is the file of the class that is honest elsewhere.
pub const TIMED: [Submission; 10] = [
    in_vain("honest", &[]),
    refused(
        "reads-the-clock",
        &[(FREE, "static unsigned long long then; then = __builtin_ia32_rdtsc();")],
        "rdtsc",
    ),
    refused("asks-for-the-time", &[(TOP, "#include <time.h>"), (FREE, "time(NULL);")], "time"),
    graded(
        "sleeps-when-timed",
        &[
            (TOP, NOTICES),
            NOTES,
            (FREE, "if (is_timed()) for (volatile int i = 0; i < 20000; i++) ;"),
        ],
        "",
    ),
    graded(
        "other-answers-when-timed",
        &[(TOP, NOTICES), NOTES, (FREE, "if (is_timed()) return;")],
        "",
    ),
    graded(
        "exits-when-timed",
        &[
            (TOP, NOTICES),
            NOTES,
            (TOP_OF_INIT, "#include <stdlib.h>"),
            (FREE, "if (is_timed()) exit(0);"),
        ],
        "",
    ),
    refused(
        "forks-when-timed",
        &[(TOP, NOTICES), NOTES, (FREE, "int fork(void); if (is_timed()) fork();")],
        "fork",
    ),
    graded(
        "overwrites-when-timed",
        &[
            (TOP, NOTICES),
            NOTES,
            (
                FREE,
                "if (is_timed()) for (char *p = (char *)&payload; ; p += 8) *(volatile long *)p = 0;",
            ),
        ],
        "",
    ),
    // The link is descriptor 15, and an answer is four words.
    graded(
        "forges-answers",
        &[
            (TOP, NOTICES),
            NOTES,
            (TOP_OF_INIT, "#include <stdio.h>"),
            (
                FREE,
                "if (is_timed()) {\n\
                    unsigned long long words[4] = {101};\n\
                    stdout->_fileno = 15;\n\
                    fwrite(words, 1, sizeof words, stdout);\n\
                    fflush(stdout);\n\
                }",
            ),
        ],
        "",
    ),
    graded("remembers-answers", &[(TOP, NOTICES), NOTES, (FIRST, REMEMBERS)], ""),
];

/// The class.
pub const ALL: [Submission; 30] = [
    in_vain("honest", &[]),
    in_vain("commented", &[(TOP, "/* The same, and another file. */")]),
    // Mistakes.
    not_compiled("does-not-compile", &[(MALLOC, "return }")], "mm.c:"),
    graded("crashes", &[(FREE, "*(volatile int *)8 = 1;")], "mm.c:"),
    graded("loops", &[(FREE, "for (;;) ;")], "endless-loop"),
    graded(
        "recurses",
        &[(FREE, "volatile char a[4096]; a[0] = 0; mm_free(payload); a[1] = 0;")],
        "",
    ),
    graded("divides", &[(FREE, "volatile int zero = 0; zero = 12 / zero;")], "SIGFPE"),
    graded(
        "asserts",
        &[(TOP, "#include <assert.h>"), (FREE, "assert(payload == NULL);")],
        "assertion",
    ),
    // Ends early, says what it is not asked.
    graded("exits", &[(TOP, "#include <stdlib.h>"), (FREE, "exit(0);")], "exit(0)"),
    in_vain(
        "floods",
        &[(TOP, "#include <stdio.h>"), (MALLOC, "for (int i = 0; i < 2000; i++) puts(\"flood\");")],
    ),
    in_vain(
        "forges-results",
        &[
            (TOP, "#include <stdio.h>"),
            (
                INIT,
                "puts(\"{\\\"points\\\": 100, \\\"verdict\\\": \\\"graded\\\"}\"); fflush(stdout);",
            ),
        ],
    ),
    // Calls what is not the lab's.
    refused(
        "forks",
        &[(TOP, "#include <unistd.h>"), (FREE, "if (fork() == 0) for (;;) ;")],
        "fork",
    ),
    refused(
        "opens",
        &[(TOP, "#include <stdio.h>"), (INIT, "fopen(\"/etc/passwd\", \"r\");")],
        "fopen",
    ),
    refused(
        "calls-malloc",
        &[(TOP, "#include <stdlib.h>"), (MALLOC, "if (size > 9) return malloc(size);")],
        "malloc",
    ),
    refused(
        "calls-mmap",
        &[(TOP, "#include <sys/mman.h>"), (MALLOC, "mmap(NULL, size, 3, 34, -1, 0);")],
        "mmap",
    ),
    refused("calls-syscall", &[(TOP, "#include <unistd.h>"), (INIT, "syscall(60, 0);")], "syscall"),
    refused(
        "defines-write",
        &[(TOP, "long write(int a, const void *b, size_t c) { return c; }")],
        "write",
    ),
    refused(
        "moves-the-break",
        &[(TOP, "void *mem_sbrk(intptr_t bytes) { return (char *)0 + bytes; }")],
        "mem_sbrk",
    ),
    // Keeps its data elsewhere.
    refused(
        "global-array",
        &[(TOP, "static char pool[1 << 20]; char *p(int i) { return pool + i; }")],
        "pool",
    ),
    graded(
        "past-the-break",
        &[(MALLOC, "*(volatile char *)((char *)mem_heap_hi() + 100000) = 1;")],
        "break",
    ),
    // Looks around when it is compiled.
    not_compiled("includes-passwd", &[(TOP, "#include \"/etc/passwd\"")], "passwd"),
    not_compiled(
        "looks-for-traces",
        &[(TOP, "#include \"../../labs/traces/classic/random.rep\"")],
        "random.rep",
    ),
    not_compiled(
        "huge-macros",
        &[(
            TOP,
            "#define A(x) x x x x x x x x\n#define B(x) A(A(A(A(x))))\n#define C(x) B(B(x))\nint huge[] = {C(1,)};",
        )],
        "",
    ),
    not_compiled("includes-itself", &[(TOP, "#include __FILE__")], "include"),
    // Hides what it does.
    refused(
        "constructor",
        &[(TOP, "__attribute__((constructor)) static void early(void) {}")],
        "constructor",
    ),
    refused("assembly", &[(MALLOC, "__asm__ volatile(\"syscall\");")], "__asm__"),
    refused(
        "not-reported",
        &[(TOP, "__attribute__((no_sanitize_thread)) void *mm_malloc(size_t);")],
        "no_sanitize_thread",
    ),
    refused("another-file", &[(TOP, "#line 1 \"/usr/include/stdio.h\"")], "#line"),
    // Reaches for the driver.
    graded(
        "overwrites-the-driver",
        &[(MALLOC, "for (char *p = (char *)&size; ; p += 8) *(volatile long *)p = 0;")],
        "",
    ),
    graded("returns-the-same", &[(MALLOC, "if (size > 0) return first;")], "still-live"),
];
