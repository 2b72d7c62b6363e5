//! A folder with a hostile program in it, and ways to start it: in a sandbox and
//! without, as root that becomes a different user, as root that stays root, and
//! as an ordinary user. What a sandbox refuses is first shown to work without it.
#![allow(dead_code, reason = "each test uses its part")]

use heaplab_sandbox::{End, Ended, Entry, Jail, Jailed, Spec, Support};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The exit code of the hostile program when what it tried was refused.
pub const REFUSED: i32 = 77;

/// The user who starts the sandbox, and the user it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Root, who becomes an unprivileged user.
    Dropping,
    /// Root, who stays root.
    Root,
    /// An ordinary user: one that root made, or the user who runs the tests.
    Ordinary,
}

/// Returns a user's number that no other stage has: limits of
/// one do not count for others, and tests run side by side.
fn next_user() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    20_000 + std::process::id() % 400 * 100 + NEXT.fetch_add(1, Ordering::Relaxed) % 100
}

/// Returns all that are available: root can be any user, others only themselves.
pub fn everyone() -> Vec<Who> {
    if am_root() {
        vec![Who::Dropping, Who::Root, Who::Ordinary]
    } else {
        println!("skipped for root: these tests are run by an ordinary user");
        vec![Who::Ordinary]
    }
}

pub fn am_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A folder that every user can read, and ways to start programs from it.
pub struct Stage {
    folder: TempDir,
    who: Who,
    user: u32,
    entry: Entry,
}

impl Stage {
    pub fn of(who: Who) -> Stage {
        Stage::under(who, "")
    }

    /// Returns a stage under simulated limits of the kernel, such as `no-landlock`.
    pub fn under(who: Who, words: &str) -> Stage {
        let folder = TempDir::new().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let bring = |from: &Path, name: &str| {
            let to = folder.path().join(name);
            copy(from, &to);
            to.to_str().unwrap().to_owned()
        };
        let jail = bring(Path::new(env!("CARGO_BIN_EXE_heaplab-jail")), "jail");
        let under = bring(Path::new(env!("CARGO_BIN_EXE_heaplab-under")), "under");
        bring(hostile_program(), "hostile");
        let user = next_user();
        let as_user = format!("user={user}");
        let mut circumstances: Vec<&str> = words.split_terminator(',').collect();
        if who == Who::Ordinary && am_root() {
            circumstances.push(&as_user);
        }
        let entry = if circumstances.is_empty() {
            Entry { program: jail.into(), arguments: Vec::new() }
        } else {
            let arguments = vec![circumstances.join(","), "--".to_owned(), jail];
            Entry { program: under.into(), arguments }
        };
        Stage { folder, who, user, entry }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn hostile(&self) -> PathBuf {
        self.path("hostile")
    }

    /// Creates a file with a few words in it that belongs to the program's user.
    pub fn file(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, "a few words\n").unwrap();
        self.give(&path);
        path
    }

