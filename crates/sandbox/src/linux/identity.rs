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

/// Lets a process read past the modes of files.
const READ_PAST_MODES: CapabilitySet = CapabilitySet::DAC_READ_SEARCH;

/// Root becomes the user that it is to become; if that can't be, or it is to
/// become nobody, it gives up its privileges. `fenced`: will something else than
/// modes say what may be read?
pub(super) fn settle(spec: &Spec, fenced: bool) -> Result<Identity, SandboxError> {
    if !geteuid().is_root() {
        return Ok(Identity::Caller);
    }
    let Some(uid) = spec.drop_root else {
        return disarm(None);
    };
    match become_user(uid) {
        Ok(()) => {}
        Err(error) => return disarm(Some(format!("the system does not let it: {error}"))),
    }
    let mut reads_past_modes = false;
    if let Some(path) = to_be_read(spec).find(|path| !can_read(path)) {
        reads_past_modes =
            fenced && capabilities(None).is_ok_and(|sets| sets.permitted.contains(READ_PAST_MODES));
        if !reads_past_modes {
            let why = format!("that user can't read {}", path.display());
            become_root_again()
                .map_err(|error| SandboxError::system("become root again", error))?;
            return disarm(Some(why));
        }
    }
    for path in &spec.read_write {
        access(path, Access::WRITE_OK).map_err(|error| SandboxError::NotWritable {
            path: path.clone(),
            uid,
            source: error.into(),
        })?;
    }
    burn_the_bridge(uid, reads_past_modes)
        .map_err(|error| SandboxError::system("give up root's privileges", error))?;
    Ok(Identity::Dropped {
        uid,
        reads_past_modes,
    })
}

/// All paths that are to be reached, without those to be written.
fn to_be_read(spec: &Spec) -> impl Iterator<Item = &Path> {
    let paths = spec.read_only.iter().chain(&spec.executable);
    paths.chain(&spec.working_folder).map(PathBuf::as_path)
}

fn can_read(path: &Path) -> bool {
    let wanted = if path.is_dir() {
        Access::READ_OK | Access::EXEC_OK
    } else {
        Access::READ_OK
    };
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

fn become_root_again() -> rustix::io::Result<()> {
    set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)?;
    set_thread_res_gid(Gid::ROOT, Gid::ROOT, Gid::ROOT)
}

/// Gives up the way back, and every privilege but, if need be, the one to read.
/// That one is passed on to the program and to what it starts.
fn burn_the_bridge(uid: u32, reads_past_modes: bool) -> rustix::io::Result<()> {
    let user = Uid::from_raw(uid);
    if !reads_past_modes {
        set_thread_res_uid(user, user, user)?;
        return set_capabilities(None, only(CapabilitySet::empty()));
    }
    set_capabilities(None, only(READ_PAST_MODES | CapabilitySet::SETPCAP))?;
    // Else access(2), by which compilers look for linkers, would not count it.
    set_capabilities_secure_bits(BOUND_TO_NO_USER)?;
    set_thread_res_uid(user, user, user)?;
    set_capabilities(None, only(READ_PAST_MODES))?;
    configure_capability_in_ambient_set(READ_PAST_MODES, true)
}

/// Root without root's privileges, also in programs that it becomes.
fn disarm(why: Option<String>) -> Result<Identity, SandboxError> {
    let disarmed = set_capabilities_secure_bits(BOUND_TO_NO_USER)
        .and_then(|()| set_capabilities(None, only(CapabilitySet::empty())))
        .is_ok();
    Ok(Identity::Root { disarmed, why })
}

/// Being root, or becoming somebody, neither gives privileges nor takes them.
const BOUND_TO_NO_USER: CapabilitiesSecureBits = CapabilitiesSecureBits::NO_ROOT
    .union(CapabilitiesSecureBits::NO_ROOT_LOCKED)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP)
    .union(CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED);

fn only(set: CapabilitySet) -> CapabilitySets {
    CapabilitySets {
        effective: set,
        permitted: set,
        inheritable: set,
    }
}
