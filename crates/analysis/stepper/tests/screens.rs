//! Screens, drawn into memory: keys in, text out.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used)]

use heaplab_film::{Access, Failure, Film, HeapView, Kind, KnownFault, Options, Pending, Step};
use heaplab_heap::Design;
use heaplab_stepper::{Filmed, Flow, Key, Outside, Stepper, Watched, file_of_typed};
use heaplab_trace::Trace;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// The sizes that every screen is drawn in.
const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (60, 20)];

/// Records in this process, and keeps what is saved; the second says whether there are sources.
#[derive(Clone, Default)]
struct InMemory(Saved, bool);

type Saved = Rc<RefCell<Vec<(String, Vec<u8>)>>>;

fn film<D: Design>(design: D, trace: &Arc<Trace>) -> Result<Box<dyn Filmed>, String> {
    // A heap that needs no more than this is not refused.
    let options = Options { limit_bytes: 1 << 16, may_run_out: true, ..Options::default() };
    let film = Film::record(design, Arc::clone(trace), options);
    Ok(Box::new(film.map_err(|error| error.to_string())?))
}

/// A film that is seen while it is recorded, three operations at a time, and is then found to be at
/// fault at an operation.
struct Growing {
    film: Film<heaplab_explicit::Policy>,
    fault_at: Option<usize>,
    is_checked: bool,
}

impl Growing {
    fn new(trace: &Arc<Trace>, fault_at: Option<usize>) -> Growing {
        let (design, options) = (heaplab_explicit::Policy::default(), Options::default());
        let film = Film::begin(design, Arc::clone(trace), options, &|_| ()).unwrap();
        Growing { film, fault_at, is_checked: false }
    }
}

impl Filmed for Growing {
    fn steps(&self) -> usize {
        self.film.steps()
    }

    fn failure(&self) -> Option<Failure> {
        Filmed::failure(&self.film)
    }

    fn step(&mut self, step: usize) -> Result<Step, String> {
        Filmed::step(&mut self.film, step)
    }

    fn accesses(&mut self, step: usize) -> Result<Vec<Access>, String> {
        Filmed::accesses(&mut self.film, step)
    }

    fn heap(&mut self, done: usize) -> Result<HeapView, String> {
        Filmed::heap(&mut self.film, done)
    }

    fn bytes(&mut self, done: usize, addr: u32, size: u32) -> Result<Option<Vec<u8>>, String> {
        Filmed::bytes(&mut self.film, done, addr, size)
    }

    fn next(&mut self, kind: Kind, from: Option<usize>) -> Result<Option<usize>, String> {
        Filmed::next(&mut self.film, kind, from)
    }

    fn previous(&mut self, kind: Kind, from: usize) -> Result<Option<usize>, String> {
        Filmed::previous(&mut self.film, kind, from)
    }

    fn more(&mut self) -> Result<Pending, String> {
        if !self.film.is_complete() {
            self.film.record_more(3, &|_| ()).map_err(|error| error.to_string())?;
            return Ok(match self.film.is_complete() {
                true => Pending::Checking(Some("50%".to_owned())),
                false => Pending::Recording,
            });
        }
        if !std::mem::replace(&mut self.is_checked, true) {
            let failure =
                Failure { code: "overlap".to_owned(), message: "shares bytes".to_owned() };
            let fault = |op_index| KnownFault { op_index, failure, is_fatal: false };
            if let Some(op_index) = self.fault_at {
                self.film.end_with(fault(Some(op_index)));
            }
        }
        Ok(Pending::Nothing)
    }
}

