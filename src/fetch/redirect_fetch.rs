//! [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#http-redirect-fetch), and what grows with the URL
//! list: [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin) and `Sec-Fetch-Site`.

use std::sync::Arc;

use url::Host;

use super::Fetch;
use crate::config::Config;
use crate::origin::{Origin, are_same_origin};
use crate::profile::{RedirectedClientHints, RedirectedDelete, RedirectedHeaders, RefusedRedirects, UserinfoRedirects};
use crate::reason::{Excerpt, Reason, Stage};
use crate::redirect::{LocationUrl, Redirect, changes_method, includes_credentials, without_userinfo};
use crate::request::{Body, ReferrerPolicy, RequestMode, ResponseTainting};
use crate::request_header::REQUEST_BODY_HEADER_NAMES;
use crate::safelist::CLIENT_HINTS;
use crate::scheme::is_http_scheme;
use crate::time::Timestamp;
use crate::trace::{Decision, Note};

/// How many redirects are followed.
const MAX_REDIRECTS: u8 = 20;

impl Fetch {
    /// [HTTP-redirect fetch](https://fetch.spec.whatwg.org/#concept-http-redirect-fetch).
    pub(super) fn http_redirect_fetch(&mut self, redirect: Redirect, now: Timestamp) {
        self.remove_hop_lines();
        if let Some(reason) = self.redirect_refusal(&redirect) {
            if !self.is_refused_late(&reason) {
                return self.fail(Stage::Redirect, reason);
            }
            self.late_refusal.get_or_insert(Box::new(reason));
        }
        self.restore_first_list(&redirect);
        // 3. and 4. locationURL; null was answered before.
        let Redirect { status, location: LocationUrl::Url(location), referrer_policy, .. } = redirect else { return };
        let redirects = self.request.redirect_count.saturating_add(1);
        let schemes = &self.shared.config.schemes;
        let switches = &self.shared.config.profile.switches;
        let request = &mut self.request;
        self.recorder.record(request.redirect_count, "concept-http-redirect-fetch", "3", || Decision::Redirect {
            status,
            location: Excerpt::new(without_userinfo(&location).as_bytes()),
        });
        // 12. The method becomes GET.
        let is_same_origin = are_same_origin(request.current_url(), &location, schemes);
        let is_delete_made_get =
            switches.redirected_delete == RedirectedDelete::Get && request.method == "DELETE" && !is_same_origin;
        let is_made_get = changes_method(status, &request.method);
        if is_made_get || is_delete_made_get {
            self.recorder.record(request.redirect_count, "concept-http-redirect-fetch", "12", || {
                Decision::MethodChanged { from: Excerpt::new(request.method.as_bytes()), to: "GET" }
            });
            // 12.1. Method and body.
            request.method = std::borrow::Cow::Borrowed("GET");
            request.body = Body::Null;
        }
        // 12.2. Headers that describe the body. Where the first request's come back, its method decides.
        let first_method = self.began_with.as_deref().map(|first| &*first.method);
        let loses_body_headers = is_made_get
            || (switches.redirected_headers == RedirectedHeaders::OfFirstRequest
                && first_method.is_some_and(|method| changes_method(status, method)));
        if loses_body_headers {
            for name in REQUEST_BODY_HEADER_NAMES {
                request.header_list.delete(name);
            }
        }
        // 13. Another origin than the current URL's: Authorization goes.
        if !is_same_origin && request.header_list.contains("Authorization") {
            request.header_list.delete("Authorization");
            self.recorder
                .record(request.redirect_count, "concept-http-redirect-fetch", "13", || Decision::AuthorizationRemoved);
        }
        if switches.redirected_client_hints == RedirectedClientHints::Removed
            && !request.origin.same_origin_with_url(&location, schemes)
        {
            for name in CLIENT_HINTS {
                request.header_list.delete(name);
            }
        }
        self.has_crossed_origins |= !is_same_origin;
        self.own_lines = request.header_list.mark();
        // 14. HOST: the body is made again from its source. 15. to 17. HOST: timing.
        request.redirect_count = redirects;
        // 18. The URL list grows.
        Arc::make_mut(&mut request.url_list).push(location);
        self.walk_before = self.walk;
        // 19. Set request's referrer policy on redirect.
        if referrer_policy != ReferrerPolicy::Empty {
            request.referrer_policy = referrer_policy;
        }
        // 20. to 22. Main fetch.
        self.main_fetch(now);
    }

    /// Whether a refusal waits for the preflight of the next hop.
    fn is_refused_late(&self, reason: &Reason) -> bool {
        self.shared.config.profile.switches.refused_redirects == RefusedRedirects::Preflighted
            && self.request.mode == RequestMode::Cors
            && self.request.response_tainting == ResponseTainting::Basic
            && matches!(reason, Reason::RedirectHasCredentials { .. })
    }

    /// Fails as if the last redirect had not been followed.
    pub(super) fn fail_unfollowed(&mut self, reason: Reason) {
        self.request.redirect_count = self.request.redirect_count.saturating_sub(1);
        Arc::make_mut(&mut self.request.url_list).pop();
        self.walk = self.walk_before;
        self.fail(Stage::Redirect, reason);
    }

