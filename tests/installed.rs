//! The command as installed: in its own folder, without the
//! checkout and cargo. `.ci/dist` packs this layout.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

const BUILT: &str = env!("CARGO_BIN_EXE_heaplab-under-test");

/// A trace that is in no checkout, so that the bundled ones can't replace it.
const TRACE: &str = "20\n2\n4\n1\na 0 100\na 1 200\nf 0\nf 1\n";

/// An installation, and an empty working folder elsewhere.
struct Installed {
    prefix: TempDir,
    elsewhere: TempDir,
}

impl Installed {
    /// Makes the layout of the archive, with the libraries.
    fn new() -> Installed {
        let installed = Installed::without_libraries();
        let built = Path::new(BUILT).with_file_name("deps");
        let to = installed.at("lib/heaplab");
        fs::create_dir_all(&to).unwrap();
        for name in ["libheaplab_recorder.so", "libheaplab_malloc_shim.so"] {
            fs::copy(built.join(name), to.join(name)).unwrap();
        }
        installed
    }

    fn without_libraries() -> Installed {
        let installed = Installed {
            // Beside the build, so that the program is not copied.
            prefix: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(),
            elsewhere: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(installed.at("bin")).unwrap();
        fs::hard_link(BUILT, installed.at("bin/heaplab")).unwrap();
        let traces = installed.at("share/heaplab/traces");
        fs::create_dir_all(&traces).unwrap();
        fs::write(traces.join("installed.rep"), TRACE).unwrap();
        installed
    }

    fn at(&self, path: &str) -> PathBuf {
        self.prefix.path().join(path)
    }

    /// Runs the command in the folder elsewhere, with an almost empty environment.
    fn run(&self, program: &Path, words: &[&str]) -> Output {
        Command::new(program)
            .args(words)
            .current_dir(self.elsewhere.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.elsewhere.path())
            .env("NO_COLOR", "1")
            .output()
            .unwrap()
    }

    /// Runs the command, which must succeed, and returns its output.
    #[track_caller]
    fn prints(&self, words: &[&str]) -> String {
        let output = self.run(&self.at("bin/heaplab"), words);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {stderr}");
        text(&output.stdout)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_installed_traces_are_used() {
    let installed = Installed::new();
    let one = ["--heap", "explicit", "--format", "csv"];
    let table = installed.prints(&[&["run", "--no-timing"], &one[..]].concat());
    assert_eq!(table.matches(",installed,").count(), 1, "{table}");
    assert!(!table.contains(",binary,"), "{table}");
    let checked = installed.prints(&["check", "segregated"]);
    assert!(checked.contains("installed"), "{checked}");
    let compared = installed.prints(&["compare", "--turns", "1", "--format", "csv"]);
    assert!(compared.contains(",installed,"), "{compared}");
}

#[test]
fn programs_are_recorded_and_run_with_the_installed_libraries() {
    let installed = Installed::new();
    let words = ["record", "-o", "ls.rep", "--", "ls", "/"];
    assert!(installed.prints(&words).contains("usr\n"));
    let table = installed.prints(&["run", "--no-timing", "--trace", "ls.rep"]);
    assert!(table.contains("ls "), "{table}");
    let words = ["exec", "explicit", "--stats", "--", "ls", "/"];
    assert!(installed.prints(&words).contains("usr\n"));
}

/// The program's own path counts, not that of a link to it.
#[test]
fn a_link_to_the_program_works_like_the_program() {
    let installed = Installed::new();
    let link = installed.elsewhere.path().join("hl");
    std::os::unix::fs::symlink(installed.at("bin/heaplab"), &link).unwrap();
    let output = installed.run(&link, &["exec", "explicit", "--", "ls", "/"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

/// An incomplete installation says what is missing, and what to do here and in a checkout.
#[test]
fn missing_parts_of_an_installation_are_reported() {
    let installed = Installed::without_libraries();
    let output = installed.run(&installed.at("bin/heaplab"), &["exec", "explicit", "--", "ls"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    for expected in [
        "lib/heaplab/libheaplab_malloc_shim.so\n",
        "in a checkout `cargo build --release` makes it",
        "an archive of heaplab has it in lib/heaplab, which belongs beside bin",
        "HEAPLAB_MALLOC_SHIM=PATH",
    ] {
        assert!(stderr.contains(expected), "{stderr}");
    }
}

/// Every listed command has a man page and shell completions; the hidden ones have neither.
#[test]
fn completions_and_man_pages_have_every_command() {
    let installed = Installed::without_libraries();
    let help = installed.prints(&["--help"]);
    let commands = help.lines().filter_map(|line| {
        let name = line.strip_prefix("  ")?.split_whitespace().next()?;
        let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
        (line.as_bytes()[2] != b' ' && !name.starts_with('-') && name.chars().all(is_name))
            .then_some(name)
    });
    let commands: BTreeSet<&str> = commands.filter(|name| *name != "help").collect();
    assert!(commands.len() > 15, "{commands:?}");
    let folder = installed.elsewhere.path().join("man");
    installed.prints(&["man", folder.to_str().unwrap()]);
    for shell in ["bash", "zsh", "fish"] {
        let script = installed.prints(&["completions", shell]);
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
        assert!(!script.contains("measured"), "{shell}");
    }
    for command in &commands {
        let page = fs::read_to_string(folder.join(format!("heaplab-{command}.1"))).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{command}");
    }
    assert!(folder.join("heaplab.1").is_file());
    assert!(!folder.join("heaplab-measured.1").exists());
    let script = installed.elsewhere.path().join("heaplab.bash");
    fs::write(&script, installed.prints(&["completions", "bash"])).unwrap();
    let bash = Command::new("bash").arg("-n").arg(&script).status();
    assert!(bash.is_ok_and(|status| status.success()));
}
