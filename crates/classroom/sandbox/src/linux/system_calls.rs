//! seccomp: the system calls that a program may make.
//!
//! The list has what is forbidden, not what is allowed: the calls that a C library
//! makes change from year to year, and Landlock handles files. Forbidden calls
//! fail with "not permitted" (`EPERM`), as for any user without the right to them.

use crate::error::SandboxError;
use crate::spec::Spec;
use rustix::process::getpid;
use rustix::thread::secure_computing_mode;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, apply_filter,
};
use std::collections::BTreeMap;
use std::env::consts::ARCH;

/// System calls by number, with their rules: the call matches always, or by any of the rules.
type Calls = BTreeMap<i64, Vec<SeccompRule>>;

/// Returns whether the kernel can filter, and filters can be made for this processor.
pub(super) fn can_be_filtered() -> bool {
    TargetArch::try_from(ARCH).is_ok() && secure_computing_mode().is_ok()
}

/// Filters the calls of this process permanently. `signals_stay_inside`:
/// whether its signals are already kept from other processes.
pub(super) fn filter(spec: &Spec, signals_stay_inside: bool) -> Result<(), SandboxError> {
    // The flags of clone3 are in memory, where a filter can't look;
    // if the call does not exist, C libraries use clone instead.
    let unknown = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    apply(unknown, libc::ENOSYS)?;
    let forbidden = forbidden(spec, signals_stay_inside).map_err(|error| refused(error.into()))?;
    apply(with_second_numbers(forbidden), libc::EPERM)
}

fn apply(calls: Calls, answer: i32) -> Result<(), SandboxError> {
    let program = || -> Result<BpfProgram, BackendError> {
        SeccompFilter::new(
            calls,
            SeccompAction::Allow,
            SeccompAction::Errno(answer.unsigned_abs()),
            TargetArch::try_from(ARCH)?,
        )?
        .try_into()
    };
    let program = program().map_err(|error| refused(error.into()))?;
    apply_filter(&program).map_err(refused)
}

fn refused(error: seccompiler::Error) -> SandboxError {
    SandboxError::Rules { of: "seccomp", source: error.into() }
}

fn forbidden(spec: &Spec, signals_stay_inside: bool) -> Result<Calls, BackendError> {
    let mut calls = Calls::new();
    let mut always = |list: &[i64]| calls.extend(list.iter().map(|&call| (call, Vec::new())));
    always(&OTHER_PROCESSES);
    always(&THE_SYSTEM);
    always(&WIDE_DOORS);
    always(&OUTLIVES_PROCESSES);
    if !spec.network {
        always(&[libc::SYS_socket]);
    }
    if spec.read_write.is_empty() {
        always(&METADATA);
    }
    #[cfg(target_arch = "x86_64")]
    {
        always(&[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt]);
        if spec.read_write.is_empty() {
            always(&OLD_METADATA);
        }
        if !spec.fork {
            always(&[libc::SYS_fork, libc::SYS_vfork]);
        }
    }
    calls.insert(libc::SYS_clone, new_processes(spec)?);
    let own = u64::from(getpid().as_raw_nonzero().get().unsigned_abs());
    if !spec.fork || !signals_stay_inside {
        // A process may send one signal to itself: that is how programs abort. A process that is
        // ended by another signal was ended from outside, or by a limit of the kernel.
        // Processes that it starts have different numbers, and may not even do that.
        let abort = u64::from(libc::SIGABRT.unsigned_abs());
        let not_abort = |argument| rule(argument, SeccompCmpOp::Ne, abort);
        let not_own = || rule(0, SeccompCmpOp::Ne, own);
        calls.insert(libc::SYS_kill, vec![not_own()?, not_abort(1)?]);
        calls.insert(libc::SYS_tgkill, vec![not_own()?, not_abort(2)?]);
        calls.extend(SIGNALS.map(|call| (call, Vec::new())));
    }
    // Limits of other processes; its own it can only lower. 0 is itself.
    let others = SeccompRule::new(vec![
        condition(0, SeccompCmpOp::Ne, 0)?,
        condition(0, SeccompCmpOp::Ne, own)?,
    ])?;
    calls.insert(libc::SYS_prlimit64, vec![others]);
    // The program must not cancel that it ends with its parent.
    let death_signal = libc::PR_SET_PDEATHSIG.unsigned_abs().into();
    let tied = rule(0, SeccompCmpOp::Eq, death_signal)?;
    calls.insert(libc::SYS_prctl, vec![tied]);
    calls.insert(libc::SYS_ioctl, any_of(1, &CONTROLS)?);
    calls.insert(libc::SYS_fcntl, any_of(1, &FILE_SIGNALS)?);
    Ok(calls)
}

