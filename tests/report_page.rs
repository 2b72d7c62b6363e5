//! `heaplab report`: the page in a browser, a heap at fault on it, and where it is written.

use heaplab_tests::browser::Browser;
use heaplab_tests::command::{Seen, package, run, run_in, words};
use serde_json::Value;
use std::fs;
use std::path::Path;

const HEAPS: [&str; 3] = ["implicit", "explicit:address", "quick"];

/// A trace with reallocs, longer than a page has columns.
const TRACE: &str = "labs/traces/shapes/growth.rep";

/// Its last operation, from 0, and the line of its first.
const LAST: u64 = 15_996;
const FIRST_LINE: u64 = 7;

/// A page is drawn when it says how long that took.
const READY: &str = "document.documentElement?.dataset.readyMs";

fn heaplab(arguments: &str) -> Seen {
    let folder = package().join("..");
    run_in(env!("CARGO_BIN_EXE_heaplab-under-test"), &folder, &words(arguments))
}

fn faulty(arguments: &str) -> Seen {
    run(env!("CARGO_BIN_EXE_faulty"), "faulty", &words(arguments))
}

fn json(seen: &Seen) -> Value {
    serde_json::from_str(&seen.stdout).unwrap()
}

/// One browser for all that is looked at: it takes longer to start than to look.
#[test]
fn the_page_in_a_browser() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("page.html");
    let seen =
        heaplab(&format!("report {} --trace {TRACE} -o {}", HEAPS.join(" "), page.display()));
    assert_eq!((seen.code, seen.stdout.as_str(), seen.stderr.as_str()), (Some(0), "", ""));
    let Some(mut browser) = Browser::start(&folder.path().join("chromium")) else { return };
    browser.look(1400, 1000, false);
    browser.open(&page, "", READY);
    charts_are_there(&mut browser);
    figures_are_the_facts(&mut browser);
    keys_and_slider_step_all_views(&mut browser);
    the_pointer_says_what_is_there(&mut browser);
    colours_and_width_follow_the_window(&mut browser);
    let logged = browser.logged();
    assert!(logged.is_empty(), "{logged:?}");
    a_link_opens_at_its_operation(&mut browser, &page);
    heaps_at_fault_are_shown_up_to_their_faults(&mut browser, folder.path());
    odd_traces_have_a_page(&mut browser, folder.path());
    several_traces_are_chosen_by_name(&mut browser, folder.path());
}

fn charts_are_there(browser: &mut Browser) {
    let sizes = browser.value(
        "[...document.querySelectorAll('.area canvas, .area svg')].map(drawing => {
            const box = drawing.getBoundingClientRect();
            return [box.width, box.height];
        })",
    );
    let sizes = sizes.as_array().unwrap();
    assert_eq!(sizes.len(), 4 * HEAPS.len());
    for size in sizes {
        let [width, height] = [0, 1].map(|side| size[side].as_f64().unwrap());
        assert!(width > 250.0 && height > 100.0, "{sizes:?}");
        let first = sizes[0][0].as_f64().unwrap();
        assert!((width - first).abs() < 0.1, "all have one scale of time: {sizes:?}");
    }
    // Something is drawn in each: paths, or pixels of several colours.
    let drawn = "[...document.querySelectorAll('.area svg')].every(svg => \
         [...svg.querySelectorAll('path')].some(path => path.getAttribute('d').length > 100))";
    assert_eq!(browser.value(drawn), true);
    let colours = browser.value(
        "[...document.querySelectorAll('.area canvas')].map(canvas => {
            const { width, height } = canvas;
            const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
            return new Set(new Uint32Array(bytes.buffer)).size;
        })",
    );
    assert!(colours.as_array().unwrap().iter().all(|count| count.as_u64() > Some(4)), "{colours}");
    let unnamed = "[...document.querySelectorAll('canvas, .area svg')]\
         .filter(drawing => !drawing.getAttribute('aria-label')).length";
    assert_eq!(browser.value(unnamed), 0, "each picture is described in words");
}

