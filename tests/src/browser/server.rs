//! A server of files, with the headers that the page is meant to run under.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

/// Nothing but the page's own files, no inline script or style, no plug-in, no frame.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Serves the files of one folder on a port of its own, until the process ends.
pub struct Server {
    address: SocketAddr,
}

impl Server {
    /// Begins to serve `folder`.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start(folder: impl Into<PathBuf>) -> Self {
        let header = format!("Content-Security-Policy: {POLICY}\r\n");
        Server::with_header(folder.into(), header)
    }

    /// The same without the header that says what the page may do: it says so itself.
    ///
    /// # Panics
    /// If no port is free.
    pub fn start_without_policy(folder: impl Into<PathBuf>) -> Self {
        Server::with_header(folder.into(), String::new())
    }

    fn with_header(folder: PathBuf, header: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (folder, header) = (folder.clone(), header.clone());
                // A browser opens connections that it does not use; they must block nobody.
                std::thread::spawn(move || answer(&stream, &folder, &header));
            }
        });
        Server { address }
    }

    /// Where `file` is served.
    pub fn url(&self, file: &str) -> String {
        format!("http://{}/{file}", self.address)
    }
}

/// Answers one request. A browser that hangs up is no error of the server's.
fn answer(mut stream: &TcpStream, folder: &Path, header: &str) -> Option<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next()?.ok()?;
    // The rest of the head says nothing that matters here, but must be read.
    lines.find(|line| line.as_ref().is_ok_and(String::is_empty));
    let path = first.split(' ').nth(1)?.trim_start_matches('/');
    let name = if path.is_empty() { "index.html" } else { path };
    let is_plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
    let (status, body) = match std::fs::read(folder.join(name)) {
        Ok(bytes) if is_plain => ("200 OK", bytes),
        _ => ("404 Not Found", Vec::new()),
    };
    let kind = match Path::new(name).extension().and_then(|e| e.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n\
         {header}\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(&body).ok()
}
