//! `heaplab exec --view`: the page has the blocks that the program held, to the byte.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use crate::exec_support::{exec, exec_command, text};
use crate::record_support::{Fixture, has};
use base64::Engine;
use flate2::read::GzDecoder;
use heaplab_tests::browser::Browser;
use serde_json::Value;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PEAK: usize = 0;
const END: usize = 1;

/// A page as a program reads it.
struct Page {
    json: Value,
    lists: Vec<u8>,
}

/// A block: how far it is from the heap's start, its size, the number of its call, its content.
type Row = (u64, u64, u64, Vec<u8>);

impl Page {
    fn read(path: &Path) -> Page {
        let page = fs::read_to_string(path).unwrap();
        let part = |id: &str| {
            let (_, rest) = page.split_once(&format!("id=\"{id}\">")).unwrap();
            rest.split_once("</script>").unwrap().0
        };
        let packed = base64::engine::general_purpose::STANDARD.decode(part("lists")).unwrap();
        let mut lists = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut lists).unwrap();
        Page { json: serde_json::from_str(part("data")).unwrap(), lists }
    }

    fn processes(&self) -> &[Value] {
        self.json["processes"].as_array().unwrap()
    }

    /// Returns the numbers of a list: each is written as its difference from the one before.
    fn list(&self, place: &Value) -> Vec<u64> {
        let mut bytes = self.lists[place["at"].as_u64().unwrap() as usize..].iter();
        let mut last = 0;
        let numbers = (0..place["count"].as_u64().unwrap()).map(|_| {
            let (mut bits, mut shift) = (0_u64, 0);
            for byte in bytes.by_ref() {
                bits |= u64::from(byte & 0x7f) << shift;
                shift += 7;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            last += (bits >> 1) as i64 ^ -((bits & 1) as i64);
            last as u64
        });
        numbers.collect()
    }

    /// Returns the blocks of a process at a moment.
    fn rows(&self, process: &Value, moment: usize) -> Vec<Row> {
        let rows = &process["rows"];
        let list = |name: &str| self.list(&rows[name]);
        let (offsets, sizes, calls, moments) =
            (list("offset"), list("size"), list("call"), list("moments"));
        let most = self.json["content_bytes"].as_u64().unwrap();
        let mut at = rows["content"]["at"].as_u64().unwrap() as usize;
        let all = (0..offsets.len()).map(|row| {
            let end = at + sizes[row].min(most) as usize;
            let content = self.lists[at..end].to_vec();
            at = end;
            (moments[row], (offsets[row], sizes[row], calls[row], content))
        });
        let all: Vec<(u64, Row)> = all.collect();
        all.into_iter().filter(|(at, _)| at & (1 << moment) != 0).map(|(_, row)| row).collect()
    }

    /// Returns size, call, and content up to its first zero of each block.
    fn told(&self, process: usize, moment: usize) -> Vec<(u64, u64, String)> {
        let rows = self.rows(&self.processes()[process], moment).into_iter();
        let told = rows.map(|(_, size, call, content)| {
            let content = content.split(|byte| *byte == 0).next().unwrap();
            (size, call, text(content))
        });
        told.collect()
    }
}

/// Runs `heaplab exec WORDS --view page.html -- PROGRAM`.
fn view(fixture: &Fixture, words: &[&str], program: &[&str]) -> (Output, PathBuf) {
    let page = fixture.path("page.html");
    let options = ["--view", page.to_str().unwrap(), "--stats", "--"];
    let seen = exec(&fixture.path(""), &[words, &options, program].concat());
    (seen, page)
}