    /// Takes the header list of the first request again, if a profile sends that.
    fn restore_first_list(&mut self, redirect: &Redirect) {
        let Config { profile, schemes, .. } = &self.shared.config;
        let request = &mut self.request;
        let (Some(first), LocationUrl::Url(location)) = (self.began_with.as_deref(), &redirect.location) else {
            return;
        };
        match profile.switches.redirected_headers {
            RedirectedHeaders::OfLastHop => {}
            RedirectedHeaders::OfFirstRequest => request.header_list = first.header_list.clone(),
            RedirectedHeaders::OfFirstRequestChecked => {
                let stays_own = request.response_tainting == ResponseTainting::Basic
                    && request.origin.same_origin_with_url(location, schemes);
                let stays = match request.mode {
                    RequestMode::Cors => stays_own,
                    _ => {
                        !matches!(redirect.status, 307 | 308)
                            || (!self.has_crossed_origins && are_same_origin(request.current_url(), location, schemes))
                    }
                };
                if !stays {
                    let keeps_authorization = request.header_list.contains("Authorization");
                    request.header_list = first.header_list.clone();
                    if !keeps_authorization {
                        request.header_list.delete("Authorization");
                    }
                }
            }
        }
    }

    /// HTTP-redirect fetch, steps 5 to 11: why a redirect is not followed.
    pub(super) fn redirect_refusal(&self, redirect: &Redirect) -> Option<Reason> {
        if let Some(reason) = self.early_refusal(redirect) {
            return Some(reason);
        }
        let location = match &redirect.location {
            // 5. Failure.
            LocationUrl::Failure => return Some(Redirect::failure(redirect.received.clone())),
            LocationUrl::Null => return None,
            LocationUrl::Url(location) => location,
        };
        // 6. Only HTTP(S).
        if !is_http_scheme(location.scheme()) {
            return Some(Reason::RedirectSchemeNotHttp { scheme: Excerpt::new(location.scheme().as_bytes()) });
        }
        // 7. and 8. Twenty of them.
        if self.request.redirect_count >= MAX_REDIRECTS {
            return Some(Reason::RedirectLimit { followed: self.request.redirect_count });
        }
        let request = &self.request;
        let config = &self.shared.config;
        let location_has_credentials = includes_credentials(location);
        // 9. Mode cors, and userinfo for another origin.
        let refused = (request.mode == RequestMode::Cors
            && location_has_credentials
            && !request.origin.same_origin_with_url(location, &config.schemes))
            // 10. Userinfo after another origin.
            || (request.response_tainting == ResponseTainting::Cors && location_has_credentials)
            // Nor after a target that the access list granted, which the text does not know.
            || (self.was_granted && location_has_credentials)
            || (config.profile.switches.userinfo_redirects == UserinfoRedirects::Refused
                && request.mode != RequestMode::Navigate
                && location_has_credentials);
        if refused {
            let location = Excerpt::new(without_userinfo(location).as_bytes());
            return Some(Reason::RedirectHasCredentials { location });
        }
        // 11. A body that cannot be sent again.
        let status = redirect.status;
        (status != 303 && request.body == Body::Stream).then_some(Reason::RedirectBodyNotReplayable { status })
    }

    /// Why a redirect is not followed, as far as it is seen before the CORS check.
    pub(super) fn early_refusal(&self, redirect: &Redirect) -> Option<Reason> {
        if !self.judges_mode_last() {
            return None;
        }
        let followed = self.request.redirect_count;
        if followed >= MAX_REDIRECTS {
            return Some(Reason::RedirectLimit { followed });
        }
        (redirect.location == LocationUrl::Failure).then(|| Redirect::failure(redirect.received.clone()))
    }

    /// Walks one URL further for [redirect-taint](https://fetch.spec.whatwg.org/#concept-request-tainted-origin)
    /// and `Sec-Fetch-Site`.
    pub(super) fn walk_url_list(&mut self) {
        let shared = &*self.shared;
        let schemes = &shared.config.schemes;
        let (url, last_url) = match &**self.request.url_list {
            [.., last_url, url] => (url, Some(last_url)),
            [url] => (url, None),
            [] => return,
        };
        let before = self.walk_before;
        self.walk = before.further(&self.request.origin, last_url, url, schemes, shared.public_suffix());
        let could_be_same_site = match (&self.request.origin, url.host()) {
            (Origin::Tuple(origin), Some(Host::Domain(host))) => {
                origin.host() != host && origin.scheme() == url.scheme() && origin.host().contains('.')
            }
            _ => false,
        };
        if shared.config.public_suffix.is_none() && could_be_same_site {
            self.recorder.record(self.request.redirect_count, "concept-request-tainted-origin", "4", || {
                Decision::Note(Note::NoPublicSuffixList)
            });
        }
        let (taint, tainted_before) = (self.walk.taint, before.taint);
        if taint != tainted_before {
            let redirects = self.request.redirect_count;
            self.recorder
                .record(redirects, "concept-request-tainted-origin", "4", || Decision::RedirectTainted(taint.as_str()));
        }
    }
}
