//! A host that parses nothing.

fn main() {
    let url = std::env::args().nth(1).unwrap_or_default();
    println!("{url}");
}
