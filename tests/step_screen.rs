//! `heaplab step` on a terminal: keys in, screen out. The terminal is tmux; without it the tests
//! say so and pass. What is drawn is tested closer by in `crates/analysis/stepper`.

use heaplab_tests::command::{package, run_in};
use heaplab_tests::terminal::Screen;

const TRACE: &str = "labs/traces/classic/coalescing.rep";
const UNDER_TEST: &str = env!("CARGO_BIN_EXE_heaplab-under-test");
const FAULTY: &str = env!("CARGO_BIN_EXE_faulty");
const FIRST_LAB: &str = env!("CARGO_BIN_EXE_lab-0-sbrk-under-test");
const LAB: &str = env!("CARGO_BIN_EXE_lab-1-implicit-under-test");

fn heaplab(words: &str, size: (usize, usize)) -> Option<Screen> {
    Screen::start(UNDER_TEST, &package().join(".."), words, size)
}

#[test]
fn a_run_at_three_sizes() {
    for size in [(80, 24), (120, 40), (60, 20)] {
        let words = format!("step explicit --trace {TRACE} --at 8");
        let Some(screen) = heaplab(&words, size) else { return };
        let shown = screen.wait("left right  n next");
        let lines: Vec<&str> = shown.lines().collect();
        assert_eq!(lines.len(), size.1, "{shown}");
        assert!(lines.iter().all(|line| line.chars().count() <= size.0), "{shown}");
        assert!(lines[0].starts_with("step 4 of 14400, line 8: explicit on "), "{shown}");
        assert_eq!(lines[1], "heap 0x10000-0x13040, 12352 bytes, 1 block, 1 free");
        assert!(lines[2].starts_with("░░░░") && lines[2].contains('a'), "{shown}");
        assert_eq!(lines[6], "*list 0: a 0x10020");
        assert!(shown.contains("now     line 8: f 1: free(0x11030)"), "{shown}");
        let before = screen.press(&["Left"], "step 3 of 14400");
        assert!(before.contains("list 0: a 0x10020 > b 0x12040"), "{before}");
        screen.press(&["n", "m"], "step 4 of 14400");
        screen.press(&["i", "Right"], "inside, 1 of ");
        let inside = screen.press(&["Right"], "inside, 2 of ");
        assert!(inside.contains('@'), "{inside}");
        screen.press(&["Escape"], "left right  n next");
        screen.press(&["g"], "go to line");
        screen.enter("10", "line 10");
        screen.press(&["?"], "any key closes this");
        screen.press(&["?"], "line 10");
        screen.press(&["q"], "exit code: 0");
    }
}

/// The allocator's source moves when it is edited, so its panel is not compared.
#[test]
fn the_screen_in_the_documentation_is_the_real_one() {
    const WORDS: usize = 44;
    let page = std::fs::read_to_string(package().join("../docs/see.md")).unwrap();
    let (_, block) = page.split_once("```text\nstep 3 of 14400").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    let block = format!("step 3 of 14400{block}");
    let Some(screen) = heaplab(&format!("step explicit --trace {TRACE} --at 7"), (80, 24)) else {
        return;
    };
    screen.wait("left right  n next");
    // Until the run is recorded and checked, the title says how far it is.
    let shown = screen.wait_without(&["recorded ", "checked ", "checking "]);
    let has_source = 7..18;
    let compared = |text: &str| {
        let lines = text.lines().enumerate().map(|(number, line)| {
            let most = if has_source.contains(&number) { WORDS - 2 } else { usize::MAX };
            line.chars().take(most).collect::<String>().trim_end().to_owned()
        });
        lines.collect::<Vec<_>>()
    };
    assert_eq!(compared(&block), compared(&shown));
}

#[test]
fn every_reference_heap_opens() {
    for heap in ["implicit", "explicit", "segregated", "quick"] {
        let words = format!("step {heap} --trace {TRACE}");
        let Some(screen) = heaplab(&words, (80, 24)) else { return };
        screen.wait("before the first of 14400 steps");
        screen.press(&["End"], "step 14400 of 14400");
        screen.press(&["Left"], "step 14399 of 14400");
        screen.press(&["Home"], "before the first of 14400 steps");
        screen.press(&["C-c"], "exit code: 0");
    }
}

#[test]
fn the_terminal_changes_its_size_and_the_mouse_is_used() {
    let Some(screen) = heaplab(&format!("step implicit --trace {TRACE} --at 6"), (80, 24)) else {
        return;
    };
    screen.wait("id 1 0x11020");
    screen.tmux(&["send-keys", "-l", "\u{1b}[<0;4;5M"]);
    screen.wait("id 0 0x10010");
    screen.tmux(&["resize-window", "-x", "50", "-y", "10"]);
    screen.wait("50x10 is too small: at least 60x20");
    screen.tmux(&["resize-window", "-x", "120", "-y", "40"]);
    screen.wait("id 0 0x10010");
    screen.press(&["q"], "exit code: 0");
}

#[test]
fn a_terminal_without_a_screen_is_answered() {
    let words = format!("TERM=dumb '{UNDER_TEST}' step implicit --trace {TRACE}");
    let Some(screen) = Screen::start("env", &package().join(".."), &words, (80, 24)) else {
        return;
    };
    let shown = screen.wait("exit code: 2");
    assert!(shown.contains("TERM is `dumb`") && shown.contains("step --plain"), "{shown}");
}