impl<'a> Outside<'a> for InMemory {
    fn record(&mut self, heap: &str, trace: &Arc<Trace>) -> Result<Box<dyn Filmed + 'a>, String> {
        match heap {
            "implicit" => film(heaplab_implicit::Policy::default(), trace),
            "explicit" => film(heaplab_explicit::Policy::default(), trace),
            "growing" => Ok(Box::new(Growing::new(trace, None))),
            "faulty" => Ok(Box::new(Growing::new(trace, Some(6)))),
            _ => Err(format!("{heap} is not known")),
        }
    }

    /// Each line says its number.
    fn source(&mut self, file: &str) -> Option<String> {
        let lines = (1..400).map(|number| format!("    text {number} of {file}\n"));
        self.1.then(|| lines.collect())
    }

    fn save(&mut self, path: &str, bytes: &[u8]) -> Result<(), String> {
        self.0.borrow_mut().push((path.to_owned(), bytes.to_vec()));
        Ok(())
    }
}

fn stepper(heaps: &[&str], line: &str) -> Stepper<'static> {
    let heaps: Vec<String> = heaps.iter().map(|heap| (*heap).to_owned()).collect();
    let trace = Arc::new(Trace::of_line("short", line).unwrap());
    Stepper::new(Box::new(InMemory::default()), &heaps, trace, "short.rep").unwrap()
}

fn press(stepper: &mut Stepper<'_>, keys: impl IntoIterator<Item = Key>) {
    for key in keys {
        assert_eq!(stepper.press(key), Flow::Stay, "{key:?}");
    }
}

fn type_line(stepper: &mut Stepper<'_>, line: &str) {
    press(stepper, line.chars().map(Key::Char).chain([Key::Enter]));
}

/// Returns the screen as text, without blanks at the ends of lines, and without the numbers of
/// lines in the allocators' sources.
fn drawn(stepper: &mut Stepper<'_>, (width, height): (u16, u16)) -> String {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| stepper.draw(frame)).unwrap();
    without_numbers(&text(terminal.backend().buffer()).join("\n"))
}

fn without_numbers(text: &str) -> String {
    let mut parts = text.split(".rs:");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept += ".rs:";
        kept += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    kept
}

const MERGES: &str = "a 0 40, a 1 40, a 2 40, a 3 40, f 0, f 2, f 1, a 4 200, r 3 100, f 3, f 4";

#[test]
fn one_heap_at_three_sizes() {
    let mut stepper = stepper(&["explicit"], MERGES);
    press(&mut stepper, [Key::Right; 6]);
    for size in SIZES {
        insta::assert_snapshot!(
            format!("one_heap_{}x{}", size.0, size.1),
            drawn(&mut stepper, size)
        );
    }
}

#[test]
fn two_heaps_at_three_sizes() {
    let mut stepper = stepper(&["implicit", "explicit"], MERGES);
    press(&mut stepper, [Key::Right; 6]);
    for size in SIZES {
        insta::assert_snapshot!(
            format!("two_heaps_{}x{}", size.0, size.1),
            drawn(&mut stepper, size)
        );
    }
}

#[test]
fn a_run_is_seen_while_it_is_recorded() {
    let mut stepper = stepper(&["growing"], MERGES);
    let shown = |stepper: &mut Stepper<'_>| drawn(stepper, SIZES[0]);
    let screen = shown(&mut stepper);
    assert!(screen.contains("before the first of 11 steps"), "{screen}");
    assert!(screen.contains("recorded 27%  ? help"), "{screen}");
    press(&mut stepper, [Key::Right; 3]);
    let screen = shown(&mut stepper);
    assert!(screen.contains("step 3 of 11") && !screen.contains("not reached"), "{screen}");
    // A key stops the waiting.
    press(&mut stepper, [Key::End]);
    assert!(shown(&mut stepper).contains("step 3 of 11"), "{screen}");
    assert!(shown(&mut stepper).contains("recording up to there; any key stops waiting"));
    press(&mut stepper, [Key::Left]);
    stepper.go_on();
    assert!(shown(&mut stepper).contains("step 2 of 11"), "{screen}");
    // What comes is reached as soon as it is there.
    press(&mut stepper, [Key::PageDown]);
    stepper.go_on();
    assert!(shown(&mut stepper).contains("step 2 of 11"));
    stepper.go_on();
    let screen = shown(&mut stepper);
    assert!(screen.contains("step 11 of 11"), "{screen}");
    assert!(screen.contains("checked 50%  ? help"), "{screen}");
    assert_eq!(stepper.unchecked(), ["growing"]);
    // A failure may still come.
    press(&mut stepper, [Key::Char('n'), Key::Char('f')]);
    assert!(shown(&mut stepper).contains("the check is not over; any key stops waiting"));
    stepper.go_on();
    assert!(!stepper.is_pending());
    assert!(shown(&mut stepper).contains("there is not a failure after this step"));
}

