//! Recording programs that do not use the C library's malloc, and C++'s own allocation functions.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::record_support::{Fixture, Recording, has, lines, linked_with};
use heaplab_trace::{Op, Trace};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output};

/// Allocators that Debian has as libraries. They are tested if installed.
const LIBRARIES: [&str; 3] = ["libjemalloc.so.2", "libtcmalloc_minimal.so.4", "libmimalloc.so.2.0"];

/// Size of the first allocation of `operators.cpp` and `few_calls.c`.
const MARKER: u32 = 123_457;

#[test]
fn every_form_of_new_and_delete_is_recorded_exactly() {
    if !has("c++") {
        return;
    }
    let fixture = Fixture::new();
    let mut programs = vec![(None, fixture.compile_with("operators", "operators", &[]))];
    for library in LIBRARIES {
        let options = linked_with(library);
        let options = options.each_ref().map(String::as_str);
        let program = fixture.compile_with("operators", &format!("with_{library}"), &options);
        programs.push((Some(library), program));
    }
    for (library, program) in programs {
        let Some(program) = program else { continue };
        let recording = recorded_as_without(&fixture, &[&program]);
        recording.assert_clean();
        assert_eq!(recording.stdout, "done\n");
        assert_eq!(from_marker(recording.trace()), forms_of_new(), "{library:?}");
        served_by(&recording, library);
    }
}

/// Returns the operations of `operators.cpp` from the marker on.
fn forms_of_new() -> Vec<String> {
    let acquired = "a 0 123457, a 1 10, a 2 20, a 3 30, a 4 40, m 5 64 64, m 6 64 128, \
                    m 7 64 192, m 8 64 256, a 9 50";
    let released = "f 1, f 2, f 3, f 4, f 5, f 6, f 7, f 8, f 9";
    let sized = "a 10 60, c 11 70, m 12 64 320, f 10, f 11, f 12, f 0";
    let all = [acquired, released, sized].join(", ");
    all.split(", ").map(str::to_owned).collect()
}

#[test]
fn memory_that_runs_out_in_cpp_calls_the_handler_and_throws() {
    if !has("c++") {
        return;
    }
    let fixture = Fixture::new();
    // mimalloc 2.0 ends the program there, also without the recorder.
    for library in [None, Some(LIBRARIES[0]), Some(LIBRARIES[1])] {
        let options = library.map(linked_with);
        let options: Vec<&str> = options.iter().flatten().map(String::as_str).collect();
        let Some(program) = fixture.compile_with("out_of_memory", "out_of_memory", &options) else {
            continue;
        };
        let recording = recorded_as_without(&fixture, &[&program]);
        // The report also explains exceptions, which are allocated inside `operator new`.
        recording.assert_clean();
        assert!(recording.stdout.contains("bad_alloc after 2 calls\n1\n"), "{}", recording.stdout);
    }
}

#[test]
fn a_program_sees_the_usable_sizes_of_its_own_allocator() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let plain = fixture.compile("usable_sizes");
    recorded_as_without(&fixture, &[&plain]).assert_clean();
    for library in LIBRARIES {
        let options = linked_with(library);
        let options = options.each_ref().map(String::as_str);
        let Some(linked) = fixture.compile_with("usable_sizes", "linked", &options) else {
            continue;
        };
        let recording = recorded_as_without(&fixture, &[&linked]);
        recording.assert_clean();
        served_by(&recording, Some(library));
        let preloaded = recorded_with(&fixture, &[&plain], Some(library.as_ref()));
        preloaded.assert_clean();
        served_by(&preloaded, Some(library));
    }
}

#[test]
fn an_allocator_that_calls_its_own_functions_is_recorded_once() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let library = fixture
        .compile_with("nested_allocator", "libnested.so", &["-shared", "-fPIC"])
        .expect("nothing is needed but a C compiler");
    let program = fixture.compile("few_calls");
    let recording = recorded_with(&fixture, &[&program], Some(&library));
    recording.assert_clean();
    // The allocator's calloc calls malloc; its realloc calls malloc and then frees.
    let expected = ["a 0 123457", "a 1 21", "a 2 5000", "r 1 0", "f 2", "f 0"];
    assert_eq!(from_marker(recording.trace()), expected);
    served_by(&recording, Some("libnested.so"));
}

