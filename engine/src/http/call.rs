//! What a task or a gate wants to be called, read from its inputs.

use std::collections::BTreeMap;
use std::time::Duration;

use ureq::http::{Method, Uri};

use super::client::HttpClient;
use super::expect::Expected;
use super::place;
use crate::{Secret, SecretsAtHand};

/// A call, ready to be made.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: Vec<(String, Secret)>,
    pub(super) body: Option<Secret>,
    pub(super) timeout: Duration,
    pub(super) expected: Expected,
    /// What its connection proves itself by: not to be shown.
    pub(super) hidden: Vec<Secret>,
}

/// The inputs of a task or a gate; names are compared without case, and one that is empty is none.
pub(super) struct Inputs<'a> {
    inputs: &'a BTreeMap<String, String>,
    secrets: &'a SecretsAtHand,
}

impl<'a> Inputs<'a> {
    /// As they stand there, before secrets are put in.
    fn raw(&self, name: &str) -> Option<&'a str> {
        let found = self.inputs.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, text)| text.trim()).filter(|text| !text.is_empty())
    }

    pub(super) fn get(&self, name: &str) -> Option<Secret> {
        self.raw(name).map(|text| self.secrets.expand(text))
    }
}

/// The inputs by which exported definitions name a service connection.
const CONNECTIONS: [&str; 5] =
    ["connection", "serviceConnection", "connectedServiceName", "connectedServiceNameARM", "genericService"];

impl Call {
    /// What the inputs say.
    pub(super) fn read(
        client: &HttpClient,
        inputs: &BTreeMap<String, String>,
        secrets: &SecretsAtHand,
    ) -> Result<Self, String> {
        let inputs = Inputs { inputs, secrets };
        if inputs.raw("waitForCompletion").is_some_and(|text| text.eq_ignore_ascii_case("true")) {
            return Err(
                "it waits for a call back, which nobody takes here: set waitForCompletion to false".into()
            );
        }
        let mut headers = headers(&inputs)?;
        let (uri, hidden) = address(client, &inputs, &mut headers)?;
        let method = match inputs.get("method") {
            Some(name) => Method::from_bytes(name.reveal().to_ascii_uppercase().as_bytes())
                .ok()
                .filter(is_known)
                .ok_or("its input \"method\" is no method that can be called")?,
            None => Method::GET,
        };
        let takes_body = ![Method::GET, Method::HEAD].contains(&method);
        let body = inputs.get("body").filter(|_| takes_body);
        if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.push(("Content-Type".to_owned(), Secret::new("application/json")));
        }
        let timeout = match inputs.get("timeoutSeconds") {
            Some(text) => match text.reveal().parse() {
                Ok(seconds @ 1..) => Duration::from_secs(seconds).min(client.longest()),
                Ok(0) | Err(_) => return Err("its input \"timeoutSeconds\" is no number of seconds".into()),
            },
            None => client.longest(),
        };
        let expected = Expected::read(&inputs)?;
        Ok(Self { method, uri, headers, body, timeout, expected, hidden })
    }
}

fn is_known(method: &Method) -> bool {
    use Method as M;
    [M::GET, M::HEAD, M::POST, M::PUT, M::PATCH, M::DELETE, M::OPTIONS].contains(method)
}

/// Where it is called: the whole address, or a connection's and what comes after it. A connection's headers win.
fn address(
    client: &HttpClient,
    inputs: &Inputs<'_>,
    headers: &mut Vec<(String, Secret)>,
) -> Result<(Uri, Vec<Secret>), String> {
    let invalid = || "its address must begin with http:// or https:// and name a host".to_owned();
    if let Some(url) = inputs.get("url") {
        return Ok((place::parse(url.reveal()).ok_or_else(invalid)?, Vec::new()));
    }
    let Some(id) = CONNECTIONS.iter().find_map(|name| inputs.raw(name)) else {
        return Err("neither its input \"url\" nor its input \"connection\" says what is called".to_owned());
    };
    let connection = client
        .connected(id)
        .ok_or_else(|| format!("nobody knows the connection {id:?}: name it where the client is made"))?;
    let suffix = inputs.get("urlSuffix").unwrap_or_else(|| Secret::new(""));
    let base = place::parse(&connection.url).ok_or_else(invalid)?;
    let uri = place::parse(&joined(&connection.url, suffix.reveal())).ok_or_else(invalid)?;
    // What a suffix can't do: make another host of it.
    if !place::is_same(&base, &uri) {
        return Err(format!("its input \"urlSuffix\" leads away from the connection {id:?}"));
    }
    headers.retain(|(name, _)| !connection.headers.iter().any(|(set, _)| set.eq_ignore_ascii_case(name)));
    headers.extend(connection.headers.iter().cloned());
    Ok((uri, connection.headers.iter().map(|(_, value)| value.clone()).collect()))
}

/// With one slash between them.
fn joined(base: &str, suffix: &str) -> String {
    match suffix.chars().next() {
        None | Some('?') => format!("{base}{suffix}"),
        Some(_) => format!("{}/{}", base.trim_end_matches('/'), suffix.trim_start_matches('/')),
    }
}

