//! A review as one HTML file: no script, nothing fetched, made to be printed as well.

use super::model::{Figure, Review};
use super::sections::{sections, summary};
use crate::report::html;
use std::fmt::Write;

/// Nothing may be fetched or run; pictures and style are in the file.
const POLICY: &str = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/// The document as HTML.
pub fn html(review: &Review) -> String {
    let title = html::escaped(&review.title);
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{}</style>\n</head>\n<body>\n<main>\n\
         <header><p class=\"faint\">Pullstorm review of <code>{}</code></p>\n<h1>{title}</h1></header>\n",
        include_str!("review.css"),
        html::escaped(&review.scenario),
    );
    out.push_str(&summary(review).html());
    let sections = sections(review);
    out.push_str("<nav aria-label=\"Contents\"><ol>\n");
    for section in &sections {
        let id = id(section.title);
        let _ = writeln!(out, "<li><a href=\"#{id}\">{}</a></li>", section.title);
    }
    out.push_str("</ol></nav>\n");
    for section in &sections {
        let id = id(section.title);
        let _ = writeln!(
            out,
            "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>",
            section.title
        );
        out.push_str(&section.article.html());
        section.figures.iter().for_each(|it| figure(&mut out, it));
        out.push_str("</section>\n");
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// A chart as a picture, which can run nothing whatever file it came from.
fn figure(out: &mut String, figure: &Figure) {
    let _ = writeln!(
        out,
        "<figure><img alt=\"{}\" src=\"data:image/svg+xml,{}\"><figcaption>{}</figcaption></figure>",
        html::escaped(&figure.description),
        percent_encoded(&figure.svg),
        html::escaped(&figure.title),
    );
}

fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 5 / 4);
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b' ' | b'-' | b'.' | b'_' | b'/' | b':' | b'=' | b',' | b';' | b'(' | b')' => {
                out.push(char::from(byte));
            }
            byte => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}

fn id(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}
