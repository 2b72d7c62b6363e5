//! Submissions that try to cheat, to harm, or to look around: each gets a clean record with the
//! right verdict, none gains a point or leaves a trace, and the others are graded as without it.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_grading_tests::{grade, source_of};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::symlink;
use std::path::Path;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_heaplab-to-grade");

/// Returns a source that earns full marks in the lab 0-sbrk.
fn honest() -> String {
    source_of(PROGRAM, "0-sbrk", &["--solution"])
}

/// Returns the honest source with insertions at given places.
fn with(edits: &[(&str, &str)]) -> String {
    let mut source = honest();
    for (at, put) in edits {
        assert_eq!(source.matches(at).count(), 1, "`{at}` is not there once");
        source = source.replace(at, &format!("{at}\n{put}"));
    }
    source
}

const TOP: &str = "#![forbid(unsafe_code)]";
const MALLOC: &str = "fn malloc(&mut self, size: u32) -> Result<Addr, HeapError> {";

/// A class in a folder, and the result of grading it.
struct Class {
    folder: TempDir,
}

impl Class {
    fn new() -> Class {
        let class = Class { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(class.handed_in()).unwrap();
        class
    }

    fn handed_in(&self) -> std::path::PathBuf {
        self.folder.path().join("handed-in")
    }

    fn hand_in(&self, name: &str, source: impl AsRef<[u8]>) {
        fs::write(self.handed_in().join(name), source).unwrap();
    }

    /// Grades the class and returns the records by name.
    fn grade(&self, options: &[&str]) -> BTreeMap<String, Value> {
        grade(PROGRAM, "0-sbrk", &self.handed_in(), &self.folder.path().join("grades"), options)
    }
}

fn verdict(record: &Value) -> &str {
    record["verdict"].as_str().unwrap()
}

fn points(record: &Value) -> f64 {
    record["points"].as_f64().unwrap()
}

/// Returns the codes of all faults in a record.
fn codes(record: &Value) -> Vec<&str> {
    let stages = record["stages"].as_array().unwrap().iter();
    let checks = stages.flat_map(|stage| stage["checks"].as_array().unwrap());
    let traces = record["traces"].as_array().unwrap().iter();
    let faults = checks.chain(traces).map(|one| &one["fault"]["code"]);
    faults.filter_map(Value::as_str).collect()
}

/// Returns the parts of a record that do not depend on the submission's name.
fn result(record: &Value) -> [&Value; 4] {
    ["points", "stages", "measures", "traces"].map(|part| &record[part])
}

/// None of these is even compiled.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn sources_with_forbidden_words_are_refused() {
    let class = Class::new();
    class.hand_in("honest.rs", honest());
    for (name, at, put) in [
        ("unsafe", MALLOC, "unsafe { core::hint::unreachable_unchecked() }"),
        ("unsafe-allowed", TOP, "#![allow(unsafe_code)]\nunsafe fn f() {}"),
        ("std", TOP, "extern crate std;"),
        ("alloc", TOP, "extern crate alloc;"),
        ("include-file", TOP, "const S: &str = include_str!(\"/etc/passwd\");"),
        ("include-alias", TOP, "use core::include_bytes as harmless;"),
        ("include-doc", TOP, "#[doc = include_str!(\"/etc/passwd\")]\nstruct S;"),
        ("env", TOP, "const S: Option<&str> = option_env!(\"HOME\");"),
        (
            "static",
            TOP,
            "static COUNT: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);",
        ),
        ("assembly", TOP, "use core::arch::asm;"),
        ("other-file", TOP, "#[path = \"/etc/passwd\"]\nmod other;"),
        ("no-mangle", TOP, "#[unsafe(no_mangle)]\nfn malloc() {}"),
        ("drivers-side", TOP, "use heaplab_arena::host::Host;"),
        ("unstable", TOP, "#![feature(rustc_private)]"),
    ] {
        class.hand_in(&format!("{name}.rs"), with(&[(at, put)]));
    }
    class.hand_in("with-std.rs", honest().replacen("#![no_std]\n", "", 1));
    let records = class.grade(&[]);
    assert_eq!(records.len(), 16);
    for (name, record) in &records {
        if name == "honest" {
            assert_eq!((verdict(record), points(record)), ("graded", 100.0));
            continue;
        }
        assert_eq!((verdict(record), points(record)), ("refused", 0.0), "{name}");
        assert!(record["findings"][0]["why"].is_string(), "{name}");
    }
}

