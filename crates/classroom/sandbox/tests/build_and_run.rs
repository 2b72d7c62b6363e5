//! The two uses: a compiler on an untrusted source, and then the program that it built.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod support;

use heaplab_sandbox::{End, Ended, Identity, Spec};
use std::ffi::OsString;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use support::{Stage, Who, code_of, everyone, text};

const PATIENCE: Duration = Duration::from_secs(120);

/// Source that counts the words of each line it reads, in a thread.
const PROGRAM: &str = r#"
    fn main() {
        let counts = std::thread::spawn(|| {
            let lines = std::io::stdin().lines().map_while(Result::ok);
            lines.map(|line| line.split(' ').count()).collect::<Vec<_>>()
        });
        println!("{:?}", counts.join().unwrap());
    }
"#;

/// A toolchain, and a stage with a user who can read it.
struct Fixture {
    stage: Stage,
    sysroot: PathBuf,
}

impl Fixture {
    fn of(who: Who) -> Option<Fixture> {
        let output = Command::new("rustc").args(["--print", "sysroot"]).output();
        let sysroot = PathBuf::from(String::from_utf8(output.unwrap().stdout).unwrap().trim());
        let stage = Stage::of(who);
        if who == Who::Ordinary && stage.run_free(&["list", text(&sysroot)]).0 != Some(0) {
            println!("skipped for {who:?}: the toolchain is closed to that user");
            return None;
        }
        for folder in ["source", "output", "hidden"] {
            stage.folder(folder);
        }
        fs::write(stage.path("hidden/trace"), "\"a secret\"").unwrap();
        Some(Fixture { stage, sysroot })
    }

    fn all() -> impl Iterator<Item = Fixture> {
        everyone().into_iter().filter_map(Fixture::of)
    }

    fn spec(&self) -> Spec {
        let mut spec = Spec {
            read_only: vec![self.stage.path("source")],
            read_write: vec![self.stage.path("output")],
            executable: vec![self.sysroot.clone()],
            fork: true,
            working_folder: Some(self.stage.path("output")),
            ..self.stage.spec()
        };
        spec.limits.cpu_seconds = Some(60);
        spec.limits.address_space_bytes = Some(16 << 30);
        spec.limits.file_bytes = Some(256 << 20);
        spec.limits.open_files = Some(256);
        spec.limits.tasks = Some(64);
        let variables = [("PATH", "/usr/bin:/bin"), ("TMPDIR", text(&spec.read_write[0]))]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        spec.environment = variables.into();
        spec.with_system_programs()
    }

    /// Runs rustc on this source, for at most `time`.
    fn build(&self, spec: &Spec, source: &str, output: &Path, time: Duration) -> Ended {
        let file = self.stage.path("source/main.rs");
        fs::write(&file, source).unwrap();
        let jail = self.stage.jail(spec);
        let arguments: Vec<OsString> =
            vec!["--edition=2024".into(), file.into(), "-o".into(), output.into()];
        let rustc = self.sysroot.join("bin/rustc");
        let mut command = jail.command(rustc, &arguments).unwrap();
        let jailed = jail.start(&mut command).unwrap();
        jailed.wait_until(Instant::now() + time).unwrap()
    }

    /// Counts the processes with something of this stage on their command line.
    fn processes(&self) -> usize {
        let folder = self.stage.path("");
        let entries = fs::read_dir("/proc").unwrap();
        entries
            .filter_map(|entry| fs::read(entry.ok()?.path().join("cmdline")).ok())
            .filter(|line| String::from_utf8_lossy(line).contains(text(&folder)))
            .count()
    }
}

#[test]
fn a_program_is_built_and_run() {
    for fixture in Fixture::all() {
        let spec = fixture.spec();
        let support = fixture.stage.support(&spec);
        if let Identity::Dropped { past_modes: true, .. } = support.identity {
            println!("the toolchain is closed to the user that root becomes");
        }
        let program = fixture.stage.path("output/program");
        let ended = fixture.build(&spec, PROGRAM, &program, PATIENCE);
        assert_eq!(code_of(&ended), Some(0), "{}", ended.stderr.text());

        let jail = fixture.stage.jail(&fixture.stage.spec());
        let mut command = jail.command(&program, &[]).unwrap();
        let mut jailed = jail.start(command.stdin(Stdio::piped())).unwrap();
        let mut input = jailed.take_stdin().unwrap();
        input.write_all(b"one\nand two\nand then three\n").unwrap();
        drop(input);
        let ended = jailed.wait_until(Instant::now() + PATIENCE).unwrap();
        assert_eq!(ended.stdout.text(), "[1, 2, 3]\n", "{ended:?}");
        assert_eq!(code_of(&ended), Some(0));
    }
}

#[test]
fn a_build_cannot_read_hidden_files() {
    for fixture in Fixture::all() {
        let hidden = fixture.stage.path("hidden/trace");
        let source = format!("fn main() {{ let _ = include_str!({hidden:?}); }}");
        let program = fixture.stage.path("output/program");
        let ended = fixture.build(&fixture.spec(), &source, &program, PATIENCE);
        let said = ended.stderr.text();
        assert_eq!(code_of(&ended), Some(1), "{said}");
        assert!(said.contains("Permission denied"), "{said}");
        let mut open = fixture.spec();
        open.read_only.push(fixture.stage.path("hidden"));
        let ended = fixture.build(&open, &source, &program, PATIENCE);
        assert_eq!(code_of(&ended), Some(0), "{}", ended.stderr.text());
    }
}

#[test]
fn a_build_cannot_write_elsewhere() {
    for fixture in Fixture::all() {
        let elsewhere = fixture.stage.path("hidden/program");
        let ended = fixture.build(&fixture.spec(), PROGRAM, &elsewhere, PATIENCE);
        let said = ended.stderr.text();
        assert_ne!(code_of(&ended), Some(0), "{said}");
        assert!(!elsewhere.exists());
        let files = fs::read_dir(fixture.stage.path("hidden")).unwrap();
        assert_eq!(files.count(), 1);
    }
}

#[test]
fn an_endless_build_is_ended() {
    let source = "#![allow(long_running_const_eval)] const _: () = loop {}; fn main() {}";
    for fixture in Fixture::all() {
        let program = fixture.stage.path("output/program");
        let time = Duration::from_secs(2);
        let ended = thread::scope(|scope| {
            let build = scope.spawn(|| fixture.build(&fixture.spec(), source, &program, time));
            thread::sleep(time / 2);
            assert!(fixture.processes() > 0);
            build.join().unwrap()
        });
        assert_eq!(ended.end, End::OutOfTime, "{}", ended.stderr.text());
        assert_eq!(fixture.processes(), 0);
    }
}

#[test]
fn a_build_that_grows_without_limit_is_stopped() {
    let source = "
        macro_rules! grow { ($($x:tt)*) => { grow!($($x)* $($x)*) } }
        #[recursion_limit = \"1000\"] mod inner {}
        fn main() { grow!(a b c d); }
    ";
    let source = format!("#![recursion_limit = \"1000\"]\n{source}");
    for fixture in Fixture::all() {
        let program = fixture.stage.path("output/program");
        let mut spec = fixture.spec();
        spec.limits.address_space_bytes = Some(2 << 30);
        let ended = fixture.build(&spec, &source, &program, PATIENCE);
        assert!(matches!(ended.end, End::Exited(status) if !status.success()), "{ended:?}");
    }
}
