//! The program of a submission as a process, and what is said to it.

use super::message::{
    MESSAGE_BYTES, MOST_REPORTS, Message, REPORT_BYTES, Report, SHARED_BYTES, TEXT_BYTES, ask, tell,
};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};

/// Where the program has the machine: past what it has below without randomized addresses, and so
/// low that pointers into the first GiB of the heap fit in 31 bits.
pub(crate) const BASE: u64 = 0x1000_0000;

/// A running program. Dropping it ends the program.
pub(crate) struct Link {
    child: Child,
    socket: UnixStream,
    /// The file with the machine's memory; behind these bytes are the reports.
    file: File,
    machine_bytes: u64,
    /// What was read of the reports last.
    reports: Vec<u8>,
}

impl Link {
    /// Starts a program on a machine whose memory is in this file.
    ///
    /// # Errors
    /// If it does not start; none of its submission's code has run then.
    pub(crate) fn start(
        mut command: Command,
        (file, machine_bytes): (OwnedFd, usize),
        heap_start: u64,
    ) -> io::Result<Link> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::null())
            .spawn()?;
        let machine_bytes = machine_bytes as u64;
        let file = File::from(file);
        let mut link = Link { child, socket: ours, file, machine_bytes, reports: Vec::new() };
        // The command keeps the other end open until it is dropped.
        drop(command);
        link.say(Message { kind: ask::HELLO, a: BASE, b: machine_bytes, c: BASE + heap_start })?;
        match link.hear() {
            Ok(Message { kind: tell::READY, .. }) => Ok(link),
            _ => Err(io::Error::other(format!("the program does not start: {}", link.end()))),
        }
    }

    /// Sends a message.
    pub(crate) fn say(&mut self, message: Message) -> io::Result<()> {
        self.socket.write_all(&message.bytes())
    }

    /// Waits for a message.
    pub(crate) fn hear(&mut self) -> io::Result<Message> {
        let mut bytes = [0; MESSAGE_BYTES];
        self.socket.read_exact(&mut bytes)?;
        Ok(Message::of(&bytes))
    }

    /// Reads `count` reports; none of those past the first that makes no sense.
    pub(crate) fn reports(&mut self, count: u64) -> io::Result<impl Iterator<Item = Report> + '_> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(MOST_REPORTS);
        self.reports.resize(count * REPORT_BYTES, 0);
        if count > 0 {
            let at = self.machine_bytes + 2 * TEXT_BYTES as u64;
            self.file.read_exact_at(&mut self.reports, at)?;
        }
        let (reports, _) = self.reports.as_chunks::<REPORT_BYTES>();
        Ok(reports.iter().map_while(Report::of))
    }

    /// Reads one of the two texts, or the bytes that are in its place.
    pub(crate) fn text_bytes(&self, index: usize) -> Vec<u8> {
        const _: () = assert!(2 * TEXT_BYTES < SHARED_BYTES);
        let mut bytes = vec![0; TEXT_BYTES];
        let read =
            self.file.read_exact_at(&mut bytes, self.machine_bytes + (index * TEXT_BYTES) as u64);
        if read.is_ok() { bytes } else { Vec::new() }
    }

    /// Reads one of the two texts.
    pub(crate) fn text(&self, index: usize) -> String {
        let bytes = self.text_bytes(index);
        let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
        String::from_utf8_lossy(text).into_owned()
    }

    /// Returns whether memory of the machine is in use between these offsets: whole pages that the
    /// program has touched.
    pub(crate) fn is_used(&self, start: u64, end: u64) -> bool {
        // SAFETY: the file is open, and the call has no other conditions.
        let data = unsafe {
            libc::lseek(
                self.file.as_raw_fd(),
                libc::off_t::try_from(start).unwrap_or(libc::off_t::MAX),
                libc::SEEK_DATA,
            )
        };
        u64::try_from(data).is_ok_and(|data| data < end)
    }

    /// Returns how the program ended: it is ended if it has not.
    pub(crate) fn end(&mut self) -> String {
        let status = match self.child.try_wait() {
            // It may have closed the socket, and live on.
            Ok(None) => {
                std::thread::sleep(std::time::Duration::from_millis(200));
                self.child.try_wait()
            }
            ended => ended,
        };
        match status {
            Ok(Some(status)) => match status.signal() {
                Some(signal) => format!("signal {signal}"),
                None => format!("exit code {}", status.code().unwrap_or_default()),
            },
            _ => "it talks no more".to_owned(),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
