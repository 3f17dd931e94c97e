//! HTTP requests of registries, as access logs have them: which operation each is.

use crate::catalog::client::RequestClass;

/// The class of a request line, `GET /v2/app/manifests/1 HTTP/1.1` or without the version; the text
/// itself where it is no request of a registry.
pub(super) fn operation_of_line(line: &str) -> String {
    let mut words = line.split_whitespace();
    let class = match (words.next(), words.next()) {
        (Some(method), Some(path)) => class_of(method, path),
        _ => None,
    };
    class.map_or_else(|| line.trim().to_owned(), |class| class.name().to_owned())
}

/// The class of a request; method and path where it is none of a registry.
pub(super) fn operation_of(method: &str, path: &str) -> String {
    match class_of(method, path) {
        Some(class) => class.name().to_owned(),
        None => format!("{} {}", method.trim(), path.trim()),
    }
}

/// What a request is in the registry's protocol (OCI distribution specification). A manifest that
/// is fetched may as well be an index: logs do not tell.
fn class_of(method: &str, path: &str) -> Option<RequestClass> {
    let path = path.trim();
    // With or without the registry's name in front.
    let path = match path.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |at| &rest[at..]),
        None => path,
    };
    let path = path.split(['?', '#']).next().unwrap_or(path);
    let method = method.trim().to_ascii_uppercase();
    let method = method.as_str();
    match path.trim_end_matches('/') {
        "/v2" => return Some(RequestClass::Ping),
        "/token" | "/v2/token" | "/service/token" | "/jwt/auth" => {
            return Some(RequestClass::Token);
        }
        _ => {}
    }
    if !path.starts_with("/v2/") {
        return None;
    }
    let is = |part: &str| path.contains(part);
    Some(match method {
        "HEAD" if is("/manifests/") => RequestClass::Resolve,
        "GET" if is("/manifests/") => RequestClass::Manifest,
        "PUT" if is("/manifests/") => RequestClass::ManifestPut,
        "POST" if is("/blobs/uploads") => RequestClass::UploadStart,
        "PATCH" if is("/blobs/uploads") => RequestClass::UploadPart,
        "PUT" if is("/blobs/uploads") => RequestClass::UploadFinish,
        "HEAD" if is("/blobs/") => RequestClass::BlobCheck,
        "GET" if is("/blobs/") => RequestClass::Layer,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_access_logs_are_classes_of_the_protocol() {
        assert_eq!(operation_of_line("GET /v2/ HTTP/1.1"), "ping");
        assert_eq!(
            operation_of_line("HEAD /v2/library/redis/manifests/7 HTTP/2.0"),
            "resolve"
        );
        assert_eq!(operation_of("get", "/v2/a/b/blobs/sha256:00?ns=x"), "layer");
        assert_eq!(
            operation_of("GET", "https://hub.example/token?scope=pull"),
            "token"
        );
        assert_eq!(
            operation_of("POST", "/v2/app/blobs/uploads/"),
            "upload_start"
        );
        assert_eq!(operation_of("GET", "/healthz"), "GET /healthz");
        assert_eq!(operation_of_line("BatchGetImage"), "BatchGetImage");
    }
}
