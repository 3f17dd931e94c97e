//! One page in the browser.

use super::Browser;
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;

/// How the page is looked at.
#[derive(Copy, Clone, Debug)]
pub struct View {
    /// Width in CSS pixels.
    pub width: u32,
    /// Light or dark.
    pub scheme: Scheme,
}

/// What the reader prefers.
#[derive(Copy, Clone, Debug)]
pub enum Scheme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

/// A page in a browser of its own.
pub struct Page {
    browser: Browser,
    session: String,
    problems: Vec<String>,
}

impl Page {
    /// Opens `url`.
    ///
    /// # Panics
    /// If the browser does not do as it is told.
    pub fn open(url: &str, view: View) -> Self {
        Page::open_after("", url, view)
    }

    /// Opens `url`; before anything else of it, a script runs in it.
    ///
    /// # Panics
    /// If the browser does not do as it is told.
    pub fn open_after(script: &str, url: &str, view: View) -> Self {
        let mut browser = Browser::start();
        let target = browser.command(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let attached = browser.command(
            None,
            "Target.attachToTarget",
            json!({ "targetId": target["targetId"], "flatten": true }),
        );
        let session = attached["sessionId"]
            .as_str()
            .expect("a session")
            .to_owned();
        let mut page = Page {
            browser,
            session,
            problems: Vec::new(),
        };
        for domain in ["Page", "Runtime", "Log", "Network"] {
            page.command(&format!("{domain}.enable"), json!({}));
        }
        page.command(
            "Target.setAutoAttach",
            json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true }),
        );
        page.look(view);
        page.command(
            "Page.addScriptToEvaluateOnNewDocument",
            json!({ "source": script }),
        );
        page.command("Page.navigate", json!({ "url": url }));
        page
    }

    /// Looks at it in another way.
    pub fn look(&mut self, view: View) {
        self.command(
            "Emulation.setDeviceMetricsOverride",
            json!({ "width": view.width, "height": 800, "deviceScaleFactor": 1, "mobile": false }),
        );
        let scheme = match view.scheme {
            Scheme::Light => "light",
            Scheme::Dark => "dark",
        };
        self.command(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] }),
        );
    }

    /// Looks at it as it is printed, so many CSS pixels wide.
    pub fn paper(&mut self, width: u32) {
        self.look(View {
            width,
            scheme: Scheme::Light,
        });
        self.command("Emulation.setEmulatedMedia", json!({ "media": "print" }));
        self.let_render();
    }

    /// The value of an expression in the page.
    ///
    /// # Panics
    /// If it throws.
    pub fn evaluate(&mut self, expression: &str) -> Value {
        let mut result = self.command(
            "Runtime.evaluate",
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true }),
        );
        let thrown = &result["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        result["result"]["value"].take()
    }

    /// Runs a script in each worker that there is by now.
    ///
    /// # Panics
    /// If it throws in one.
    pub fn in_workers(&mut self, script: &str) {
        for session in self.browser.workers() {
            let result = self.browser.command(
                Some(&session),
                "Runtime.evaluate",
                json!({ "expression": script }),
            );
            let thrown = &result["exceptionDetails"];
            assert!(thrown.is_null(), "{script}: {thrown}");
        }
    }

    /// Touches the screen at some points, or moves what touches it there; none lets go.
    pub fn touch(&mut self, kind: &str, points: &[(f64, f64)]) {
        let points: Vec<Value> = points
            .iter()
            .enumerate()
            .map(|(id, (x, y))| json!({ "x": x, "y": y, "id": id }))
            .collect();
        self.command(
            "Input.dispatchTouchEvent",
            json!({ "type": kind, "touchPoints": points }),
        );
        self.let_render();
    }

    /// Moves the mouse to a place of the window.
    pub fn point_at(&mut self, x: f64, y: f64) {
        self.command(
            "Input.dispatchMouseEvent",
            json!({ "type": "mouseMoved", "x": x, "y": y }),
        );
        self.let_render();
    }

    /// Drags the mouse from a place of the window so far to the right.
    pub fn drag(&mut self, (x, y): (f64, f64), by: f64) {
        for (kind, x, buttons) in [
            ("mousePressed", x, 1),
            ("mouseMoved", x + by / 2.0, 1),
            ("mouseMoved", x + by, 1),
            ("mouseReleased", x + by, 0),
        ] {
            let event = json!({
                "type": kind, "x": x, "y": y,
                "button": "left", "buttons": buttons, "clickCount": 1,
            });
            self.command("Input.dispatchMouseEvent", event);
        }
        self.let_render();
    }

    /// Waits until an expression in the page is true. While it throws it is not: what it asks
    /// about may not be drawn yet.
    ///
    /// # Panics
    /// If it is not within a minute; says what the page complained about and what it shows, or
    /// what the expression throws.
    pub fn wait_until(&mut self, expression: &str) {
        let patient =
            format!("(() => {{ try {{ return {expression}; }} catch {{ return false; }} }})()");
        for _ in 0..1_200 {
            if self.evaluate(&patient) == Value::Bool(true) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        self.evaluate(expression);
        let shown = self.evaluate("document.body.innerText");
        let problems = self.problems();
        panic!("waited in vain for {expression}\nproblems: {problems:#?}\nthe page shows: {shown}");
    }

    /// The text of the first element that a CSS selector finds, or nothing.
    pub fn text(&mut self, selector: &str) -> String {
        let find = format!("document.querySelector({})?.innerText", json!(selector));
        self.evaluate(&find)
            .as_str()
            .unwrap_or_default()
            .trim()
            .to_owned()
    }

    /// Clicks as a mouse does, on whatever lies over the middle of the element.
    ///
    /// # Panics
    /// If there is no such element, or something covers it.
    pub fn click(&mut self, selector: &str) {
        let find = format!(
            "(() => {{
                const element = document.querySelector({selector});
                element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
                const box = element.getBoundingClientRect();
                const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
                return {{ x, y, free: element.contains(document.elementFromPoint(x, y)) }};
            }})()",
            selector = json!(selector)
        );
        let place = self.evaluate(&find);
        assert_eq!(place["free"], true, "something covers {selector}");
        for kind in ["mousePressed", "mouseReleased"] {
            self.command(
                "Input.dispatchMouseEvent",
                json!({
                    "type": kind, "x": place["x"], "y": place["y"],
                    "button": "left", "clickCount": 1,
                }),
            );
        }
        self.let_render();
    }

    /// Waits until what was done has been drawn, so that no answer is taken for that of before.
    pub fn let_render(&mut self) {
        self.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))",
        );
    }

    /// Presses a key, by its name: `Tab`, `ArrowLeft`.
    pub fn press(&mut self, key: &str) {
        self.press_with(key, false);
    }

    /// Presses a key, with the shift key or without.
    pub fn press_with(&mut self, key: &str, shift: bool) {
        self.press_modified(key, if shift { 8 } else { 0 });
    }

    /// Presses a key with the control key.
    pub fn press_with_control(&mut self, key: &str) {
        self.press_modified(key, 2);
    }

    /// With the modifiers as the protocol of the browser counts them.
    fn press_modified(&mut self, key: &str, modifiers: u32) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        // Only a key that writes something does what it does by itself, as on a button.
        let (down, text) = match key {
            "Enter" => ("keyDown", "\r"),
            _ => ("rawKeyDown", ""),
        };
        for kind in [down, "keyUp"] {
            self.command(
                "Input.dispatchKeyEvent",
                json!({
                    "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code,
                    "text": text, "modifiers": modifiers,
                }),
            );
        }
        self.let_render();
    }

    /// The reader prefers what a media feature says: `prefers-reduced-motion`, `reduce`.
    pub fn prefer(&mut self, feature: &str, value: &str) {
        self.command(
            "Emulation.setEmulatedMedia",
            json!({ "features": [{ "name": feature, "value": value }] }),
        );
    }

    /// Lets the page write to the clipboard, and whoever asks read it.
    pub fn allow_clipboard(&mut self) {
        let permissions = ["clipboardReadWrite", "clipboardSanitizedWrite"];
        self.browser.command(
            None,
            "Browser.grantPermissions",
            json!({ "permissions": permissions }),
        );
        // Only what has the focus may read it.
        self.command("Page.bringToFront", json!({}));
    }

    /// Files that the page has saved go to this folder.
    pub fn save_to(&mut self, folder: &Path) {
        self.browser.command(
            None,
            "Browser.setDownloadBehavior",
            json!({ "behavior": "allow", "downloadPath": folder.display().to_string() }),
        );
    }

    /// Writes a picture of the whole page, as high as it is.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn screenshot(&mut self, file: &Path) {
        let metrics = self.command("Page.getLayoutMetrics", json!({}));
        let size = &metrics["cssContentSize"];
        let shot = self.command(
            "Page.captureScreenshot",
            json!({
                "captureBeyondViewport": true,
                "clip": {
                    "x": 0, "y": 0, "scale": 1,
                    "width": size["width"], "height": size["height"],
                },
            }),
        );
        let text = shot["data"].as_str().expect("a picture");
        let bytes = data_encoding::BASE64
            .decode(text.as_bytes())
            .expect("base64");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, bytes).expect("a file");
    }

    /// Prints it to a file and says how many pages that took.
    ///
    /// # Panics
    /// If the file cannot be written.
    pub fn pdf(&mut self, file: &Path) -> usize {
        let printed = self.command("Page.printToPDF", json!({ "printBackground": true }));
        let text = printed["data"].as_str().expect("a document");
        let bytes = data_encoding::BASE64
            .decode(text.as_bytes())
            .expect("base64");
        std::fs::write(file, &bytes).expect("a file");
        let page = b"/Type /Page";
        let ends = |at: &[u8]| at.starts_with(page) && at.get(page.len()) != Some(&b's');
        (0..bytes.len()).filter(|at| ends(&bytes[*at..])).count()
    }

    /// Everything that page and worker have complained about so far.
    pub fn problems(&mut self) -> &[String] {
        // A round trip, so that what happened before has arrived.
        self.evaluate("0");
        let events = self.browser.take_events();
        self.problems.extend(events.iter().filter_map(problem));
        &self.problems
    }

    fn command(&mut self, method: &str, params: Value) -> Value {
        self.browser.command(Some(&self.session), method, params)
    }
}

/// What is wrong according to an event, if something is.
fn problem(event: &Value) -> Option<String> {
    let params = &event["params"];
    let level = |level: &Value| matches!(level.as_str(), Some("error" | "warning"));
    let is_problem = match event["method"].as_str()? {
        "Runtime.exceptionThrown" | "Network.loadingFailed" => true,
        "Runtime.consoleAPICalled" => level(&params["type"]),
        "Log.entryAdded" => level(&params["entry"]["level"]),
        "Network.responseReceived" => params["response"]["status"].as_u64() >= Some(400),
        _ => false,
    };
    is_problem.then(|| format!("{} {params}", event["method"]))
}