/// Returns the figure of a heap in the table of the page.
fn figure(browser: &mut Browser, heap: &str, name: &str) -> f64 {
    let of = format!("[data-fact={name:?}][data-heap={heap:?}]");
    let value = browser.value(&format!("document.querySelector(`{of}`)?.dataset.value"));
    let value = value.as_str().unwrap_or_else(|| panic!("{name} of {heap} is not there"));
    value.parse().unwrap_or(f64::NAN)
}

fn figures_are_the_facts(browser: &mut Browser) {
    let heaps = HEAPS.join(" ");
    let run =
        json(&heaplab(&format!("run {heaps} --no-timing --cost --trace {TRACE} --format json")));
    let waste = json(&heaplab(&format!("waste {heaps} --trace {TRACE} --format json")));
    for (index, heap) in HEAPS.into_iter().enumerate() {
        let (result, bytes) = (&run["results"][index], &waste["results"][index]);
        assert_eq!((&result["heap"], &bytes["heap"]), (&heap.into(), &heap.into()));
        let facts = &result["facts"];
        let parts = &bytes["peak_payload"]["parts"];
        let worst = &result["cost"]["touches"]["worst"];
        for (name, fact) in [
            ("utilization", &facts["utilization"]),
            ("peak payload bytes", &facts["peak_payload_bytes"]),
            ("heap bytes", &facts["heap_bytes"]),
            ("sbrk calls", &facts["sbrk_calls"]),
            ("loads", &facts["loads"]),
            ("stores", &facts["stores"]),
            ("headers, footers at the peak", &parts["tag_bytes"]),
            ("padding at the peak", &parts["padding_bytes"]),
            ("free at the peak", &parts["free_bytes"]),
            ("never used at the peak", &parts["never_used_bytes"]),
            ("the heap's own at the peak", &parts["own_bytes"]),
            ("free blocks at the peak", &bytes["peak_payload"]["free_blocks"]),
            ("worst operation, words", &worst["value"]),
            ("worst operation, line", &worst["line"]),
        ] {
            let fact = fact.as_f64().unwrap_or_else(|| panic!("{name}: {result} {bytes}"));
            assert_eq!(figure(browser, heap, name), fact, "{name} of {heap}");
        }
    }
}

/// Returns the operation that the page shows, and the places of the cursors in all its pictures.
fn shown(browser: &mut Browser) -> (u64, Vec<String>) {
    let op = browser.value("Number(document.getElementById('now').dataset.op)");
    let places =
        browser.value("[...document.querySelectorAll('.cursor')].map(cursor => cursor.style.left)");
    let places = places.as_array().unwrap().iter().map(|place| place.as_str().unwrap().to_owned());
    (op.as_u64().unwrap(), places.collect())
}

fn keys_and_slider_step_all_views(browser: &mut Browser) {
    let (first, before) = shown(browser);
    assert_eq!((first, before.len()), (0, 4 * HEAPS.len()));
    for (key, op) in [
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", LAST),
        ("ArrowRight", LAST),
        ("Home", 0),
        ("ArrowLeft", 0),
        ("End", LAST),
    ] {
        browser.press(key);
        assert_eq!(shown(browser).0, op, "{key}");
    }
    let (_, after) = shown(browser);
    assert!(after.iter().all(|place| *place == after[0]), "not in lockstep: {after:?}");
    assert_ne!(before[0], after[0]);
    browser.value(
        "(() => {
            const slider = document.getElementById('op');
            slider.value = 1234;
            slider.dispatchEvent(new Event('input', { bubbles: true }));
        })()",
    );
    assert_eq!(shown(browser).0, 1234);
    let line = browser.value("document.getElementById('line').value");
    assert_eq!(line, (FIRST_LINE + 1234).to_string());
    browser.wait("location.hash === '#op=1234'");
    browser.value("document.querySelector('[data-do=peak]').click()");
    let waste = json(&heaplab(&format!("waste implicit --trace {TRACE} --format json")));
    let peak = &waste["results"][0]["peak_payload"];
    assert_eq!(shown(browser).0, peak["op_index"].as_u64().unwrap());
    let payload =
        browser.value("document.querySelector(`[data-here='payload bytes']`).dataset.value");
    assert_eq!(payload, peak["parts"]["payload_bytes"].to_string());
    // What lives is the same in all heaps, and as many as `waste` counts.
    let live = browser.value(
        "[...document.querySelectorAll('.strip')].map(strip => Number(strip.dataset.blocks))",
    );
    assert_eq!(live[0], peak["live_blocks"]);
    // A part of the run is shown, and the operation stays in it.
    browser.press("+");
    browser.press("+");
    assert!(shown(browser).1[0].trim_end_matches('%').parse::<f64>().unwrap() < 100.0);
    browser.press("0");
}

