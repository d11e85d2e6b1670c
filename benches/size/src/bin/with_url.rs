//! A host that parses URLs.

fn main() {
    match url::Url::parse(&std::env::args().nth(1).unwrap_or_default()) {
        Ok(url) => println!("{url}"),
        Err(error) => println!("{error}"),
    }
}
