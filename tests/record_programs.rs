//! Recording small C programs whose heap calls are known exactly.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::record_support::{Fixture, has, lines};
use heaplab_trace::{Ledger, Op, Slot};
use std::collections::{BTreeSet, HashMap, HashSet};

#[test]
fn every_entry_point_of_the_heap_is_recorded_exactly() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let recording = fixture.record(&[fixture.compile("every_call")]);
    assert_eq!(recording.code, 7, "the program's own code, though it left by _exit");

    let ops = recording.trace().ops();
    let marker = position(ops, 123_457);
    let page = 4096;
    // `realloc(NULL, n)` is a malloc; a refused call is not recorded.
    let allocations = [
        "a 0 123457".to_owned(),
        "a 1 0".to_owned(),
        "a 2 100".to_owned(),
        "c 3 21".to_owned(),
        "a 4 10".to_owned(),
        "r 4 5000".to_owned(),
        "a 5 100".to_owned(),
        "m 6 64 200".to_owned(),
        "m 7 256 512".to_owned(),
        "m 8 4096 33".to_owned(),
        format!("m 9 {page} 44"),
        format!("m 10 {page} {page}"),
        "a 11 77".to_owned(),
        "r 11 0".to_owned(),
    ];
    let frees = [2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 0].map(|id| format!("f {id}"));
    let expected: Vec<String> = allocations.into_iter().chain(frees).collect();
    assert_eq!(lines(&ops[marker..]), expected);
    assert!(recording.report.contains("requests refused, left out: 7"));
    assert!(recording.report.contains("than it requests: 2"), "{}", recording.report);
    assert!(recording.report.contains("calloc 1, memalign 5, realloc 2"));
    assert!(recording.report.contains("unknown frees 0"));
}

#[test]
fn four_threads_are_recorded_in_one_order() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let recording = fixture.record(&[fixture.compile("threads")]);
    // Clean: no free was unknown and no address was returned while live in
    // the log, which a wrong order would show at once with this much sharing.
    recording.assert_clean();
    let trace = recording.trace();
    assert!(trace.ops().len() > 400_000, "{}", recording.report);
    assert!(recording.report.contains("threads 5"), "{}", recording.report);
    let ours = trace.ops().iter().filter(|op| matches!(op, Op::Malloc { .. })).count();
    // Every round either grows a block or allocates one.
    let grown = trace.ops().iter().filter(|op| matches!(op, Op::Realloc { .. })).count();
    assert_eq!(ours + grown, 400_000, "{}", recording.report);
    assert!(grown > 50_000, "{}", recording.report);
}

/// The calling thread is kept on demand, and then the trace can be split by thread.
#[test]
fn the_calling_thread_is_kept_on_request() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("threads");
    let mut command = fixture.command();
    command.args(["--threads", "--max-ops", "50000"]).arg(&program);
    let recording = fixture.recording(&command.output().unwrap());
    recording.assert_clean();
    let trace = recording.trace();
    let callers = trace.threads().unwrap();
    assert_eq!((callers.len(), callers[0]), (50_000, 0));
    let frees_of_others = {
        let mut allocators = HashMap::new();
        let calls = trace.ops().iter().zip(&callers);
        let is_of_other = |(op, &caller): (&Op, &u32)| match *op {
            Op::Free { id } => allocators.get(&id) != Some(&caller),
            _ => {
                allocators.entry(op.id().unwrap()).or_insert(caller);
                false
            }
        };
        calls.map(is_of_other).filter(|&is| is).count()
    };
    let threads: BTreeSet<u32> = callers.into_iter().collect();
    // The main thread, and as many of the four as ran before the end.
    assert!((2..=5).contains(&threads.len()), "{threads:?}");
    if threads.len() > 2 {
        assert!(frees_of_others > 0, "they free each other's blocks");
    }

    let seen = fixture.split(&["--split", "4", "--by", "thread", "--format", "csv"]);
    assert_eq!(seen.status.code(), Some(0), "{seen:?}");
    let stats = fixture.stats();
    assert!(stats.contains(&format!("  threads     {}\n", threads.len())), "{stats}");
    assert!(!stats.contains("comment     thread"), "{stats}");
}

#[test]
fn the_calling_thread_cannot_be_kept_in_dialects_without_remarks() {
    let fixture = Fixture::new();
    let mut command = fixture.command();
    command.args(["--threads", "--dialect", "peak", "true"]);
    let recording = fixture.recording(&command.output().unwrap());
    assert_eq!(recording.code, 2);
    assert!(recording.report.contains("no remarks"), "{}", recording.report);
    assert!(recording.traces.is_empty());
}

