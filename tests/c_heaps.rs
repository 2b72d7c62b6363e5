//! Heaps in C, as a person names them.

use heaplab_tests::command::{Seen, run, words};
use serde_json::Value;

fn heaplab(arguments: &str) -> Seen {
    run(env!("CARGO_BIN_EXE_heaplab-under-test"), "c-heaps", &words(arguments))
}

/// Runs the command with another compiler.
fn heaplab_with(compiler: &str, arguments: &str) -> Seen {
    let compiler = format!("CC={compiler}");
    let program = env!("CARGO_BIN_EXE_heaplab-under-test");
    run("/usr/bin/env", "c-heaps", &[&[&*compiler, program], &*words(arguments)].concat())
}

fn results(seen: &Seen) -> Vec<Value> {
    let json: Value = serde_json::from_str(&seen.stdout).unwrap();
    json["results"].as_array().unwrap().clone()
}

/// The textbook's list in C has the utilizations that others have measured, and the heap, the calls
/// of sbrk and the stores of `implicit:textbook`, at both alignments. It loads less: C keeps what a
/// function has read.
#[test]
fn the_textbook_in_c_is_the_textbook_in_rust() {
    const TRUTHS: [(&str, &str); 2] = [("coalescing", "66.4773"), ("realloc2", "33.8555")];
    for align in ["8", "16"] {
        let seen = heaplab(&format!(
            "run --no-timing --format json --align {align} --cflags=-DALIGN={align} \
             --trace ../../labs/traces/classic/coalescing.rep \
             --trace ../../labs/traces/classic/realloc2.rep \
             --heap ./textbook.c --heap implicit:textbook"
        ));
        let results = results(&seen);
        let of = |heap: &str, trace: &str| {
            let mut found = results.iter().filter(|result| {
                result["heap"].as_str().unwrap().starts_with(heap) && result["trace"] == trace
            });
            found.next().unwrap()["facts"].clone()
        };
        for (trace, percent) in TRUTHS {
            let (c, rust) = (of("./textbook.c", trace), of("implicit", trace));
            for fact in ["valid", "heap_bytes", "sbrk_calls", "stores"] {
                assert_eq!(c[fact], rust[fact], "{fact} of {trace} at {align}");
            }
            let loads = [&c, &rust].map(|facts| facts["loads"].as_u64().unwrap());
            assert!(loads[0] < loads[1] && loads[1] - loads[0] < 3 * 15_000, "{loads:?}");
            let utilization = 100.0 * c["utilization"].as_f64().unwrap();
            assert!(align != "8" || format!("{utilization:.4}") == percent, "{utilization}");
        }
    }
}

/// With words of 4 bytes the same list is the same heap; and where the compiler can't make such a
/// program, the command says what is missing.
#[test]
fn the_textbook_is_the_same_for_32_bits() {
    let seen = heaplab(
        "run --no-timing --format json --align 8 --trace ../../labs/traces/classic/coalescing.rep \
         ./textbook.c ./textbook.c:-m32",
    );
    if seen.stderr.contains("can't make programs with -m32 here") {
        assert_eq!(seen.code, Some(2), "{}", seen.all());
        assert!(seen.stderr.contains("apt install gcc-multilib"), "{}", seen.stderr);
        return;
    }
    assert_eq!(seen.code, Some(0), "{}", seen.all());
    let results = results(&seen);
    let [wide, narrow] = [0, 1].map(|index| results[index]["facts"].clone());
    for fact in ["valid", "utilization", "heap_bytes", "sbrk_calls", "loads", "stores"] {
        assert_eq!(narrow[fact], wide[fact], "{fact}");
    }
    assert_eq!(format!("{:.4}", 100.0 * narrow["utilization"].as_f64().unwrap()), "66.4773");
}

/// A compiler for one word size only, one that is none, and one that is not there.
#[test]
fn what_a_compiler_lacks_is_said() {
    for (compiler, heap, words) in [
        ("./compilers/only-64", "./textbook.c:-m32", "can't make programs with -m32 here"),
        ("./compilers/makes-nothing", "./textbook.c", "is neither gcc nor clang"),
        ("./compilers/missing", "./textbook.c", "can't run the C compiler `./compilers/missing`"),
    ] {
        let seen = heaplab_with(compiler, &format!("check --align 8 --trace three.rep {heap}"));
        assert_eq!(seen.code, Some(2), "{compiler}: {}", seen.all());
        assert!(seen.stderr.contains(words), "{compiler}: {}", seen.stderr);
    }
}

/// A file in C++ has an interface, with `extern \"C\"` and without.
#[test]
fn a_file_in_cpp_is_a_heap() {
    let seen = heaplab("check --align 8 --trace three.rep ./cpp/mangled.cc ./cpp/plain.cpp");
    assert_eq!((seen.code, &*seen.stderr), (Some(0), ""), "{}", seen.all());
    assert_eq!(seen.stdout.matches("no fault on three.rep").count(), 2, "{}", seen.stdout);
}

