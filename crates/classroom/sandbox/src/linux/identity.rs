//! Who a program runs as: root becomes somebody, or gives up its privileges.

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

/// What lets a process past the modes of files, the least of them first: to
/// read, and to do all. (Containers often have the second only.)
const PAST_MODES: [CapabilitySet; 2] =
    [CapabilitySet::DAC_READ_SEARCH, CapabilitySet::DAC_OVERRIDE];

/// Root becomes the user that it is to become; if that can't be, or it is to
/// become nobody, it gives up its privileges. `fenced`: will something else than
/// modes say which files are open?
pub(super) fn settle(spec: &Spec, fenced: bool) -> Result<Identity, SandboxError> {
    if !geteuid().is_root() {
        return Ok(Identity::Caller);
    }
    let Some(uid) = spec.drop_root else {
        return Ok(disarm(None));
    };
    if let Err(error) = become_user(uid) {
        // Not even half of it.
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

/// The privilege that a user is to keep who can't read all that it is to read.
fn key_past_modes(fenced: bool) -> Option<CapabilitySet> {
    let held = capabilities(None).ok()?.permitted;
    let can_be_kept = fenced && held.contains(CapabilitySet::SETPCAP);
    let keys = PAST_MODES.into_iter().filter(|_| can_be_kept);
    keys.into_iter().find(|&key| held.contains(key))
}

/// Where something is to be written, whoever this process is now must be able to.
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

/// All paths that are to be reached, without those to be written.
fn to_be_read(spec: &Spec) -> impl Iterator<Item = &Path> {
    let paths = spec.read_only.iter().chain(&spec.executable);
    paths.chain(&spec.working_folder).map(PathBuf::as_path)
}

fn can_read(path: &Path) -> bool {
    let wanted = if path.is_dir() { Access::READ_OK | Access::EXEC_OK } else { Access::READ_OK };
    access(path, wanted).is_ok()
}

/// Becomes the user, with a way back: the saved user stays root. A thread is
/// all of the process here.
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

/// Gives up the way back, and every privilege but, if need be, the one past the
/// modes of files. That one is passed on to the program and to what it starts.
fn burn_the_bridge(uid: u32, key: Option<CapabilitySet>) -> rustix::io::Result<()> {
    let user = Uid::from_raw(uid);
    let Some(key) = key else {
        set_thread_res_uid(user, user, user)?;
        return set_capabilities(None, only(CapabilitySet::empty()));
    };
    set_capabilities(None, only(key | CapabilitySet::SETPCAP))?;
    // Else access(2), by which compilers look for linkers, would not count it.
    set_capabilities_secure_bits(BOUND_TO_NO_USER)?;
    set_thread_res_uid(user, user, user)?;
    set_capabilities(None, only(key))?;
    configure_capability_in_ambient_set(key, true)
}

/// Root without root's privileges, also in programs that it becomes.
fn disarm(why: Option<String>) -> Identity {
    let disarmed = set_capabilities_secure_bits(BOUND_TO_NO_USER)
        .and_then(|()| set_capabilities(None, only(CapabilitySet::empty())))
        .is_ok();
    Identity::Root { disarmed, why }
}

/// Being root, or becoming somebody, neither gives privileges nor takes them.
const BOUND_TO_NO_USER: CapabilitiesSecureBits = CapabilitiesSecureBits::NO_ROOT
    .union(CapabilitiesSecureBits::NO_ROOT_LOCKED)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED);

fn only(set: CapabilitySet) -> CapabilitySets {
    CapabilitySets { effective: set, permitted: set, inheritable: set }
}