#[test]
fn forks_among_threads_each_get_their_own_trace() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("fork_among_threads");
    let recording = fixture.record(&["--details".as_ref(), program.as_os_str()]);
    recording.assert_clean();
    // The parent, eight children, and what the first child became by exec.
    assert_eq!(recording.traces.len(), 10, "{}", recording.report);
    let [parent, others @ ..] = &recording.traces[..] else { unreachable!() };
    assert!(parent.ops().len() > 16);
    let (after_exec, children): (Vec<_>, Vec<_>) =
        others.iter().partition(|trace| lines(trace.ops()) == ["a 0 4242", "f 0"]);
    assert_eq!(after_exec.len(), 1);
    for child in children {
        // The inherited block that the child grows is new in the child's trace.
        let mut expected = vec!["a 0 60".to_owned()];
        for id in 1..=100 {
            expected.extend([format!("a {id} {id}"), format!("f {id}")]);
        }
        expected.push("f 0".to_owned());
        assert_eq!(lines(child.ops()), expected);
    }
    // One freed and one grown, in each of the eight.
    let inherited = recording.report.matches("inherited at the fork, left out: 2").count();
    assert_eq!(inherited, 8, "{}", recording.report);
    let forked = recording.report.matches("forked from").count();
    assert_eq!(forked, 8, "{}", recording.report);
}

#[test]
fn a_constructor_before_main_is_recorded() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let recording = fixture.record(&[fixture.compile("before_main")]);
    recording.assert_clean();
    assert_eq!(lines(recording.trace().ops()), ["a 0 31337", "f 0"]);
}

#[test]
fn realloc_chains_keep_their_ids_and_huge_blocks_are_left_out() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let recording = fixture.record(&[fixture.compile("realloc_chains")]);
    assert_eq!(recording.code, 0);
    let ops = recording.trace().ops();
    let ids: HashSet<_> = ops.iter().filter_map(|op| op.id()).collect();
    // Two chains, the block of 3 GiB, and the one of 5 GiB once it has shrunk.
    assert_eq!(ids.len(), 4, "{:?}", lines(ops));
    assert_eq!(lines(&ops[ops.len() - 4..]), ["a 2 3221225472", "a 3 2000", "f 2", "f 3"]);
    assert!(recording.report.contains("too large for the machine, left out: 1"));
    assert!(recording.report.contains("unknown frees 0"));
}

#[test]
fn a_cut_trace_is_a_prefix_of_the_whole() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("realloc_chains");
    let whole = fixture.record(&[&program]);
    let cut = fixture.record(&["--max-ops".as_ref(), "41".as_ref(), program.as_os_str()]);
    assert_eq!(lines(cut.trace().ops()), lines(&whole.trace().ops()[..41]));
    assert!(cut.report.contains("cut at --max-ops"), "{}", cut.report);
    let mut ledger = Ledger::new();
    for &op in cut.trace().ops() {
        ledger.apply(op, 0).expect("a valid trace");
    }
    assert_eq!(ledger.live_blocks(), 2);
    assert!(matches!(ledger.slot(heaplab_trace::Id(1)), Slot::Live { .. }));
}

#[test]
fn a_full_log_says_how_much_is_missing() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("realloc_chains");
    let recording = fixture.record(&["--log-records".as_ref(), "31".as_ref(), program.as_os_str()]);
    assert_eq!(recording.code, 0, "the program must not notice");
    // Two mallocs and fourteen reallocs of two records each, and one half.
    assert_eq!(recording.trace().ops().len(), 2 + 14, "{}", recording.report);
    assert!(recording.report.contains("warning: records lost because the log was full"));
}

#[test]
fn the_plain_dialects_turn_calloc_and_memalign_into_malloc() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("every_call");
    for option in ["--plain", "--dialect=ranges", "--dialect=classic"] {
        let recording = fixture.record(&[option.as_ref(), program.as_os_str()]);
        let ops = recording.trace().ops();
        let special = |op: &&Op| matches!(op, Op::Calloc { .. } | Op::Memalign { .. });
        assert_eq!(ops.iter().filter(special).count(), 0, "{option}");
        assert!(lines(ops).contains(&"a 3 21".to_owned()), "{option}: {:?}", lines(ops));
        assert!(recording.report.contains("turned into malloc: 6"), "{}", recording.report);
    }
}

#[test]
fn an_alignment_that_blocks_have_anyway_is_dropped() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("every_call");
    let recording = fixture.record(&["--align".as_ref(), "64".as_ref(), program.as_os_str()]);
    let written = lines(recording.trace().ops());
    assert!(written.contains(&"a 6 200".to_owned()), "{written:?}");
    assert!(written.contains(&"m 7 256 512".to_owned()), "{written:?}");
    assert!(recording.report.contains("turned into malloc: 1"), "{}", recording.report);
}

/// Returns the position of the malloc of this size.
fn position(ops: &[Op], wanted: u32) -> usize {
    ops.iter()
        .position(|op| matches!(op, Op::Malloc { size, .. } if *size == wanted))
        .expect("the marker was recorded")
}