fn any_of(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, BackendError> {
    let rules = values.iter().map(|&value| rule(argument, SeccompCmpOp::Eq, value));
    rules.collect()
}

/// Returns the rules for forbidden clones: into namespaces, and,
/// unless the program may start processes, all that are not threads.
fn new_processes(spec: &Spec) -> Result<Vec<SeccompRule>, BackendError> {
    let mut rules = NAMESPACES
        .iter()
        .map(|flag| u64::from(flag.unsigned_abs()))
        .map(|flag| rule(0, SeccompCmpOp::MaskedEq(flag), flag))
        .collect::<Result<Vec<_>, _>>()?;
    if !spec.fork {
        let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
        rules.push(rule(0, SeccompCmpOp::MaskedEq(thread), 0)?);
    }
    Ok(rules)
}

fn rule(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompRule, BackendError> {
    SeccompRule::new(vec![condition(argument, operator, value)?])
}

/// Returns a condition on an argument that the kernel takes as an int, without the upper half.
fn condition(
    argument: u8,
    operator: SeccompCmpOp,
    value: u64,
) -> Result<SeccompCondition, BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

/// Adds the other numbers of calls: on x86-64 a kernel may know
/// every call by a second number (the x32 ABI), and some by a third.
fn with_second_numbers(calls: Calls) -> Calls {
    #[cfg(target_arch = "x86_64")]
    {
        const X32: i64 = 0x4000_0000;
        let mut all = calls.clone();
        all.extend(calls.into_iter().map(|(call, rules)| (call + X32, rules)));
        all.extend((512..=547).map(|call| (call + X32, Vec::new())));
        all
    }
    #[cfg(not(target_arch = "x86_64"))]
    calls
}

/// Numbers that the libc crate does not have for all
/// processors; they are the same on all since Linux 5.3.
mod number {
    pub(super) const FCHMODAT2: i64 = 452;
    pub(super) const SETXATTRAT: i64 = 463;
    pub(super) const REMOVEXATTRAT: i64 = 466;
    pub(super) const OPEN_TREE_ATTR: i64 = 467;
    pub(super) const FILE_SETATTR: i64 = 469;
}

/// Calls that look into other processes, take from them, or set how they run.
const OTHER_PROCESSES: [i64; 16] = [
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_process_mrelease,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_setpriority,
    libc::SYS_sched_setaffinity,
    libc::SYS_sched_setattr,
    libc::SYS_sched_setparam,
    libc::SYS_sched_setscheduler,
    libc::SYS_ioprio_set,
];

/// Calls that send signals, except the two that programs abort with.
const SIGNALS: [i64; 3] = [libc::SYS_tkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo];

/// Control codes that type keys into the terminal of the process that
/// started it, or send signals to any process when something can be read.
const CONTROLS: [u64; 4] = [
    libc::TIOCSTI,
    libc::TIOCLINUX,
    0x8901, // FIOSETOWN
    0x8902, // SIOCSPGRP
];
const FILE_SIGNALS: [u64; 3] = [
    libc::F_SETOWN as u64,
    10, // F_SETSIG
    15, // F_SETOWN_EX
];

/// Calls that change the system for all: mounts, modules, clocks, names, accounts.
const THE_SYSTEM: [i64; 32] = [
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_open_tree,
    number::OPEN_TREE_ATTR,
    libc::SYS_move_mount,
    libc::SYS_mount_setattr,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    libc::SYS_adjtimex,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_vhangup,
    libc::SYS_setns,
    libc::SYS_unshare,
];

/// Parts of the kernel that allocators and compilers do not need, and that many exploits have used.
const WIDE_DOORS: [i64; 15] = [
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_personality,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    libc::SYS_lookup_dcookie,
    libc::SYS_memfd_secret,
];

/// Calls for memory that belongs to no process, so that no limit counts it and it may remain.
const OUTLIVES_PROCESSES: [i64; 5] = [
    libc::SYS_memfd_create,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
];

/// Calls that change a file's metadata; Landlock allows them.
const METADATA: [i64; 15] = [
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    number::FCHMODAT2,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    number::SETXATTRAT,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    number::REMOVEXATTRAT,
    number::FILE_SETATTR,
];

#[cfg(target_arch = "x86_64")]
const OLD_METADATA: [i64; 6] = [
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];

const NAMESPACES: [i32; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_call_is_listed_once() {
        let lists: [&[i64]; 6] =
            [&OTHER_PROCESSES, &SIGNALS, &THE_SYSTEM, &WIDE_DOORS, &OUTLIVES_PROCESSES, &METADATA];
        let all: Vec<i64> = lists.concat();
        let mut once = all.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(all.len(), once.len());
    }

    #[test]
    fn a_filter_fits_into_the_kernel() {
        let calls = with_second_numbers(forbidden(&Spec::default(), false).unwrap());
        let filter = SeccompFilter::new(
            calls,
            SeccompAction::Allow,
            SeccompAction::Errno(1),
            TargetArch::try_from(ARCH).unwrap(),
        );
        let program = BpfProgram::try_from(filter.unwrap()).unwrap();
        assert!(program.len() <= 4096, "{} instructions", program.len());
    }
}
