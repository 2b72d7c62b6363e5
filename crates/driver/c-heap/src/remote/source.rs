//! The lines of a program, and which of its functions run.

use super::link::Asked;
use super::message::{MESSAGE_BYTES, Message, tell};
use super::pointers::{addr_of, pointer};
use crate::lines::Lines;
use heaplab_arena::{Addr, HEAP_START};
use heaplab_replay::foreign::Foreign;
use heaplab_replay::{Frame, Place};
use std::cell::RefCell;
use std::io::Read;
use std::os::unix::net::UnixStream;

/// The lines of a program.
pub(crate) struct Source {
    pub(crate) lines: Lines,
    /// Where the functions were called that run, as far as the program reports it.
    pub(crate) calls: RefCell<Vec<usize>>,
    /// The program, if it tells where it is.
    asked: Option<Asked>,
}

impl Source {
    /// Returns the source of a program with these lines.
    pub(crate) fn new(lines: Lines, asked: Option<Asked>) -> Source {
        Source { lines, calls: RefCell::default(), asked }
    }
}

impl Foreign for Source {
    fn place(&self, pc: usize) -> Option<Place> {
        self.lines.place(pc)
    }

    fn frames(&self, pc: usize) -> Vec<Frame> {
        let mut frames = self.lines.frames(pc);
        // The outermost is called by the command's own code.
        for &call in self.calls.borrow().iter().skip(1).rev() {
            frames.extend(self.lines.frames(call));
        }
        frames
    }

    fn frames_where_interrupted(&self) -> Option<Vec<Frame>> {
        let Asked { id, socket } = self.asked.as_ref()?;
        // SAFETY: the call has no conditions. The program was not waited for, so its number is its
        // own.
        unsafe { libc::kill(libc::pid_t::try_from(*id).ok()?, libc::SIGTRAP) };
        let mut bytes = [0; MESSAGE_BYTES];
        let mut socket: &UnixStream = socket;
        socket.read_exact(&mut bytes).ok()?;
        let message = Message::of(&bytes);
        let pc = (message.kind == tell::CRASHED).then_some(message.c)?;
        Some(self.lines.frames(pc as usize))
    }

    fn address_of(&self, pointer: u64) -> Option<Addr> {
        addr_of(pointer).filter(|&addr| addr >= HEAP_START)
    }

    fn pointer_to(&self, addr: Addr) -> u64 {
        pointer(addr)
    }
}