#[test]
fn a_fault_that_is_found_later_takes_steps_away() {
    let mut stepper = stepper(&["faulty", "explicit"], MERGES);
    assert!(stepper.go_to_line(14), "{}", drawn(&mut stepper, SIZES[0]));
    while stepper.is_pending() {
        stepper.go_on();
    }
    let screen = drawn(&mut stepper, SIZES[0]);
    assert!(screen.contains("step 10 of 11") && screen.contains("ended at step 7"), "{screen}");
    assert!(screen.contains("faulty ends here: overlap: shares bytes"), "{screen}");
    let mut alone = self::stepper(&["faulty"], MERGES);
    press(&mut alone, [Key::Char('n'), Key::Char('f')]);
    while alone.is_pending() {
        alone.go_on();
    }
    assert!(drawn(&mut alone, SIZES[0]).contains("step 7 of 7"));
}

#[test]
fn before_the_first_operation() {
    let mut stepper = stepper(&["implicit"], MERGES);
    let screen = drawn(&mut stepper, SIZES[0]);
    assert!(screen.contains("before the first of 11 steps"), "{screen}");
    assert!(screen.contains("next    line 5: a 0 40"), "{screen}");
    press(&mut stepper, [Key::Left]);
    assert!(drawn(&mut stepper, SIZES[0]).contains("nothing was called before"));
}

#[test]
fn inside_a_call_each_access_is_a_step() {
    let mut stepper = stepper(&["explicit"], MERGES);
    press(&mut stepper, [Key::Right; 7]);
    press(&mut stepper, [Key::Char('i'), Key::Right, Key::Right]);
    insta::assert_snapshot!("inside", drawn(&mut stepper, SIZES[0]));
    // The walk ends where the call ends.
    press(&mut stepper, [Key::End]);
    let at_end = drawn(&mut stepper, SIZES[0]);
    let (_, count) = at_end.split_once("inside, ").unwrap();
    let (done, count) = count.split_once(':').unwrap().0.split_once(" of ").unwrap();
    assert_eq!(done, count, "{at_end}");
    press(&mut stepper, [Key::Right]);
    assert!(drawn(&mut stepper, SIZES[0]).contains("this is the end of the call"));
    press(&mut stepper, [Key::Escape]);
    let after = drawn(&mut stepper, SIZES[0]);
    assert!(after.contains("step 7 of 11") && !after.contains("inside,"), "{after}");
}

/// Any walk there and back shows the same screen.
#[test]
fn there_and_back_is_the_same_screen() {
    let mut stepper = stepper(&["implicit", "explicit"], MERGES);
    let mut screens = vec![drawn(&mut stepper, SIZES[1])];
    for _ in 0..11 {
        press(&mut stepper, [Key::Right]);
        screens.push(drawn(&mut stepper, SIZES[1]));
    }
    for screen in screens.iter().rev().skip(1) {
        press(&mut stepper, [Key::Left]);
        assert_eq!(&drawn(&mut stepper, SIZES[1]), screen);
    }
    press(&mut stepper, [Key::End]);
    assert_eq!(drawn(&mut stepper, SIZES[1]), screens[11]);
    press(&mut stepper, [Key::Home]);
    assert_eq!(drawn(&mut stepper, SIZES[1]), screens[0]);
}