/// With the lab's headers, and with those of a course. The crate's own tests have the others.
#[test]
fn an_interface_is_recognized() {
    let heaps = ["cs107.c", "beside"].map(|file| format!("./interfaces/{file}")).join(" ");
    let seen = heaplab(&format!("run --no-timing --format json --trace three.rep {heaps}"));
    assert_eq!((seen.code, &*seen.stderr), (Some(0), ""), "{}", seen.stdout);
    for result in results(&seen) {
        let facts = &result["facts"];
        assert_eq!(facts["peak_payload_bytes"], 144, "{result}");
        assert!(facts["heap_bytes"].as_u64().unwrap() <= 4096, "{result}");
        assert!(facts["stores"].as_u64().unwrap() > 0, "{result}");
    }
}

/// The verdict names the line, and the other heap of the command goes on.
#[test]
fn a_heap_that_ends_its_process_is_at_fault() {
    const ENDS: [(&str, &str, &str); 3] = [
        ("EXIT", "crash", "called exit(3): an allocator returns to its caller, at wrong/ends.c:25"),
        ("OPEN", "crash", "called fopen(): an allocator opens no file, at wrong/ends.c:25"),
        ("LIBRARY", "refused", "which is not in the heap: that memory does not come from sbrk"),
    ];
    for (end, code, words) in ENDS {
        let heap = format!("./wrong/ends.c:-DEND={end}");
        let seen = heaplab(&format!("check --format json --trace three.rep {heap} implicit"));
        assert_eq!(seen.code, Some(1), "{end}: {}", seen.all());
        let text = seen.stdout;
        assert!(text.contains(&format!("\"{code}\"")) && text.contains(words), "{end}: {text}");
    }
}

#[test]
fn a_file_that_is_no_heap_is_the_commands_fault() {
    for (heap, words) in [
        ("./wrong/syntax.c", "./wrong/syntax.c:3:29: error: expected"),
        ("./wrong/nothing.c", "defines no interface that is known; it defines square"),
        ("./three.rep", "a heap that is a file in C ends in .c"),
        ("./textbook.c,three.rep", "three.rep is not a file in C: its name does not end in .c"),
        ("./wrong/missing.c", "there is no file or folder ./wrong/missing.c"),
        ("./interfaces", "several files of the folder ./interfaces define a heap: cmu-classic.c"),
        ("./textbook.c --c-interface=cs107", "does not define mymalloc and myfree"),
        ("./textbook.c --c-interface=x", "there is no interface `x`"),
    ] {
        let seen = heaplab(&format!("run --no-timing --trace three.rep {heap}"));
        assert_eq!(seen.code, Some(2), "{heap}: {}", seen.all());
        assert!(seen.stderr.contains(words), "{heap}: {}", seen.stderr);
    }
}

/// What `run` and `report` find in a second run has its first cause where `check` stops. And what
/// goes wrong in the second run only has its functions.
#[test]
fn the_first_cause_of_a_second_run_that_differs() {
    for command in ["check", "run --no-timing", "report -o -"] {
        let seen = heaplab(&format!("{command} ./wrong/peeks.c --trace four.rep"));
        assert_eq!(seen.code, Some(1), "{}", seen.all());
        assert!(seen.all().contains("fault[load-live]: ./wrong/peeks.c on four.rep:6: `a 1 32`"));
    }
    let seen = heaplab("check ./wrong/stale.c --trace four.rep").all();
    for part in [
        "fault[second-run]: ./wrong/stale.c on four.rep:5: `a 0 16`",
        "in a second run in the same process",
        "`take` (called by `mm_malloc`) writes 8 bytes",
        "the heap is still empty",
        "--> wrong/stale.c:17 in `take`",
    ] {
        assert!(seen.contains(part), "{part}: {seen}");
    }
}

/// Each way of counting sees the same accesses, and no variables of the file.
#[test]
fn a_step_counts_as_many_loads_and_stores_as_the_cost_of_its_operation() {
    let cost = heaplab("cost --format json --align 8 --trace three.rep ./textbook.c");
    let step = heaplab("step --plain --align 8 --trace three.rep ./textbook.c");
    let of_cost: Value = serde_json::from_str(&cost.stdout).unwrap();
    for what in ["loads", "stores"] {
        let number = |line: &str| {
            let (before, _) = line.split_once(&format!(" {what}"))?;
            before.rsplit(' ').next()?.parse::<u64>().ok()
        };
        let of_steps: u64 = step.stdout.lines().filter_map(number).sum();
        assert_eq!(of_cost["results"][0]["cost"][what]["total"], of_steps, "{what}");
    }
}
