//! Where an address points.

use ureq::http::Uri;
use ureq::http::uri::{Authority, Scheme};

/// The address that `text` stands for in an answer from `from`; `None` if it is none that can be called.
pub(super) fn join(from: &Uri, text: &str) -> Option<Uri> {
    let text = text.split('#').next().unwrap_or_default();
    let (scheme, authority) = (from.scheme()?, from.authority()?);
    let joined = if text.contains("://") {
        text.to_owned()
    } else if let Some(rest) = text.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if text.starts_with('/') {
        format!("{scheme}://{authority}{text}")
    } else if text.starts_with('?') {
        format!("{scheme}://{authority}{}{text}", from.path())
    } else {
        let (folder, _) = from.path().rsplit_once('/').unwrap_or_default();
        format!("{scheme}://{authority}{folder}/{text}")
    };
    parse(&joined)
}

/// An address that can be called: of a host, by http or https.
pub(super) fn parse(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let scheme = uri.scheme()?;
    let is_known = *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS;
    (is_known && uri.host().is_some_and(|host| !host.is_empty())).then_some(uri)
}

/// Whether both are of the same server: scheme, host and port.
pub(super) fn is_same(one: &Uri, other: &Uri) -> bool {
    one.scheme() == other.scheme()
        && one.host().map(str::to_ascii_lowercase) == other.host().map(str::to_ascii_lowercase)
        && port(one) == port(other)
}

/// The server, for people: nothing of a path or of a name and a password.
pub(super) fn of(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    format!("{scheme}://{}{port}", uri.host().unwrap_or_default())
}

fn port(uri: &Uri) -> Option<u16> {
    let by_scheme = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
    uri.authority().and_then(Authority::port_u16).or(Some(by_scheme))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_points_somewhere_as_browsers_understand_it() {
        let from = parse("http://shop.example/a/b?c").unwrap();
        for (text, expected) in [
            ("/x", "http://shop.example/x"),
            ("x?y#z", "http://shop.example/a/x?y"),
            ("?y", "http://shop.example/a/b?y"),
            ("//other/x", "http://other/x"),
            ("https://shop.example/", "https://shop.example/"),
        ] {
            assert_eq!(join(&from, text).unwrap().to_string(), expected, "{text}");
        }
        assert_eq!((join(&from, "ftp://shop.example/"), join(&from, "http://")), (None, None));
    }

    #[test]
    fn a_place_is_scheme_host_and_port() {
        let is_same = |one, other| is_same(&parse(one).unwrap(), &parse(other).unwrap());
        assert!(is_same("http://Shop:80/a", "http://shop/b"));
        assert!(!is_same("http://shop/", "https://shop/"));
        assert!(!is_same("http://shop/", "http://shop:8080/"));
        assert!(!is_same("http://shop/", "http://shop.evil/"));
        assert!(!is_same("http://shop/", "http://shop@evil/"));
        assert_eq!(of(&parse("http://ann:pw@shop:81/x").unwrap()), "http://shop:81");
    }
}
