//! Processes: those it starts, those it leaves behind, and those of others.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod support;

use heaplab_sandbox::{End, Jailed, Spec};
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};
use support::{Stage, Who, code_of, everyone, text};

/// Returns both kinds: without and with the right to start processes.
fn both(stage: &Stage) -> [Spec; 2] {
    [false, true].map(|fork| Spec { fork, ..stage.spec() })
}

#[test]
fn starting_processes_needs_permission() {
    for stage in everyone().into_iter().map(Stage::of) {
        let [alone, forking] = both(&stage);
        for what in ["fork", "vfork"] {
            stage.works_free(&[what]);
            stage.refused(&alone, &[what]);
            stage.works(&forking, &[what]);
        }
        // Its flags can't be checked, so it is always refused; libraries fall back.
        stage.works_free(&["clone3"]);
        stage.refused(&alone, &["clone3"]);
        stage.works_free(&["system"]);
        stage.refused(&alone, &["system"]);
        let with_a_shell = Spec {
            executable: [forking.executable.clone(), vec!["/bin/sh".into()]].concat(),
            ..forking
        };
        stage.works(&with_a_shell, &["system"]);
    }
}

#[test]
fn every_program_may_have_threads_and_four_gibibytes() {
    for stage in everyone().into_iter().map(Stage::of) {
        for mut spec in both(&stage) {
            spec.limits.address_space_bytes = Some(64 << 30);
            spec.limits.tasks = Some(8);
            assert_eq!(stage.works(&spec, &["work"]), "42 nothing\n");
        }
    }
}

/// Waits until the program reports that it runs.
fn wait_for_a_line(pipe: impl Read) {
    let mut line = String::new();
    BufReader::new(pipe).read_line(&mut line).unwrap();
    assert!(!line.is_empty());
}

/// Starts a program that stays until it is ended; with a daemon, if allowed.
fn stay(stage: &Stage, spec: &Spec) -> Jailed {
    let what = if spec.fork { "daemon-and-sleep" } else { "sleep" };
    let mut jailed = stage.start(spec, &[what]);
    wait_for_a_line(jailed.take_stdout().unwrap());
    assert!(!stage.left().is_empty());
    jailed
}

/// A process of the same user, as a target.
struct Victim(Child);

impl Victim {
    fn of(stage: &Stage) -> Victim {
        let mut child = stage.start_free(&["sleep"]);
        wait_for_a_line(child.stdout.take().unwrap());
        Victim(child)
    }

    fn number(&self) -> String {
        self.0.id().to_string()
    }

