//! Finds out what a file is, by its first lines.

use crate::foreign::{self, Foreign};
use crate::names::{Function, function};
use crate::scan::{Scan, find};
use crate::{Tool, android, ltrace, utrace, valgrind};

/// What a file seems to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// A log that can be read.
    Log(Tool),
    /// A log or report that can't.
    Foreign(Foreign),
    /// Neither; perhaps a trace.
    Other,
}

/// How many lines are looked at.
const LINES: usize = 2000;

/// Returns what a file is by its first bytes, unpacked. The first line that only one tool writes
/// decides. 64 KiB are enough.
pub fn detect(start: &[u8]) -> Guess {
    if begins_as_trace(start) {
        return Guess::Other;
    }
    if let Some(foreign) = foreign::by_start(start) {
        return Guess::Foreign(foreign);
    }
    let mut lines = start.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
    if lines.clone().next().is_some_and(is_version) {
        return Guess::Log(Tool::Heaptrack);
    }
    let decided = lines.by_ref().take(LINES).find_map(by_line);
    decided.unwrap_or(Guess::Other)
}

/// Returns whether the first line that is not blank is one of a trace: a number, an operation, a
/// remark, or the marker of heaplab's dialect.
fn begins_as_trace(start: &[u8]) -> bool {
    let line = start.trim_ascii_start();
    let end = line.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    let mut words = Scan::new(&line[..end.unwrap_or(line.len())]);
    let is_number = |word: &[u8]| word.iter().all(u8::is_ascii_digit);
    match (words.word(), words.word()) {
        (Some(b"heaplab"), _) => true,
        (Some([letter]), Some(id)) if letter.is_ascii_lowercase() && *letter != b'v' => {
            is_number(id.strip_prefix(b"-").unwrap_or(id))
        }
        (Some(number), None) => is_number(number),
        _ => false,
    }
}

fn by_line(line: &[u8]) -> Option<Guess> {
    if let Some(foreign) = foreign::by_line(line) {
        return Some(Guess::Foreign(foreign));
    }
    let tool = if is_mtrace(line) {
        Tool::Mtrace
    } else if is_valgrind(line) {
        Tool::Valgrind
    } else if is_android(line) {
        Tool::Android
    } else if is_utrace(line) {
        Tool::Utrace
    } else if is_ltrace(line) {
        Tool::Ltrace
    } else {
        return None;
    };
    Some(Guess::Log(tool))
}

fn is_mtrace(line: &[u8]) -> bool {
    let has_deed = |deed| find(line, deed).is_some();
    line == b"= Start"
        || (line.starts_with(b"@ ") && ["] + 0x", "] - 0x", "] < 0x"].into_iter().any(has_deed))
}

/// Returns whether the line is `v 10400 3`, or without the format.
fn is_version(line: &[u8]) -> bool {
    let mut scan = Scan::new(line);
    let is_hexadecimal = |word: &[u8]| word.iter().all(u8::is_ascii_hexdigit);
    scan.word() == Some(b"v")
        && scan.word().is_some_and(|word| word.len() >= 4 && is_hexadecimal(word))
        && scan.word().is_none_or(is_hexadecimal)
        && scan.word().is_none()
}

/// Returns whether the line is `==PID== ` with or without a time, or a call.
fn is_valgrind(line: &[u8]) -> bool {
    if valgrind::find_calls(line).is_some_and(|(_, text)| valgrind::starts_call(text)) {
        return true;
    }
    let mut scan = Scan::new(line);
    let is_number = |scan: &mut Scan| scan.decimal().is_some();
    if !scan.eat("==") || !is_number(&mut scan) {
        return false;
    }
    if scan.rest.starts_with(b":") {
        scan.word();
        scan.blanks();
        if !is_number(&mut scan) {
            return false;
        }
    }
    scan.eat("== ") || scan.rest == b"=="
}

fn is_android(line: &[u8]) -> bool {
    android::split(line).is_some_and(|(verb, mut arguments)| {
        let is_verb = function(verb).is_some() || verb == b"thread_done";
        is_verb && arguments.word().is_some_and(|word| word.starts_with(b"0x"))
    })
}

