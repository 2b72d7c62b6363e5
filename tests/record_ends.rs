//! The beginning and end of a recording: which program gets the name, signals, full disks.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::record_support::{Fixture, Recording, has};
use heaplab_trace::Op;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn the_first_trace_is_of_the_last_program_of_the_first_process() {
    if !has("bash") || !has("perl") {
        return;
    }
    let fixture = Fixture::new();
    let inner =
        script(&fixture, "inner", "#!/bin/bash\nx=$(echo inner)\nexec perl -e 'print 1 + 1'\n");
    let outer = format!("#!/bin/bash\nx=$(echo outer)\nperl -e 1\nexec {inner}\n");
    let outer = script(&fixture, "outer", &outer);
    let recording = fixture.record(&["--dialect=extended", "--", &outer]);
    recording.assert_clean();
    assert_eq!(recording.stdout, "2");
    assert!(recording.traces.len() >= 4, "{}", recording.report);
    assert_eq!(programs_of(&recording)[0], "perl -e 'print 1 + 1'");
    // The others keep their order.
    let bash = format!("/bin/bash {outer}");
    assert_eq!(programs_of(&recording)[1], bash);

    // A program that only a child runs does not get the name.
    let calls = fixture.record(&["--dialect=extended", "--", "bash", "-c", "perl -e 1; x=1"]);
    assert!(programs_of(&calls)[0].starts_with("bash -c"), "{}", calls.report);
}

#[test]
fn the_report_has_at_most_ten_lines() {
    if !has("bash") || !has("perl") {
        return;
    }
    let fixture = Fixture::new();
    let command = "for i in 1 2 3 4 5 6; do perl -e 1; x=$(echo $i); done; exit 3";
    let recording = fixture.record(&["--", "bash", "-c", command]);
    assert_eq!(recording.code, 3);
    assert!(recording.traces.len() > 10, "{}", recording.report);
    let lines: Vec<&str> = recording.report.lines().collect();
    assert!(lines.len() <= 10, "{}", recording.report);
    for word in ["--only", "--largest", "others: ", " more", "bash"] {
        assert!(recording.report.contains(word), "{}", recording.report);
    }
    let detailed = fixture.record(&["--details", "--", "bash", "-c", command]);
    let in_full = detailed.report.matches("unknown frees 0").count();
    assert_eq!(in_full, detailed.traces.len());

    let largest = Fixture::new().record(&["--largest", "--", "bash", "-c", command]);
    assert_eq!(largest.traces.len(), 1, "{}", largest.report);
}

#[test]
fn a_running_process_is_refused_with_what_to_do_instead() {
    let fixture = Fixture::new();
    let mut running = Command::new("sleep").arg("100").spawn().expect("sleep runs");
    let pid = running.id().to_string();
    for arguments in [&["--pid", &pid][..], &["-p", &pid], &[&pid], &["-p", &pid, "--", "ls"]] {
        let refused = fixture.record(arguments);
        assert_eq!(refused.code, 2, "{}", refused.report);
        for words in ["which is already running", "heaplab record -- sleep 100"] {
            assert!(refused.report.contains(words), "{}", refused.report);
        }
    }
    running.kill().expect("it is ours");
    running.wait().expect("it is ours");
    for nonsense in ["x", "-1", "0", "99999999999999999999"] {
        let refused = fixture.record(&[format!("--pid={nonsense}")]);
        assert_eq!(refused.code, 2);
        assert!(refused.report.contains("start the program with"), "{}", refused.report);
    }
    let number = fixture.record(&["999999999"]);
    assert!(number.report.contains("there is no program"), "{}", number.report);
}

#[test]
fn sigterm_reaches_the_program_and_the_recording_is_kept() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("ends_on_request");
    let obeys = ended_by("TERM", &fixture, &program, &[]);
    assert_eq!(obeys.code, 5, "{}", obeys.report);
    assert!(obeys.trace().ops().contains(&MARKER), "{}", obeys.report);
    // After a signal the exit code is the shell's.
    let killed = ended_by("HUP", &fixture, &program, &[]);
    assert_eq!(killed.code, 128 + 1, "{}", killed.report);
    assert!(killed.trace().ops().contains(&MARKER));
    let interrupted = ended_by("INT", &fixture, &program, &[]);
    assert_eq!(interrupted.code, 128 + 2, "{}", interrupted.report);
}