/// A raw terminal shows nothing of what is typed.
#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, code) in [("-TERM", 143), ("-HUP", 129)] {
        let Some(screen) = heaplab(&format!("step implicit --trace {TRACE}"), (80, 24)) else {
            return;
        };
        screen.wait("before the first of 14400 steps");
        screen.signal(signal);
        screen.wait(&format!("exit code: {code}"));
        assert!(!screen.text().contains("before the first"), "the other screen is back");
        screen.enter("typed", "typed\ntyped");
    }
}

/// On a terminal that is gone, a read says at once that there is nothing.
#[test]
fn a_terminal_that_is_closed_ends_the_program() {
    let Some(screen) = heaplab(&format!("step implicit --trace {TRACE}"), (80, 24)) else { return };
    screen.wait("before the first of 14400 steps");
    assert!(screen.close_and_wait(), "the program goes on");
}

#[test]
fn two_heaps_in_step() {
    let words = format!("step implicit quick --trace {TRACE} --at 8");
    let Some(screen) = heaplab(&words, (80, 24)) else { return };
    let shown = screen.wait("step 4 of 14400, line 8: implicit and quick on");
    assert!(shown.contains("> implicit ") && shown.contains("  quick "), "{shown}");
    let other = screen.press(&["h"], "> quick ");
    assert!(other.contains("  implicit "), "{other}");
    screen.press(&["q"], "exit code: 0");
}

/// The heap that fails stays where it failed, and the other one goes on.
#[test]
fn two_heaps_of_which_one_fails() {
    let folder = package().join("faulty");
    let words = "step panics correct --trace story.rep";
    let Some(screen) = Screen::start(FAULTY, &folder, words, (80, 24)) else { return };
    screen.wait("before the first of");
    let end = screen.press(&["End"], "ended at step");
    assert!(end.contains("panics ends here: panic: "), "{end}");
    let first = screen.press(&["n", "f"], "failure after this step");
    assert!(first.contains("ended at step"), "{first}");
    let there = screen.press(&["N", "f"], "now     line 22");
    assert!(there.contains("panics ends here: panic: ") && !there.contains("ended at step"));
    screen.press(&["q"], "exit code: 1");
}

#[test]
fn heaps_at_fault_lead_to_the_operation() {
    for (heap, code) in [
        ("panics", "panic"),
        ("loops", "endless-loop"),
        ("misaligned", "misaligned"),
        ("aborts", "crash"),
        ("spins", "endless-loop"),
    ] {
        let folder = package().join("faulty");
        let words = format!("step {heap} --trace story.rep --op-timeout 1");
        let Some(screen) = Screen::start(FAULTY, &folder, &words, (80, 24)) else { return };
        screen.wait("before the first of");
        let shown = screen.press(&["n", "f"], &format!("{heap} ends here: "));
        assert!(shown.contains(code), "{heap}: {shown}");
        screen.press(&["Right"], "ends here");
        screen.press(&["Left"], "now     line");
        let left = screen.press(&["q"], "exit code: 1");
        assert!(left.contains(&format!("{heap} is at fault on story.rep: {code}")), "{left}");
        assert!(left.contains("explained by:"), "{left}");
    }
}

#[test]
fn a_trace_is_typed_undone_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    let Some(screen) = Screen::start(UNDER_TEST, folder.path(), "step explicit", (80, 24)) else {
        return;
    };
    screen.wait("type a 0 24");
    screen.enter("a 0 24", "step 1 of 1, line 6");
    screen.enter("a 1 100, f 0", "step 3 of 3, line 8");
    screen.enter("r 1 4000", "step 4 of 4");
    let wrong = screen.enter("f 0", "the id was freed by operation 2");
    assert!(wrong.contains("step 4 of 4"), "{wrong}");
    screen.enter("undo", "step 3 of 3");
    screen.enter("a 2 4000000000", "malloc(4000000000) is refused");
    screen.enter("a 3 8", "step 5 of 5");
    screen.enter("undo", "step 4 of 4");
    screen.enter("undo", "step 3 of 3");
    screen.enter("save mine.rep", "3 operations are in mine.rep");
    screen.enter("save mine.rep", "is there already");
    screen.enter("save no/folder.rep", "can't write no/folder.rep");
    screen.press(&["Left"], "step 2 of 3");
    screen.enter("quit", "exit code: 0");
    let words = ["run", "explicit", "--trace", "mine.rep", "--no-timing"];
    let seen = run_in(UNDER_TEST, folder.path(), &words);
    assert_eq!(seen.code, Some(0), "{seen:?}");
}

/// A starter has holes: the call that reaches one is shown as the panic that it is.
#[test]
fn a_lab_with_holes_is_played_with() {
    let folder = package().join("..");
    let Some(screen) = Screen::start(FIRST_LAB, &folder, "step mine", (80, 24)) else { return };
    screen.wait("type a 0 24");
    screen.enter("a 0 24", "mine ends here: panic: ");
    screen.enter("f 0", "mine has failed: `undo` goes back");
    screen.enter("undo", "before the first of 0 steps");
    screen.enter("quit", "exit code: 0");
    // Where there is not even an empty heap, the hole is named.
    let Some(screen) = Screen::start(LAB, &folder, "step mine", (80, 24)) else { return };
    let shown = screen.wait("exit code: 1");
    assert!(shown.contains("mine: panic: ") && shown.contains("not yet implemented"), "{shown}");
}
