//! The browser as a process, and the line to it.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tungstenite::{Message, WebSocket};

const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A running browser; dropping it ends it and removes its profile.
pub struct Browser {
    child: Child,
    profile: PathBuf,
    socket: WebSocket<TcpStream>,
    last: u64,
    /// Events that nobody has looked at yet.
    events: Vec<Value>,
    /// Sessions of workers, in the order in which they were started.
    workers: Vec<String>,
}

impl Browser {
    /// Starts the browser that `CHROME` names, or one of the usual names.
    ///
    /// # Panics
    /// If there is none, or it does not listen.
    pub fn start() -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let profile = format!("pullstorm-browser-{}-{number}", std::process::id());
        let profile = std::env::temp_dir().join(profile);
        let mut child = spawn(&profile);
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines();
        let url = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.strip_prefix("DevTools listening on ")
                    .map(str::to_owned)
            })
            .expect("the browser says where it listens");
        // It stops working when nobody reads what it says.
        std::thread::spawn(move || lines.for_each(drop));
        let host = url.trim_start_matches("ws://").split('/').next();
        let stream = TcpStream::connect(host.expect("a host")).expect("the browser listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("a timeout");
        let (socket, _) = tungstenite::client(url, stream).expect("it speaks WebSocket");
        Browser {
            child,
            profile,
            socket,
            last: 0,
            events: Vec::new(),
            workers: Vec::new(),
        }
    }

    /// Sends a command and waits for its result. Events that come meanwhile are kept.
    ///
    /// # Panics
    /// If the browser answers with an error, or not at all.
    pub(super) fn command(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        let id = self.send(session, method, params);
        loop {
            let mut message = self.receive();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].take();
            }
        }
    }

    /// Sends a command without waiting; what it answers is dropped.
    fn send(&mut self, session: Option<&str>, method: &str, params: Value) -> u64 {
        self.last += 1;
        let mut message = json!({ "id": self.last, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.socket
            .send(Message::text(message.to_string()))
            .expect("the browser listens");
        self.last
    }

    fn receive(&mut self) -> Value {
        let text = loop {
            match self.socket.read().expect("the browser answers") {
                Message::Text(text) => break text,
                _ => continue,
            }
        };
        let message: Value = serde_json::from_str(&text).expect("JSON");
        if message["method"] == "Target.attachedToTarget" {
            // A worker: listen to it before it begins.
            let session = message["params"]["sessionId"].as_str().map(str::to_owned);
            self.workers.extend(session.clone());
            for method in [
                "Runtime.enable",
                "Log.enable",
                "Runtime.runIfWaitingForDebugger",
            ] {
                self.send(session.as_deref(), method, json!({}));
            }
        }
        if message["method"].is_string() {
            self.events.push(message.clone());
        }
        message
    }

    /// The sessions of all workers that there have been.
    pub(super) fn workers(&self) -> Vec<String> {
        self.workers.clone()
    }

    /// The events since this was last called.
    pub(super) fn take_events(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.events)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Children of the browser may write to the profile a little longer.
        let _ = self.child.kill();
        let _ = self.child.wait();
        for _ in 0..20 {
            if std::fs::remove_dir_all(&self.profile).is_ok() || !self.profile.exists() {
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn spawn(profile: &std::path::Path) -> Child {
    let chosen = std::env::var_os("CHROME").map(PathBuf::from);
    let candidates: Vec<PathBuf> = match chosen {
        Some(chosen) => vec![chosen],
        None => NAMES.iter().map(PathBuf::from).collect(),
    };
    candidates
        .iter()
        .find_map(|program| {
            Command::new(program)
                .args(["--headless", "--remote-debugging-port=0", "--disable-gpu"])
                // A sandbox needs what containers and root do not have; the page is our own.
                .args(["--no-sandbox", "--disable-dev-shm-usage", "--disable-quic"])
                .args(["--no-first-run", "--disable-background-networking"])
                .args(["--disable-component-update", "--disable-sync"])
                .args(["--force-color-profile=srgb", "--hide-scrollbars"])
                .arg(format!("--user-data-dir={}", profile.display()))
                .arg("about:blank")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .ok()
        })
        .expect("Chromium is installed; `cargo xtask test browser` installs it or says how")
}