#[test]
fn a_program_that_ignores_sigterm_is_killed_after_a_while() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("ends_on_request");
    let stubborn = ended_by("TERM", &fixture, &program, &["ignore"]);
    assert_eq!(stubborn.code, 128 + 9, "{}", stubborn.report);
    assert!(stubborn.report.contains("after SIGTERM, and was killed"), "{}", stubborn.report);
    assert!(stubborn.trace().ops().contains(&MARKER));
}

#[test]
fn recording_works_with_signals_blocked_or_ignored_by_a_parent() {
    if !has("perl") {
        return;
    }
    let fixture = Fixture::new();
    let with_signals = |action: &str, program: &[&str]| {
        let record = fixture.command();
        let begin = format!("{action}; exec @ARGV or die");
        let mut command = Command::new("perl");
        command.args(["-MPOSIX", "-e", &begin]);
        command.arg(record.get_program()).args(record.get_args());
        command.arg("--").args(program).env("TMPDIR", fixture.logs());
        fixture.recording(&command.output().expect("perl runs"))
    };
    let blocked = "sigprocmask(SIG_BLOCK, POSIX::SigSet->new(SIGCHLD, SIGTERM))";
    let recording = with_signals(blocked, &["perl", "-e", "print 1"]);
    recording.assert_clean();
    // The program ignores what the parent ignored, as it would without the recorder.
    let ignored = "$SIG{HUP} = $SIG{INT} = 'IGNORE'";
    let program = "kill HUP => $$; kill INT => $$; print 2";
    let recording = with_signals(ignored, &["perl", "-e", program]);
    recording.assert_clean();
    assert_eq!(recording.stdout, "2");
}

/// The first allocation of `ends_on_request.c`.
const MARKER: Op = Op::Malloc { id: heaplab_trace::Id(0), size: 123_457 };