#[test]
fn operators_of_the_programs_own_library_are_recorded_once() {
    if !has("c++") {
        return;
    }
    let fixture = Fixture::new();
    for way in ["-DPOOL", "-DMALLOC"] {
        let library = fixture
            .compile_with("own_operators", "libown.so", &["-shared", "-fPIC", way])
            .expect("nothing is needed but a C++ compiler");
        let options = ["-Wl,--no-as-needed".as_ref(), library.as_os_str()];
        let options = options.map(|option| option.to_str().expect("a plain path"));
        let program = fixture
            .compile_with("operators", "operators", &options)
            .expect("nothing is needed but a C++ compiler");
        let recording = recorded_as_without(&fixture, &[&program]);
        recording.assert_clean();
        assert_eq!(from_marker(recording.trace()), forms_of_new(), "{way}");
    }
}

#[test]
fn an_allocator_inside_the_program_is_reported_as_unrecordable() {
    if !has("cc") || !has("bash") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("own_malloc");
    let alone = fixture.record(&[&program]);
    assert_eq!((alone.code, alone.stdout.as_str()), (2, "done\n"), "{}", alone.report);
    let expected = "`own_malloc` has a malloc of its own, linked in statically";
    assert!(alone.report.contains(expected), "{}", alone.report);
    let script = format!("{} && true", program.display());
    let among_others = fixture.record(&["bash", "-c", &script]);
    assert_eq!(among_others.code, 0);
    assert!(among_others.report.contains(&format!("warning: {expected}")));
}

#[test]
fn a_static_program_is_reported_as_unrecordable() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let Some(program) = fixture.compile_with("few_calls", "static", &["-static"]) else {
        return;
    };
    let alone = fixture.record(&[&program]);
    assert_eq!(alone.code, 2);
    assert!(alone.report.contains("a statically linked"), "{}", alone.report);
    if !has("bash") {
        return;
    }
    let script = format!("exec {}", program.display());
    let replaced = fixture.record(&["bash", "-c", &script]);
    assert_eq!(replaced.code, 0, "{}", replaced.report);
    assert!(replaced.report.contains("called `static` at the end"), "{}", replaced.report);
}

#[test]
fn a_cpp_plug_in_of_a_c_program_is_recorded() {
    if !has("c++") {
        return;
    }
    let fixture = Fixture::new();
    let plugin = fixture
        .compile_with("plugin", "plugin.so", &["-shared", "-fPIC"])
        .expect("nothing is needed but a C++ compiler");
    let host = fixture
        .compile_with("plugin_host", "host", &["-ldl"])
        .expect("nothing is needed but a C compiler");
    let recording = recorded_as_without(&fixture, &[host.as_os_str(), plugin.as_os_str()]);
    recording.assert_clean();
    assert_eq!(recording.stdout, "bad_alloc\n100\n");
    let wide = |op: &&Op| matches!(op, Op::Memalign { align_log2: 7, size: 256, .. });
    assert_eq!(recording.trace().ops().iter().filter(wide).count(), 1);
    let of_strings = |op: &&Op| matches!(op, Op::Malloc { size: 101..=200, .. });
    // Each is created once and then moved or copied into the vector.
    assert!(recording.trace().ops().iter().filter(of_strings).count() >= 100);

    // In its own scope the plug-in binds the C library's functions first, so the hooks see no call.
    let deep = [host.as_os_str(), plugin.as_os_str(), "deep".as_ref()];
    let deep = recorded_as_without(&fixture, &deep);
    assert_eq!(deep.stdout, recording.stdout);
}

#[test]
fn threads_and_forks_are_recorded_with_another_allocator() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    for library in LIBRARIES {
        let options = linked_with(library);
        let mut options: Vec<&str> = options.iter().map(String::as_str).collect();
        options.push("-pthread");
        let Some(threads) = fixture.compile_with("threads", "threads", &options) else {
            continue;
        };
        let recording = fixture.record(&[&threads]);
        recording.assert_clean();
        assert!(recording.trace().ops().len() > 400_000, "{}", recording.report);
        served_by(&recording, Some(library));
    }
}

/// A sanitizer replaces many of the C library's functions,
/// and can't serve a call of one before it is initialized.
#[test]
fn programs_with_sanitizers_run_unchanged() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    for sanitizer in ["address", "thread"] {
        let option = format!("-fsanitize={sanitizer}");
        let options = [option.as_str()];
        let Some(program) = fixture.compile_with("few_calls", sanitizer, &options) else {
            continue;
        };
        let alone = Command::new(&program).output().expect("it runs");
        if !alone.status.success() {
            println!("skipped: {sanitizer} sanitizer does not run here");
            continue;
        }
        let recording = recorded_as_without(&fixture, &[&program]);
        recording.assert_clean();
        let expected = ["a 0 123457", "c 1 21", "r 1 5000", "f 1", "f 0"];
        assert_eq!(from_marker(recording.trace())[..5], expected, "{sanitizer}");
    }
}