/// Returns whether the line is a record of kdump: `PID COMMAND KIND ...`.
fn is_utrace(line: &[u8]) -> bool {
    let mut scan = Scan::new(line);
    if scan.decimal().is_none() || utrace::split(line).is_none() && find(line, "  ").is_none() {
        return false;
    }
    scan.word().is_some()
        && scan.word().is_some_and(|kind| matches!(kind, b"USER" | b"CALL" | b"RET" | b"NAMI"))
        || utrace::split(line).is_some()
}

/// Returns whether the line is a call of an allocator with a result or without an end, or one that
/// only ltrace prints at the end of a process.
fn is_ltrace(line: &[u8]) -> bool {
    if find(line, "+++ exited (status ").is_some() {
        return true;
    }
    let Some((_, ltrace::Event::Call { name, rest, .. })) = ltrace::event(line) else {
        return false;
    };
    match function(name) {
        // `free(p)` without a result is also a line of C, so its block has to be a number.
        Some(Function::Free) => rest.rest.starts_with(b"0x"),
        Some(function) => ltrace::is_call(function, rest),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_recognized_by_their_lines() {
        for (text, tool) in [
            ("= Start\n", Tool::Mtrace),
            ("noise\n@ ./p:[0x1] + 0x10 0x8\n", Tool::Mtrace),
            ("==12== Memcheck, a memory error detector\n", Tool::Valgrind),
            ("==00:00:00:00.000 12== Memcheck\n", Tool::Valgrind),
            ("out--12-- malloc(8) = 0x4A10\n", Tool::Valgrind),
            ("v 10400 3\nX ./p\n", Tool::Heaptrack),
            ("v 10000\n", Tool::Heaptrack),
            ("12: malloc 0x10 8\n", Tool::Android),
            ("\n\n12: thread_done 0x0\n", Tool::Android),
            ("  12 p        USER  0x10 = malloc(8)\n", Tool::Utrace),
            ("  12 p        CALL  write(0x1,0x8,0x5)\n", Tool::Utrace),
            ("puts(\"x\") = 2\nmalloc(8)       = 0x10\n", Tool::Ltrace),
            ("12 p->calloc(8, 2 <unfinished ...>\n", Tool::Ltrace),
            ("12 17:08:34 _Znwm(8, 1, 2, 3) = 0x10\n", Tool::Ltrace),
            ("puts(\"x\") = 2\r\n+++ exited (status 0) +++\r\n", Tool::Ltrace),
        ] {
            assert_eq!(detect(text.as_bytes()), Guess::Log(tool), "{text}");
        }
    }

    #[test]
    fn traces_and_other_text_are_not_logs() {
        for text in [
            "",
            "\n\n",
            "20000\n3\n6\n1\na 0 512\n",
            "heaplab 1\n1\n1\n1\n8\n# malloc(8) = 0x10\na 0 8\n",
            "# malloc(8) = 0x10\na 0 8\n",
            "a 0 8\nmalloc(8) = 0x10\n",
            "f -1\n= Start\n",
            "v 1 8\n",
            "w 0 8\n",
            "1 2 3 4\n",
            "malloc(8)\n",
            "p = malloc(8);\n    free(p);\n",
            "malloc(8) == NULL\n",
            "malloc(size)\n",
            "== 12 ==\n",
            "-- a remark\n",
            "\u{0}\u{1}\u{2}",
        ] {
            assert_eq!(detect(text.as_bytes()), Guess::Other, "{text}");
        }
    }

    #[test]
    fn logs_of_unsupported_tools_are_recognized() {
        for text in [
            "execve(\"./p\", [\"./p\"], 0x7ffd) = 0\nbrk(NULL) = 0x55\n",
            "desc: (none)\ncmd: ./p\ntime_unit: i\n",
            "==12==ERROR: LeakSanitizer: detected memory leaks\n",
        ] {
            assert!(matches!(detect(text.as_bytes()), Guess::Foreign(_)), "{text}");
        }
    }
}
