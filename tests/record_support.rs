//! What the recorder's tests share: a C compiler, the command, and reading what
//! it wrote. Included as a module by each of them.
#![allow(dead_code, reason = "not every test file needs everything")]

use heaplab_trace::{Op, ReadOptions, Trace};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A directory for one test, and what is in it.
pub struct Bench {
    directory: TempDir,
}

/// A run of `heaplab record`.
pub struct Recording {
    /// The command's exit code.
    pub code: i32,
    /// What it said on standard error.
    pub report: String,
    /// What the program said on standard output.
    pub stdout: String,
    /// The traces it wrote, the first process first.
    pub traces: Vec<Trace>,
}

impl Bench {
    /// A new, empty directory.
    pub fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory for temporary files");
        Bench { directory }
    }

    /// A path in the directory.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Compiles `programs/NAME.c`.
    pub fn compile(&self, name: &str) -> PathBuf {
        self.compile_with(name, name, &["-pthread"]).expect("nothing is needed but a C compiler")
    }

    /// Compiles `programs/NAME.cpp`, or else `programs/NAME.c`, as `program`. `None`, with a
    /// message, if that fails, because a library that `options` name is not here.
    pub fn compile_with(&self, name: &str, program: &str, options: &[&str]) -> Option<PathBuf> {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(name);
        let cpp = source.with_extension("cpp");
        let (compiler, standard, source) = match cpp.exists() {
            true => ("c++", "-std=c++17", cpp),
            false => ("cc", "-std=gnu11", source.with_extension("c")),
        };
        let program = self.path(program);
        // Without optimization: a compiler may drop a malloc that nobody needs.
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

    /// `heaplab record -o out.rep.gz`, to be completed and run.
    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"));
        command.arg("record").arg("-o").arg(self.path("out.rep.gz"));
        command.env("TMPDIR", self.logs());
        command
    }

    /// `heaplab compare` with `arguments`, on what was recorded.
    pub fn split(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
            .arg("compare")
            .args(arguments)
            .arg("--trace")
            .arg(self.path("out.rep.gz"))
            .output()
            .expect("the command runs")
    }

    /// What `heaplab trace stats` says of what was recorded.
    pub fn stats(&self) -> String {
        let output = Command::new(env!("CARGO_BIN_EXE_heaplab-under-test"))
            .args(["trace", "stats"])
            .arg(self.path("out.rep.gz"))
            .output()
            .expect("the command runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Where the recorder's own temporary files go in these tests.
    pub fn logs(&self) -> PathBuf {
        let logs = self.path("logs");
        fs::create_dir_all(&logs).expect("a directory in our own");
        logs
    }

    /// What a finished command has left behind.
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
    /// That the program ended well, no free was unknown, no acquisition came at
    /// an address still live, and nothing was lost.
    pub fn assert_clean(&self) {
        assert_eq!(self.code, 0, "{}", self.report);
        assert!(!self.traces.is_empty(), "{}", self.report);
        assert!(self.report.contains("unknown frees 0"), "{}", self.report);
        assert!(!self.report.contains("warning"), "{}", self.report);
    }

    /// The only trace.
    pub fn trace(&self) -> &Trace {
        match &self.traces[..] {
            [trace] => trace,
            _ => panic!("expected one process\n{}", self.report),
        }
    }
}

/// The operations as lines of a trace file.
pub fn lines(ops: &[Op]) -> Vec<String> {
    ops.iter().map(Op::to_string).collect()
}

/// The options that link with an allocator's library, and keep it though nothing needs it.
pub fn linked_with(library: &str) -> [String; 2] {
    ["-Wl,--no-as-needed".to_owned(), format!("-l:{library}")]
}

/// Whether a program is there; says so if it is not.
pub fn has(program: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok();
    if !found {
        println!("skipped: there is no {program} here");
    }
    found
}
