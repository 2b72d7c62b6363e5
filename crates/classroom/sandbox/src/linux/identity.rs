//! The user that a program runs as: root becomes a different user, or gives up its privileges.

use crate::error::SandboxError;
use crate::spec::Spec;
use crate::support::Identity;
use rustix::fs::{Access, access};
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{
    CapabilitiesSecureBits, CapabilitySet, CapabilitySets, capabilities,
    configure_capability_in_ambient_set, set_capabilities, set_capabilities_secure_bits,
    set_thread_groups, set_thread_res_gid, set_thread_res_uid,
};
use std::path::{Path, PathBuf};

/// Capabilities that bypass the modes of files, the smaller one first: for
/// reading, and for all access. (Containers often have the second only.)
const PAST_MODES: [CapabilitySet; 2] =
    [CapabilitySet::DAC_READ_SEARCH, CapabilitySet::DAC_OVERRIDE];

/// Makes root become the user of the specification; if that fails, or there is no user, gives up
/// root's privileges. `fenced`: whether something besides modes restricts which files are open.
pub(super) fn settle(spec: &Spec, fenced: bool) -> Result<Identity, SandboxError> {
    if !geteuid().is_root() {
        return Ok(Identity::Caller);
    }
    let Some(uid) = spec.drop_root else {
        return Ok(disarm(None));
    };
    if let Err(error) = become_user(uid) {
        // A change that was only partly made is undone.
        let _ = become_root_again();
        return Ok(disarm(Some(format!("the system does not let it: {error}"))));
    }
    let closed = to_be_read(spec).find(|path| !can_read(path));
    let key = closed.and_then(|_| key_past_modes(fenced));
    if let (Some(path), None) = (closed, key) {
        become_root_again()?;
        let why = format!("that user can't read {}", path.display());
        return Ok(disarm(Some(why)));
    }
    burn_the_bridge(uid, key)
        .map_err(|error| SandboxError::system("give up root's privileges", error))?;
    let past_modes = key.is_some();
    Ok(Identity::Dropped { uid, past_modes })
}

/// Returns the privilege that a user keeps if it can't read all that it should read.
fn key_past_modes(fenced: bool) -> Option<CapabilitySet> {
    let held = capabilities(None).ok()?.permitted;
    let can_be_kept = fenced && held.contains(CapabilitySet::SETPCAP);
    let keys = PAST_MODES.into_iter().filter(|_| can_be_kept);
    keys.into_iter().find(|&key| held.contains(key))
}

/// Checks that this process, as its present user, can write where the specification allows it.
pub(super) fn must_be_able_to_write(spec: &Spec) -> Result<(), SandboxError> {
    for path in &spec.read_write {
        access(path, Access::WRITE_OK).map_err(|error| SandboxError::NotWritable {
            path: path.clone(),
            uid: geteuid().as_raw(),
            source: error.into(),
        })?;
    }
    Ok(())
}

/// Returns all paths that are to be reached, without those to be written.
fn to_be_read(spec: &Spec) -> impl Iterator<Item = &Path> {
    let paths = spec.read_only.iter().chain(&spec.executable);
    paths.chain(&spec.working_folder).map(PathBuf::as_path)
}

fn can_read(path: &Path) -> bool {
    let wanted = if path.is_dir() { Access::READ_OK | Access::EXEC_OK } else { Access::READ_OK };
    access(path, wanted).is_ok()
}

/// Becomes the user, with a way back: the saved user stays root. The
/// process has one thread, so the thread's user is the process's.
fn become_user(uid: u32) -> rustix::io::Result<()> {
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
    set_thread_groups(&[])?;
    set_thread_res_gid(group, group, group)?;
    set_thread_res_uid(user, user, Uid::ROOT)
}

fn become_root_again() -> Result<(), SandboxError> {
    set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)
        .and_then(|()| set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT))
        .map_err(|error| SandboxError::system("become root again", error))
}

/// Gives up the way back, and every privilege except, if needed, the one that bypasses
/// the modes of files. The program and the processes that it starts inherit that one.
fn burn_the_bridge(uid: u32, key: Option<CapabilitySet>) -> rustix::io::Result<()> {
    let user = Uid::from_raw(uid);
    let Some(key) = key else {
        set_thread_res_uid(user, user, user)?;
        return set_capabilities(None, only(CapabilitySet::empty()));
    };
    set_capabilities(None, only(key | CapabilitySet::SETPCAP))?;
    // Otherwise access(2), with which compilers look for linkers, would not count it.
    set_capabilities_secure_bits(BOUND_TO_NO_USER)?;
    set_thread_res_uid(user, user, user)?;
    set_capabilities(None, only(key))?;
    configure_capability_in_ambient_set(key, true)
}

/// Takes root's privileges from root, also in programs that it becomes.
fn disarm(why: Option<String>) -> Identity {
    let disarmed = set_capabilities_secure_bits(BOUND_TO_NO_USER)
        .and_then(|()| set_capabilities(None, only(CapabilitySet::empty())))
        .is_ok();
    Identity::Root { disarmed, why }
}

/// Makes a change of user neither give nor take privileges.
const BOUND_TO_NO_USER: CapabilitiesSecureBits = CapabilitiesSecureBits::NO_ROOT
    .union(CapabilitiesSecureBits::NO_ROOT_LOCKED)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED);

fn only(set: CapabilitySet) -> CapabilitySets {
    CapabilitySets { effective: set, permitted: set, inheritable: set }
}
