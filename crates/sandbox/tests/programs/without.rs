//! Becomes a program under a kernel that lacks something: `heaplab-without
//! landlock,namespaces -- PROGRAM [ARGUMENT]...`. Containers answer like this.
#![forbid(unsafe_code)]

#[cfg(target_os = "linux")]
fn main() {
    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};
    use std::os::unix::process::CommandExt;

    let mut arguments = std::env::args_os().skip(1);
    let lacking = arguments.next().expect("what to lack");
    assert_eq!(arguments.next().expect("dashes"), "--");
    for word in lacking.to_string_lossy().split(',') {
        let (calls, answer) = match word {
            "landlock" => (
                vec![
                    libc::SYS_landlock_create_ruleset,
                    libc::SYS_landlock_restrict_self,
                ],
                libc::ENOSYS,
            ),
            "namespaces" => (vec![libc::SYS_unshare], libc::EPERM),
            "users" => (
                vec![
                    libc::SYS_setresuid,
                    libc::SYS_setresgid,
                    libc::SYS_setgroups,
                ],
                libc::EPERM,
            ),
            other => panic!("can't lack {other}"),
        };
        let filter = SeccompFilter::new(
            calls.into_iter().map(|call| (call, Vec::new())).collect(),
            SeccompAction::Allow,
            SeccompAction::Errno(answer.unsigned_abs()),
            TargetArch::try_from(std::env::consts::ARCH).expect("a known processor"),
        );
        let program: BpfProgram = filter.and_then(TryInto::try_into).expect("a filter");
        apply_filter(&program).expect("the kernel takes it");
    }
    let program = arguments.next().expect("a program");
    let error = std::process::Command::new(program).args(arguments).exec();
    panic!("can't start: {error}");
}

#[cfg(not(target_os = "linux"))]
fn main() {
    panic!("only for Linux");
}