/// Asserts that the sums over the blocks of each process are what `--stats` says.
#[track_caller]
fn sums_are_those_of_stats(page: &Page, stats: &str) {
    let lines: Vec<Vec<&str>> =
        stats.lines().map(|line| line.split_whitespace().collect()).collect();
    for process in page.processes() {
        let (name, pid) = (process["name"].as_str().unwrap(), process["pid"].to_string());
        let calls = process["counted"]["calls"].to_string();
        let line = lines.iter().find(|line| line.len() == 13 && line[..3] == [name, &pid, &calls]);
        let line = line.unwrap_or_else(|| panic!("{name} {pid}: {stats}"));
        let [peak, end] = [PEAK, END].map(|moment| page.rows(process, moment));
        let sum = |rows: &[Row]| rows.iter().map(|row| row.1).sum::<u64>();
        assert_eq!(sum(&peak).to_string(), line[7], "{name} {pid}");
        let counted = |moment: usize| process["moments"][moment]["counted_payload_bytes"].as_u64();
        assert_eq!((Some(sum(&peak)), Some(sum(&end))), (counted(PEAK), counted(END)), "{name}");
        for moment in process["moments"].as_array().unwrap() {
            assert_eq!(moment["usable_bytes"], moment["counted_usable_bytes"], "{name}");
        }
        let heap = process["moments"][END]["heap_bytes"].to_string();
        assert_eq!(heap, line[8], "{name}");
        let at_peak = &process["moments"][PEAK];
        let [payload, usable, heap] = ["payload_bytes", "usable_bytes", "heap_bytes"]
            .map(|name| at_peak[name].as_f64().unwrap());
        let percent = |share: f64| format!("{:.1}", 100.0 * share);
        let waste = [percent((usable - payload) / heap), percent((heap - usable) / heap)];
        assert_eq!(waste[..], line[10..12], "{name}");
    }
}

#[test]
fn sums_of_python_and_git_are_those_of_stats() {
    let fixture = Fixture::new();
    if has("python3") {
        // What is called python3 may be a script that looks for one.
        let python = ["-c", "import sys; print(sys.executable)"];
        let python = text(&Command::new("python3").args(python).output().unwrap().stdout);
        let script = "import json; d = {str(i): ['v%d' % i] for i in range(2000)}; json.dumps(d)";
        let program = ["env", "PYTHONMALLOC=malloc", python.trim(), "-c", script];
        let (seen, page) = view(&fixture, &["quick"], &program);
        assert_eq!(seen.status.code(), Some(0), "{}", text(&seen.stderr));
        let page = Page::read(&page);
        sums_are_those_of_stats(&page, &text(&seen.stderr));
        let blocks = page.processes().iter().map(|process| page.rows(process, PEAK).len());
        assert!(blocks.max() > Some(5000));
    }
    if has("git") {
        let make = "git init -q . && seq 2000 > f && git add . && \
                    git -c user.name=n -c user.email=e commit -qm c && git log --stat | cat";
        let (seen, page) = view(&fixture, &["explicit:address"], &["sh", "-c", make]);
        assert_eq!(seen.status.code(), Some(0), "{}", text(&seen.stderr));
        let page = Page::read(&page);
        assert!(page.processes().iter().filter(|process| process["name"] == "git").count() >= 4);
        sums_are_those_of_stats(&page, &text(&seen.stderr));
    }
}

const FIRST: &str = "password: </script><b>é \u{fffd} end";

#[test]
fn however_a_process_ends_its_blocks_are_on_the_page() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("leaves_a_heap");
    let program = program.to_str().unwrap();
    let read = |how: &str, code: i32| {
        let (seen, page) = view(&fixture, &["quick", "--heap-limit", "64M"], &[program, how]);
        assert_eq!(seen.status.code(), Some(code), "{how}: {}", text(&seen.stderr));
        let page = Page::read(&page);
        sums_are_those_of_stats(&page, &text(&seen.stderr));
        page
    };
    let row = |size, call, content: &str| (size, call, content.to_owned());

    let page = read("killed", 128 + 9);
    let all = [row(100, 1, FIRST), row(50, 2, "second"), row(60, 3, "")];
    assert_eq!(page.told(0, PEAK), all);
    assert_eq!(page.told(0, END), all);
    assert_eq!(page.processes()[0]["has_last_contents"], false);

    let page = read("returns", 3);
    let all = [row(100, 1, "changed"), row(1000, 2, "as it was freed")];
    assert_eq!(page.told(0, PEAK), all);
    assert_eq!(page.told(0, END), all[..1]);
    assert_eq!(page.processes()[0]["has_last_contents"], true);

    let page = read("leaves", 7);
    assert_eq!(page.told(0, END), [row(100, 1, "changed")]);

    let page = read("becomes", 7);
    assert_eq!(page.told(0, END), [row(100, 1, FIRST), row(20, 2, "")]);
    assert_eq!(page.told(1, END), [row(100, 1, "changed")]);

    let page = read("resizes", 3);
    assert_eq!(page.told(0, PEAK), [row(100, 1, FIRST), row(1000, 2, "resized")]);
    assert_eq!(page.told(0, END), [row(100, 1, FIRST), row(500, 3, "resized")]);

    let page = read("forks", 3);
    assert_eq!(page.told(0, PEAK), [row(100, 1, FIRST), row(1000, 2, "the parent's")]);
    assert_eq!(page.told(0, END), [row(100, 1, FIRST)]);
    // The child's calls are numbered on, and its peak is what it began with.
    assert_eq!(page.processes()[1]["first_call"], 2);
    assert_eq!(page.told(1, PEAK), [row(100, 1, FIRST), row(1000, 2, "the child's")]);
    assert_eq!(page.told(1, END), [row(10, 4, "new"), row(1000, 2, "the child's")]);

    let page = read("closes", 3);
    assert_eq!(page.told(0, END).len(), 1001);
}