#[test]
fn redis_is_recorded() {
    if !has("redis-server") || !has("redis-cli") {
        return;
    }
    let fixture = Fixture::new();
    let socket = fixture.path("socket");
    let server = fixture
        .command()
        .args(["--", "redis-server", "--port", "0", "--save", "", "--unixsocket"])
        .arg(&socket)
        .arg("--dir")
        .arg(fixture.path(""))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command runs");
    let client = |arguments: &[&str]| -> String {
        let output = Command::new("redis-cli").arg("-s").arg(&socket).args(arguments).output();
        String::from_utf8_lossy(&output.expect("the client runs").stdout).into_owned()
    };
    let began = std::time::Instant::now();
    while !socket.exists() || client(&["ping"]) != "PONG\n" {
        assert!(began.elapsed().as_secs() < 120, "the server does not answer");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    for number in 0..20 {
        client(&["set", &format!("key {number}"), &"x".repeat(number * 100)]);
    }
    assert_eq!(client(&["strlen", "key 7"]), "700\n");
    client(&["shutdown", "nosave"]);
    let recording = fixture.recording(&server.wait_with_output().expect("it was begun"));
    recording.assert_clean();
    let count = recording.trace().ops().len();
    assert!(count > 5_000, "{}", recording.report);
}

#[test]
fn node_and_java_are_recorded() {
    let fixture = Fixture::new();
    if has("node") {
        let script =
            "let a = []; for (let i = 0; i < 1e4; i++) a.push({ i }); console.log(a.length)";
        let recording = recorded_as_without(&fixture, &["node", "-e", script]);
        recording.assert_clean();
        assert!(recording.trace().ops().len() > 5_000, "{}", recording.report);
    }
    if has("java") {
        let recording = recorded_as_without(&fixture, &["java", "-version"]);
        recording.assert_clean();
        assert!(recording.trace().ops().len() > 1_000, "{}", recording.report);
    }
}

/// Records a program, and expects the same output and exit code as without recording.
fn recorded_as_without<S: AsRef<OsStr>>(fixture: &Fixture, program: &[S]) -> Recording {
    recorded_with(fixture, program, None)
}

/// Records a program with a library that the user preloads.
fn recorded_with<S: AsRef<OsStr>>(
    fixture: &Fixture,
    program: &[S],
    preloaded: Option<&Path>,
) -> Recording {
    let output = |mut command: Command, arguments: &[S]| -> Output {
        command.args(arguments);
        if let Some(library) = preloaded {
            command.env("LD_PRELOAD", library);
        }
        command.output().expect("it runs")
    };
    let without = output(Command::new(&program[0]), &program[1..]);
    let recording = fixture.recording(&output(fixture.command(), program));
    assert_eq!(recording.stdout, String::from_utf8_lossy(&without.stdout));
    assert_eq!(Some(recording.code), without.status.code(), "{}", recording.report);
    recording
}

/// Asserts that the report names the allocator, if it is not the C library's.
fn served_by(recording: &Recording, library: Option<&str>) {
    // The library's own name, in which the version may be shorter.
    let stem = library.map(|name| name.split(".so").next().unwrap_or(name));
    match stem {
        Some(stem) => assert!(
            recording.report.contains(&format!("served by {stem}.so")),
            "{}",
            recording.report
        ),
        None => assert!(!recording.report.contains("served by"), "{}", recording.report),
    }
}

/// Returns the operations from the marker on, with ids that count from it.
fn from_marker(trace: &Trace) -> Vec<String> {
    let is_marker = |op: &Op| matches!(op, Op::Malloc { size: MARKER, .. });
    let ops = trace.ops();
    let begin = ops.iter().position(is_marker).expect("the marker was recorded");
    let first = ops[begin].id().expect("a malloc has an id").0;
    let renumbered = |line: String| -> String {
        let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let id: u32 = words[1].parse().expect("an operation has an id");
        words[1] = id.wrapping_sub(first).to_string();
        words.join(" ")
    };
    lines(&ops[begin..]).into_iter().map(renumbered).collect()
}