/// Files that are not a submission, and submissions that are too large.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn files_that_are_not_sources_are_refused() {
    let class = Class::new();
    let at = |name: &str| class.handed_in().join(name);
    class.hand_in("honest.rs", honest());
    symlink("/etc/passwd", at("link.rs")).unwrap();
    symlink("/etc", at("linked-folder")).unwrap();
    fs::create_dir(at("link-inside")).unwrap();
    symlink(at("honest.rs"), at("link-inside/lib.rs")).unwrap();
    File::create(at("gigabyte.rs")).unwrap().set_len(1 << 30).unwrap();
    class.hand_in("latin.rs", b"#![no_std] // \xe9");
    class.hand_in("empty.rs", "");
    class.hand_in("brackets.rs", format!("#![no_std] {}", "[".repeat(500_000)));
    class.hand_in("zero-bytes.rs", [0u8; 4096]);
    fs::create_dir(at("nothing")).unwrap();
    fs::write(at("outside.tar"), tar("../../../../tmp/lib.rs", &honest())).unwrap();
    fs::write(at("absolute.tar"), tar("/tmp/lib.rs", &honest())).unwrap();
    fs::write(at("bomb.zip"), zip_of_zeros()).unwrap();
    class.hand_in("no-archive.zip", "PK");
    let records = class.grade(&[]);
    for (name, wanted) in [
        ("link", "not-a-submission"),
        ("linked-folder", "not-a-submission"),
        ("link-inside", "not-a-submission"),
        ("gigabyte", "not-a-submission"),
        ("latin", "not-compiled"),
        ("empty", "refused"),
        ("brackets", "refused"),
        ("zero-bytes", "not-a-submission"),
        ("nothing", "not-a-submission"),
        ("outside", "not-a-submission"),
        ("absolute", "not-a-submission"),
        ("bomb", "not-a-submission"),
        ("no-archive", "not-a-submission"),
    ] {
        assert_eq!((verdict(&records[name]), points(&records[name])), (wanted, 0.0), "{name}");
    }
    assert_eq!((records.len(), points(&records["honest"])), (14, 100.0));
}

/// A folder counts as one source file: everything else in it is not even copied.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn files_beside_a_source_are_ignored() {
    let class = Class::new();
    class.hand_in("honest.rs", honest());
    let folder = class.handed_in().join("equipped");
    let witness = class.folder.path().join("was-here");
    for path in ["src", ".cargo", ".config"] {
        fs::create_dir_all(folder.join(path)).unwrap();
    }
    fs::write(folder.join("src/lib.rs"), honest()).unwrap();
    // The lab brings its own: with this file nothing would compile.
    fs::write(folder.join("src/given.rs"), "pub struct Policy;\n").unwrap();
    let script = format!("fn main() {{ std::fs::write({witness:?}, \"\").unwrap() }}");
    fs::write(folder.join("build.rs"), script).unwrap();
    fs::write(folder.join("Cargo.toml"), "[package]\nname = \"x\"\nbuild = \"build.rs\"\n")
        .unwrap();
    fs::write(folder.join(".cargo/config.toml"), "[build]\nrustc-wrapper = \"/bin/false\"\n")
        .unwrap();
    fs::write(folder.join(".config/insta.yaml"), "behavior:\n  force_pass: true\n").unwrap();
    fs::write(folder.join("rust-toolchain.toml"), "[toolchain]\nchannel = \"nightly\"\n").unwrap();
    fs::write(folder.join("lab.toml"), "name = \"0-sbrk\"\n").unwrap();
    let records = class.grade(&[]);
    assert_eq!(result(&records["equipped"]), result(&records["honest"]));
    assert!(!witness.exists());
}

/// Attacks while a source is compiled, if it were compiled.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn the_compiler_is_sandboxed() {
    let class = Class::new();
    let secret = class.folder.path().join("hidden.rep");
    fs::write(&secret, "a 0 1\n").unwrap();
    class.hand_in("honest.rs", honest());
    let reads =
        |path: &Path| with(&[(TOP, &format!("pub const S: &[u8] = include_bytes!({path:?});"))]);
    class.hand_in("reads-hidden.rs", reads(&secret));
    class.hand_in("reads-other.rs", reads(&class.handed_in().join("honest.rs")));
    class.hand_in("reads-users.rs", reads(Path::new("/etc/passwd")));
    class.hand_in(
        "endless-constant.rs",
        with(&[(TOP, "pub const N: u32 = { let mut n = 0u32; loop { n = n.wrapping_add(1); } };")]),
    );
    class.hand_in(
        "endless-macro.rs",
        with(&[(TOP, "macro_rules! m { ($($t:tt)*) => { m!($($t)* $($t)* x) } }\nm!(x);")]),
    );
    class.hand_in(
        "eight-gigabytes.rs",
        with(&[(TOP, "pub const A: [u8; 1 << 33] = [1; 1 << 33];")]),
    );
    let records = class.grade(&["--no-scan"]);
    for (name, record) in &records {
        match name.as_str() {
            "honest" => assert_eq!(points(record), 100.0),
            _ => assert_eq!((verdict(record), points(record)), ("not-compiled", 0.0), "{name}"),
        }
    }
    let said = |name: &str| records[name]["compiler"].as_str().unwrap();
    assert!(said("eight-gigabytes").contains("memory"), "{}", said("eight-gigabytes"));
    for name in ["reads-hidden", "reads-other", "reads-users"] {
        assert!(said(name).contains("Permission denied"), "{name}: {}", said(name));
    }
}

