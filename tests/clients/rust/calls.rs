//! What a team writes once around the generated client: forms by the kinds of their values, one attempt, no redirects.

use reqwest::blocking::multipart::{Form as Multipart, Part};
use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{HeaderMap, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// A client that sends a form once: sent again, or after a redirect, it would be billed again.
pub fn once(timeout: Duration) -> Client {
    Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).build().expect("only options fail")
}

/// Why a call has no answer; where it is ambiguous, something may have been made all the same.
#[derive(Debug)]
pub struct Error {
    pub kind: &'static str,
    pub status: Option<u16>,
    pub headers: HeaderMap,
    pub ambiguous: bool,
    pub message: String,
}

impl Error {
    pub fn invalid(why: impl ToString) -> Self {
        Self { kind: "invalid_request", status: None, headers: HeaderMap::new(), ambiguous: false, message: why.to_string() }
    }
}

/// What an operation answered, and the head that it came with.
#[derive(Debug)]
pub struct Answer<T> {
    pub value: T,
    pub headers: HeaderMap,
}

impl<T: DeserializeOwned> Answer<T> {
    pub fn json(request: RequestBuilder) -> Result<Self, Error> {
        read(request, |headers, body| {
            let body = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&body);
            let value = tolerant(serde_json::from_slice(body).map_err(|error| error.to_string())?)?;
            Ok(Self { value, headers })
        })
    }
}

impl Answer<()> {
    pub fn nothing(request: RequestBuilder) -> Result<Self, Error> {
        read(request, |headers, _| Ok(Self { value: (), headers }))
    }
}

impl Answer<Upload> {
    pub fn file(request: RequestBuilder) -> Result<Self, Error> {
        read(request, |headers, content| {
            let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(String::from);
            if content_type.as_ref().is_some_and(|label| label.starts_with("text/html")) {
                return Err("a page in place of a file".into());
            }
            Ok(Self { value: Upload { filename: None, content_type, content }, headers })
        })
    }
}

/// Sends a request once, and reads what a success has.
fn read<T>(request: RequestBuilder, decode: impl FnOnce(HeaderMap, Vec<u8>) -> Result<T, String>) -> Result<T, Error> {
    let (client, request) = request.build_split();
    let request = request.map_err(Error::invalid)?;
    let is_read = request.method() == Method::GET;
    let failed = |kind, status, headers, message| Error { kind, status, headers, ambiguous: !is_read, message };
    let lost = |error: &reqwest::Error| if error.is_timeout() { "timeout" } else { "connection" };
    let response = client.execute(request);
    let response = response.map_err(|error| failed(lost(&error), None, HeaderMap::new(), error.to_string()))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let body = response.bytes().map(Vec::from);
    if !status.is_success() {
        let message = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
        let ambiguous = !is_read && !(status.is_client_error() || status == StatusCode::NOT_IMPLEMENTED);
        return Err(Error { ambiguous, ..failed("http", Some(status.as_u16()), headers, message) });
    }
    let status = Some(status.as_u16());
    let body = body.map_err(|error| failed(lost(&error), status, headers.clone(), error.to_string()))?;
    decode(headers.clone(), body).map_err(|message| failed("invalid_answer", status, headers, message))
}

/// Reads a value; a member of another type than the contract's is left out, where it may be.
fn tolerant<T: DeserializeOwned>(value: Value) -> Result<T, String> {
    let names: Vec<String> = value.as_object().into_iter().flat_map(|members| members.keys().cloned()).collect();
    let without = |name: &String| {
        let mut others = value.clone();
        others.as_object_mut()?.remove(name);
        serde_json::from_value(others).ok()
    };
    serde_json::from_value(value.clone()).or_else(|error| names.iter().find_map(without).ok_or(error.to_string()))
}

/// A file to send, or one that was received; what has no name or type is sent as "file", of octets.
#[derive(Clone, Debug, PartialEq)]
pub struct Upload {
    pub filename: Option<String>,
    pub content_type: Option<String>,
    pub content: Vec<u8>,
}

/// The value of a field that takes a file, a text or an object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Anything {
    File(Upload),
    Json(Value),
}

/// A form: lists are a part an item, objects and lists of lists are JSON, everything else is text.
pub struct Form(Multipart);

impl Form {
    pub fn new() -> Self {
        Self(Multipart::new().percent_encode_noop())
    }

    pub fn file(self, name: &'static str, file: impl Into<Option<Upload>>) -> Result<Self, Error> {
        let Some(file) = file.into() else { return Ok(self) };
        let part = Part::bytes(file.content).file_name(file.filename.unwrap_or("file".into()));
        let part = part.mime_str(&file.content_type.unwrap_or("application/octet-stream".into())).map_err(Error::invalid)?;
        Ok(Self(self.0.part(name, part)))
    }

    pub fn value(self, name: &'static str, value: impl Serialize) -> Result<Self, Error> {
        self.json(name, serde_json::to_value(value).map_err(Error::invalid)?)
    }

    fn json(self, name: &'static str, value: Value) -> Result<Self, Error> {
        match value {
            Value::Array(items) => items.into_iter().try_fold(self, |form, item| form.item(name, item)),
            other => self.item(name, other),
        }
    }

    fn item(self, name: &'static str, value: Value) -> Result<Self, Error> {
        Ok(match value {
            Value::Null => self,
            Value::String(text) => Self(self.0.text(name, text)),
            Value::Array(_) | Value::Object(_) => {
                let part = Part::text(value.to_string()).mime_str("application/json").map_err(Error::invalid)?;
                Self(self.0.part(name, part))
            }
            number => Self(self.0.text(name, number.to_string())),
        })
    }

    pub fn anything(self, name: &'static str, value: impl Into<Option<Anything>>) -> Result<Self, Error> {
        match value.into() {
            None => Ok(self),
            Some(Anything::File(file)) => self.file(name, file),
            Some(Anything::Json(value)) => self.json(name, value),
        }
    }

    pub fn done(self) -> Multipart {
        self.0
    }
}

/// One segment of a path, but none that would change the path.
pub fn segment(value: impl ToString) -> Result<String, Error> {
    let text = value.to_string();
    if ["", ".", ".."].contains(&text.as_str()) {
        return Err(Error::invalid(format!("{text:?} is no segment of a path")));
    }
    let mut url = reqwest::Url::parse("http://localhost/").expect("it is one");
    url.path_segments_mut().expect("it has a path").push(&text);
    Ok(url.path().trim_start_matches('/').to_string())
}

mod written {
    //! Files in JSON, as the judge of clients writes them.

    use super::Upload;
    use base64::{prelude::BASE64_STANDARD, Engine};
    use serde::{de::Error, Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Written {
        #[serde(rename = "$file")]
        file: Members,
    }

    #[derive(Serialize, Deserialize)]
    struct Members {
        filename: Option<String>,
        content_type: Option<String>,
        base64: String,
    }

    impl<'de> Deserialize<'de> for Upload {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let Members { filename, content_type, base64 } = Written::deserialize(deserializer)?.file;
            Ok(Self { filename, content_type, content: BASE64_STANDARD.decode(base64).map_err(D::Error::custom)? })
        }
    }

    impl Serialize for Upload {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let base64 = BASE64_STANDARD.encode(&self.content);
            let file = Members { filename: self.filename.clone(), content_type: self.content_type.clone(), base64 };
            Written { file }.serialize(serializer)
        }
    }
}