#[test]
fn steps_of_a_kind_are_found() {
    let mut stepper = stepper(&["explicit"], MERGES);
    let mut at = |keys: &[Key]| {
        press(&mut stepper, keys.iter().copied());
        let screen = drawn(&mut stepper, SIZES[0]);
        screen.lines().next().unwrap().to_owned() + screen.lines().last().unwrap()
    };
    let n = |key| [Key::Char('n'), Key::Char(key)];
    assert!(at(&n('m')).contains("step 7 of 11"), "f 1 merges with both neighbours");
    assert!(at(&[Key::Char('N'), Key::Char('s')]).contains("step 4 of 11"));
    assert!(at(&[Key::Char('N'), Key::Char('n')]).contains("step 3 of 11"), "the same again");
    assert!(at(&n('r')).contains("step 9 of 11"), "the realloc moves");
    assert!(at(&n('f')).contains("there is not a failure after this step"));
    assert!(at(&n('z')).contains("nothing was looked for"));
    assert!(at(&[Key::Char('g'), Key::Char('7'), Key::Enter]).contains("step 3 of 11, line 7"));
}

#[test]
fn a_place_that_is_not_there_is_answered() {
    let mut stepper = stepper(&["implicit"], MERGES);
    press(&mut stepper, [Key::End]);
    for (key, typed, answer) in [
        ('g', "99", "there is no step on line 99"),
        ('g', "-1", "is not the number of a line"),
        ('g', "", "is not the number of a line"),
        ('/', "0x1", "is not in a block"),
        ('/', "zz", "is not an address"),
        ('/', "0x", "is not an address"),
        ('/', "77", "is not in a block"),
        ('/', "99999999999999999999", "is not an address"),
    ] {
        press(&mut stepper, [Key::Char(key)]);
        type_line(&mut stepper, typed);
        let screen = drawn(&mut stepper, SIZES[2]);
        assert!(screen.contains(answer), "{key} {typed}: {screen}");
        assert!(screen.contains("step 11 of 11"), "{screen}");
    }
}

#[test]
fn a_block_is_chosen_by_address_id_key_and_click() {
    let mut stepper = stepper(&["implicit"], MERGES);
    press(&mut stepper, [Key::Right; 4]);
    let chosen = |stepper: &mut Stepper<'_>| {
        let screen = drawn(stepper, SIZES[0]);
        let line = screen.lines().find(|line| line.contains(" bytes, line ")).unwrap_or("none");
        line.split(':').next().unwrap().to_owned()
    };
    assert!(chosen(&mut stepper).starts_with("id 3 "), "the block of the call");
    press(&mut stepper, [Key::Char('/')]);
    type_line(&mut stepper, "0x10018");
    assert!(chosen(&mut stepper).starts_with("id 0 "));
    press(&mut stepper, [Key::Tab]);
    assert!(chosen(&mut stepper).starts_with("id 1 "));
    press(&mut stepper, [Key::BackTab, Key::BackTab, Key::Char('/')]);
    type_line(&mut stepper, "2");
    assert!(chosen(&mut stepper).starts_with("id 2 "));
    press(&mut stepper, [Key::Click { column: 2, row: 4 }]);
    assert!(chosen(&mut stepper).starts_with("id 0 "), "the first block of the near strip");
    press(&mut stepper, [Key::Click { column: 79, row: 23 }, Key::Click { column: 500, row: 500 }]);
    assert!(chosen(&mut stepper).starts_with("id 0 "), "nothing is there");
    press(&mut stepper, [Key::Escape]);
    assert!(chosen(&mut stepper).starts_with("id 3 "), "it follows the calls again");
}

#[test]
fn decimal_words() {
    let mut stepper = stepper(&["implicit"], MERGES);
    press(&mut stepper, [Key::Right, Key::Char('x')]);
    let screen = drawn(&mut stepper, SIZES[0]);
    assert!(screen.contains("         49 header? the size + 1"), "{screen}");
}