#[test]
fn what_is_not_on_the_page_is_said() {
    let fixture = Fixture::new();
    let folder = fixture.path("");
    for (words, message) in [
        (&["quick", "--view", "-", "--", "true"][..], "standard output is the program's"),
        (&["quick", "--view", "nowhere/page.html", "--", "true"], "there is not a folder nowhere"),
        (&["quick", "--view", ".", "--", "true"], "it is a folder"),
        (&["quick", "--no-content", "--", "true"], "--view"),
        (&["quick", "--view", "/dev/full", "--", "true"], "can't write /dev/full"),
    ] {
        let seen = exec(&folder, words);
        assert_eq!(seen.status.code(), Some(2), "{words:?}");
        assert!(text(&seen.stderr).contains(message), "{words:?}: {}", text(&seen.stderr));
    }
    if !has("cc") {
        return;
    }
    let program = fixture.compile("leaves_a_heap");
    let (seen, page) =
        view(&fixture, &["quick", "--no-content"], &[program.to_str().unwrap(), "returns"]);
    assert_eq!(seen.status.code(), Some(3));
    let page = Page::read(&page);
    assert_eq!(page.json["shows_contents"], false);
    assert_eq!(page.told(0, PEAK).iter().map(|row| row.2.len()).sum::<usize>(), 0);
    // A limit on the size of address space leaves none for the table.
    let page = fixture.path("page.html");
    let script = "ulimit -v 1000000; exec \"$@\"";
    let seen = Command::new("sh")
        .args(["-c", script, "sh"])
        .args(exec_command(&folder).get_args().skip(1))
        .args(["quick", "--view", "page.html", "--"])
        .arg(&program)
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = text(&seen.stderr);
    assert_eq!(seen.status.code(), Some(3), "{said}");
    assert!(said.contains("page.html has no blocks of leaves_a_heap (pid "), "{said}");
    assert!(Page::read(&page).processes()[0]["missing"].is_string());
}

/// A page is drawn when it says how long that took.
const READY: &str = "document.documentElement?.dataset.readyMs";

#[test]
fn the_page_in_a_browser() {
    if !has("cc") {
        return;
    }
    let fixture = Fixture::new();
    let program = fixture.compile("leaves_a_heap");
    let script = "\"$0\" closes; \"$0\" returns; exit 0";
    let (seen, page) =
        view(&fixture, &["explicit"], &["sh", "-c", script, program.to_str().unwrap()]);
    assert_eq!(seen.status.code(), Some(0), "{}", text(&seen.stderr));
    let read = Page::read(&page);
    let Some(mut browser) = Browser::start(&fixture.path("chromium")) else { return };
    browser.look(1200, 900, false);
    browser.open(&page, "", READY);
    sums_are_those_of_the_rows(&mut browser, &read);
    search_and_order_find_blocks(&mut browser);
    the_map_leads_to_blocks(&mut browser);
    keys_and_links_say_what_is_shown(&mut browser, &page, &read);
    colours_and_width_follow_the_window(&mut browser);
    let logged = browser.logged();
    assert!(logged.is_empty(), "{logged:?}");
    a_page_without_processes_says_so(&mut browser, &fixture);
}

/// Returns a figure of the page.
fn figure(browser: &mut Browser, of: &str) -> u64 {
    let value = browser.value(&format!("document.querySelector(`{of}`).dataset.value"));
    value.as_str().unwrap().parse().unwrap()
}