/// The address and the block under the pointer are those that the film of the run has.
fn the_pointer_says_what_is_there(browser: &mut Browser) {
    browser.value("document.querySelector('[data-do=first]').click()");
    browser.value(
        "for (let time = 0; time < 12; time++) document.querySelector('[data-do=in]').click()",
    );
    // Fewer addresses are shown, with the block of the operation among them.
    let highest = "document.querySelector('.portrait .y span').textContent";
    let before = browser.value(highest);
    browser.press("]");
    browser.press("]");
    browser.press("]");
    assert_ne!(browser.value(highest), before);
    browser.value("window.scrollTo(0, document.querySelector('.portrait').offsetTop - 250)");
    let place = browser.value(
        "(() => {
            const area = document.querySelector('.portrait .area').getBoundingClientRect();
            const mark = document.querySelector('.portrait .chosen').getBoundingClientRect();
            return [area.left + 3, mark.top + mark.height / 2];
        })()",
    );
    let [x, y] = [0, 1].map(|side| place[side].as_f64().unwrap());
    browser.point(x, y, true);
    assert_eq!(shown(browser).0, 0, "a click goes to the operation");
    let tip = browser.value("document.getElementById('tip').textContent");
    let address = browser.value("document.querySelector('[data-here=address]').textContent");
    let step = heaplab(&format!("step implicit --trace {TRACE} --steps 1 --plain"));
    let made = format!("= {};", address.as_str().unwrap());
    assert!(step.stdout.contains(&made), "{made} {}", step.stdout);
    let tip = tip.as_str().unwrap();
    assert!(tip.starts_with(&format!("operation 0, line {FIRST_LINE}\nid 0, ")), "{tip}");
    assert!(tip.contains(&format!("bytes at {}\n", address.as_str().unwrap())), "{tip}");
    browser.value("document.querySelector('[data-do=all]').click()");
    assert_eq!(browser.value(highest), before);
}

fn colours_and_width_follow_the_window(browser: &mut Browser) {
    let background = "getComputedStyle(document.body).backgroundColor";
    let light = browser.value(background);
    browser.look(400, 800, true);
    browser.wait("document.querySelector('.area canvas').width < 400");
    assert_ne!(browser.value(background), light);
    let too_wide = browser.value("document.documentElement.scrollWidth > window.innerWidth");
    assert_eq!(too_wide, false, "a narrow window has no part beside it");
    let theme = "document.getElementById('theme')";
    browser.value(&format!("{theme}.click(), {theme}.click()"));
    assert_eq!(browser.value(background), light, "the button goes before the system");
    browser.value(&format!("{theme}.click()"));
    browser.call("Emulation.setEmulatedMedia", serde_json::json!({ "media": "print" }));
    let hidden = "getComputedStyle(document.querySelector('#controls .row')).display === 'none'";
    assert_eq!(browser.value(hidden), true);
    browser.call("Emulation.setEmulatedMedia", serde_json::json!({ "media": "" }));
    browser.look(1400, 1000, false);
}

