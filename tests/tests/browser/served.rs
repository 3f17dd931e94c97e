//! The page as `pullstorm web` serves it.

use super::review::command_line;
use super::{ANSWERED, WIDE, root};
use pullstorm_core::scenarios::built_in;
use pullstorm_tests::browser::{Page, Server};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// A command line that serves until this is dropped.
struct Serving {
    process: Child,
    url: String,
    folder: PathBuf,
}

impl Serving {
    /// Serves with a scenario of this text.
    fn start(name: &str, text: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("pullstorm-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("mine.yaml");
        std::fs::write(&file, text).expect("a file");
        let mut process = command_line()
            .args(["web", "--no-open", "--port", "0", "--scenario"])
            .arg(&file)
            .current_dir(root())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command line starts");
        let mut line = String::new();
        let told = process.stdout.take().expect("a pipe");
        BufReader::new(told).read_line(&mut line).expect("a line");
        let url = line.split(' ').find(|word| word.starts_with("http"));
        let url = url
            .unwrap_or_else(|| panic!("no address in {line:?}"))
            .to_owned();
        Serving {
            process,
            url,
            folder,
        }
    }

    /// The answer to a request: its head and its body.
    fn ask(&self, request: &str, host: &str) -> (String, String) {
        let (_, rest) = self.url.split_once("//").expect("an address");
        let (address, _) = rest.split_once('/').expect("an address");
        let (_, port) = address.split_once(':').expect("a port");
        let mut stream = TcpStream::connect(address).expect("it listens");
        let text =
            format!("{request} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(text.as_bytes()).expect("it reads");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("it answers");
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        (head.to_owned(), body.to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // What has ended already needs no end, and a folder that stays harms nobody.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The policy in the page itself.
fn policy_of_the_page() -> String {
    let page = std::fs::read_to_string(root().join("web/static/index.html")).expect("the page");
    let (_, after) = page
        .split_once("\"Content-Security-Policy\" content=\"")
        .expect("a policy");
    after.split('"').next().unwrap_or_default().to_owned()
}

#[test]
fn the_command_line_serves_the_page_with_a_file_to_its_own_machine_alone() {
    let text = built_in("ecr-push-put-image").expect("an incident").text;
    let text = text.replace("name: ecr-push-put-image", "name: mine");
    let serving = Serving::start("served", &text);
    let (head, body) = serving.ask("GET /", "127.0.0.1");
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(body.contains("<title>Pullstorm</title>"), "{body}");
    // A page cannot forbid itself to be framed; all else stands in both.
    let policy = format!("{}; frame-ancestors 'none'", policy_of_the_page());
    assert!(
        head.contains(&format!("Content-Security-Policy: {policy}\r\n")),
        "{head}"
    );
    assert!(!policy.contains("unsafe-inline"), "{policy}");
    assert!(head.contains("X-Content-Type-Options: nosniff"), "{head}");
    assert_eq!(serving.ask("GET /scenario.yaml", "localhost").1, text);
    for (request, host, status) in [
        ("GET /", "pullstorm.example", "403"),
        ("POST /", "127.0.0.1", "405"),
        ("GET /../Cargo.toml", "127.0.0.1", "404"),
    ] {
        let (head, _) = serving.ask(request, host);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
    }
    let mut page = Page::open(&serving.url, WIDE);
    page.wait_until("document.querySelector('#editor, #title') !== null");
    page.wait_until(ANSWERED);
    page.click("#tab-scenario");
    page.wait_until("document.querySelector('#yaml').value.includes('name: mine')");
    assert_eq!(page.problems(), [""; 0]);
}

#[test]
fn the_policy_that_the_page_brings_itself_holds_without_the_header() {
    let server = Server::start_without_policy(root().join("web-dist"));
    let mut page = Page::open(&server.url("index.html"), WIDE);
    page.wait_until(ANSWERED);
    let style = "(() => { const it = document.createElement('style'); \
                 it.textContent = 'body { display: none }'; document.head.append(it); \
                 return getComputedStyle(document.body).display; })()";
    assert_ne!(page.evaluate(style), "none", "inline styles do nothing");
    assert!(page.problems().join("\n").contains("style-src"));
}

#[test]
fn a_file_that_the_server_does_not_have_is_told() {
    let server = Server::start(root().join("web-dist"));
    let mut page = Page::open(&(server.url("index.html") + "#file=lost.yaml"), WIDE);
    page.wait_until("document.querySelector('#error') !== null");
    assert_eq!(page.text("#error"), "lost.yaml cannot be read.");
    page.wait_until(ANSWERED);
}