/// As a JSON object, or one on each line. Secrets are put in after it was read, so that none can add a header.
fn headers(inputs: &Inputs<'_>) -> Result<Vec<(String, Secret)>, String> {
    let Some(text) = inputs.raw("headers") else { return Ok(Vec::new()) };
    let wrong =
        || "its input \"headers\" is neither a JSON object of texts nor lines as \"name: value\"".to_owned();
    let pairs: Vec<(String, String)> = if text.starts_with('{') {
        let object: BTreeMap<String, serde_json::Value> = serde_json::from_str(text).map_err(|_| wrong())?;
        let text_of = |(name, value): (String, serde_json::Value)| match value {
            serde_json::Value::String(text) => Ok((name, text)),
            serde_json::Value::Number(_) | serde_json::Value::Bool(_) => Ok((name, value.to_string())),
            serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                Err(wrong())
            }
        };
        object.into_iter().map(text_of).collect::<Result<_, _>>()?
    } else {
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let pair = |line: &str| {
            let (name, value) = line.split_once(':')?;
            Some((name.trim().to_owned(), value.trim().to_owned()))
        };
        lines.map(pair).collect::<Option<_>>().ok_or_else(wrong)?
    };
    Ok(pairs.into_iter().map(|(name, value)| (name, inputs.secrets.expand(&value))).collect())
}

#[cfg(test)]
mod tests {
    use super::super::Connection;
    use super::*;

    fn read(inputs: &[(&str, &str)]) -> Result<Call, String> {
        let api = Connection::new("https://shop.example/api/")
            .with_header("Authorization", Secret::new("Bearer hunter2"));
        let client = HttpClient::new().connection("Shop", api);
        let inputs = inputs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        let secrets = SecretsAtHand::none().with("token", Secret::new("hunter3\", \"evil\": \"1"));
        Call::read(&client, &inputs, &secrets)
    }

    #[test]
    fn a_call_is_read_as_exported_definitions_write_it() {
        let call = read(&[
            ("connectedServiceName", "shop"),
            ("urlSuffix", "/orders?x=1"),
            ("method", "post"),
            ("headers", "{\"X-Token\": \"$(token)\", \"authorization\": \"mine\", \"n\": 1}"),
            ("body", "{}"),
            ("waitForCompletion", "false"),
        ])
        .unwrap();
        assert_eq!(
            (call.method, call.uri.to_string()),
            (Method::POST, "https://shop.example/api/orders?x=1".into())
        );
        let headers: Vec<_> =
            call.headers.iter().map(|(name, value)| (name.as_str(), value.reveal())).collect();
        let expected = [
            ("X-Token", "hunter3\", \"evil\": \"1"),
            ("n", "1"),
            ("Authorization", "Bearer hunter2"),
            ("Content-Type", "application/json"),
        ];
        assert_eq!(headers, expected, "no secret adds a header, and nobody replaces a connection's");
        assert_eq!(call.hidden, [Secret::new("Bearer hunter2")]);
    }

    #[test]
    fn what_can_not_be_called_says_why() {
        for (inputs, part) in [
            (&[][..], "says what is called"),
            (&[("url", "shop.example")], "must begin with http"),
            (&[("url", "ftp://shop.example")], "must begin with http"),
            (&[("connection", "other")], "nobody knows the connection \"other\""),
            (&[("url", "http://a"), ("method", "FETCH IT")], "\"method\""),
            (&[("url", "http://a"), ("method", "CONNECT")], "\"method\""),
            (&[("url", "http://a"), ("timeoutSeconds", "0")], "\"timeoutSeconds\""),
            (&[("url", "http://a"), ("headers", "{\"a\": []}")], "\"headers\""),
            (&[("url", "http://a"), ("headers", "a")], "\"headers\""),
            (&[("url", "http://a"), ("waitForCompletion", "True")], "call back"),
            (&[("url", "http://a"), ("expectedStatus", "ok")], "\"expectedStatus\""),
            (&[("url", "http://a"), ("jsonPath", "$.[")], "\"jsonPath\""),
            (&[("url", "http://a"), ("expectedValue", "1")], "\"jsonPath\""),
        ] {
            let error = read(inputs).unwrap_err();
            assert!(error.contains(part), "{inputs:?}: {error}");
        }
    }

    #[test]
    fn a_suffix_leads_to_no_other_host() {
        let client = HttpClient::new().connection("shop", Connection::new("https://shop.example"));
        for suffix in ["@evil.example/", ".evil.example/", ":81/", "//evil.example/"] {
            let inputs = BTreeMap::from([
                ("connection".to_owned(), "shop".to_owned()),
                ("urlSuffix".to_owned(), suffix.to_owned()),
            ]);
            if let Ok(call) = Call::read(&client, &inputs, &SecretsAtHand::none()) {
                assert_eq!(place::of(&call.uri), "https://shop.example", "{suffix}");
            }
        }
    }

    #[test]
    fn a_time_out_is_at_most_the_clients() {
        let timeout = |text| read(&[("url", "http://a"), ("timeoutSeconds", text)]).unwrap().timeout;
        assert_eq!((timeout("3"), timeout("999")), (Duration::from_secs(3), Duration::from_secs(20)));
    }
}