#[test]
fn a_small_terminal_is_answered() {
    let mut stepper = stepper(&["implicit"], MERGES);
    for size in [(59, 20), (60, 19), (10, 3), (1, 1), (3, 100), (200, 2)] {
        let screen = drawn(&mut stepper, size);
        assert!(size.0 < 50 || screen.contains("is too small: at least 60x20"), "{screen}");
    }
}

/// Drawing does not fail at any size, whatever is shown.
#[test]
fn any_size_can_be_drawn() {
    for heaps in [&["explicit"][..], &["implicit", "explicit"][..]] {
        let mut stepper = stepper(heaps, MERGES);
        for keys in [&[][..], &[Key::Right], &[Key::End], &[Key::Char('i')], &[Key::Char('?')]] {
            press(&mut stepper, keys.iter().copied());
            for size in [(60, 20), (61, 21), (79, 24), (80, 20), (200, 20), (60, 90), (300, 100)] {
                assert!(!drawn(&mut stepper, size).is_empty());
            }
        }
    }
}

#[test]
fn colors_are_left_out_if_they_are_not_wanted() {
    use ratatui::style::Color;
    let colors = |stepper: &mut Stepper<'_>| {
        let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| stepper.draw(frame)).unwrap();
        let cells = terminal.backend().buffer().content.clone();
        cells.iter().filter(|cell| cell.fg != Color::Reset).count()
    };
    let mut with = stepper(&["implicit"], MERGES);
    press(&mut with, [Key::Right]);
    assert!(colors(&mut with) > 0);
    let mut without = stepper(&["implicit"], MERGES).with_colors(false);
    press(&mut without, [Key::Right]);
    assert_eq!(colors(&mut without), 0);
}

#[test]
fn help_names_every_key_at_the_smallest_size() {
    let mut stepper =
        Stepper::playground(Box::new(InMemory::default()), &["implicit".into()]).unwrap();
    press(&mut stepper, [Key::Char('?')]);
    insta::assert_snapshot!("help", drawn(&mut stepper, SIZES[2]));
}

#[test]
fn a_trace_is_typed() {
    let outside = InMemory::default();
    let saved = Rc::clone(&outside.0);
    let mut stepper = Stepper::playground(Box::new(outside), &["explicit".into()]).unwrap();
    insta::assert_snapshot!("playground_empty", drawn(&mut stepper, SIZES[2]));
    for line in ["a 0 24", "a 1 8, r 0 40", "f 1"] {
        type_line(&mut stepper, line);
    }
    insta::assert_snapshot!("playground", drawn(&mut stepper, SIZES[0]));
    for (line, answer) in [
        ("f 1", "the id was freed by operation 3"),
        ("f 9", "never allocated"),
        ("hello", "`hello` is not understood"),
        ("a 0 8", "the id holds a block since operation 0"),
    ] {
        type_line(&mut stepper, line);
        let screen = drawn(&mut stepper, SIZES[0]);
        assert!(screen.contains(answer) && screen.contains("step 4 of 4"), "{line}: {screen}");
    }
    type_line(&mut stepper, "undo");
    type_line(&mut stepper, "undo");
    assert!(drawn(&mut stepper, SIZES[0]).contains("step 1 of 1"), "a line is one thing to undo");
    press(&mut stepper, [Key::Up, Key::Up, Key::Down]);
    type_line(&mut stepper, "");
    type_line(&mut stepper, "save mine.rep");
    let saved = saved.borrow();
    let [(name, bytes)] = saved.as_slice() else { panic!("one file is saved") };
    assert_eq!(name, "mine.rep");
    let read = Trace::parse("mine.rep", bytes, &Default::default()).unwrap();
    assert_eq!(file_of_typed(&read.trace).unwrap(), *bytes);
}

