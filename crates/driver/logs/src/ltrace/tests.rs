use crate::Tool;
use crate::testing::{converted, converted_of, notes, refused};

fn ops(text: &str) -> String {
    converted(Tool::Ltrace, text)
}

#[test]
fn every_call_is_read() {
    let log = "mtrace()                       = <void>\n\
               malloc(100)                    = 0x10\n\
               calloc(7, 13)                  = 0x20\n\
               aligned_alloc(128, 256, 0x9, 5) = 0x80\n\
               memalign(32, 77, 0, 4)         = 0x100\n\
               valloc(55, 0x560785, 0, 1)     = 0x1000\n\
               pvalloc(55, 0x560785, 0, 1)    = 0x2000\n\
               reallocarray(0, 5, 9, 123)     = 0x30\n\
               realloc(0x10, 5000)            = 0x40\n\
               realloc(0x40, 0)               = 0\n\
               free(0x20)                     = <void>\n\
               free(0)                        = <void>\n\
               cfree(0x80)                    = <void>\n\
               +++ exited (status 0) +++\n";
    assert_eq!(
        ops(log),
        "a 0 100, c 1 91, m 2 128 256, m 3 32 77, m 4 4096 55, m 5 4096 4096, a 6 45, r 0 5000, \
         r 0 0, f 1, f -1, f 2"
    );
    let notes = notes(Tool::Ltrace, log);
    assert_eq!((notes.unreadable.times, notes.other_lines.times), (0, 0));
}

#[test]
fn process_ids_times_places_and_durations_are_skipped() {
    let log = "20 17:08:34.395 [0x5613e305e1f0] p->malloc(100) = 0x10 <0.000176>\n\
               20   0.000123 malloc@libc.so.6(8)   = 0x20\n\
               17:08:34 my prog->malloc(9) = 0x30\n\
               1700000000.125 free(0x10) = <void> <0.1>\n";
    assert_eq!(ops(log), "a 0 100, a 1 8, a 2 9, f 0");
}

#[test]
fn posix_memalign_gets_the_block_of_a_later_free() {
    let log = "posix_memalign(0x7ffe10, 64, 300, 0x90) = 0\n\
               posix_memalign(0x7ffe10, 64, 99999999999999, 0x90) = 12\n\
               malloc(8) = 0x10\n\
               free(0x77) = <void>\n\
               free(0x1c0) = <void>\n";
    assert_eq!(ops(log), "m 0 64 300, a 1 8, f 0");
    let notes = notes(Tool::Ltrace, log);
    assert_eq!((notes.unknown_frees.times, notes.failed.times), (1, 1));
}

#[test]
fn a_call_in_two_halves_counts_when_its_result_is_known() {
    let log = "1 malloc(10 <unfinished ...>\n\
               2 malloc(20 <unfinished ...>\n\
               2 <... malloc resumed> )          = 0x20\n\
               1 <... malloc resumed> )          = 0x10\n\
               1 free(0x20 <unfinished ...>\n\
               2 malloc(30)                      = 0x20\n\
               1 <... free resumed> )            = <void>\n";
    assert_eq!(ops(log), "a 0 20, a 1 10, f 0, a 2 30");
    assert_eq!(notes(Tool::Ltrace, log).missed_frees.times, 0);
}

#[test]
fn a_realloc_in_two_halves_releases_its_block_at_once() {
    let log = "1 malloc(10)                      = 0x10\n\
               1 realloc(0x10, 99 <unfinished ...>\n\
               2 malloc(5)                       = 0x10\n\
               1 <... realloc resumed> )         = 0x90\n";
    assert_eq!(ops(log), "a 0 10, a 1 5, r 0 99");
}

