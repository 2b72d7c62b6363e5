//! Files: what a program may open, and what it may not.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod support;

use heaplab_sandbox::{Entry, Jail, SandboxError, Spec};
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use support::{REFUSED, Stage, code_of, copy, everyone, text};

/// Returns a stage on a system with Landlock, or prints a message.
fn stages() -> Vec<Stage> {
    let stages = everyone().into_iter().map(Stage::of);
    stages
        .filter(|stage| {
            let holds = stage.support(&stage.spec()).landlock > 0;
            if !holds {
                println!("skipped: this system has no Landlock");
            }
            holds
        })
        .collect()
}

#[test]
fn only_listed_files_are_read() {
    for stage in stages() {
        let (secret, listed) = (stage.file("secret"), stage.file("listed"));
        let folder = stage.folder("folder");
        let below = stage.file("folder/below");
        let spec = Spec {
            read_only: [stage.spec().read_only, vec![listed.clone(), folder.clone()]].concat(),
            ..stage.spec()
        };
        for path in [&secret, Path::new("/etc/passwd"), &listed, &below] {
            stage.works_free(&["read", text(path)]);
        }
        stage.works_free(&["list", "/"]);
        for path in [&secret, Path::new("/etc/passwd")] {
            let said = stage.refused(&spec, &["read", text(path)]);
            assert!(said.contains("Permission denied"), "{said}");
        }
        stage.refused(&spec, &["list", "/"]);
        stage.works(&spec, &["read", text(&listed)]);
        stage.works(&spec, &["read", text(&below)]);
        stage.works(&spec, &["list", text(&folder)]);
        // Neither `..` nor a link leads around it.
        let around = folder.join("../secret");
        stage.refused(&spec, &["read", text(&around)]);
        std::os::unix::fs::symlink(&secret, folder.join("link")).unwrap();
        stage.refused(&spec, &["read", text(&folder.join("link"))]);
    }
}

/// Tries every way to change a folder; each is passed to
/// `attempt` as the hostile program's arguments.
fn change(stage: &Stage, folder: &Path, attempt: impl Fn(&[&str])) {
    let at = |name: &str| text(&folder.join(name)).to_owned();
    let old = at("old");
    attempt(&["write", &at("new")]);
    for attempted in [
        &["write", &old][..],
        &["truncate", &old],
        &["remove", &old],
        &["rename", &old, &at("other")],
        &["link", &old, &at("second")],
        &["make-folder", &at("sub")],
    ] {
        stage.file(&old);
        attempt(attempted);
    }
}

/// The program sees a part of its own process, and no other process.
#[test]
fn other_processes_are_not_read() {
    let own = format!("/proc/{}/maps", std::process::id());
    for stage in stages() {
        stage.works(&stage.spec(), &["read", "/proc/self/maps"]);
        for path in ["/proc/self/mem", "/proc/1/cmdline", &own] {
            stage.refused(&stage.spec(), &["read", path]);
        }
        stage.works_free(&["read", "/proc/1/cmdline"]);
    }
}

#[test]
fn only_listed_folders_are_changed() {
    for stage in stages() {
        let [free, closed, open] = ["free", "closed", "open"].map(|name| stage.folder(name));
        let spec = Spec {
            read_only: [stage.spec().read_only, vec![closed.clone()]].concat(),
            read_write: vec![open.clone()],
            ..stage.spec()
        };
        change(&stage, &free, |attempt| stage.works_free(attempt));
        change(&stage, &closed, |attempt| {
            stage.refused(&spec, attempt);
        });
        let old = fs::read_to_string(closed.join("old")).unwrap();
        assert_eq!(old, "a few words\n");
        assert_eq!(fs::read_dir(&closed).unwrap().count(), 1);
        change(&stage, &open, |attempt| {
            stage.works(&spec, attempt);
        });
        // Neither a special file nor a program can be made there.
        stage.works_free(&["make-fifo", text(&free.join("fifo"))]);
        stage.refused(&spec, &["make-fifo", text(&open.join("fifo"))]);
        copy(Path::new("/bin/true"), &open.join("true"));
        stage.works_free(&["run", text(&open.join("true"))]);
        stage.refused(&spec, &["run", text(&open.join("true"))]);
    }
}

#[test]
fn only_listed_programs_are_run() {
    for stage in stages() {
        stage.works_free(&["run", "/bin/sh"]);
        stage.refused(&stage.spec(), &["run", "/bin/sh"]);
        let spec = Spec {
            executable: [stage.spec().executable, vec!["/bin/sh".into()]].concat(),
            ..stage.spec()
        };
        stage.works(&spec, &["run", "/bin/sh"]);
    }
}

/// Landlock does not guard metadata: seccomp does, if nothing may be written.
#[test]
fn modes_times_and_attributes_cannot_be_changed() {
    for stage in everyone().into_iter().map(Stage::of) {
        if !stage.support(&stage.spec()).seccomp {
            println!("skipped: this system has no seccomp");
            continue;
        }
        let file = stage.file("file");
        let before = fs::metadata(&file).unwrap();
        for what in ["chmod", "touch", "attribute"] {
            stage.refused(&stage.spec(), &[what, text(&file)]);
        }
        let after = fs::metadata(&file).unwrap();
        assert_eq!(before.mode(), after.mode());
        assert_eq!(before.modified().unwrap(), after.modified().unwrap());
        for what in ["chmod", "touch"] {
            stage.works_free(&[what, text(&file)]);
        }
        if stage.run_free(&["attribute", text(&file)]).0 != Some(0) {
            println!("not shown: this file system has no attributes");
        }
    }
}

/// The program does not inherit open files, whatever their flags.
#[test]
fn open_files_are_not_passed_on() {
    for stage in everyone().into_iter().map(Stage::of) {
        let with_a_file = "exec 7</etc/passwd; exec \"$@\"";
        let free = Command::new("sh")
            .args(["-c", with_a_file, "sh"])
            .arg(stage.hostile())
            .arg("descriptors")
            .status();
        assert_eq!(free.unwrap().code(), Some(0));
        for fork in [false, true] {
            let spec = Spec { fork, ..stage.spec() };
            let command = stage.jail(&spec);
            let command = command.command(stage.hostile(), &["descriptors".into()]).unwrap();
            let mut arguments: Vec<OsString> = vec!["-c".into(), with_a_file.into(), "sh".into()];
            arguments.push(command.get_program().into());
            arguments.extend(command.get_args().map(OsString::from));
            let mut outer = Command::new("sh");
            outer
                .args(arguments)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped());
            let jailed = stage.jail(&spec).start(&mut outer).unwrap();
            let ended = jailed.wait_until(Instant::now() + Duration::from_secs(20)).unwrap();
            assert_eq!(code_of(&ended), Some(REFUSED), "{ended:?}");
        }
    }
}

#[test]
fn a_missing_listed_path_is_an_error_that_names_it() {
    for stage in everyone().into_iter().map(Stage::of) {
        let spec = Spec { read_only: vec!["/not/there".into()], ..stage.spec() };
        let error = stage.jail(&spec).enforceable().unwrap_err();
        assert!(matches!(error, SandboxError::Trial(_)), "{error:?}");
        assert!(error.to_string().contains("/not/there"), "{error}");
    }
}

#[test]
fn a_missing_entry_program_is_an_error() {
    let entry = Entry { program: "/not/there".into(), arguments: Vec::new() };
    let error = Jail::new(entry, Spec::default()).enforceable().unwrap_err();
    assert!(matches!(error, SandboxError::System { .. }), "{error:?}");
}
