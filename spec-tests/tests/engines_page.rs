//! The committed page on where engines differ is the one that is made.

use fetch_cors_spec_tests::engines_page::page;

const COMMAND: &str = "cargo run -p fetch-cors-spec-tests --example engines-page > docs/ENGINES.md";

#[test]
fn the_page_on_engines_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ENGINES.md");
    let committed = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("docs/ENGINES.md: {error}"));
    let page = page().unwrap_or_else(|error| panic!("{error}"));
    assert!(page.contains(COMMAND), "the page names another command");
    assert!(committed == page, "docs/ENGINES.md is stale; renew it with\n{COMMAND}");
}
