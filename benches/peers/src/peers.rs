//! What the peers publish of the operations.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use fetch_cors_benches::input::{ALLOWED, ANSWER, Lines, PAGE, SIMPLE, TARGET, UNSAFE};
use fetch_cors_benches::{Operation, Side, runner};
use gosub_sonar::ResponseTainting;
use gosub_sonar::net::cors::{preflight_needed, readable_headers};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_cache_semantics::CachePolicy;
use tower_http::cors::CorsLayer;
use tower_layer::Layer;
use tower_service::Service;

const GOSUB: &str = "gosub-sonar 0.16.1";
/// Other work on the same headers, for scale: a server's CORS, and an HTTP cache's decision.
const TOWER: &str = "tower-http 0.7.1 (server, for scale)";
const SEMANTICS: &str = "http-cache-semantics 3.0.0 (HTTP cache, for scale)";

/// Every peer, in the order of the table.
pub(crate) const NAMES: [&str; 3] = [GOSUB, TOWER, SEMANTICS];
/// Those that do the same as the engine.
pub(crate) const SAME_OPERATION: [&str; 1] = [GOSUB];

fn map(lines: Lines) -> HeaderMap {
    let line = |(name, value): &(&str, &str)| {
        (name.parse::<HeaderName>().expect("a name"), value.parse::<HeaderValue>().expect("a value"))
    };
    lines.iter().map(line).collect()
}

fn repeated<O: 'static>(mut run: impl FnMut() -> O + 'static) -> Side {
    Side::new(runner(|| (), move |()| run()))
}

/// Puts the peers beside an operation that they publish.
pub(crate) fn beside(operation: Operation) -> Operation {
    // The row's number names the operation.
    let row = operation.name.split(' ').next().unwrap_or_default();
    match row {
        "1" if !operation.name.starts_with("1 +") => operation.beside(GOSUB, || {
            let headers = map(SIMPLE);
            assert!(!preflight_needed(&Method::GET, &headers));
            repeated(move || preflight_needed(black_box(&Method::GET), black_box(&headers)))
        }),
        "3" if operation.name.ends_with("HeaderMap") => operation.beside(TOWER, || tower(&preflight())),
        "6" => operation.beside(TOWER, || tower(&actual())).beside(SEMANTICS, semantics),
        "7" => operation.beside(GOSUB, || {
            let headers = map(ANSWER);
            assert_eq!(readable_headers(ResponseTainting::Cors, &headers, false).len(), 6);
            repeated(move || readable_headers(ResponseTainting::Cors, black_box(&headers), black_box(false)))
        }),
        _ => operation,
    }
}

fn preflight() -> Request<()> {
    let mut request = Request::options(TARGET).body(()).expect("a request");
    *request.headers_mut() = map(&[
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "content-type,x-client-version,x-request-id"),
        ("Origin", PAGE),
    ]);
    request
}

fn actual() -> Request<()> {
    let mut request = Request::put(TARGET).body(()).expect("a request");
    *request.headers_mut() = map(UNSAFE);
    request.headers_mut().append("origin", HeaderValue::from_static(PAGE));
    request
}

/// A service that answers at once.
#[derive(Clone)]
struct Answers {
    headers: HeaderMap,
}

impl Service<Request<()>> for Answers {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<()>) -> Self::Future {
        let mut response = Response::new(());
        *response.headers_mut() = std::mem::take(&mut self.headers);
        ready(Ok(response))
    }
}

/// A server's layer that answers the same requests.
fn tower(request: &Request<()>) -> Side {
    let list = |name: &str| ALLOWED.iter().find(|(line, _)| *line == name).map_or("", |(_, value)| value).split(", ");
    let methods: Vec<Method> =
        list("Access-Control-Allow-Methods").map(|item| item.parse().expect("a method")).collect();
    let headers: Vec<HeaderName> =
        list("Access-Control-Allow-Headers").map(|item| item.parse().expect("a name")).collect();
    let layer = CorsLayer::new()
        .allow_origin(HeaderValue::from_static(PAGE))
        .allow_methods(methods)
        .allow_headers(headers)
        .max_age(std::time::Duration::from_secs(600));
    let (request, answers) = (request.clone(), Answers { headers: map(&ANSWER[..8]) });
    let setup = move || (layer.layer(answers.clone()), request.clone());
    Side::new(runner(setup, |(mut service, request)| {
        let mut future = pin!(service.call(request));
        match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => answer,
            Poll::Pending => panic!("the service answers at once"),
        }
    }))
}

/// Whether a stored response may be used.
fn semantics() -> Side {
    let request = actual();
    let mut get = Request::get(TARGET).body(()).expect("a request");
    *get.headers_mut() = request.headers().clone();
    let mut response = Response::new(());
    *response.headers_mut() = map(ANSWER);
    response.headers_mut().remove("vary");
    response.headers_mut().insert("cache-control", HeaderValue::from_static("max-age=600"));
    let policy = CachePolicy::new(&get, &response);
    repeated(move || {
        matches!(
            black_box(&policy).before_request(&get, SystemTime::UNIX_EPOCH),
            http_cache_semantics::BeforeRequest::Fresh(_)
        )
    })
}
