//! [Referrer Policy](https://w3c.github.io/webappsec-referrer-policy/).

use url::Url;

use super::header_list::HeaderList;
use super::infra::decode;
use super::origin::{Origin, is_local, is_potentially_trustworthy};
use super::request::{Referrer, Request, Word};
use super::rules::Rules;

/// The referrer policies, without the empty string.
pub const REFERRER_POLICIES: [Word; 8] = [
    "no-referrer",
    "no-referrer-when-downgrade",
    "same-origin",
    "origin",
    "strict-origin",
    "origin-when-cross-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
];

/// [Parse a referrer policy from a header](https://w3c.github.io/webappsec-referrer-policy/#parse-referrer-policy-from-header).
#[must_use]
pub fn parse_referrer_policy(headers: &HeaderList) -> Word {
    // 1. The tokens. By a choice of the project, one that does not parse spoils no other, and case
    // does not matter, as in the ABNF's literals.
    let mut tokens = Vec::new();
    for (name, value) in &headers.0 {
        if super::infra::matches(name, b"Referrer-Policy") {
            tokens.extend(decode(value).split(',').map(|token| token.trim_matches([' ', '\t']).to_owned()));
        }
    }
    // 2.
    let mut policy = "";
    // 3. The last that is known.
    for token in tokens {
        if let Some(known) = REFERRER_POLICIES.iter().find(|known| known.eq_ignore_ascii_case(&token)) {
            policy = known;
        }
    }
    // 4.
    policy
}

/// [Set request's referrer policy on redirect](https://w3c.github.io/webappsec-referrer-policy/#set-requests-referrer-policy-on-redirect).
pub fn set_referrer_policy_on_redirect(request: &mut Request, headers: &HeaderList) {
    // 1.
    let policy = parse_referrer_policy(headers);
    // 2.
    if !policy.is_empty() {
        request.referrer_policy = policy;
    }
}

/// [Strip url for use as a referrer](https://w3c.github.io/webappsec-referrer-policy/#strip-url).
fn strip(url: &Url, origin_only: bool) -> Option<Url> {
    let mut url = url.clone();
    // 1. It is a URL. 2. Local ones are never told. By a choice of the project, nor those without a
    // host.
    if is_local(&url) || url.host().is_none() {
        return None;
    }
    // 3. and 4. No userinfo.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    // 5. No fragment.
    url.set_fragment(None);
    // 6. Nothing but scheme, host and port.
    if origin_only {
        // 6.1. and 6.2.
        url.set_path("/");
        url.set_query(None);
    }
    // 7.
    Some(url)
}

/// [Determine request's referrer](https://w3c.github.io/webappsec-referrer-policy/#determine-requests-referrer).
#[must_use]
pub fn determine_referrer(request: &Request, rules: &Rules) -> Option<Url> {
    // 1. and 2.
    let policy = request.referrer_policy;
    let environment = &request.client;
    // 3. The source:
    let source = match &request.referrer {
        Referrer::NoReferrer => return None,
        // client. Without an environment there is nothing to take it from.
        Referrer::Client => {
            let environment = environment.as_ref()?;
            // client 1.2. An opaque origin is not told.
            if environment.is_window && environment.origin.is_opaque() {
                return None;
            }
            // client 1.3. The creation URL given is that of the document which counts. 1.4. and 2.
            environment.creation_url.clone()?
        }
        // A URL.
        Referrer::Url(url) => url.clone(),
    };
    // 4. and 5.
    let mut referrer_url = strip(&source, false)?;
    let referrer_origin = strip(&source, true)?;
    // 6. Too long.
    if referrer_url.as_str().len() > 4096 {
        referrer_url = referrer_origin.clone();
    }
    // 7. Nothing is altered. 8. By policy:
    let current_url = request.current_url();
    let is_downgrade =
        is_potentially_trustworthy(&referrer_url, rules) && !is_potentially_trustworthy(current_url, rules);
    let is_same_origin = Origin::of(&referrer_url, rules).same_origin(&Origin::of(current_url, rules));
    match policy {
        "no-referrer" => None,
        "origin" => Some(referrer_origin),
        "unsafe-url" => Some(referrer_url),
        // strict-origin 1. and 2.
        "strict-origin" if is_downgrade => None,
        "strict-origin" => Some(referrer_origin),
        // strict-origin-when-cross-origin 1. to 3.
        "strict-origin-when-cross-origin" if is_same_origin => Some(referrer_url),
        "strict-origin-when-cross-origin" if is_downgrade => None,
        "strict-origin-when-cross-origin" => Some(referrer_origin),
        // same-origin 1. and 2.
        "same-origin" if is_same_origin => Some(referrer_url),
        "same-origin" => None,
        // origin-when-cross-origin 1. and 2.
        "origin-when-cross-origin" if is_same_origin => Some(referrer_url),
        "origin-when-cross-origin" => Some(referrer_origin),
        // no-referrer-when-downgrade 1. and 2.
        "no-referrer-when-downgrade" if is_downgrade => None,
        "no-referrer-when-downgrade" => Some(referrer_url),
        other => unreachable!("{other:?} is no referrer policy that main fetch leaves"),
    }
}