/// Every process is chosen in turn, and its sums are read from the page.
fn sums_are_those_of_the_rows(browser: &mut Browser, read: &Page) {
    let first = browser.value("document.title");
    assert!(first.as_str().unwrap().starts_with("leaves_a_heap (pid "), "{first}");
    for (index, process) in read.processes().iter().enumerate() {
        let choose = format!(
            "const select = document.getElementById('process'); select.value = '{index}'; \
             select.dispatchEvent(new Event('change'))"
        );
        browser.value(&format!("(() => {{ {choose} }})()"));
        for (moment, name) in [(PEAK, "peak"), (END, "end")] {
            let rows = read.rows(process, moment);
            let mut of =
                |fact: &str| figure(browser, &format!("[data-fact='{fact}'][data-moment={name}]"));
            assert_eq!(of("blocks"), rows.len() as u64);
            assert_eq!(of("payload bytes"), rows.iter().map(|row| row.1).sum::<u64>());
            let parts = ["payload bytes", "rounding bytes", "tags and free bytes"];
            assert_eq!(parts.map(&mut of).iter().sum::<u64>(), of("heap bytes"));
        }
        let counted = figure(browser, "[data-counted=peak_payload_bytes]");
        assert_eq!(figure(browser, "[data-fact='payload bytes'][data-moment=peak]"), counted);
    }
    let (name, index) = ("leaves_a_heap", 1);
    assert_eq!(read.processes()[index]["name"], name);
    browser.value(
        "(() => { const select = document.getElementById('process'); select.value = '1'; \
         select.dispatchEvent(new Event('change')) })()",
    );
}

/// Types a search, and returns how many blocks and bytes it finds.
fn search(browser: &mut Browser, field: &str, wanted: &str) -> (u64, u64) {
    let wanted = serde_json::to_string(wanted).unwrap();
    let found = browser.value(&format!(
        "(async () => {{
            document.getElementById('field').value = '{field}';
            document.getElementById('wanted').value = {wanted};
            document.getElementById('field').dispatchEvent(new Event('change'));
            const {{ blocks, bytes }} = document.getElementById('found').dataset;
            return [Number(blocks), Number(bytes)];
        }})()"
    ));
    (found[0].as_u64().unwrap(), found[1].as_u64().unwrap())
}

/// Returns the cells of a column that the table shows.
fn column(browser: &mut Browser, name: &str) -> Vec<String> {
    let cells = browser.value(&format!(
        "[...document.querySelectorAll('#blocks td.{name}')].map(cell => cell.textContent)"
    ));
    cells.as_array().unwrap().iter().map(|cell| cell.as_str().unwrap().to_owned()).collect()
}

/// The process has a block of each size from 1 to 1000 behind the first, of 100 bytes.
fn search_and_order_find_blocks(browser: &mut Browser) {
    for (field, wanted, found) in [
        ("anywhere", "", (1001, 500_600)),
        ("size", "100", (2, 200)),
        ("size", "998-2000", (3, 2997)),
        ("size", ">= 999", (2, 1999)),
        ("size", "<3", (2, 3)),
        ("call", "1", (1, 100)),
        ("anywhere", "1001", (1, 1000)),
        ("content", "PASSWORD: </script>", (1, 100)),
        ("content", "é \\xff end", (1, 100)),
        ("anywhere", "<b>", (1, 100)),
        ("content", "not there", (0, 0)),
        ("size", "many", (0, 0)),
        ("address", "zz", (0, 0)),
    ] {
        assert_eq!(search(browser, field, wanted), found, "{field} {wanted}");
    }
    search(browser, "content", "password");
    let address = column(browser, "address");
    assert_eq!(
        column(browser, "content")[0].chars().take(24).collect::<String>(),
        "password: </script><b>é "
    );
    let inside = u64::from_str_radix(&address[0][2..], 16).unwrap() + 99;
    assert_eq!(search(browser, "address", &format!("{inside:#x}")), (1, 100));
    search(browser, "anywhere", "");
    assert_eq!(column(browser, "size").len(), 100, "a part at a time");
    browser.value("document.querySelector('[data-sort=size]').click()");
    assert_eq!(column(browser, "size")[..2], ["1\u{202f}000", "999"]);
    browser.value("document.querySelector('[data-sort=size]').click()");
    assert_eq!(column(browser, "size")[..3], ["1", "2", "3"]);
    let order = "document.querySelector('#blocks th.size').getAttribute('aria-sort')";
    assert_eq!(browser.value(order), "ascending");
    browser.value("document.querySelector('[data-sort=address]').click()");
}

