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
use std::time::Duration;

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
    /// How many of these bytes the program has room for.
    mapped_bytes: u64,
    /// What was read of the reports last.
    reports: Vec<u8>,
}

/// A program that can be asked where it is.
pub(crate) struct Asked {
    /// Its process.
    pub(crate) id: u32,
    /// The socket on which it answers.
    pub(crate) socket: UnixStream,
}

/// How a program is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Greeting {
    /// It is in a sandbox, and nothing that it prints is kept.
    Jailed,
    /// It is the user's own.
    Local,
    /// The same; each access is reported before it is made, one by one.
    LocalAndSlow,
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
        greeting: Greeting,
    ) -> io::Result<Link> {
        let (ours, theirs) = UnixStream::pair()?;
        let child = command
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(if greeting == Greeting::Jailed { Stdio::null() } else { Stdio::inherit() })
            .spawn()?;
        let machine_bytes = machine_bytes as u64;
        let file = File::from(file);
        let mut link =
            Link { child, socket: ours, file, machine_bytes, mapped_bytes: 0, reports: Vec::new() };
        // The command keeps the other end open until it is dropped.
        drop(command);
        let kind = ask::HELLO + u64::from(greeting == Greeting::LocalAndSlow);
        link.say(Message { kind, a: BASE, b: machine_bytes, c: BASE + heap_start })?;
        match link.hear() {
            Ok(Message { kind: tell::READY, a: mapped_bytes, .. }) => {
                link.mapped_bytes = mapped_bytes.min(machine_bytes);
                Ok(link)
            }
            _ => Err(io::Error::other(format!("the program does not start: {}", link.end()))),
        }
    }

    /// Returns what it takes to ask the program where it is.
    ///
    /// # Errors
    /// If there is no other descriptor for the socket.
    pub(crate) fn asked(&self) -> io::Result<Asked> {
        Ok(Asked { id: self.child.id(), socket: self.socket.try_clone()? })
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

    /// Waits for a message, and calls `meanwhile` from time to time.
    pub(crate) fn hear_while(&mut self, meanwhile: &dyn Fn()) -> io::Result<Message> {
        const EACH: Duration = Duration::from_millis(250);
        self.socket.set_read_timeout(Some(EACH))?;
        let mut bytes = [0; MESSAGE_BYTES];
        let mut got = 0;
        while got < bytes.len() {
            match self.socket.read(&mut bytes[got..]) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(more) => got += more,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => meanwhile(),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.socket.set_read_timeout(None)?;
        Ok(Message::of(&bytes))
    }

    /// Returns how many bytes of the machine the program has room for.
    pub(crate) fn mapped_bytes(&self) -> u64 {
        self.mapped_bytes
    }

    /// Returns the file with the machine's memory.
    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Takes the file of another machine, which the program maps too.
    pub(crate) fn take_file(&mut self, file: File) {
        self.file = file;
    }

    /// Reads `count` reports; none of those past the first that makes no sense.
    pub(crate) fn reports(&mut self, count: u64) -> io::Result<Vec<Report>> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(MOST_REPORTS);
        self.reports.resize(count * REPORT_BYTES, 0);
        if count > 0 {
            let at = self.machine_bytes + 2 * TEXT_BYTES as u64;
            self.file.read_exact_at(&mut self.reports, at)?;
        }
        let (reports, _) = self.reports.as_chunks::<REPORT_BYTES>();
        Ok(reports.iter().map_while(Report::of).collect())
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
                std::thread::sleep(Duration::from_millis(200));
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