/// Attacks of a running program, if it were compiled: each of
/// these panics if it succeeds, so full marks show that none did.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn the_program_is_sandboxed() {
    let class = Class::new();
    let secret = class.folder.path().join("hidden.rep");
    let witness = class.folder.path().join("was-here");
    fs::write(&secret, "a 0 1\n").unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap().to_string();
    class.hand_in("honest.rs", honest());
    let attempts = [
        (
            "reads",
            vec![
                format!("std::fs::read({secret:?}).is_err()"),
                format!("std::fs::read({:?}).is_err()", class.handed_in().join("honest.rs")),
                "std::fs::read(\"/etc/passwd\").is_err()".to_owned(),
                "std::fs::File::open(\"/proc/self/mem\").is_err()".to_owned(),
                "std::fs::read_dir(\"/tmp\").is_err()".to_owned(),
                "std::env::vars().all(|(name, _)| name == \"RUST_BACKTRACE\")".to_owned(),
            ],
        ),
        (
            "writes-and-runs",
            vec![
                format!("std::fs::write({witness:?}, \"x\").is_err()"),
                "std::fs::write(\"/tmp/heaplab-hostile-was-here\", \"x\").is_err()".to_owned(),
                "std::process::Command::new(\"/bin/true\").spawn().is_err()".to_owned(),
            ],
        ),
        (
            "connects",
            vec![
                format!("std::net::TcpStream::connect({address:?}).is_err()"),
                "std::net::TcpListener::bind(\"127.0.0.1:0\").is_err()".to_owned(),
                "std::os::unix::net::UnixDatagram::unbound().is_err()".to_owned(),
            ],
        ),
    ];
    for (name, attempts) in attempts {
        // A panic names the attempt that worked.
        let attempts: String = attempts.iter().map(|what| format!("assert!({what});\n")).collect();
        class.hand_in(
            &format!("{name}.rs"),
            with(&[(TOP, "extern crate std;"), (MALLOC, &attempts)]),
        );
    }
    let records = class.grade(&["--no-scan"]);
    assert_eq!(records.len(), 4);
    for (name, record) in &records {
        assert_eq!(result(record), result(&records["honest"]), "{name}");
    }
    assert!(!witness.exists() && !Path::new("/tmp/heaplab-hostile-was-here").exists());
}

/// Submissions that harm only themselves: the record says what happened, and the others are graded.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn faulty_submissions_are_reported_and_do_not_affect_others() {
    let class = Class::new();
    class.hand_in("honest.rs", honest());
    let reply = "{\\\"Valid\\\":{\\\"facts\\\":{\\\"ops\\\":0,\\\"peak_payload_bytes\\\":1,\\\"heap_bytes\\\":1,\
        \\\"sbrk_calls\\\":0,\\\"loads\\\":0,\\\"stores\\\":0},\\\"seconds\\\":0}}";
    for (name, what) in [
        ("loops", "loop { core::hint::spin_loop(); }".to_owned()),
        ("sleeps", "std::thread::sleep(std::time::Duration::from_secs(3600));".to_owned()),
        ("exits", "std::process::exit(0);".to_owned()),
        ("aborts", "std::process::abort();".to_owned()),
        ("recurses", "fn f(n: u64) -> u64 { let a = core::hint::black_box([n; 64]); f(n.wrapping_add(a[63])).wrapping_add(a[0]) }\ncore::hint::black_box(f(1));".to_owned()),
        ("eats-memory", "let mut all = std::vec::Vec::new(); loop { all.push(std::vec::Vec::<u8>::with_capacity(1 << 20)); }".to_owned()),
        (
            "forks-without-end",
            "while std::process::Command::new(\"/bin/sh\").arg(\"-c\").arg(\"sleep 60\").spawn().is_ok() {}\npanic!();".to_owned(),
        ),
        (
            "threads-without-end",
            "loop { let _ = std::thread::Builder::new().spawn(|| loop { std::thread::park(); }); }".to_owned(),
        ),
        (
            "forges-replies",
            format!("std::println!(\"{{}}\", \"\\u{{1e}}{reply}\");\nreturn Ok(Addr::NULL);"),
        ),
        ("prints-without-end", "loop { std::print!(\"xxxxxxxxxxxxxxxx\"); }".to_owned()),
        ("holds-the-output", "let out = std::io::stdout().lock();\nloop { core::hint::black_box(&out); }".to_owned()),
    ] {
        class.hand_in(&format!("{name}.rs"), with(&[(TOP, "extern crate std;"), (MALLOC, &what)]));
    }
    class.hand_in(
        "panics-in-a-destructor.rs",
        with(&[(TOP, "struct Bomb;\nimpl Drop for Bomb { fn drop(&mut self) { panic!(\"in a destructor\"); } }"), (MALLOC, "let _bomb = Bomb;")]),
    );
    class.hand_in(
        "remembers-in-a-static.rs",
        with(&[
            (TOP, "static RUNS: core::sync::atomic::AtomicU32 = core::sync::atomic::AtomicU32::new(0);"),
            (MALLOC, "let size = size + 64 * (RUNS.fetch_add(1, core::sync::atomic::Ordering::Relaxed) % 7);"),
        ]),
    );
    // Some of them only wait.
    let records = class.grade(&["--no-scan", "--jobs", "4"]);
    for (name, code) in [
        ("loops", "endless-loop"),
        ("sleeps", "endless-loop"),
        ("exits", "crash"),
        ("aborts", "crash"),
        ("recurses", "stack-overflow"),
        ("eats-memory", "host-memory"),
        ("forks-without-end", "panic"),
        ("threads-without-end", "endless-loop"),
        ("forges-replies", "null"),
        ("prints-without-end", "output-flood"),
        ("holds-the-output", "endless-loop"),
        ("panics-in-a-destructor", "panic"),
        ("remembers-in-a-static", "second-run"),
    ] {
        let record = &records[name];
        let codes = codes(record);
        assert_eq!(verdict(record), "graded", "{name}");
        assert!(codes.contains(&code), "{name}: {codes:?}");
        assert!(points(record) < 30.0, "{name} has {} points", points(record));
    }
    assert_eq!((records.len(), points(&records["honest"])), (14, 100.0));
}

