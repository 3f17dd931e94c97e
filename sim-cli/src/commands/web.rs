//! `pullstorm web`: serves the explorer to the browser of this machine, and to nobody else.

use crate::args::Web;
use crate::failure::Failure;
use crate::input;
use crate::terminal::Terminal;
use pullstorm_core::replicate::prepare;
use pullstorm_core::scenario::Document;
use pullstorm_core::scenarios::built_in;
use std::path::Path;
use std::process::{Command, Stdio};
use tiny_http::{Header, Method, Request, Response, Server};

/// The files of the explorer, by name.
static FILES: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/explorer.rs"));

/// What the page may do: run its own files, and ask nobody for anything.
pub const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src \
                          'self'; style-src 'self'; img-src 'self' data: blob:; connect-src \
                          'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The scenario that the page begins with, if one was named.
const SCENARIO: &str = "scenario.yaml";

/// Serves until it is stopped.
pub fn run(args: &Web, terminal: &Terminal) -> Result<(), Failure> {
    let scenario = args.scenario.as_deref().map(scenario).transpose()?;
    if FILES.is_empty() {
        return Err(
            Failure::input("this pullstorm was built without the explorer")
                .hint("`cargo xtask run` builds both and opens it"),
        );
    }
    let address = format!("127.0.0.1:{}", args.port);
    let server = Server::http(&address).map_err(|error| {
        Failure::input(format!("cannot listen on {address}: {error}"))
            .hint("another `pullstorm web` may be running; choose another with --port")
    })?;
    let port = server
        .server_addr()
        .to_ip()
        .map_or(args.port, |ip| ip.port());
    let fragment = match &scenario {
        Some((name, _)) => format!("#file={name}"),
        None => String::new(),
    };
    let url = format!("http://127.0.0.1:{port}/{fragment}");
    terminal.print(&format!("The explorer is at {url} (Ctrl-C ends it)\n"))?;
    if !args.no_open {
        open(&url);
    }
    for request in server.incoming_requests() {
        let text = scenario.as_ref().map(|(_, text)| text.as_str());
        answer(request, port, text);
    }
    Ok(())
}

/// What the page calls a scenario, and its text, in which nothing is wrong: the page gets that alone,
/// without the files it names.
fn scenario(argument: &str) -> Result<(String, String), Failure> {
    let document = input::scenario(argument)?;
    let served = Document::parse(argument, document.text().as_bytes())?;
    prepare(&served, &[])?;
    let name = match built_in(argument) {
        Some(scenario) => format!("{}.yaml", scenario.name),
        None if argument == "-" => SCENARIO.to_owned(),
        None => name_of(Path::new(argument)),
    };
    Ok((name, document.text().to_owned()))
}

/// What the page calls a file: letters that a link can have.
fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    name.chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect()
}

/// Answers one request. A browser that hangs up is no error of the server's.
fn answer(request: Request, port: u16, scenario: Option<&str>) {
    let of = |name: &str| {
        let field = request.headers().iter().find(|it| it.field.equiv("Host"))?;
        (field.value.as_str() == format!("{name}:{port}")).then_some(())
    };
    // Another name that leads here is a trick to read what is served.
    let is_own = of("127.0.0.1").or(of("localhost")).is_some();
    let is_read = matches!(request.method(), Method::Get | Method::Head);
    let path = request.url().trim_start_matches('/');
    let name = path.split(['?', '#']).next().unwrap_or_default();
    let name = if name.is_empty() { "index.html" } else { name };
    let found = match scenario.filter(|_| name == SCENARIO) {
        Some(text) => Some(text.as_bytes()),
        None => FILES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|file| file.1),
    };
    let (status, body) = match (is_own, is_read, found) {
        (false, _, _) => (403, &b"this is not for you"[..]),
        (_, false, _) => (405, &b"this can only be read"[..]),
        (_, _, None) => (404, &b"there is no such file"[..]),
        (_, _, Some(body)) => (200, body),
    };
    let kind = if status == 200 {
        kind_of(name)
    } else {
        "text/plain; charset=utf-8"
    };
    let mut response = Response::from_data(body).with_status_code(status);
    for (name, value) in [
        ("Content-Type", kind),
        ("Content-Security-Policy", POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cache-Control", "no-cache"),
    ] {
        if let Ok(header) = Header::from_bytes(name, value) {
            response.add_header(header);
        }
    }
    let _ = request.respond(response);
}

fn kind_of(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("wasm") => "application/wasm",
        _ => "text/plain; charset=utf-8",
    }
}

/// Opens the browser; where there is none, the address has been printed.
fn open(url: &str) {
    let mut command = if cfg!(target_os = "macos") {
        Command::new("open")
    } else if cfg!(target_os = "windows") {
        let mut command = Command::new("cmd");
        command.args(["/C", "start", ""]);
        command
    } else {
        Command::new("xdg-open")
    };
    let quiet = command
        .arg(url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _ = quiet.spawn();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_by_letters_that_a_link_can_have() {
        assert_eq!(
            name_of(Path::new("limits/my scenario#1.yaml")),
            "my-scenario-1.yaml"
        );
    }

    #[test]
    fn the_bundle_that_is_embedded_is_whole_or_not_there() {
        let has = |name: &str| FILES.iter().any(|(known, _)| *known == name);
        let whole = [
            "index.html",
            "main.js",
            "worker.js",
            "app.js",
            "app_bg.wasm",
            "style.css",
        ];
        assert!(FILES.is_empty() || whole.into_iter().all(has));
    }
}
