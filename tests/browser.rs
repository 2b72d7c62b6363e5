//! A page in headless Chromium, driven through pipes by the DevTools protocol: messages in JSON,
//! each ended by a NUL byte.

use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Chromium with one page.
pub struct Browser {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    session: Option<String>,
    last_id: u64,
    /// What arrived while an answer was awaited.
    events: VecDeque<Value>,
}

/// A page has this long to do what a test waits for.
const PATIENCE: Duration = Duration::from_secs(60);

impl Browser {
    /// Starts Chromium; `folder` is for its own files. Returns none, and says so, if it is not
    /// installed.
    ///
    /// # Panics
    /// If it is there but does not answer.
    pub fn start(folder: &Path) -> Option<Browser> {
        let Some(chromium) = installed() else {
            println!("skipped: there is no chromium in PATH");
            return None;
        };
        // Chromium reads messages from its file 3 and writes them to its file 4.
        let mut child = Command::new("sh")
            .args(["-c", "exec \"$0\" \"$@\" 3<&0 4>&1 </dev/null >/dev/null"])
            .arg(chromium)
            .args(["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--no-first-run", "--disable-background-networking", "--remote-debugging-pipe"])
            .arg(format!("--user-data-dir={}", folder.display()))
            .arg("about:blank")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh can be started");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (session, events) = (None, VecDeque::new());
        let mut browser = Browser { child, input, output, session, last_id: 0, events };
        let target = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let attached = json!({ "targetId": target["targetId"], "flatten": true });
        let attached = browser.call("Target.attachToTarget", attached);
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for domain in ["Runtime.enable", "Log.enable", "Page.enable"] {
            browser.call(domain, json!({}));
        }
        Some(browser)
    }

    /// Calls a method of the protocol, and returns its result.
    ///
    /// # Panics
    /// If the method fails.
    pub fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).expect("chromium reads");
        self.input.flush().expect("chromium reads");
        loop {
            let mut answer = self.read();
            if answer["id"] != json!(id) {
                self.events.push_back(answer);
                continue;
            }
            assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
            return answer["result"].take();
        }
    }

    fn read(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.output.read_until(0, &mut bytes).expect("chromium writes");
        assert_eq!(bytes.pop(), Some(0), "chromium has ended");
        serde_json::from_slice(&bytes).expect("chromium writes JSON")
    }

    /// Sets the size of the window in pixels, and whether dark colours are preferred.
    pub fn look(&mut self, width: u32, height: u32, is_dark: bool) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let value = if is_dark { "dark" } else { "light" };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    /// Opens a file, with what stands after `#` in its address, and waits until `ready` is true in
    /// it.
    pub fn open(&mut self, file: &Path, after: &str, ready: &str) {
        // The same file with another end of its address would not be read anew.
        self.call("Page.navigate", json!({ "url": "about:blank" }));
        self.events.clear();
        let path = file.to_str().expect("a test's path is text");
        self.call("Page.navigate", json!({ "url": format!("file://{path}{after}") }));
        self.wait(&format!("location.href !== 'about:blank' && ({ready})"));
    }

    /// Returns the value of an expression in the page.
    ///
    /// # Panics
    /// If it throws.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {answer}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true.
    ///
    /// # Panics
    /// If it is not for a minute.
    pub fn wait(&mut self, expression: &str) {
        let begun = Instant::now();
        while self.value(&format!("Boolean({expression})")) != json!(true) {
            assert!(begun.elapsed() < PATIENCE, "it is never true: {expression}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key, with what it does to a control that has the focus.
    pub fn press(&mut self, key: &str) {
        for kind in ["rawKeyDown", "keyUp"] {
            self.call("Input.dispatchKeyEvent", json!({ "type": kind, "key": key, "code": key }));
        }
    }

    /// Moves the pointer to a place in the window, in pixels, and presses its button there if
    /// `clicks`.
    pub fn point(&mut self, x: f64, y: f64, clicks: bool) {
        let kinds = ["mouseMoved", "mousePressed", "mouseReleased"];
        for kind in &kinds[..if clicks { 3 } else { 1 }] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Returns what the page has logged since it was opened: messages, errors, exceptions.
    pub fn logged(&mut self) -> Vec<String> {
        self.value("0"); // what was logged before is read first
        let of_log = ["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"];
        let events = self
            .events
            .iter()
            .filter(|event| of_log.iter().any(|method| event["method"] == json!(method)));
        events.map(|event| event["params"].to_string()).collect()
    }

    /// Returns a picture of the whole page as base64 of PNG, for a person to look at.
    pub fn picture(&mut self) -> String {
        let parameters = json!({ "format": "png", "captureBeyondViewport": true });
        let picture = self.call("Page.captureScreenshot", parameters);
        picture["data"].as_str().unwrap_or_default().to_owned()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns the program, if it is installed.
fn installed() -> Option<PathBuf> {
    let folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH")?).collect();
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let mut files =
        names.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    files.find(|file| file.is_file())
}
