//! Landlock: the files that a program can reach.

use crate::error::SandboxError;
use crate::spec::Spec;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus,
    PathBeneath, PathFd, PathFdError, Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr,
    RulesetError, Scope, make_bitflags,
};
use std::path::Path;

/// The version whose rights are used and were tested. Rights that an older
/// kernel does not know are left out; rights that a newer one adds are not used.
const TRIED: ABI = ABI::V7;

/// The first version in which signals only reach processes in the same sandbox.
const SINCE_SIGNALS: u32 = ABI::V6 as u32;

const READ: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir});
const RUN: BitFlags<AccessFs> = make_bitflags!(AccessFs::{ReadFile | ReadDir | Execute});
const WRITE: BitFlags<AccessFs> = make_bitflags!(AccessFs::{
    ReadFile | ReadDir | WriteFile | Truncate | MakeReg | MakeDir | MakeSym | RemoveFile
        | RemoveDir | Refer
});

/// Rules for files, ready to be enforced.
pub(super) struct Fence {
    rules: RulesetCreated,
}

impl Fence {
    /// Opens all paths; nothing is restricted yet.
    pub(super) fn plan(spec: &Spec) -> Result<Fence, SandboxError> {
        let mut rules = everything_forbidden(spec).map_err(refused)?;
        let lists = [(&spec.read_only, READ), (&spec.read_write, WRITE), (&spec.executable, RUN)];
        for (paths, rights) in lists {
            for path in paths {
                let path_fd = PathFd::new(path).map_err(|error| cannot_open(path, error))?;
                let rights =
                    if path.is_dir() { rights } else { rights & AccessFs::from_file(TRIED) };
                rules = rules.add_rule(PathBeneath::new(path_fd, rights)).map_err(refused)?;
            }
        }
        Ok(Fence { rules })
    }

    /// Returns whether this system enforces any of it.
    pub(super) fn holds(&self) -> bool {
        Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::Execute)
            .and_then(Ruleset::create)
            .is_ok()
    }

    /// Restricts this process. Returns the version in force, 0 if none.
    pub(super) fn close(self) -> Result<u32, SandboxError> {
        let status = self.rules.restrict_self().map_err(refused)?;
        Ok(match status.landlock {
            LandlockStatus::Available { effective_abi, .. } => effective_abi.min(TRIED) as u32,
            _ => 0,
        })
    }
}

/// Returns whether signals of a process stay in the sandbox with this version.
pub(super) fn keeps_signals_inside(version: u32) -> bool {
    version >= SINCE_SIGNALS
}

fn everything_forbidden(spec: &Spec) -> Result<RulesetCreated, RulesetError> {
    let mut rules = Ruleset::default()
        .handle_access(AccessFs::from_all(TRIED))?
        .scope(Scope::from_all(TRIED))?;
    if !spec.network {
        rules = rules.handle_access(AccessNet::from_all(TRIED))?;
    }
    rules.create()
}

fn refused(error: RulesetError) -> SandboxError {
    SandboxError::Rules { of: "Landlock", source: error.into() }
}

fn cannot_open(path: &Path, error: PathFdError) -> SandboxError {
    let source = match error {
        PathFdError::OpenCall { source, .. } => source,
        other => std::io::Error::other(other),
    };
    SandboxError::Path { path: path.to_owned(), source }
}
