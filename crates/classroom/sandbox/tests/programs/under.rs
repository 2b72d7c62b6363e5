//! Becomes a program under different circumstances: `heaplab-under
//! WORD,WORD -- PROGRAM [ARGUMENT]...`, with the words
//!
//! - `user=NUMBER`: as that user, if it is root;
//! - `no-landlock`, `no-namespaces`, `no-seccomp`, `no-users`: under a kernel, or in a
//!   container, that answers so.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
fn main() {
    use std::os::unix::process::CommandExt;

    let mut arguments = std::env::args_os().skip(1);
    let words = arguments.next().expect("circumstances");
    assert_eq!(arguments.next().expect("dashes"), "--");
    let mut command = std::process::Command::new(arguments.next().expect("a program"));
    command.args(arguments);
    for word in words.to_string_lossy().split(',') {
        match word.split_once('=') {
            Some(("user", number)) => {
                let number = number.parse().expect("a number");
                if rustix::process::geteuid().is_root() {
                    command.uid(number).gid(number);
                }
            }
            _ => do_without(word),
        }
    }
    panic!("can't start: {}", command.exec());
}

#[cfg(target_os = "linux")]
fn do_without(word: &str) {
    use seccompiler::SeccompCmpArgLen::Dword;
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
        TargetArch, apply_filter,
    };

    let mut rules = Vec::new();
    let (calls, answer) = match word {
        "no-landlock" => (
            vec![libc::SYS_landlock_create_ruleset, libc::SYS_landlock_restrict_self],
            libc::ENOSYS,
        ),
        "no-namespaces" => (vec![libc::SYS_unshare], libc::EPERM),
        "no-seccomp" => {
            let asked = libc::PR_GET_SECCOMP.unsigned_abs().into();
            let asked = SeccompCondition::new(0, Dword, SeccompCmpOp::Eq, asked);
            rules = vec![SeccompRule::new(vec![asked.expect("a condition")]).expect("a rule")];
            (vec![libc::SYS_prctl], libc::EINVAL)
        }
        "no-users" => {
            (vec![libc::SYS_setresuid, libc::SYS_setresgid, libc::SYS_setgroups], libc::EPERM)
        }
        other => panic!("what is {other}?"),
    };
    let filter = SeccompFilter::new(
        calls.into_iter().map(|call| (call, rules.clone())).collect(),
        SeccompAction::Allow,
        SeccompAction::Errno(answer.unsigned_abs()),
        TargetArch::try_from(std::env::consts::ARCH).expect("a known processor"),
    );
    let program: BpfProgram = filter.and_then(TryInto::try_into).expect("a filter");
    apply_filter(&program).expect("the kernel takes it");
}

#[cfg(not(target_os = "linux"))]
fn main() {
    panic!("only for Linux");
}