    /// Creates an empty folder that belongs to the program's user.
    pub fn folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir(&path).unwrap();
        self.give(&path);
        path
    }

    fn give(&self, path: &Path) {
        if let Some(uid) = self.uid() {
            std::os::unix::fs::chown(path, Some(uid), Some(uid)).unwrap();
        }
    }

    /// Returns the user that root has to become to be the program's user.
    fn uid(&self) -> Option<u32> {
        match self.who {
            Who::Dropping => Some(self.user),
            Who::Ordinary if am_root() => Some(self.user),
            Who::Root | Who::Ordinary => None,
        }
    }

    /// Returns only what a dynamically linked program needs to start.
    pub fn spec(&self) -> Spec {
        let spec =
            Spec { drop_root: (self.who == Who::Dropping).then_some(self.user), ..Spec::default() };
        spec.with_system_libraries()
    }

    pub fn jail(&self, spec: &Spec) -> Jail {
        Jail::new(self.entry.clone(), spec.clone())
    }

    /// Returns which parts of the specification hold.
    pub fn support(&self, spec: &Spec) -> Support {
        match self.jail(spec).enforceable() {
            Ok(support) => support,
            Err(error) => panic!("{:?}: {error}", self.who),
        }
    }

    /// Starts the hostile program in a sandbox.
    pub fn start(&self, spec: &Spec, arguments: &[&str]) -> Jailed {
        let jail = self.jail(spec);
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        let mut command = jail.command(self.hostile(), &arguments).unwrap();
        jail.start(&mut command).unwrap()
    }

    /// Runs the hostile program in a sandbox, from start to end.
    pub fn run(&self, spec: &Spec, arguments: &[&str]) -> Ended {
        self.run_for(spec, arguments, Duration::from_secs(60))
    }

    pub fn run_for(&self, spec: &Spec, arguments: &[&str], time: Duration) -> Ended {
        let jailed = self.start(spec, arguments);
        jailed.wait_until(Instant::now() + time).unwrap()
    }

    /// Starts the hostile program without a sandbox, as the same user.
    pub fn start_free(&self, arguments: &[&str]) -> Child {
        let mut command = Command::new(self.hostile());
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        if let Some(uid) = self.uid() {
            command.uid(uid).gid(uid);
        }
        command.spawn().unwrap()
    }

    /// Runs it without a sandbox and returns its exit code, and what it printed.
    pub fn run_free(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.start_free(arguments).wait_with_output().unwrap();
        let printed = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(printed).unwrap())
    }

    /// Asserts that it works without a sandbox.
    pub fn works_free(&self, arguments: &[&str]) {
        let (code, printed) = self.run_free(arguments);
        assert_eq!(code, Some(0), "{:?} free, {arguments:?}: {printed}", self.who);
    }

    /// Asserts that it works in the sandbox.
    pub fn works(&self, spec: &Spec, arguments: &[&str]) -> String {
        let ended = self.run(spec, arguments);
        assert_eq!(code_of(&ended), Some(0), "{:?} {arguments:?}: {ended:?}", self.who);
        ended.stdout.text()
    }

    /// Asserts that it is refused in the sandbox.
    pub fn refused(&self, spec: &Spec, arguments: &[&str]) -> String {
        let ended = self.run(spec, arguments);
        assert_eq!(code_of(&ended), Some(REFUSED), "{:?} {arguments:?}: {ended:?}", self.who);
        ended.stderr.text()
    }

    /// Returns the processes that run the hostile program of this stage.
    pub fn left(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").unwrap();
        entries
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
            .filter(|pid| {
                // Every user can read it, unlike a link to the
                // program; it is empty for an ended process.
                let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                let program = line.split(|&byte| byte == 0).next().unwrap_or_default();
                program == self.hostile().as_os_str().as_bytes()
            })
            .collect()
    }

    /// Asserts that no process runs it, after waiting at most `patience`.
    pub fn no_process_is_left(&self, patience: Duration) {
        let give_up = Instant::now() + patience;
        while !self.left().is_empty() {
            assert!(Instant::now() < give_up, "{:?}: {:?} are left", self.who, self.left());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Stage {
    /// Ends all processes of the stage, also if the test fails.
    fn drop(&mut self) {
        for _ in 0..100 {
            let left = self.left();
            if left.is_empty() {
                break;
            }
            for pid in left {
                let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub fn code_of(ended: &Ended) -> Option<i32> {
    match ended.end {
        End::Exited(status) => status.code(),
        End::OutOfTime | End::OutOfMemory => None,
    }
}

pub fn signal_of(ended: &Ended) -> Option<i32> {
    match ended.end {
        End::Exited(status) => status.signal(),
        End::OutOfTime | End::OutOfMemory => None,
    }
}

/// Copies a file in a separate process: a file that this process has open to write
/// can't be run while a program started by another thread still holds it open.
pub fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").args([from, to]).status();
    assert!(status.unwrap().success(), "{}", from.display());
}

/// Returns the hostile program, compiled again if its source is newer.
fn hostile_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/hostile.c");
        let program = folder.join("hostile");
        let written = |path: &Path| fs::metadata(path).and_then(|file| file.modified());
        if written(&program).is_ok_and(|time| time > written(Path::new(source)).unwrap()) {
            return program;
        }
        let fresh = folder.join(format!("hostile-{}", std::process::id()));
        let status = Command::new("cc")
            .args(["-Wall", "-O1", "-pthread", "-o"])
            .args([&fresh, Path::new(source)])
            .status();
        assert!(status.expect("a C compiler").success());
        fs::rename(fresh, &program).unwrap();
        program
    })
}
