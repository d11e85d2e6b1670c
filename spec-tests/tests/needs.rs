//! What rows need of hosts follows from running them with other hosts.

use fetch_cors_spec_tests::fixture::{self, NEEDS, Row};
use fetch_cors_spec_tests::scenario::{self, Scenario};
use fetch_cors_spec_tests::symbols::Bindings;
use fetch_cors_spec_tests::table::TableRow;
use serde_json::Value;

const NAMES: [&str; 10] = [
    "CLIENT",
    "CLIENT_PORT2",
    "CLIENT_HTTPS",
    "SUB",
    "SUB_PORT2",
    "SUB_HTTPS",
    "SUB2",
    "ALT",
    "ALT_HTTPS",
    "ALT_SUB_HTTPS",
];

/// Hosts in the order of the names' first words: client, sub, sub2, alt, alt-sub.
fn bindings(client: &str, sub: &str, sub2: &str, alt: &str, alt_sub: &str) -> Bindings {
    let origin = |name: &&'static str| {
        let host = match *name {
            "SUB2" => sub2,
            "ALT_SUB_HTTPS" => alt_sub,
            name if name.starts_with("SUB") => sub,
            name if name.starts_with("ALT") => alt,
            _ => client,
        };
        let (scheme, port) = if name.ends_with("HTTPS") { ("https", 8443) } else { ("http", 8000) };
        let port = if name.ends_with("PORT2") { 8001 } else { port };
        (*name, format!("{scheme}://{host}:{port}"))
    };
    NAMES.iter().map(origin).collect()
}

fn holds(row: &Value, bindings: &Bindings) -> bool {
    let bound = scenario::bind(row, bindings).and_then(fixture::read_row::<Scenario>);
    bound.and_then(|scenario| scenario::run(&scenario)).is_ok()
}

/// `subdomain`: the row fails where no two hosts are of one site. `untrustworthy-http`: it fails where
/// http hosts are trustworthy. `named-host`: it only fails with addresses.
#[test]
fn needs_of_hosts_are_exact() {
    let no_sites = bindings("c.test", "s.example", "s2.demo", "a.invalid", "b.org");
    let trustworthy =
        bindings("web.localhost", "www1.web.localhost", "www2.web.localhost", "alt.localhost", "www.alt.localhost");
    let addresses = bindings("127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5");
    let mut wrong = Vec::new();
    for path in fixture::json_files(&fixture::root().join(Scenario::FOLDER)).unwrap_or_else(|error| panic!("{error}")) {
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}"));
        let file: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        for row in file["rows"].as_array().into_iter().flatten() {
            let (subdomain, untrustworthy) = (!holds(row, &no_sites), !holds(row, &trustworthy));
            let named = !subdomain && !untrustworthy && !holds(row, &addresses);
            let found = [("subdomain", subdomain), ("untrustworthy-http", untrustworthy), ("named-host", named)];
            for (need, needed) in found {
                let says = row["needs"].as_array().is_some_and(|needs| needs.contains(&need.into()));
                if says != needed {
                    wrong.push(format!("{}: {need} is needed: {needed}, the row says {says}", row["id"]));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn check<R: Row>() -> Vec<String> {
    let files = fixture::load::<R>().unwrap_or_else(|error| panic!("{error}"));
    let rows: Vec<R> = files.into_values().flatten().collect();
    for row in &rows {
        assert!(!row.anchors().is_empty(), "{}: no anchor", row.id());
        for need in row.needs() {
            assert!(NEEDS.iter().any(|(known, _)| known == need), "{}: no need {need:?}", row.id());
        }
    }
    rows.iter().flat_map(|row| row.needs().to_vec()).collect()
}

#[test]
fn every_need_is_known_and_used() {
    let used = [check::<Scenario>(), check::<TableRow>()].concat();
    let unused: Vec<_> = NEEDS.iter().filter(|(need, _)| !used.iter().any(|used| used == need)).collect();
    assert!(unused.is_empty(), "needs without a row: {unused:?}");
}
