//! Which restrictions hold on this system, and which do not.

use crate::spec::Spec;
use serde::{Deserialize, Serialize};

/// The restrictions of a [`Spec`] that hold, found by entering a sandbox with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// The version of Landlock's interface in use, among those tested; 0 without Landlock.
    pub landlock: u32,
    /// Whether system calls are filtered.
    pub seccomp: bool,
    /// Whether the program has a user namespace of its own.
    pub own_users: bool,
    /// Whether it has a network of its own, without other hosts.
    pub own_network: bool,
    /// Whether it has processes of its own (a PID namespace), which all end with it.
    pub own_processes: bool,
    /// Whether a keeper ends the processes that it leaves behind.
    pub keeper: bool,
    /// Whether addresses are the same in every run.
    pub fixed_addresses: bool,
    /// Whether the waiting process can see how much memory it holds.
    pub sees_resident: bool,
    /// The user that it runs as.
    pub identity: Identity,
}

/// The user that a program runs as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// The user who started it, not root.
    Caller,
    /// Root became this user.
    Dropped {
        /// The user's and the group's number.
        uid: u32,
        /// The user could not read all that it should read, and may bypass the
        /// modes of files: only Landlock restricts which files are open to it.
        past_modes: bool,
    },
    /// Root stays root.
    Root {
        /// Whether it has no root privileges: it only owns root's files.
        disarmed: bool,
        /// Why it did not become a different user, if it was to.
        why: Option<String>,
    },
}

/// Versions of Landlock that added what a sandbox uses.
mod since {
    pub(super) const TRUNCATE: u32 = 3;
    pub(super) const TCP: u32 = 4;
    pub(super) const SIGNALS: u32 = 6;
}

impl Support {
    /// Returns which parts of the specification do not hold
    /// here: a sentence for each. Empty if all of it holds.
    pub fn missing(&self, spec: &Spec) -> Vec<String> {
        let mut missing = Vec::new();
        self.missing_for_files(&mut missing);
        self.missing_for_processes(spec, &mut missing);
        self.missing_for_limits(spec, &mut missing);
        if !spec.network && !self.seccomp && !self.own_network {
            missing.push(if self.landlock >= since::TCP {
                "network access is blocked for TCP only: no seccomp and no network namespace on this system".to_owned()
            } else {
                "network access is not blocked: no seccomp and no network namespace on this system"
                    .to_owned()
            });
        }
        if !self.seccomp {
            missing.push("system calls are not filtered: no seccomp on this system".to_owned());
        }
        if spec.fixed_addresses && !self.fixed_addresses {
            missing.push(
                "addresses differ from run to run: this system does not let a program fix them"
                    .to_owned(),
            );
        }
        self.missing_for_identity(spec, &mut missing);
        missing
    }

    fn missing_for_files(&self, missing: &mut Vec<String>) {
        match self.landlock {
            0 => missing.push(
                "files are not closed off: no Landlock on this system; the program can read, write and run what its user can".to_owned(),
            ),
            version if version < since::TRUNCATE => missing.push(format!(
                "files that the user may write can be emptied: that needs Landlock {}, and this system has {version}",
                since::TRUNCATE
            )),
            _ => {}
        }
    }

    fn missing_for_processes(&self, spec: &Spec, missing: &mut Vec<String>) {
        if !spec.fork && !self.seccomp {
            missing.push("starting processes is not blocked: no seccomp on this system".to_owned());
        }
        let may_fork = spec.fork || !self.seccomp;
        if may_fork && !self.own_processes {
            missing.push(if self.keeper {
                "processes left behind are ended one by one: no PID namespace on this system; a process that keeps forking may escape".to_owned()
            } else {
                "processes left behind are not ended if they have left the program's group: this system can't do it".to_owned()
            });
        }
        let alone = self.seccomp || self.own_processes || self.landlock >= since::SIGNALS;
        if !alone && !matches!(self.identity, Identity::Dropped { .. }) {
            missing.push(
                "signals to other processes of the same user are not blocked: no seccomp, no PID namespace and no Landlock 6 on this system".to_owned(),
            );
        }
    }

    fn missing_for_limits(&self, spec: &Spec, missing: &mut Vec<String>) {
        let own_count = self.own_users || matches!(self.identity, Identity::Dropped { .. });
        if spec.limits.tasks.is_some() && !own_count {
            missing.push(match self.identity {
                Identity::Root { .. } => {
                    "the number of processes is not limited: the limit does not apply to root".to_owned()
                }
                _ => "the number of processes is not limited: without a user namespace the limit would count all processes of the user".to_owned(),
            });
        }
        if spec.limits.resident_bytes.is_some() && (spec.fork || !self.sees_resident) {
            missing.push(
                "memory held is not limited: it is measured only on Linux, for a program that may not start processes; address space is limited if a limit is specified".to_owned(),
            );
        }
    }

    fn missing_for_identity(&self, spec: &Spec, missing: &mut Vec<String>) {
        let Identity::Root { disarmed, why } = &self.identity else {
            return;
        };
        if let (Some(uid), Some(why)) = (spec.drop_root, why) {
            missing.push(format!("root did not become the user {uid}: {why}"));
        }
        if !disarmed {
            missing.push("the program runs with root's privileges".to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Support {
        Support {
            landlock: 0,
            seccomp: false,
            own_users: false,
            own_network: false,
            own_processes: false,
            keeper: false,
            sees_resident: false,
            fixed_addresses: false,
            identity: Identity::Caller,
        }
    }

    fn everything() -> Support {
        Support {
            landlock: 7,
            seccomp: true,
            own_users: true,
            own_network: true,
            own_processes: true,
            keeper: true,
            sees_resident: true,
            fixed_addresses: true,
            identity: Identity::Caller,
        }
    }

    fn limited() -> Spec {
        let mut spec = Spec { fixed_addresses: true, ..Spec::default() };
        spec.limits.tasks = Some(8);
        spec.limits.resident_bytes = Some(1 << 30);
        spec
    }

    #[test]
    fn a_full_system_misses_nothing() {
        assert_eq!(everything().missing(&limited()), Vec::<String>::new());
    }

    #[test]
    fn a_bare_system_misses_each_restriction_once() {
        let missing = nothing().missing(&limited());
        for word in [
            "files are not closed off",
            "network access is not blocked",
            "starting processes is not blocked",
            "left behind are not ended",
            "signals to other processes",
            "number of processes is not limited",
            "memory held is not limited",
            "system calls are not filtered",
            "addresses differ from run to run",
        ] {
            let said = missing.iter().filter(|line| line.contains(word)).count();
            assert_eq!(said, 1, "{word}: {missing:#?}");
        }
        assert_eq!(missing.len(), 9, "{missing:#?}");
    }

    #[test]
    fn restrictions_on_permitted_actions_are_not_missed() {
        let spec = Spec { network: true, fork: true, ..Spec::default() };
        let missing = nothing().missing(&spec).join("\n");
        assert!(!missing.contains("network"), "{missing}");
        assert!(!missing.contains("starting processes"), "{missing}");
    }

    #[test]
    fn root_that_stays_root_is_reported_with_the_reason() {
        let mut support = everything();
        support.own_users = false;
        support.identity = Identity::Root { disarmed: false, why: Some("because".to_owned()) };
        let mut spec = limited();
        spec.drop_root = Some(65534);
        let missing = support.missing(&spec);
        assert_eq!(missing.len(), 3, "{missing:#?}");
        assert!(missing.iter().any(|line| line.ends_with("65534: because")));
    }
}
