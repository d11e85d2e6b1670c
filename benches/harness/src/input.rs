//! The inputs of the operations: what a page asks for, and what servers answer.

use std::sync::Arc;

use fetch_cors::{Body, Client, Origin, Request, RequestBuilder, Timestamp};
use url::Url;

/// Header lines.
pub type Lines = &'static [(&'static str, &'static str)];

/// The host's clock, which stands still.
pub const NOW: Timestamp = Timestamp::ZERO;
/// The page's origin.
pub const PAGE: &str = "https://www.page.example";
/// The page's URL, which the referrer is made of.
pub const PAGE_URL: &str = "https://www.page.example/shop/cart?id=42";
/// The network partition key.
pub const PARTITION: &str = "https://page.example";
/// What the page fetches.
pub const TARGET: &str = "https://api.page.example/v1/items/1234567?fields=all";
/// Where a chain of redirects leads, time and again.
pub const NEXT: &str = "https://api.page.example/v1/items/7654321?fields=all";

/// Four lines, all safelisted.
pub const SIMPLE: Lines = &[
    ("Accept", "application/json"),
    ("Accept-Language", "en-US,en;q=0.9"),
    ("Content-Language", "en-US"),
    ("Content-Type", "text/plain;charset=UTF-8"),
];

/// Four lines, three of which are not safelisted.
pub const UNSAFE: Lines = &[
    ("Accept", "application/json"),
    ("Content-Type", "application/json"),
    ("X-Request-Id", "7d0c1a52-91b3-4a53"),
    ("X-Client-Version", "4.2.1"),
];

/// The answer to a preflight: four methods, eight header names.
pub const ALLOWED: Lines = &[
    ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Server", "example"),
    ("Access-Control-Allow-Origin", PAGE),
    ("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE"),
    (
        "Access-Control-Allow-Headers",
        "accept, authorization, content-type, if-match, x-client-version, x-request-id, x-requested-with, x-trace-id",
    ),
    ("Access-Control-Max-Age", "600"),
    ("Vary", "Origin"),
];

/// The answer to a request: twelve lines, four names exposed, six lines seen.
pub const ANSWER: Lines = &[
    ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Length", "1024"),
    ("Cache-Control", "no-cache"),
    ("ETag", "\"33a64df5\""),
    ("Server", "example"),
    ("X-Request-Id", "7d0c1a52-91b3-4a53"),
    ("X-RateLimit-Remaining", "41"),
    ("Access-Control-Allow-Origin", PAGE),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "etag, link, x-ratelimit-remaining, x-request-id"),
    ("Vary", "Origin"),
];

/// The same for an opaque origin.
pub const ANSWER_TO_NULL: Lines = &[
    ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Content-Type", "application/json"),
    ("Content-Length", "1024"),
    ("Cache-Control", "no-cache"),
    ("ETag", "\"33a64df5\""),
    ("Server", "example"),
    ("X-Request-Id", "7d0c1a52-91b3-4a53"),
    ("X-RateLimit-Remaining", "41"),
    ("Access-Control-Allow-Origin", "null"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Expose-Headers", "etag, link, x-ratelimit-remaining, x-request-id"),
    ("Vary", "Origin"),
];

/// A redirect within the target's origin.
pub const REDIRECT: Lines = &[
    ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
    ("Location", NEXT),
    ("Content-Length", "0"),
    ("Access-Control-Allow-Origin", PAGE),
    ("Vary", "Origin"),
];

/// The bytes of the PUT's body.
pub const BODY_LENGTH: u64 = 1_000;

/// A name that a request asks for, or an answer lists, in the large case.
pub fn large_name(index: usize) -> String {
    format!("x-header-name-{index:04}")
}

/// The answer in the large case: lists so many names, in an order of its own.
pub fn large_answer(listed: usize) -> Vec<(&'static str, String)> {
    // 7 is prime to every count that is used here.
    let names: Vec<String> = (0..listed).map(|index| large_name(index * 7 % listed)).collect();
    vec![
        ("Access-Control-Allow-Origin", PAGE.to_owned()),
        ("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE".to_owned()),
        ("Access-Control-Allow-Headers", names.join(", ")),
        ("Access-Control-Max-Age", "600".to_owned()),
    ]
}

/// The URL of one of many cached grants, as long as [`TARGET`].
pub fn url_of(index: u32) -> Url {
    url(&format!("https://api.page.example/v1/items/{index:07}?fields=all"))
}

/// Parses a URL of this module.
pub fn url(text: &str) -> Url {
    Url::parse(text).expect("a URL")
}

/// The page.
pub fn client() -> Arc<Client> {
    let client = Client::new(Origin::parse(PAGE).expect("an origin")).creation_url(url(PAGE_URL));
    client.network_partition_key(PARTITION).into()
}

/// A page with an opaque origin; it sends no referrer.
pub fn opaque_client() -> Arc<Client> {
    Client::new(Origin::opaque(1)).creation_url(url(PAGE_URL)).network_partition_key(PARTITION).into()
}

fn request(client: &Arc<Client>, url: Url, lines: Lines) -> RequestBuilder {
    let builder = Request::builder(url).client(Arc::clone(client)).as_fetch_api();
    lines.iter().fold(builder, |builder, (name, value)| builder.header(name, value))
}

/// A GET that needs no preflight.
pub fn simple(client: &Arc<Client>) -> Request {
    request(client, url(TARGET), SIMPLE).build().expect("a request")
}

/// A PUT with three lines that are not safelisted.
pub fn put(client: &Arc<Client>, url: Url) -> Request {
    put_builder(client, url).build().expect("a request")
}

/// The same, trusted by the host, so that it needs no preflight.
pub fn trusted_put(client: &Arc<Client>, url: Url) -> Request {
    put_builder(client, url).unsafe_request(false).build().expect("a request")
}

fn put_builder(client: &Arc<Client>, url: Url) -> RequestBuilder {
    request(client, url, UNSAFE).method("PUT").body(Body::Source { length: BODY_LENGTH })
}

/// A PUT with so many lines that are not safelisted.
pub fn large_put(client: &Arc<Client>, names: usize) -> Request {
    let builder = request(client, url(TARGET), &[]).method("PUT");
    let builder = (0..names).fold(builder, |builder, index| builder.header(large_name(index), "1"));
    builder.build().expect("a request")
}