/// Records a program until it reports that it is ready, and sends a signal to the command.
fn ended_by(signal: &str, fixture: &Fixture, program: &Path, arguments: &[&str]) -> Recording {
    let record = fixture.command();
    // A shell starts background programs with SIGINT ignored, `nohup` with SIGHUP,
    // and all their children inherit that: not so here. `env` becomes the command.
    let mut command = Command::new("env");
    command
        .arg("--default-signal")
        .arg(record.get_program())
        .args(record.get_args())
        .env("TMPDIR", fixture.logs())
        .arg("--")
        .arg(program)
        .args(arguments);
    let mut child =
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
    let mut line = String::new();
    output.read_line(&mut line).expect("a line");
    assert_eq!(line, "ready\n");
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(sent.expect("kill runs").success());
    let began = Instant::now();
    while child.try_wait().expect("it is ours").is_none() {
        if began.elapsed() > Duration::from_secs(120) {
            child.kill().expect("it is ours");
            panic!("the command does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    output.read_to_string(&mut line).expect("text");
    fixture.recording(&child.wait_with_output().expect("it is ours"))
}

#[test]
fn a_program_that_drops_its_descriptors_and_environment_is_recorded() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let recording = fixture.record(&[fixture.compile("cut_off")]);
    recording.assert_clean();
    let [parent, child] = &recording.traces[..] else {
        panic!("expected two processes\n{}", recording.report);
    };
    assert_eq!((parent.ops().len(), child.ops().len()), (100_002, 100_000));
}

#[test]
fn a_child_that_can_t_be_recorded_is_counted() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let recording = fixture.record(&[fixture.compile("no_descriptors")]);
    assert_eq!((recording.code, recording.traces.len()), (0, 1));
    let expected = "forked children that could not make a log, and were not recorded: 3";
    assert!(recording.report.contains(expected), "{}", recording.report);
}

#[test]
fn a_full_disk_harms_neither_the_program_nor_an_older_trace() {
    let fixture = Fixture::new();
    let small = fixture.path("small");
    fs::create_dir(&small).expect("our directory");
    let command = env!("CARGO_BIN_EXE_heaplab-under-test");
    // In its own namespace a user may mount a small disk.
    let on_small_disk = |commands: &str| {
        let script = format!(
            "mount -t tmpfs -o size=256k none \"$1\" || exit 77\nrecord=\"$2 record\"\ncd \"$3\"\n{commands}"
        );
        let mut shell = Command::new("unshare");
        shell.args(["--mount", "--map-root-user", "bash", "-c", &script, "bash"]);
        shell.arg(&small).arg(command).arg(fixture.path(""));
        shell.env("TMPDIR", fixture.logs());
        shell.output().ok().filter(|output| {
            let is_possible = !matches!(output.status.code(), Some(77 | 1) | None)
                || String::from_utf8_lossy(&output.stderr).contains("heaplab");
            if !is_possible {
                println!("skipped: no small disk can be mounted here");
            }
            is_possible
        })
    };
    let program = "bash -c 'for i in {1..20000}; do a[$i]=$i; done; echo ${#a[@]}'";

    // The logs' disk fills up while the program runs.
    let Some(logs) =
        on_small_disk(&format!("TMPDIR=$1 $record -o logs.rep -- {program}; exit $((100 + $?))"))
    else {
        return;
    };
    let report = String::from_utf8_lossy(&logs.stderr);
    assert_eq!(logs.status.code(), Some(100), "{report}");
    assert_eq!(logs.stdout, b"20000\n");
    assert!(report.contains("was full (see TMPDIR): "), "{report}");
    assert!(report.contains(&small.display().to_string()), "{report}");
    let kept = crate::record_support::read(&fixture.path("logs.rep"));
    assert!(kept.ops().len() > 1000, "{report}");

    // The disk is full at the start.
    let fill = "head -c 250000 /dev/zero >$1/fill; cat /dev/zero >$1/rest 2>/dev/null";
    let script = format!(
        "mkdir $1/tmp; {fill}; TMPDIR=$1/tmp $record -o none.rep -- {program}; exit $((100 + $?))"
    );
    let full = on_small_disk(&script).expect("it was possible before");
    let report = String::from_utf8_lossy(&full.stderr);
    assert_eq!(full.status.code(), Some(102), "{report}");
    assert!(report.contains(&small.display().to_string()), "{report}");
    assert!(report.contains("TMPDIR"), "{report}");
    assert!(!fixture.path("none.rep").exists());

    // The trace's disk is full: existing files stay, and no new one is left.
    let script = format!(
        "echo old >$1/t.rep; {fill}; $record -o $1/t.rep -- {program}; code=$?; cat $1/t.rep; ls -A $1; exit $((100 + code))"
    );
    let trace = on_small_disk(&script).expect("it was possible before");
    let report = String::from_utf8_lossy(&trace.stderr);
    assert_eq!(trace.status.code(), Some(102), "{report}");
    assert_eq!(
        String::from_utf8_lossy(&trace.stdout),
        "20000\nold\nfill\nrest\nt.rep\n",
        "{report}"
    );
    let place = small.join("t.rep").display().to_string();
    assert!(report.contains(&format!("can't write {place}")), "{report}");
}

#[test]
fn a_folder_is_refused_as_an_output() {
    let fixture = Fixture::new();
    let folder = fixture.path("folder.rep");
    fs::create_dir(&folder).expect("our directory");
    let output = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
        .args(["record", "-o"])
        .arg(&folder)
        .args(["--", "echo", "said"])
        .output()
        .expect("the command runs");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(2), &b""[..]));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is a folder"));
}

/// Returns the command lines that the traces name.
fn programs_of(recording: &Recording) -> Vec<String> {
    let of = |trace: &heaplab_trace::Trace| {
        let comment = &trace.comments().first()?.text;
        Some(comment.split_once("from: ")?.1.to_owned())
    };
    let programs = recording.traces.iter().map(of);
    programs.map(|program| program.expect("a recording says what it is of")).collect()
}

/// Writes an executable script.
fn script(fixture: &Fixture, name: &str, text: &str) -> String {
    let path = fixture.path(name);
    fs::write(&path, text).expect("our directory");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("our file");
    path.display().to_string()
}
