//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch): when one is needed,
//! [the request](request), and [the judgement of its response](response).

mod request;
mod response;

pub(crate) use request::{preflight_header_list, preflight_header_map};
pub(crate) use response::{
    Items, MaxAge, MaxAgeFinding, PreflightPassed, is_of_lists, judge_preflight_response, unjudged_items,
};

use crate::method::is_cors_safelisted_method;
use crate::network::cache_mode_of;
use crate::profile::{CacheBypass, CacheMethods, Switches};
use crate::reason::Excerpt;
use crate::request::{CacheMode, Request};
use crate::safelist::{
    MAX_SAFELISTED_TOTAL_BYTES, Unsafe, has_cors_unsafe_request_header_name, safelist_value_size, safelisted_value,
    why_unsafe_by,
};
use crate::trace::PreflightCause;

/// Whether [main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch) takes the branch with a
/// CORS-preflight fetch.
pub(crate) fn is_preflight_needed(request: &Request, switches: &Switches) -> bool {
    request.use_cors_preflight
        || (request.unsafe_request
            && (!is_cors_safelisted_method(request.method.as_bytes())
                || has_cors_unsafe_request_header_name(&request.header_list, switches)))
}

/// Whether the cache is asked for the request's method.
pub(crate) fn is_method_looked_up(request: &Request, switches: &Switches) -> bool {
    let method = request.method.as_bytes();
    match switches.cache_methods {
        CacheMethods::UnsafeOrForced => !is_cors_safelisted_method(method) || request.use_cors_preflight,
        CacheMethods::Unsafe => !is_cors_safelisted_method(method),
        CacheMethods::AllButGetAndPost => method != b"GET" && method != b"POST",
    }
}

/// The cache mode that takes a request past the CORS-preflight cache, if one does.
#[inline]
pub(crate) fn bypassing_cache_mode(request: &Request, switches: &Switches) -> Option<CacheMode> {
    if switches.cache_bypass == CacheBypass::Never {
        return None;
    }
    // HTTP-network-or-cache fetch comes later, and changes the mode of its own request alone.
    let cache_mode = cache_mode_of(request.cache_mode, &request.header_list, switches);
    let is_past = match cache_mode {
        CacheMode::NoStore | CacheMode::Reload => true,
        CacheMode::NoCache => switches.cache_bypass == CacheBypass::NoStoreReloadAndNoCache,
        _ => false,
    };
    is_past.then_some(cache_mode)
}

/// All that makes a preflight needed, for a trace.
pub(crate) fn preflight_causes(request: &Request, switches: &Switches) -> Vec<PreflightCause> {
    let mut causes = Vec::new();
    if request.use_cors_preflight {
        causes.push(PreflightCause::UseCorsPreflightFlag);
    }
    if !is_cors_safelisted_method(request.method.as_bytes()) {
        causes.push(PreflightCause::Method(Excerpt::new(request.method.as_bytes())));
    }
    for (name, value) in &request.header_list {
        let value = safelisted_value(&request.header_list, switches, name, value);
        if let Some(why) = why_unsafe_by(switches, name, &value) {
            let value = (why != Unsafe::Name).then(|| Excerpt::new(&value));
            causes.push(PreflightCause::Header { name: Excerpt::new(name), value, why });
        }
    }
    let total = safelist_value_size(&request.header_list, switches);
    if total > MAX_SAFELISTED_TOTAL_BYTES {
        causes.push(PreflightCause::TotalLength(total));
    }
    causes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;
    use crate::request::CredentialsMode;
    use url::Url;

    pub(super) fn request(method: &str, headers: &[(&str, &str)], credentials_mode: CredentialsMode) -> Request {
        let url = Url::parse("https://b.example/").expect("a URL");
        let mut builder = Request::builder(url)
            .origin(Origin::parse("https://a.example").expect("an origin"))
            .method(method)
            .credentials_mode(credentials_mode)
            .as_fetch_api();
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        builder.build().expect("a request")
    }

    #[test]
    fn a_preflight_is_needed_for_what_is_not_safelisted() {
        let needed = |request: &Request| {
            let standard = &Switches::STANDARD;
            (is_preflight_needed(request, standard), preflight_causes(request, standard).len())
        };
        assert_eq!(needed(&request("GET", &[("accept", "x")], CredentialsMode::Omit)), (false, 0));
        assert_eq!(needed(&request("PATCH", &[("x-a", "x")], CredentialsMode::Omit)), (true, 2));
        let url = Url::parse("https://b.example/").expect("a URL");
        let report = Request::builder(url.clone())
            .origin(Origin::opaque(1))
            .method("PUT")
            .mode(crate::RequestMode::Cors)
            .build();
        assert!(
            !is_preflight_needed(&report.expect("a request"), &Switches::STANDARD),
            "the unsafe-request flag is unset"
        );
        let upload =
            Request::builder(url).origin(Origin::opaque(1)).use_cors_preflight(true).build().expect("a request");
        assert_eq!(needed(&upload), (true, 1));
    }
}