#[test]
fn nested_calls_count_once() {
    let log = "5 _Znam(40, 1, 2, 3 <unfinished ...>\n\
               5 libstdc++.so.6->_Znwm(40, 1, 2, 3 <unfinished ...>\n\
               5 libstdc++.so.6->malloc(40)         = 0xb0\n\
               5 <... _Znwm resumed> )              = 0xb0\n\
               5 <... _Znam resumed> )              = 0xb0\n\
               5 reallocarray(0, 5, 9, 1 <unfinished ...>\n\
               5 realloc@libc.so.6(0, 45 <unfinished ...>\n\
               5 malloc@libc.so.6(45)               = 0xa0\n\
               5 <... realloc resumed> )            = 0xa0\n\
               5 <... reallocarray resumed> )       = 0xa0\n\
               5 realloc(0xa0, 50 <unfinished ...>\n\
               5 realloc@libc.so.6(0xa0, 50)        = 0xc0\n\
               5 <... realloc resumed> )            = 0xc0\n\
               5 _ZdlPvm(0xb0, 40, 1, 2 <unfinished ...>\n\
               5 free@libc.so.6(0xb0)               = <void>\n\
               5 <... _ZdlPvm resumed> )            = 0\n\
               5 realloc(0xc0, 0 <unfinished ...>\n\
               5 free@libc.so.6(0xc0)               = <void>\n\
               5 <... realloc resumed> )            = 0\n";
    assert_eq!(ops(log), "a 0 40, a 1 45, r 1 50, f 0, r 1 0");
    let notes = notes(Tool::Ltrace, log);
    assert_eq!((notes.unknown_frees.times, notes.failed.times), (0, 0));
}

#[test]
fn nested_aligned_calls_count_once() {
    let log = "aligned_alloc(64, 96, 1, 2 <unfinished ...>\n\
               memalign@libc.so.6(64, 96, 1, 2)     = 0x40\n\
               <... aligned_alloc resumed> )        = 0x40\n\
               posix_memalign(0x7ff, 64, 96, 1 <unfinished ...>\n\
               posix_memalign@libc.so.6(0x7ff, 64, 96, 1) = 0\n\
               <... posix_memalign resumed> )       = 0\n";
    assert_eq!(ops(log), "m 0 64 96, m 1 64 96");
}

#[test]
fn a_realloc_may_be_logged_as_malloc_and_free() {
    let log = "malloc(8)                            = 0x10\n\
               realloc(0x10, 16 <unfinished ...>\n\
               malloc(16)                           = 0x30\n\
               free(0x10)                           = <void>\n\
               <... realloc resumed> )              = 0x30\n\
               realloc(0x30, 99 <unfinished ...>\n\
               malloc(99)                           = 0\n\
               <... realloc resumed> )              = 0\n\
               free(0x30)                           = <void>\n";
    assert_eq!(ops(log), "a 0 8, a 1 16, f 0, f 1");
    assert_eq!(notes(Tool::Ltrace, log).failed.times, 1);
}

#[test]
fn strdup_shows_its_malloc_only_if_asked() {
    let log = "strdup(\"a (b) = 0x1\" <unfinished ...>\n\
               malloc@libc.so.6(12)                 = 0x10\n\
               <... strdup resumed> )               = 0x10\n\
               strdup(\"c\")                        = 0x30\n\
               free(0x10)                           = <void>\n\
               free(0x30)                           = <void>\n";
    assert_eq!(ops(log), "a 0 12, f 0");
    assert_eq!(notes(Tool::Ltrace, log).unknown_frees.times, 1);
}

#[test]
fn calls_of_the_c_library_get_their_right_names() {
    let log = "1 libc.so.6->calloc(0, 45) = 0x5510\n\
               1 libc.so.6->calloc(21776, 450) = 0x5520\n\
               1 libc.so.6->calloc(94768518642016, 2048) = 0x5530\n\
               1 libc.so.6->realloc(0x5520, 6) = 0x6\n\
               1 libc.so.6->malloc(9, 2) = 0x5541\n\
               1 p->calloc(0, 45) = 0x5540\n\
               1 libc.so.6->malloc(9) = 0x5550\n\
               1 libc.so.6->free(0x5550) = <void>\n";
    assert_eq!(ops(log), "a 0 45, r 0 450, c 1 0, a 2 9, f 2");
    assert_eq!(notes(Tool::Ltrace, log).unknown_reallocs.times, 0);
}

#[test]
fn an_exec_ends_all_blocks() {
    let log =
        "1 malloc(8) = 0x10\n1 --- Called exec() ---\n1 malloc(9) = 0x10\n1 free(0x10) = <void>\n";
    assert_eq!(ops(log), "a 0 8, a 1 9, f 1");
    assert_eq!(notes(Tool::Ltrace, log).execs.times, 1);
}

