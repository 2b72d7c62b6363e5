//! A machine whose memory another process sees too: that of a file, which both map.

use super::{Reservation, TAIL_BYTES};
use crate::Probe;
use std::io;
use std::os::fd::OwnedFd;
#[cfg(target_os = "linux")]
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::Arc;

impl<P: Probe> Reservation<P> {
    /// Replaces the memory of a reservation by that of a new file, which is all zeros, and returns
    /// the file: another process that maps it sees this machine. The file has `more_bytes` behind
    /// the machine, and its size can't be changed by anyone.
    #[cfg(target_os = "linux")]
    pub(crate) fn share(&mut self, more_bytes: usize) -> io::Result<OwnedFd> {
        let bytes = self.machine_bytes + TAIL_BYTES;
        // SAFETY: the name is a C string, and the call has no other conditions.
        let file = unsafe {
            libc::memfd_create(c"machine".as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING)
        };
        if file < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor is new, and belongs to nothing else.
        let file = unsafe { OwnedFd::from_raw_fd(file) };
        const SEALS: libc::c_int = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
        let size = libc::off_t::try_from(bytes + more_bytes).map_err(io::Error::other)?;
        // SAFETY: the file is open, and the calls have no other conditions. A file that can't
        // shrink has memory for each byte of a mapping of it.
        let refused = unsafe {
            libc::ftruncate(file.as_raw_fd(), size) != 0
                || libc::fcntl(file.as_raw_fd(), libc::F_ADD_SEALS, SEALS) != 0
        };
        if refused {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the new mapping takes the place of exactly this reservation's, which `&mut self`
        // shows not to be borrowed.
        let base = unsafe {
            libc::mmap(
                self.base.as_ptr().cast(),
                bytes,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED | libc::MAP_NORESERVE | libc::MAP_FIXED,
                file.as_raw_fd(),
                0,
            )
        };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        self.shared = Some(Arc::new(file.try_clone()?));
        Ok(file)
    }

    /// Refuses: only Linux can make such a file.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn share(&mut self, _more_bytes: usize) -> io::Result<OwnedFd> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Returns the bytes in front of what [`share`](Reservation::share) adds to the file.
    pub(crate) fn shared_bytes(&self) -> usize {
        self.machine_bytes + TAIL_BYTES
    }

    /// Returns the file that the memory is of, if it was shared.
    pub(crate) fn shared(&self) -> Option<Arc<OwnedFd>> {
        self.shared.clone()
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use crate::Silent;

    #[test]
    fn a_shared_machine_is_the_memory_of_its_file() {
        use std::fs::File;
        use std::os::unix::fs::FileExt;
        let mut space = Reservation::<Silent>::new(1).unwrap();
        let file = File::from(space.share(4096).unwrap());
        let end = space.shared_bytes() as u64;
        assert_eq!(file.metadata().unwrap().len(), end + 4096);
        space.store(70_000, 0x0403_0201);
        let mut bytes = [0; 4];
        file.read_exact_at(&mut bytes, 70_000).unwrap();
        assert_eq!(bytes, [1, 2, 3, 4]);
        file.write_all_at(&[9], 70_000).unwrap();
        assert_eq!(space.load(70_000), 0x0403_0209);
        assert!(file.set_len(0).is_err() && file.set_len(end + 8192).is_err());
        space.bytes_mut(70_000, 9_000_000).unwrap().fill(7);
        space.zero_and_release(70_001, 9_000_000);
        assert!(space.bytes(70_001, 8_900_000).unwrap().iter().all(|&byte| byte == 0));
        assert_eq!(space.bytes(70_000, 1), Some(&[7][..]));
    }
}
