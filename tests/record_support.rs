//! Shared by the recorder's tests: a C compiler, the command, and
//! a reader of its traces.

use heaplab_trace::{Op, ReadOptions, Trace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A directory for one test, and its contents.
pub struct Fixture {
    directory: TempDir,
}

/// A run of `heaplab record`.
pub struct Recording {
    /// The command's exit code.
    pub code: i32,
    /// Its standard error.
    pub report: String,
    /// The program's standard output.
    pub stdout: String,
    /// The traces it wrote, the first process first.
    pub traces: Vec<Trace>,
}

impl Fixture {
    /// Creates an empty directory.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        Fixture { directory }
    }

    /// Returns a path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Compiles `programs/NAME.c`.
    pub fn compile(&self, name: &str) -> PathBuf {
        self.compile_with(name, name, &["-pthread"]).expect("nothing is needed but a C compiler")
    }

    /// Compiles `programs/NAME.cpp`, or else `programs/NAME.c`, as `program`. `None`, with
    /// a message, if that fails because a library that `options` name is not installed.
    pub fn compile_with(&self, name: &str, program: &str, options: &[&str]) -> Option<PathBuf> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name);
        let cpp = source.with_extension("cpp");
        let (compiler, standard, source) = if cpp.exists() {
            ("c++", "-std=c++17", cpp)
        } else {
            ("cc", "-std=gnu11", source.with_extension("c"))
        };
        let program = self.path(program);
        // Without optimization: a compiler may remove an unused malloc.
        let output = Command::new(compiler)
            .args([standard, "-O0", "-fno-builtin", "-Wall", "-o"])
            .arg(&program)
            .arg(source)
            .args(options)
            .output()
            .expect("a compiler: the caller has asked whether it is there");
        if !output.status.success() {
            println!("skipped: {}", String::from_utf8_lossy(&output.stderr));
        }
        output.status.success().then_some(program)
    }

    /// Runs `heaplab record -o out.rep.gz ARGUMENTS`.
    pub fn record<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Recording {
        let output = self.command().args(arguments).output().expect("the command runs");
        self.recording(&output)
    }

    /// Returns the command `heaplab record -o out.rep.gz`, to be completed and run.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"));
        command.arg("record").arg("-o").arg(self.path("out.rep.gz"));
        command.env("TMPDIR", self.logs());
        command
    }

    /// Runs `heaplab compare` with `arguments`, on the recording.
    pub fn split(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
            .arg("compare")
            .args(arguments)
            .arg("--trace")
            .arg(self.path("out.rep.gz"))
            .output()
            .expect("the command runs")
    }

    /// Returns the output of `heaplab trace stats` for the recording.
    pub fn stats(&self) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
            .args(["trace", "stats"])
            .arg(self.path("out.rep.gz"))
            .output()
            .expect("the command runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Returns the folder of the recorder's temporary files in these tests.
    pub fn logs(&self) -> PathBuf {
        let logs = self.path("logs");
        fs::create_dir_all(&logs).expect("a directory in our own");
        logs
    }

    /// Returns the results of a finished command.
    pub fn recording(&self, output: &Output) -> Recording {
        let names = (1..).map(|number| match number {
            1 => "out.rep.gz".to_owned(),
            _ => format!("out.{number}.rep.gz"),
        });
        let traces = names
            .map(|name| self.path(&name))
            .take_while(|path| path.exists())
            .map(|path| read(&path))
            .collect();
        let left: Vec<_> = fs::read_dir(self.logs()).expect("our directory").collect();
        assert!(left.is_empty(), "temporary files left behind: {left:?}");
        Recording {
            code: output.status.code().expect("the command is not killed"),
            report: String::from_utf8_lossy(&output.stderr).into_owned(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            traces,
        }
    }
}

/// Reads a trace strictly: reading proves that it is valid.
pub fn read(path: &Path) -> Trace {
    let bytes = fs::read(path).expect("the command wrote it");
    match Trace::parse(&path.to_string_lossy(), &bytes, &ReadOptions::default()) {
        Ok(reading) => reading.trace,
        Err(report) => panic!("{report}"),
    }
}

impl Recording {
    /// Asserts that the program ended well, no free was unknown, no
    /// allocation returned a live address, and nothing was lost.
    pub fn assert_clean(&self) {
        assert_eq!(self.code, 0, "{}", self.report);
        assert!(!self.traces.is_empty(), "{}", self.report);
        assert!(self.report.contains("unknown frees 0"), "{}", self.report);
        assert!(!self.report.contains("warning"), "{}", self.report);
    }

    /// Returns the only trace.
    pub fn trace(&self) -> &Trace {
        match &self.traces[..] {
            [trace] => trace,
            _ => panic!("expected one process\n{}", self.report),
        }
    }
}

/// Returns the operations as lines of a trace file.
pub fn lines(ops: &[Op]) -> Vec<String> {
    ops.iter().map(Op::to_string).collect()
}

/// Returns the options that link an allocator's library, and keep it even if it is unused.
pub fn linked_with(library: &str) -> [String; 2] {
    ["-Wl,--no-as-needed".to_owned(), format!("-l:{library}")]
}

/// Returns whether a program is installed; prints a message if not.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("skipped: there is no {program} here");
    }
    found
}