fn the_map_leads_to_blocks(browser: &mut Browser) {
    let colours = browser.value(
        "(() => {
            const canvas = document.getElementById('map');
            const { width, height } = canvas;
            const bytes = canvas.getContext('2d').getImageData(0, 0, width, height).data;
            return new Set(new Uint32Array(bytes.buffer)).size;
        })()",
    );
    assert!(colours.as_u64() >= Some(3), "{colours}");
    let label = browser.value("document.getElementById('map').getAttribute('aria-label')");
    let label = label.as_str().unwrap();
    assert!(label.contains("1\u{202f}001 blocks have 500\u{202f}600 of "), "{label}");
    browser.value("window.scrollTo(0, 0)");
    let place = browser.value(
        "(() => {
            const box = document.getElementById('map').getBoundingClientRect();
            return [box.left + 63, box.top + 30];
        })()",
    );
    let [x, y] = [0, 1].map(|side| place[side].as_f64().unwrap());
    browser.point(x, y, true);
    let tip = browser.value("document.getElementById('tip').textContent");
    assert!(tip.as_str().unwrap().contains("payload "), "{tip}");
    let chosen = browser.value("document.getElementById('detail-title').textContent");
    assert!(chosen.as_str().unwrap().starts_with("Block at 0x"), "{chosen}");
    let cell = browser.value("Number(document.getElementById('map').dataset.bytes)");
    browser.press("+");
    assert!(
        browser.value("Number(document.getElementById('map').dataset.bytes)").as_u64()
            <= cell.as_u64()
    );
    browser.press("0");
}

fn keys_and_links_say_what_is_shown(browser: &mut Browser, page: &Path, read: &Page) {
    browser.press("e");
    browser.press("p");
    assert_eq!(
        browser.value("document.querySelector('[data-moment-button=peak]').ariaPressed"),
        "true"
    );
    let chosen = "document.querySelector('tr[aria-selected=true] td.address')?.textContent";
    browser.value("document.querySelector('#blocks tbody tr').click()");
    let before = browser.value(chosen);
    browser.press("ArrowDown");
    let after = browser.value(chosen);
    assert_ne!(before, after);
    browser.press("PageDown");
    assert!(column(browser, "call")[0] != "1");
    browser.press("/");
    assert_eq!(browser.value("document.activeElement.id"), "wanted");
    browser.press("Escape");
    assert_ne!(browser.value("document.activeElement.id"), "wanted");
    let hash = browser.value("location.hash");
    browser.open(page, hash.as_str().unwrap(), READY);
    assert_eq!(browser.value(chosen), after, "{hash}");
    // A process, a moment and a block that are named; and what is not there.
    let last = read.processes().last().unwrap()["pid"].to_string();
    browser.open(page, &format!("#pid={last}&at=end"), READY);
    assert_eq!(
        column(browser, "content")[0].trim_end_matches('·').split('·').next(),
        Some("changed")
    );
    browser.open(page, "#pid=0&at=never&block=x", READY);
    assert_eq!(browser.value("document.getElementById('trouble').hidden"), true);
}

fn colours_and_width_follow_the_window(browser: &mut Browser) {
    let background = "getComputedStyle(document.body).backgroundColor";
    let light = browser.value(background);
    browser.look(400, 800, true);
    assert_ne!(browser.value(background), light);
    browser.wait("document.getElementById('map').width < 400");
    let too_wide = browser.value("document.documentElement.scrollWidth > window.innerWidth");
    assert_eq!(too_wide, false, "a narrow window has no part beside it");
    let theme = "document.getElementById('theme')";
    browser.value(&format!("{theme}.click(), {theme}.click()"));
    assert_eq!(browser.value(background), light, "the button goes before the system");
    browser.look(1200, 900, false);
}

fn a_page_without_processes_says_so(browser: &mut Browser, fixture: &Fixture) {
    fs::write(fixture.path("nothing.c"), "int main(void) { return 0; }\n").unwrap();
    let compiled = Command::new("cc")
        .args(["-o", "nothing", "nothing.c"])
        .current_dir(fixture.path(""))
        .status()
        .unwrap();
    assert!(compiled.success());
    let (seen, page) = view(fixture, &["quick"], &["./nothing"]);
    assert_eq!(seen.status.code(), Some(0));
    assert!(text(&seen.stderr).contains("no process has used the heap"), "{seen:?}");
    browser.open(&page, "", READY);
    let about = browser.value("document.getElementById('about').textContent");
    assert!(about.as_str().unwrap().contains("No process has used the heap quick"), "{about}");
    let logged = browser.logged();
    assert!(logged.is_empty(), "{logged:?}");
}