fn a_link_opens_at_its_operation(browser: &mut Browser, page: &Path) {
    for (after, op) in [("#op=77", 77), ("#op=999999999", LAST), ("#op=x", 0), ("#", 0)] {
        browser.open(page, after, READY);
        assert_eq!(shown(browser).0, op, "{after}");
    }
    browser.value("location.hash = '#op=5'");
    browser.wait("document.getElementById('now').dataset.op === '5'");
}

fn heaps_at_fault_are_shown_up_to_their_faults(browser: &mut Browser, folder: &Path) {
    let page = folder.join("faults.html");
    let heaps = "correct panics loops aborts null too-large";
    let options = "--trace story.rep --op-timeout 1";
    let seen = faulty(&format!("report {heaps} {options} -o {}", page.display()));
    assert_eq!((seen.code, seen.stdout.as_str()), (Some(1), ""), "{seen:?}");
    browser.open(&page, "", READY);
    let run = json(&faulty(&format!("run {heaps} {options} --no-timing --format json")));
    for result in run["results"].as_array().unwrap() {
        let (heap, error) = (result["heap"].as_str().unwrap(), &result["facts"]["error"]);
        let code = error["code"].as_str();
        let of = |what: &str| format!("document.querySelector(`[data-heap={heap:?}] {what}");
        let said = browser.value(&of(".fault`)?.dataset.code"));
        assert_eq!(said.as_str(), code, "{heap}");
        let Some(code) = code else {
            assert_eq!(figure(browser, heap, "heap bytes"), result["facts"]["heap_bytes"]);
            continue;
        };
        assert!(seen.stderr.contains(&format!("fault[{code}]")), "{}", seen.stderr);
        if let Some(op) = error["op_index"].as_u64() {
            let said = browser.value(&of(".fault`).dataset.op"));
            assert_eq!(said, op.to_string(), "{heap}");
            let drawn = browser.value(&of(".portrait canvas`).dataset.blocks"));
            assert_ne!(drawn, "0", "{heap} has blocks before its fault");
            let again = faulty(&format!("check {heap} {options}"));
            assert_eq!(again.code, Some(1));
        }
    }
    browser.value("document.querySelector('[data-do=fault]').click()");
    let errors = run["results"].as_array().unwrap().iter().map(|one| &one["facts"]["error"]);
    let first = errors.filter(|error| error["op_index"].is_u64());
    let first = first.min_by_key(|error| error["op_index"].as_u64()).unwrap();
    assert_eq!(Some(shown(browser).0), first["op_index"].as_u64());
    let here = browser.value("document.querySelector('[data-here=fault]').textContent");
    assert_eq!(here, format!("Fault {}", first["code"].as_str().unwrap()));
    let logged = browser.logged();
    assert!(logged.is_empty(), "{logged:?}");
}

fn odd_traces_have_a_page(browser: &mut Browser, folder: &Path) {
    let page = folder.join("odd.html");
    for (name, text, blocks) in [
        ("empty.rep", "0\n0\n0\n1\n", 0),
        ("one.rep", "99\n1\n1\n1\na 0 10\n", 1),
        ("null.script", "f -1\nf -1\n", 0),
        ("<b>&<!-- .rep", "99\n1\n1\n1\na 0 10\n", 1),
        ("a\u{1b}b.rep", "99\n1\n3\n1\na 0 10\nr 0 20\nr 0 0\n", 2),
    ] {
        let trace = folder.join(name);
        fs::write(&trace, text).unwrap();
        let arguments = [
            "report",
            "implicit",
            "--trace",
            trace.to_str().unwrap(),
            "-o",
            page.to_str().unwrap(),
        ];
        let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), ".", &arguments);
        assert_eq!(seen.code, Some(0), "{name}: {seen:?}");
        browser.open(&page, "", READY);
        let drawn = browser.value("document.querySelector('.portrait canvas').dataset.blocks");
        assert_eq!(drawn, blocks.to_string(), "{name}");
        let logged = browser.logged();
        assert!(logged.is_empty(), "{name}: {logged:?}");
    }
}

