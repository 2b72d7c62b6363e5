//! Systems that lack something: what still holds, and what is reported.
#![cfg(target_os = "linux")]
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)] // In a test, a failed unwrap is the failure.

mod support;

use heaplab_sandbox::{Identity, Spec, Support};
use support::{Stage, Who, everyone, text};

fn limited(stage: &Stage) -> Spec {
    let mut spec = stage.spec();
    spec.limits.tasks = Some(8);
    spec.limits.cpu_seconds = Some(10);
    spec
}

fn missing(stage: &Stage, spec: &Spec) -> (Support, String) {
    let support = stage.support(spec);
    let missing = support.missing(spec).join("\n");
    (support, missing)
}

/// The system that CI has; elsewhere there may be less, and this test says what.
#[test]
fn a_full_system_has_every_restriction() {
    for who in everyone() {
        let stage = Stage::of(who);
        for fork in [false, true] {
            let spec = Spec { fork, ..limited(&stage) };
            let (support, missing) = missing(&stage, &spec);
            if support.landlock < 6 || !support.seccomp || !support.own_network {
                println!("skipped: this system is not a full one: {missing}");
            } else if who == Who::Root {
                assert_eq!(missing.lines().count(), 1, "{missing}");
                assert!(missing.contains("does not apply to root"), "{missing}");
            } else {
                assert_eq!(missing, "", "{support:?}");
            }
            assert_eq!(support.keeper, fork);
        }
    }
}

#[test]
fn unrestricted_files_are_reported_without_landlock() {
    for who in everyone() {
        let stage = Stage::under(who, "no-landlock");
        let (support, missing) = missing(&stage, &limited(&stage));
        assert_eq!(support.landlock, 0);
        assert!(missing.contains("files are not closed off"), "{missing}");
        let file = stage.file("file");
        stage.works(&stage.spec(), &["read", text(&file)]);
        stage.refused(&stage.spec(), &["chmod", text(&file)]);
        stage.refused(&stage.spec(), &["fork"]);
        // The file's mode lets only root read it.
        if who == Who::Dropping {
            stage.refused(&stage.spec(), &["read", "/etc/shadow"]);
        }
    }
}

/// Without seccomp the program can start processes, and a keeper ends them.
#[test]
fn processes_are_ended_without_seccomp() {
    for who in everyone() {
        let stage = Stage::under(who, "no-seccomp");
        let (support, missing) = missing(&stage, &limited(&stage));
        assert!(!support.seccomp && support.keeper, "{support:?}");
        for word in ["starting processes is not blocked", "not filtered"] {
            assert!(missing.contains(word), "{missing}");
        }
        assert_eq!(missing.contains("network"), !support.own_network, "{missing}");
        stage.works(&stage.spec(), &["daemon"]);
        stage.no_process_is_left(std::time::Duration::ZERO);
        stage.refused(&stage.spec(), &["read", "/etc/passwd"]);
        stage.refused(&stage.spec(), &["connect", "80"]);
    }
}

#[test]
fn the_other_restrictions_hold_without_namespaces() {
    for who in everyone() {
        let stage = Stage::under(who, "no-namespaces");
        let spec = Spec { fork: true, ..limited(&stage) };
        let (support, missing) = missing(&stage, &spec);
        assert!(!support.own_network && !support.own_processes && !support.own_users);
        assert!(missing.contains("ended one by one"), "{missing}");
        assert!(!missing.contains("network"), "{missing}");
        let counted = !missing.contains("number of processes");
        assert_eq!(counted, who == Who::Dropping, "{missing}");
        stage.refused(&stage.spec(), &["fork"]);
    }
}

/// Root in a container that can't become a different user gives up its privileges.
#[test]
fn root_that_must_stay_root_is_disarmed_and_reported() {
    if !support::am_root() {
        println!("skipped: only root can become somebody");
        return;
    }
    let stage = Stage::under(Who::Dropping, "no-users");
    let spec = limited(&stage);
    let (support, missing) = missing(&stage, &spec);
    assert!(
        matches!(&support.identity, Identity::Root { disarmed: true, why: Some(_) }),
        "{support:?}"
    );
    assert!(missing.contains("root did not become the user"), "{missing}");
    // Reading a file of mode 600 that belongs to a different user is root's privilege.
    let file = stage.file("file");
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(&file, private).unwrap();
    let root = Stage::of(Who::Root);
    let mut spec = root.spec();
    spec.read_only.push(file.clone());
    root.works_free(&["read", text(&file)]);
    root.refused(&spec, &["read", text(&file)]);
}

/// A folder of root's that the user must read: the privilege opens it, and Landlock limits it.
#[test]
fn a_user_can_read_listed_folders_despite_their_mode() {
    if !support::am_root() {
        println!("skipped: only root can become somebody");
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let stage = Stage::of(Who::Dropping);
    let folder = stage.folder("folder");
    std::os::unix::fs::chown(&folder, Some(0), Some(0)).unwrap();
    std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o700)).unwrap();
    let (listed, secret) = (stage.file("folder/listed"), stage.file("folder/secret"));
    let mut spec = stage.spec();
    spec.read_only.push(listed.clone());
    for fork in [false, true] {
        spec.fork = fork;
        let identity = stage.support(&spec).identity;
        assert!(matches!(identity, Identity::Dropped { past_modes: true, .. }), "{identity:?}");
        stage.works(&spec, &["read", text(&listed)]);
        stage.refused(&spec, &["read", text(&secret)]);
        stage.refused(&spec, &["read", "/etc/shadow"]);
        stage.refused(&spec, &["write", text(&listed)]);
    }
    // Without Landlock nothing would limit the user.
    let stage = Stage::under(Who::Dropping, "no-landlock");
    let (support, missing) = missing(&stage, &spec);
    assert!(matches!(support.identity, Identity::Root { disarmed: true, .. }));
    assert!(missing.contains("can't read"), "{missing}");
}

#[test]
fn a_folder_that_the_user_cannot_write_to_is_an_error() {
    if !support::am_root() {
        println!("skipped: only root can become somebody");
        return;
    }
    let stage = Stage::of(Who::Dropping);
    let folder = stage.folder("folder");
    std::os::unix::fs::chown(&folder, Some(0), Some(0)).unwrap();
    let spec = Spec { read_write: vec![folder.clone()], ..stage.spec() };
    let error = stage.jail(&spec).enforceable().unwrap_err().to_string();
    assert!(error.contains("can't write to"), "{error}");
    assert!(error.contains(text(&folder)), "{error}");
}