    /// Returns its limits and its priority, as the system reports them.
    fn state(&self) -> (String, String) {
        let file = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", self.0.id()));
        let stat = file("stat").unwrap();
        let nice = stat.split_whitespace().nth(18).unwrap();
        (file("limits").unwrap(), nice.to_owned())
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// This holds also if seccomp alone prevents it.
#[test]
fn other_processes_of_the_user_are_left_alone() {
    let attempts = ["signal", "queue-signal", "file-signal", "trace", "peek", "limit", "slow-down"];
    for who in everyone() {
        for words in ["", "no-landlock,no-namespaces"] {
            let stage = Stage::under(who, words);
            for what in attempts {
                leave_alone(&stage, what);
            }
        }
    }
}

fn leave_alone(stage: &Stage, what: &str) {
    let mut victim = Victim::of(stage);
    let before = victim.state();
    for spec in both(stage) {
        stage.refused(&spec, &[what, &victim.number()]);
    }
    assert!(victim.0.try_wait().unwrap().is_none(), "{what}");
    assert_eq!(victim.state(), before, "{what}");
    if stage.run_free(&[what, &victim.number()]).0 != Some(0) {
        println!("not shown: this system refuses {what} to everyone");
    }
}

/// So a process that another signal ended was ended from outside, which its grader relies on.
#[test]
fn a_process_can_end_itself_only_by_aborting() {
    for stage in everyone().into_iter().map(Stage::of) {
        if !stage.support(&stage.spec()).seccomp {
            println!("skipped: this system has no seccomp");
            continue;
        }
        let said = stage.refused(&stage.spec(), &["end-itself"]);
        assert!(said.contains("Operation not permitted"), "{said}");
    }
}

#[test]
fn the_parent_process_is_left_alone() {
    let own = std::process::id().to_string();
    for stage in everyone().into_iter().map(Stage::of) {
        for spec in both(&stage) {
            stage.refused(&spec, &["signal", &own]);
            stage.refused(&spec, &["trace", &own]);
            stage.refused(&spec, &["limit", &own]);
        }
    }
}

#[test]
fn the_number_of_processes_and_threads_is_limited() {
    for stage in everyone().into_iter().map(Stage::of) {
        stage.works_free(&["bomb", "100"]);
        stage.works_free(&["threads", "100"]);
        for (mut spec, what) in both(&stage).into_iter().zip(["threads", "bomb"]) {
            spec.limits.tasks = Some(8);
            let missing = stage.support(&spec).missing(&spec).join("\n");
            if missing.contains("number of processes") {
                println!("skipped: {missing}");
                continue;
            }
            let ended = stage.run(&spec, &[what, "100"]);
            assert_eq!(code_of(&ended), Some(support::REFUSED), "{ended:?}");
            let started: u32 = ended.stdout.text().trim().parse().unwrap();
            assert_eq!(started, 7, "{ended:?}");
        }
    }
}

/// Yields systems with a PID namespace, and without.
fn everyone_everywhere() -> impl Iterator<Item = (Who, &'static str)> {
    let everyone = everyone().into_iter();
    everyone.flat_map(|who| [(who, ""), (who, "no-namespaces")])
}

#[test]
fn a_daemon_ends_with_the_program_that_left_it() {
    for (who, words) in everyone_everywhere() {
        let stage = Stage::under(who, words);
        stage.works_free(&["daemon"]);
        assert_eq!(stage.left().len(), 1, "without a sandbox it stays");
        let [_, spec] = both(&stage);
        let stage = Stage::under(who, words);
        let started = Instant::now();
        stage.works(&spec, &["daemon"]);
        stage.no_process_is_left(Duration::ZERO);
        assert!(started.elapsed() < Duration::from_secs(30), "the sandbox waits for a daemon");
    }
}

#[test]
fn every_process_ends_at_the_deadline() {
    for (who, words) in everyone_everywhere() {
        let stage = Stage::under(who, words);
        for spec in both(&stage) {
            let ended = stay(&stage, &spec).wait_until(Instant::now()).unwrap();
            assert_eq!(ended.end, End::OutOfTime, "{ended:?}");
            stage.no_process_is_left(Duration::ZERO);
        }
    }
}

#[test]
fn every_process_ends_on_drop() {
    for (who, words) in everyone_everywhere() {
        let stage = Stage::under(who, words);
        for spec in both(&stage) {
            drop(stay(&stage, &spec));
            stage.no_process_is_left(Duration::ZERO);
        }
    }
}

/// The waiting process may be killed itself, and then the program gets no request to end.
#[test]
fn every_process_ends_with_the_thread_that_started_it() {
    for (who, words) in everyone_everywhere() {
        let stage = Stage::under(who, words);
        for spec in both(&stage) {
            thread::scope(|scope| {
                scope.spawn(|| std::mem::forget(stay(&stage, &spec)));
            });
            stage.no_process_is_left(Duration::from_secs(5));
            // It could ask the kernel to turn the signal off.
            stage.refused(&spec, &["outlive"]);
        }
        stage.works_free(&["outlive"]);
    }
}

/// A process that forks and exits again and again is seldom there when a signal comes. A
/// PID namespace ends it all the same; without one the keeper repeats until none is left.
#[test]
fn a_program_that_forks_and_exits_repeatedly_is_ended() {
    for (who, words) in everyone_everywhere() {
        let stage = Stage::under(who, words);
        let folder = stage.folder("folder");
        let hops = |name: &str| fs::metadata(folder.join(name)).unwrap().len();
        // The system reaps the processes that end here, so there should not be too many.
        stage.works_free(&["hop", text(&folder.join("free")), "300"]);
        let so_far = hops("free");
        thread::sleep(Duration::from_millis(50));
        assert!(hops("free") > so_far, "without a sandbox it goes on");
        let mut spec = both(&stage)[1].clone();
        spec.read_write = vec![folder.clone()];
        stage.works(&spec, &["hop", text(&folder.join("jailed")), "3000"]);
        let at_the_end = hops("jailed");
        thread::sleep(Duration::from_millis(50));
        assert_eq!(hops("jailed"), at_the_end);
        assert!(at_the_end < 3000, "it was ended, and not done");
    }
}