/// Heaps that do less where they believe that they are measured and not checked: each has exactly
/// the grade of the face that it shows where it is checked, or a fault.
#[test]
#[ignore = "grades whole classes: .ci/grading"]
fn two_faced_heaps_gain_nothing() {
    let class = Class::new();
    // The checked face loads words for nothing in each malloc, which costs points for work.
    let wasted = "for _ in 0..20 { let _ = self.arena.load(self.arena.start()); }";
    class.hand_in("honest.rs", honest());
    class.hand_in("plain.rs", with(&[(MALLOC, wasted)]));
    for (name, is_checked) in [
        ("by-type", "!core::any::type_name::<P>().contains(\"Counting\")"),
        ("by-size", "core::mem::size_of::<P>() <= 16"),
        ("by-address", "core::ptr::from_ref(self).addr() & 64 == 0"),
        ("by-call-site", "core::panic::Location::caller().file().contains(\"checked_run\")"),
    ] {
        let face = format!("if {is_checked} {{ {wasted} }}");
        let source = with(&[(MALLOC, &face)]);
        class.hand_in(
            &format!("{name}.rs"),
            source.replace(MALLOC, &format!("#[track_caller]\n{MALLOC}")),
        );
    }
    let records = class.grade(&[]);
    let plain = points(&records["plain"]);
    assert!(plain < points(&records["honest"]), "the checked face costs nothing: {plain}");
    for (name, record) in &records {
        assert_eq!(verdict(record), "graded", "{name}: {record:#}");
        if name == "by-address" || name == "by-call-site" {
            // Both are true or false in all runs, by chance, or the heap is found out.
            let is_whole = points(record) == points(&records["honest"]);
            let is_found_out = codes(record).contains(&"second-run");
            let gains = points(record) > plain && !is_whole && !is_found_out;
            assert!(!gains, "{name}: {} of {plain}: {record:#}", points(record));
        } else if name != "honest" {
            assert_eq!(result(record), result(&records["plain"]), "{name}");
        }
    }
}

/// Returns a tar archive with one entry, whose name honest tools do not produce.
fn tar(name: &str, text: &str) -> Vec<u8> {
    let mut header = [0u8; 512];
    header[..name.len()].copy_from_slice(name.as_bytes());
    header[100..107].copy_from_slice(b"0000644");
    header[124..135].copy_from_slice(format!("{:011o}", text.len()).as_bytes());
    header[156] = b'0';
    header[257..263].copy_from_slice(b"ustar\0");
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
    header[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    let mut archive = header.to_vec();
    archive.extend(text.as_bytes());
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    archive
}

/// Returns a zip archive of a source of 256 MiB, all zeros, in a quarter of one MiB.
fn zip_of_zeros() -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    zip.start_file("lib.rs", zip::write::SimpleFileOptions::default()).unwrap();
    let zeros = vec![0u8; 1 << 20];
    for _ in 0..256 {
        zip.write_all(&zeros).unwrap();
    }
    zip.finish().unwrap().into_inner()
}
