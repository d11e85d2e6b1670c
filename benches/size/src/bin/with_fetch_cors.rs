//! A host that fetches, from its standard input.

use std::io::BufRead;

use fetch_cors::{Action, HostFailure, Origin, Request, Timestamp, UserAgent};

/// Reads the head of a response: a status, then lines until an empty one.
fn read() -> Option<(u16, Vec<(String, String)>)> {
    let mut lines = std::io::stdin().lock().lines().map_while(Result::ok);
    let status = lines.next()?.parse().ok()?;
    let line = |line: String| line.split_once(':').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Some((status, lines.take_while(|line| !line.is_empty()).filter_map(line).collect()))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = url::Url::parse(&std::env::args().nth(1).unwrap_or_default())?;
    let request = Request::builder(url).origin(Origin::parse("https://page.example")?).method("PUT").as_fetch_api();
    let (ua, now) = (UserAgent::default(), Timestamp::ZERO);
    let mut fetch = ua.fetch(request.build()?, now);
    loop {
        match fetch.action() {
            Action::SendPreflight(exchange) | Action::SendRequest(exchange) => {
                println!("{:?}", exchange.head());
                match read() {
                    Some(head) => {
                        if let Some(delivery) = exchange.respond(head, now) {
                            let response = delivery.accept();
                            println!("{} {}", response.status(), response.headers().count());
                            return Ok(());
                        }
                    }
                    None => exchange.fail(HostFailure::connect("no answer")),
                }
            }
            Action::NetworkError(error) => return Err(error.clone().into()),
            _ => return Ok(()),
        }
    }
}
