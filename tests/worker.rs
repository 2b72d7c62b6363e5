//! Workers that are separate programs, as for a grader: they are started by its
//! launcher, get traces in the task, and their answers count only with the secret.

use heaplab_checks::{CheckSettings, Conditions, Validate, Whole};
use heaplab_compare::{OneContender, TakeTurns, Weigh};
use heaplab_replay::{Facts, FinalHeap};
use heaplab_tests::command::package;
use heaplab_trace::{ReadOptions, Trace};
use heaplab_worker::pool::{Outcome, WorkerOptions, do_one};
use heaplab_worker::{Common, Failed, Job, Refusal, TraceSource};
use std::fs;
use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// A program that is only a worker; its one heap is called `mine`.
const WORKER: &str = env!("CARGO_BIN_EXE_worker-only");
const FAULTY: &str = env!("CARGO_BIN_EXE_faulty");

const COMMON: Common = Common {
    align_bytes: 16,
    limit_bytes: 1 << 26,
    reading: ReadOptions::STRICT,
    timeout_seconds: 1.0,
};

/// Returns the outcome of a job, and what the heaps printed meanwhile.
fn ask<J: Job>(program: &'static str, job: &J) -> (Outcome<J>, String) {
    let printed = Arc::new(Mutex::new(String::new()));
    let heard = Arc::clone(&printed);
    let worker_options = WorkerOptions {
        launcher: Arc::new(move || Ok(Command::new(program))),
        listener: Arc::new(move |text| {
            let mut heard = heard.lock().expect("no thread panicked");
            heard.push_str(text);
        }),
        ..WorkerOptions::new(1 << 30)
    };
    let outcome = do_one(job, &trace(), &worker_options).expect("a worker");
    let printed = printed.lock().expect("no thread panicked").clone();
    (outcome, printed)
}

fn text() -> String {
    fs::read_to_string(package().join("faulty/story.rep")).expect("the story")
}

fn trace() -> Trace {
    let reading = Trace::parse("story.rep", text().as_bytes(), &ReadOptions::default());
    reading.expect("a well-formed trace").trace
}

/// Returns the trace, which the worker need not read from a file.
fn in_the_task() -> TraceSource {
    TraceSource::Text { name: "story.rep".to_owned(), text: text() }
}

fn check(heap: &str, trace: TraceSource) -> Validate {
    Validate { heap: heap.to_owned(), trace, common: COMMON, check_every: None }
}

fn facts(outcome: Outcome<Validate>) -> Facts {
    outcome.expect("a valid heap")
}

fn whole(heap: &str) -> Whole {
    Whole {
        settings: CheckSettings {
            heap: heap.to_owned(),
            trace: in_the_task(),
            conditions: Conditions {
                common: COMMON,
                refusal: Refusal::default(),
                bad_pointers: false,
            },
        },
    }
}

#[test]
fn a_panic_in_default_is_called_that() {
    let Err(failed) = ask(WORKER, &check("no-default", in_the_task())).0 else {
        panic!("it has no heap");
    };
    let fault = &failed.fault;
    assert_eq!(fault.code, "panic");
    assert!(fault.message.contains("in `Default` or `Drop`: there is no default"), "{fault:?}");
}

#[test]
fn a_trace_is_the_same_in_a_file_and_in_the_task() {
    let path = package().join("faulty/story.rep");
    let (of_file, _) = ask(WORKER, &check("mine:next-fit", TraceSource::from(&path)));
    let (of_task, _) = ask(WORKER, &check("mine:next-fit", in_the_task()));
    let facts_of_task = facts(of_task);
    assert_eq!(facts_of_task, facts(of_file));
    assert_eq!(facts_of_task.ops, trace().ops().len() as u64);
}

/// A heap that prints a forged answer.
#[test]
fn a_forged_reply_counts_as_printed_output() {
    let (honest, _) = ask(FAULTY, &check("correct", in_the_task()));
    let (outcome, printed) = ask(FAULTY, &check("forges", in_the_task()));
    assert_eq!(facts(outcome), facts(honest));
    assert_eq!(printed.matches("\u{1e}{\"Answer\"").count(), 1, "{printed}");
    assert_eq!(
        printed.matches("\u{1e}00000000000000000000000000000000{\"Answer\"").count(),
        1,
        "{printed}"
    );
}

#[test]
fn the_final_heap_is_shown_completely() {
    let (outcome, _) = ask(WORKER, &whole("mine"));
    let final_heap = outcome.expect("it lives").expect("it is sound");
    let FinalHeap { blocks, payloads, .. } = &*final_heap;
    // Blocks that the trace never frees.
    let held: Vec<(u32, u32)> = payloads.iter().map(|one| (one.id, one.size)).collect();
    assert_eq!(held, [(1, 16), (4, 40), (201, 25)]);
    assert_eq!(blocks.iter().filter(|block| block.allocated).count(), 3);
    assert!(final_heap.check_accesses > 0);
}

/// Returns code and message of a fault in the heap's view of all blocks.
fn fault(heap: &str) -> (String, String) {
    let fault = match ask(FAULTY, &whole(heap)).0 {
        Err(failed) => failed.fault,
        Ok(Err(diagnosis)) => diagnosis.fault,
        Ok(Ok(_)) => panic!("{heap} is sound"),
    };
    // The account walks the blocks long before the end.
    assert!(fault.op_index.is_some(), "{heap}: {}", fault.message);
    (fault.code, fault.message)
}

