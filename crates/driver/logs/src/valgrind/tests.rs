use crate::Tool;
use crate::testing::{converted, converted_of, notes, refused};

fn ops(text: &str) -> String {
    converted(Tool::Valgrind, text)
}

#[test]
fn every_call_is_read() {
    let log = "==7== Command: ./p\n\
               --7-- malloc(100) = 0x4A10\n\
               --7-- calloc(7,13) = 0x4A20\n\
               --7-- memalign(al 64, size 300) = 0x4A40\n\
               --7-- realloc(0x4A10,200) = 0x4A80\n\
               --7-- free(0x0)\n\
               --7-- free(0x4A20)\n\
               ==7== HEAP SUMMARY:\n";
    assert_eq!(ops(log), "a 0 100, c 1 91, m 2 64 300, r 0 200, f -1, f 1");
}

#[test]
fn calls_that_share_a_line_are_separated() {
    let log = "--7-- realloc(0x0,45)malloc(45) = 0x10\n\
               --7-- calloc(4611686018427387904,16)realloc(0x10,0)free(0x10)\n\
               --7--  = 0\n\
               --7-- malloc(8) = 0x10\n";
    assert_eq!(ops(log), "a 0 45, r 0 0, a 1 8");
    assert_eq!(notes(Tool::Valgrind, log).failed.times, 1);
}

#[test]
fn a_malloc_inside_a_realloc_gives_the_reallocs_result() {
    let log = "--7-- malloc(8) = 0x10\n--7-- realloc(0x10,16)malloc(16) = 0x40\n\
               --7-- realloc(0x40,32)malloc(32) = 0x0\n--7-- free(0x40)\n";
    assert_eq!(ops(log), "a 0 8, r 0 16, f 0");
    assert_eq!(notes(Tool::Valgrind, log).failed.times, 1);
}

#[test]
fn the_last_frees_of_null_are_valgrinds_own() {
    let log = "--7-- malloc(8) = 0x10\n--7-- free(0x0)\n--7-- free(0x10)\n\
               --7-- free(0x0)\n--7-- free(0x0)\n==7== HEAP SUMMARY:\n";
    assert_eq!(ops(log), "a 0 8, f -1, f 0");
    let notes = notes(Tool::Valgrind, log);
    assert_eq!((notes.own_frees.times, notes.own_frees.first_line), (2, 4));
}

#[test]
fn a_realloc_to_zero_may_allocate_an_empty_block() {
    let log = "--7-- malloc(8) = 0x10\n--7-- realloc(0x10,0) = 0x20\n--7-- free(0x20)\n";
    assert_eq!(ops(log), "a 0 8, r 0 0, a 1 0, f 1");
}

#[test]
fn operators_of_cpp_are_read() {
    let log = "--7-- _Znam(40) = 0x10\n\
               --7-- _ZnwmSt11align_val_t(size 128, al 64) = 0x40\n\
               --7-- _ZnwmRKSt9nothrow_t(4) = 0x80\n\
               --7-- _ZdaPv(0x10)\n\
               --7-- _ZdlPvmSt11align_val_t(0x40)\n\
               --7-- _ZdlPvm(0x80)\n";
    assert_eq!(ops(log), "a 0 40, m 1 64 128, a 2 4, f 0, f 1, f 2");
}

#[test]
fn times_and_program_output_are_skipped() {
    let log = "--00:00:00:00.723 7-- malloc(1) = 0x10\n\
               hello -- there--7-- malloc(2) = 0x20\n\
               --00:00:00:01.000 7-- free(0x10)\n\
               -- malloc(3) = 0x30\n";
    assert_eq!(ops(log), "a 0 1, a 1 2, f 0");
}

#[test]
fn verbose_messages_of_valgrind_are_not_calls() {
    let log = "--7-- Reading syms from /bin/p\n\
               --7-- REDIR: 0x401(ld.so:strlen) redirected to 0x580 (vgPlain)\n\
               --7-- malloc(1) = 0x10\n\
               --7-- malloc_usable_size(0x10) = 24\n\
               --7-- free(0x10)\n";
    assert_eq!(ops(log), "a 0 1, f 0");
    assert_eq!(notes(Tool::Valgrind, log).unreadable.times, 0);
}

#[test]
fn failed_requests_are_left_out() {
    let log = "--7-- malloc(4611686018427387904) = 0x0\n\
               --7-- malloc(9) = 0x10\n\
               --7-- realloc(0x10,4611686018427387904) = 0x0\n\
               --7-- free(0x10)\n";
    assert_eq!(ops(log), "a 0 9, f 0");
    assert_eq!(notes(Tool::Valgrind, log).failed.times, 2);
}

const FORKED: &str = "--7-- malloc(10) = 0x10\n--8-- malloc(20) = 0x20\n--8-- free(0x10)\n\
                      --8-- free(0x20)\n--7-- malloc(30) = 0x20\n--7-- free(0x20)\n\
                      --7-- free(0x10)\n";

#[test]
fn one_of_several_processes_must_be_chosen() {
    let error = refused(Tool::Valgrind, FORKED);
    assert!(error.contains("several processes: 7 (4 calls), 8 (3 calls)"), "{error}");
    assert_eq!(converted_of(Tool::Valgrind, FORKED, &[7]), "a 0 10, a 1 30, f 1, f 0");
    assert_eq!(converted_of(Tool::Valgrind, FORKED, &[8]), "a 0 20, f 0");
}

#[test]
fn an_exec_ends_all_blocks() {
    let log = "==7== Command: sh\n--7-- malloc(1) = 0x10\n==00:00:00:01.000 7== Command: ls\n\
               --7-- malloc(2) = 0x10\n==8== Command: other\n--7-- free(0x10)\n";
    assert_eq!(ops(log), "a 0 1, a 1 2, f 1");
    assert_eq!(notes(Tool::Valgrind, log).execs.times, 1);
}

#[test]
fn broken_lines_are_counted() {
    let log = "--7-- malloc(1) = 0x10\n--7-- malloc(2) = 0x\n--7-- malloc(\n--7-- malloc(3)\n\
               --7-- free(x)\n--7-- calloc(3) = 0x20\n--7-- free(0x10)\n";
    assert_eq!(ops(log), "a 0 1, f 0");
    let notes = notes(Tool::Valgrind, log);
    assert_eq!((notes.unreadable.times, notes.unreadable.first_line), (4, 2));
}

#[test]
fn a_log_truncated_in_a_call_is_read() {
    let log = "--7-- malloc(1) = 0x10\n--7-- malloc(2)";
    assert_eq!(ops(log), "a 0 1");
    assert_eq!(notes(Tool::Valgrind, log).unfinished.times, 1);
}

#[test]
fn windows_line_ends_are_read() {
    assert_eq!(ops("--7-- malloc(1) = 0x10\r\n--7-- free(0x10)\r\n"), "a 0 1, f 0");
}

#[test]
fn a_report_without_calls_is_refused() {
    let error = refused(Tool::Valgrind, "==7== Memcheck, a memory error detector\n");
    assert!(error.contains("--trace-malloc=yes"), "{error}");
}
