//! The tour.

mod support;

use support::fetch;

#[test]
fn the_tour_passes_every_stop() {
    let run = fetch(&["--demo"]).expect_code(0);
    for stop in [
        "1. Open to everyone",
        "2. One exact origin",
        "3. Somebody else's origin",
        "4. With credentials",
        "5. * with credentials",
        "6. Preflighted, twice",
        "7. A method that is not allowed",
        "8. A header that is not allowed",
        "9. A sandboxed page, whose origin is null",
        "10. null does not mean everyone",
        "11. The header twice",
        "12. A redirect within the origin",
        "13. A redirect from the page's own origin to another",
        "14. A redirect that taints",
        "15. Exposed headers",
        "16. no-cors: an image from elsewhere",
        "preflight cache: hit",
    ] {
        run.says(stop);
    }
    assert!(!run.stdout.contains("should have ended"), "{}", run.stdout);
    let lines = run.stdout.lines().count();
    assert!(lines < 140, "a screen or two, not {lines} lines");
    assert_eq!(run.stderr, "");
}

#[test]
fn the_tour_speaks_json_too() {
    let document = fetch(&["--demo", "--json"]).expect_code(0).json();
    assert_eq!(document["fetches"].as_array().map(Vec::len), Some(17));
}

#[test]
fn the_tour_shows_the_wire_on_request() {
    let run = fetch(&["--demo", "-v"]).expect_code(0);
    run.says("> Cookie: sid=42");
    run.says("> Origin: null");
}
