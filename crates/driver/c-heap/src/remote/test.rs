//! The self-test of the reports, where its program can't be loaded.

use super::link::{BASE, Greeting, Link};
use super::message::{Access, Message, Report as Told, SHARED_BYTES, ask, tell};
use crate::reports::Report;
use heaplab_arena::host::Host;
use heaplab_arena::{Arena, HEAP_START, Settings, Silent};
use std::io;
use std::path::Path;
use std::process::Command;

/// Runs the program of the self-test, and returns where its memory starts and what it reports.
///
/// # Errors
/// If it does not run.
pub(crate) fn reports_of_self_test(program: &Path) -> io::Result<(usize, Vec<Report>)> {
    let settings = Settings { limit_bytes: 1 << 16, ..Settings::default() };
    let mut arena = Arena::with(settings, Silent).map_err(io::Error::other)?;
    let memory = arena.share(SHARED_BYTES)?;
    let start = u64::from(HEAP_START.to_word());
    let mut link = Link::start(Command::new(program), memory, start, Greeting::Local)?;
    let start = BASE + start;
    link.say(Message { kind: ask::FREE, a: start, b: 0, c: start })?;
    let mut all = Vec::new();
    loop {
        let heard = link.hear()?;
        for told in link.reports(heard.b)? {
            all.extend(read(told));
        }
        match heard.kind {
            tell::RETURNED => return Ok((start as usize, all)),
            tell::FULL => link.say(Message::default())?,
            _ => return Err(io::Error::other(format!("it ends: {}", link.end()))),
        }
    }
}

/// Returns the loads and stores of a report.
fn read(told: Told) -> Vec<Report> {
    let one = |at: u64, is_store| Report {
        at: at as usize,
        size: told.size as usize,
        is_store,
        pc: told.pc as usize,
    };
    match told.access {
        Access::Load | Access::LoadToCopy => vec![one(told.at, false)],
        Access::Store | Access::Fill => vec![one(told.at, true)],
        Access::Copy => vec![one(told.from, false), one(told.at, true)],
        Access::Enter | Access::Leave | Access::Block | Access::Listed => Vec::new(),
    }
}