/// Every misbehavior of a heap's view gives a verdict.
#[test]
fn a_view_that_never_returns_is_a_fault() {
    let (code, message) = fault("blocks-panic");
    assert_eq!(code, "panic", "{message}");
    let (code, message) = fault("blocks-loop");
    assert_eq!(code, "endless-loop", "{message}");
    assert!(message.contains("in the heap's blocks()"), "{message}");
    let (code, message) = fault("blocks-recurse");
    assert_eq!(code, "stack-overflow", "{message}");
    assert!(message.contains("in the heap's blocks()"), "{message}");
}

#[test]
fn an_endless_view_is_a_fault() {
    let (code, message) = fault("repeats");
    assert_eq!(code, "blocks", "{message}");
}

/// This holds in every phase, not only where answers are checked.
#[test]
fn an_endless_loop_is_found_wherever_a_heap_runs() {
    let weigh = |name: &str| {
        Weigh(OneContender { contender: name.to_owned(), trace: in_the_task(), common: COMMON })
    };
    let compare = |name: &str| TakeTurns {
        contenders: vec!["correct".to_owned(), name.to_owned()],
        trace: in_the_task(),
        common: COMMON,
        turns: 2,
        seconds_each: 1.0,
    };
    let failed = |outcome: Result<(), Box<Failed>>| outcome.expect_err("it does not end");
    for name in ["loops", "sleeps"] {
        let weighed = failed(ask(FAULTY, &weigh(name)).0.map(drop));
        let times = failed(ask(FAULTY, &compare(name)).0.map(drop));
        assert_eq!((weighed.contender, times.contender), (None, Some(1)));
        for (failed, place) in
            [(weighed, ", where memory is measured"), (times, ", in the timed run")]
        {
            let fault = failed.fault;
            assert_eq!(fault.code, "endless-loop");
            let no_end = "no end after 1 second: an endless loop?";
            assert_eq!(fault.message, format!("{no_end}{place}"));
            // If the heap loops, the line is known; if it sleeps, this shows only from outside.
            assert!(matches!(fault.line, Some(22) | None), "{fault:?}");
        }
    }
}

/// Memory that the lab itself needs for a long trace does not count for the heap.
#[test]
fn memory_for_a_long_trace_is_not_counted_for_the_heap() {
    const PAIRS: u32 = 400_000;
    let mut text = format!("1\n{PAIRS}\n{}\n8\n", 2 * PAIRS);
    for id in 0..PAIRS {
        text += &format!("a {id} 8\nf {id}\n");
    }
    let reading = Trace::parse("long.rep", text.as_bytes(), &ReadOptions::default());
    let trace = reading.expect("a well-formed trace").trace;
    let name = "long.rep".to_owned();
    let source = TraceSource::Text { name, text };
    let worker_options = WorkerOptions {
        launcher: Arc::new(move || Ok(Command::new(WORKER))),
        ..WorkerOptions::new(4 << 20)
    };
    for job in [check("mine", source.clone()), check("mine", source)] {
        let facts = facts(do_one(&job, &trace, &worker_options).expect("a worker"));
        assert_eq!(facts.ops, u64::from(2 * PAIRS));
    }
}

/// The request determines the answer: a program that does not do the job says so.
#[test]
fn a_job_that_a_program_does_not_serve_is_an_error() {
    let worker_options = WorkerOptions {
        launcher: Arc::new(|| Ok(Command::new(WORKER))),
        ..WorkerOptions::new(1 << 30)
    };
    let job = TakeTurns {
        contenders: vec!["mine".to_owned()],
        trace: in_the_task(),
        common: COMMON,
        turns: 1,
        seconds_each: 1.0,
    };
    let error = do_one(&job, &trace(), &worker_options).expect_err("it only grades");
    let message = error.to_string();
    assert!(message.contains("the job `take-turns`"), "{message}");
}

#[test]
fn a_missing_worker_is_an_error() {
    let worker_options = WorkerOptions {
        launcher: Arc::new(|| Ok(Command::new("/no/such/program"))),
        ..WorkerOptions::new(1 << 30)
    };
    let job = check("mine", in_the_task());
    let error = do_one(&job, &trace(), &worker_options).expect_err("no program");
    let message = error.to_string();
    assert!(message.contains("can't start a worker"), "{message}");
}

/// Started by hand, it prints its purpose.
#[test]
fn a_worker_started_by_hand_prints_its_purpose() -> io::Result<()> {
    let run = |arguments: &[&str], input: &str| {
        let mut child = Command::new(WORKER)
            .args(arguments)
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            let _ = stdin.write_all(input.as_bytes());
        }
        let output = child.wait_with_output()?;
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        io::Result::Ok((output.status.code(), stderr))
    };
    for (arguments, input, what) in [
        (&[][..], "", "`worker` is expected"),
        (&["worker"], "", "--host-bytes is missing"),
        (&["worker", "--host-bytes", "1000000000"], "hello\n", "is not a secret"),
    ] {
        let (code, stderr) = run(arguments, input)?;
        assert_eq!(code, Some(2), "{stderr}");
        assert!(stderr.contains(what), "{stderr}");
        assert!(stderr.contains("help: this is the process that a heap runs in"));
    }
    Ok(())
}