#[test]
fn undo_without_a_line_is_answered() {
    let mut stepper =
        Stepper::playground(Box::new(InMemory::default()), &["implicit".into()]).unwrap();
    type_line(&mut stepper, "undo");
    assert!(drawn(&mut stepper, SIZES[0]).contains("there is nothing to undo"));
    type_line(&mut stepper, "a 0 24");
    press(&mut stepper, [Key::Left, Key::Escape, Key::Char('x'), Key::Enter]);
    type_line(&mut stepper, "undo");
    let screen = drawn(&mut stepper, SIZES[0]);
    assert!(screen.contains("before the first of 0 steps"), "{screen}");
    let quits = "quit".chars().map(|sign| stepper.press(Key::Char(sign))).last();
    assert_eq!((quits, stepper.press(Key::Enter)), (Some(Flow::Stay), Flow::Quit));
}

#[test]
fn a_heap_that_is_not_there_is_an_error() {
    let trace = Arc::new(Trace::of_line("short", "a 0 8").unwrap());
    let made = |heaps: &[String]| {
        let outside = Box::new(InMemory::default());
        Stepper::new(outside, heaps, Arc::clone(&trace), "short").err()
    };
    assert_eq!(made(&["nothing".into()]), Some("nothing is not known".to_owned()));
    assert_eq!(made(&[]), Some("error: there is not a heap to show".to_owned()));
}

#[test]
fn the_allocators_source_is_shown_at_the_current_line() {
    let trace = Arc::new(Trace::of_line("short", MERGES).unwrap());
    let outside = Box::new(InMemory(Rc::default(), true));
    let mut stepper = Stepper::new(outside, &["explicit".into()], trace, "short.rep").unwrap();
    press(&mut stepper, [Key::Right; 5]);
    press(&mut stepper, [Key::Char('i')]);
    for _ in 0..12 {
        press(&mut stepper, [Key::Right]);
        for size in SIZES {
            let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
            terminal.draw(|frame| stepper.draw(frame)).unwrap();
            let screen = terminal.backend().to_string();
            let (_, number) = screen.split_once(".rs:").unwrap();
            let number: String = number.chars().take_while(char::is_ascii_digit).collect();
            let line = format!(">{number:>4} text {number} of crates/allocators/explicit");
            assert!(screen.contains(&line[..20]), "{line}\n{screen}");
        }
    }
}

#[test]
fn a_watched_process_at_three_sizes() {
    let figures = ["payload 3072 of heap 8192 bytes".to_owned(), "4 blocks".to_owned()];
    let blocks = [(16, 1000), (2048, 2048), (4096, 20), (8190, 4)];
    let output: Vec<String> = (1..30).map(|line| format!("line {line}\u{1b}")).collect();
    for (width, height) in SIZES {
        let watched = Watched {
            title: "heap of python3 (pid 12) under quick",
            beside: "2 processes, 1.0 s",
            figures: &figures,
            heap_bytes: 8192,
            blocks: Some(&blocks),
            output: Some(&output),
            has_colors: true,
        };
        let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| watched.draw(frame)).unwrap();
        let rows = text(terminal.backend().buffer());
        assert!(rows[0].starts_with("heap of python3 (pid 12) under quick "), "{rows:#?}");
        assert!(rows[0].ends_with(" 2 processes, 1.0 s"), "{rows:#?}");
        assert_eq!(rows[2], "4 blocks");
        assert!(rows[3].starts_with("+0x00000000 ") && rows[3].contains("███"), "{rows:#?}");
        let count = |sign: char| rows[3..].concat().matches(sign).count();
        assert!(count('█') > 10 && count('░') > 10, "{rows:#?}");
        assert!(rows.iter().any(|row| row.starts_with("cell ") && row.ends_with("tags, free")));
        assert_eq!(rows.last().unwrap(), "line 29");
        let none = Watched { heap_bytes: 0, blocks: None, output: None, ..watched };
        terminal.draw(|frame| none.draw(frame)).unwrap();
        assert!(text(terminal.backend().buffer()).concat().contains("are not known"));
    }
}

/// Returns the rows of a screen, without blanks at their ends.
fn text(buffer: &Buffer) -> Vec<String> {
    let rows = (0..buffer.area.height).map(|y| {
        let row: String = (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
        row.trim_end().to_owned()
    });
    rows.collect()
}
