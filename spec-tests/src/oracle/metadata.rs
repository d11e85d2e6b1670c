//! [Fetch Metadata](https://w3c.github.io/webappsec-fetch-metadata/).

use super::origin::{Origin, is_potentially_trustworthy};
use super::request::{Request, Word};
use super::rules::{Fault, Rules};

/// [Append the Fetch metadata headers](https://w3c.github.io/webappsec-fetch-metadata/#abstract-opdef-append-the-fetch-metadata-headers-for-a-request).
pub fn append_fetch_metadata_headers(request: &mut Request, rules: &Rules) {
    // 1. Only to trustworthy URLs. By a choice of the project, the current URL is meant.
    if !is_potentially_trustworthy(request.current_url(), rules) {
        return;
    }
    // 2. to 5.
    set_dest(request);
    set_mode(request);
    set_site(request, rules);
    set_user(request);
}

fn set_dest(request: &mut Request) {
    // 1. to 3. The empty destination has a word here.
    let header = if request.destination.is_empty() { "empty" } else { request.destination };
    // 4.
    request.header_list.set("Sec-Fetch-Dest", header);
}

fn set_mode(request: &mut Request) {
    // 1. to 4.
    let header = request.mode;
    request.header_list.set("Sec-Fetch-Mode", header);
}

fn set_site(request: &mut Request, rules: &Rules) {
    // 6. What the steps before give.
    let header = site(request, rules);
    request.header_list.set("Sec-Fetch-Site", header);
}

fn site(request: &Request, rules: &Rules) -> Word {
    // 1. to 3.
    let mut header = "same-origin";
    // 4. A navigation that the user began.
    if request.is_navigation_request() && request.user_initiated {
        header = "none";
    }
    // 5. Otherwise the farthest of all URLs:
    let first = if rules.has(Fault::MetadataLooksAtLastUrl) { request.url_list.len() - 1 } else { 0 };
    if header != "none" {
        for url in &request.url_list[first..] {
            let origin = Origin::of(url, rules);
            // 5.1.
            if origin.same_origin(request.origin()) {
                continue;
            }
            // 5.2.
            header = "cross-site";
            // 5.3.
            if !request.origin().same_site(&origin, rules) {
                break;
            }
            // 5.4.
            header = "same-site";
        }
    }
    header
}

fn set_user(request: &mut Request) {
    // 1. and 2. Only navigations with user activation.
    if !request.is_navigation_request() || !request.user_activation {
        return;
    }
    // 3. to 5.
    request.header_list.set("Sec-Fetch-User", "?1");
}