fn several_traces_are_chosen_by_name(browser: &mut Browser, folder: &Path) {
    let page = folder.join("several.html");
    let traces = "--trace labs/traces/stress/nothing.rep --trace labs/traces/stress/huge.rep";
    let seen = heaplab(&format!("report quick {traces} -o {}", page.display()));
    assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
    browser.open(&page, "#op=5&trace=huge", READY);
    assert_eq!(browser.value("document.title"), "huge: heaplab report");
    assert_eq!(shown(browser).0, 5);
    let choose = "const select = document.getElementById('trace'); select.value = 'nothing'; \
         select.dispatchEvent(new Event('change'))";
    browser.value(choose);
    assert_eq!(browser.value("document.title"), "nothing: heaplab report");
    browser.wait("location.hash === '#op=0&trace=nothing'");
    let logged = browser.logged();
    assert!(logged.is_empty(), "{logged:?}");
}

/// The results of these heaps are right: a fault is only seen in what they load and store.
#[test]
fn a_fault_that_only_the_check_finds_is_on_the_page() {
    let page = faulty("report remnant correct --trace story.rep -o -");
    assert_eq!(page.code, Some(1), "{}", page.stderr);
    let (_, data) =
        page.stdout.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap();
    let run = json(&faulty("run remnant --trace story.rep --no-timing --format json"));
    assert!(run["results"][0]["facts"]["error"].is_null(), "{run}");
    let check = json(&faulty("check remnant --trace story.rep --format json"));
    let fault = &check["heaps"][0]["traces"][0]["diagnosis"];
    let [remnant, correct] = [0, 1].map(|heap| &data["traces"][0]["heaps"][heap]);
    assert_eq!(remnant["fault"]["op_index"], fault["op_index"], "{remnant}");
    assert_eq!(remnant["run"]["ops"], fault["op_index"], "it is shown up to its fault");
    assert!(page.stderr.contains(&format!("fault[{}]", fault["code"].as_str().unwrap())));
    assert!(remnant["check"].as_str().unwrap().starts_with("Found by the check"));
    assert!(correct["check"].as_str().unwrap().starts_with("Checked: "));
    assert!(correct["fault"].is_null(), "{correct}");
}

#[test]
fn a_page_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let trace = "--trace labs/traces/stress/nothing.rep";
    let to = |file: &str| heaplab(&format!("report implicit {trace} -o {file}"));
    let path = |name: &str| folder.path().join(name).display().to_string();
    let page = to("-");
    assert_eq!((page.code, page.stderr.as_str()), (Some(0), ""));
    assert!(page.stdout.starts_with("<!doctype html>") && page.stdout.ends_with("</html>\n"));
    for (file, message) in [
        (path("nowhere/page.html"), "there is not a folder"),
        (path(""), "it is a folder"),
        ("/dev/full".to_owned(), "can't write /dev/full"),
    ] {
        let seen = to(&file);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{file}: {seen:?}");
        assert!(seen.stderr.contains(message), "{file}: {}", seen.stderr);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
    fs::write(path("page.html"), "old").unwrap();
    assert_eq!(to(&path("page.html")).code, Some(0));
    assert_eq!(fs::read_to_string(path("page.html")).unwrap(), page.stdout, "always the same");
}

#[test]
fn bad_arguments_are_explained() {
    for (arguments, message) in [
        ("report implicit", "--output"),
        ("report implicit1 -o -", "did you mean `implicit`?"),
        ("report implicit --trace nowhere.rep -o -", "can't read nowhere.rep"),
    ] {
        let seen = heaplab(arguments);
        assert_eq!((seen.code, seen.stdout.as_str()), (Some(2), ""), "{arguments}: {seen:?}");
        assert!(seen.stderr.contains(message), "{arguments}: {}", seen.stderr);
    }
}