const FORKED: &str = "7 malloc(10) = 0x10\n7 fork( <unfinished ...>\n8 <... fork resumed> ) = 0\n\
                      7 <... fork resumed> ) = 8\n8 malloc(20) = 0x20\n8 free(0x10) = <void>\n\
                      7 malloc(30) = 0x20\n7 free(0x10) = <void>\n";

#[test]
fn a_forked_child_is_not_a_thread() {
    let error = refused(Tool::Ltrace, FORKED);
    assert!(error.contains("several processes: 7 (3 calls), 8 (2 calls)"), "{error}");
    assert_eq!(converted_of(Tool::Ltrace, FORKED, &[7]), "a 0 10, a 1 30, f 0");
    assert_eq!(converted_of(Tool::Ltrace, FORKED, &[8]), "a 0 20");
    // A child that makes no call of an allocator is not a reason to refuse.
    let quiet = "7 fork() = 8\n7 malloc(10) = 0x10\n8 +++ exited (status 0) +++\n";
    assert_eq!(ops(quiet), "a 0 10");
}

#[test]
fn a_block_held_twice_reveals_two_processes() {
    let log = "7 malloc(10) = 0x10\n8 malloc(20) = 0x10\n";
    let error = refused(Tool::Ltrace, log);
    assert!(error.contains("at line 2, 8 gets the block 0x10, which 7 still has"), "{error}");
    assert!(error.contains("--pid 7,8"), "{error}");
    assert_eq!(converted_of(Tool::Ltrace, log, &[7, 8]), "a 0 10, f 0, a 1 20");
}

#[test]
fn lines_of_signals_and_the_kernel_are_passed_over() {
    let log = "SYS_brk(0) = 0x5000\n--- SIGCHLD (Child exited) ---\nmalloc(8 <unfinished ...>\n\
               SYS_brk(0x6000) = 0x6000\n<... malloc resumed> ) = 0x10\n\
               free(0x10 <no return ...>\n--- SIGINT (Interrupt) ---\n\
               <... free resumed> ) = <void>\n+++ killed by SIGINT +++\n";
    assert_eq!(ops(log), "a 0 8, f 0");
    assert_eq!(notes(Tool::Ltrace, log).unreadable.times, 0);
}

#[test]
fn lost_ends_of_calls_are_tolerated() {
    let log = "1 free(0x90 <unfinished ...>\n1 malloc(10 <unfinished ...>\n1 malloc(20) = 0x10\n\
               1 free(0x10) = <void>\n1 malloc(30) = 0x90\n1 free(0x90) = <void>\n\
               1 <... realloc resumed> ) = 0x30\n";
    assert_eq!(ops(log), "a 0 20, f 0, a 1 30, f 1");
    assert_eq!(notes(Tool::Ltrace, log).unreadable.times, 1);
}

#[test]
fn broken_lines_are_counted() {
    let log = "malloc(8) = 0x10\r\nmalloc(8) = \nmalloc() = 0x20\nmalloc(8) = 0x3z\nfree(\n\
               \x00\x01 malloc(8) = 0x40\nhello\nmalloc(8)\n<... malloc resumed\nfree(0x10) = <void>";
    assert_eq!(ops(log), "a 0 8, f 0");
    let notes = notes(Tool::Ltrace, log);
    assert_eq!((notes.unreadable.times, notes.unreadable.first_line), (5, 2));
    assert_eq!(notes.other_lines.times, 3);
}

#[test]
fn the_printed_calls_of_a_wrapper_are_read() {
    let log = "malloc(32) = 0x9ee010\nfree(0x9ee010)\nmalloc(8) = 0x9ee010\nfree(nil)\n";
    assert_eq!(ops(log), "a 0 32, f 0, a 1 8, f -1");
    let tight = "malloc(-1)=0\nmalloc(32)=0x9ee010\nfree(0x9ee010)\n";
    assert_eq!(ops(tight), "a 0 32, f 0");
    for text in ["hello\nfree(0x9ee010)\n", "malloc(32)=0x9ee010\n"] {
        let guess = crate::detect(text.as_bytes());
        assert_eq!(guess, crate::Guess::Log(Tool::Ltrace), "{text}");
    }
}

#[test]
fn a_log_without_calls_is_refused() {
    assert!(refused(Tool::Ltrace, "puts(\"hi\") = 3\n").contains("no call of malloc"));
}
