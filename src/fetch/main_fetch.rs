//! [Main fetch](https://fetch.spec.whatwg.org/#main-fetch) and [scheme fetch](https://fetch.spec.whatwg.org/#scheme-fetch).

use std::sync::Arc;

use url::{Host, Url};

use super::http_fetch::{Facts, Filtered, ResponseUrlList};
use super::{Fetch, State};
use crate::action::Delivery;
use crate::config::Config;
use crate::head::ResponseHead;
use crate::mime::{extract_mime_type, should_be_blocked_due_to_mime_type, should_be_blocked_due_to_nosniff};
use crate::origin::{Origin, with_url_origin};
use crate::port::should_be_blocked_due_to_a_bad_port;
use crate::preflight::{is_preflight_needed, preflight_causes};
use crate::profile::{CrossSiteReferrer, PreflightReferrer, RedirectedPreflight};
use crate::reason::{Excerpt, Reason, Stage};
use crate::recorder::note_exposed_headers;
use crate::redirect::{Redirect, without_userinfo};
use crate::request::{RedirectMode, RedirectTaint, ReferrerPolicy, RequestMode, ResponseTainting};
use crate::response::{Filter, Response, ResponseBody, filter_for};
use crate::scheme::{is_http_scheme, is_local};
use crate::status::{is_null_body_status, is_range_status};
use crate::time::Timestamp;
use crate::trace::Decision;

impl Fetch {
    /// [Main fetch](https://fetch.spec.whatwg.org/#concept-main-fetch), up to the gate.
    pub(super) fn main_fetch(&mut self, now: Timestamp) {
        let request = &self.request;
        self.recorder.record(request.redirect_count, "concept-main-fetch", "1", || Decision::Hop {
            method: Excerpt::new(request.method.as_bytes()),
            url: Excerpt::new(without_userinfo(request.current_url()).as_bytes()),
        });
        self.walk_url_list();
        // 3. The local-URLs-only flag.
        if self.request.local_urls_only && !is_local(self.request.current_url()) {
            return self.fail(Stage::BeforeRequest, Reason::LocalUrlsOnly);
        }
        // 4. to 6. HOST, through the gate: Content Security Policy reports and upgrades.
        if self.shared.config.gates {
            self.state = State::Gate;
            return;
        }
        self.pass_gate(Upgrade::None, now);
    }

    /// Main fetch, steps 5 to 12, with what the gate says.
    pub(crate) fn pass_gate(&mut self, upgrade: Upgrade, now: Timestamp) {
        // 5. and 6. Upgrades before the referrer.
        if upgrade == Upgrade::BeforeReferrer {
            self.upgrade_current_url();
        }
        // 7. Bad ports. HOST: mixed content, Content Security Policy and Integrity Policy, at the gate.
        let url = self.request.current_url();
        if should_be_blocked_due_to_a_bad_port(url) {
            let port = url.port().unwrap_or_default();
            return self.fail(Stage::BeforeRequest, Reason::BadPort { port });
        }
        // 8. The referrer policy of the policy container.
        if self.request.referrer_policy == ReferrerPolicy::Empty {
            self.request.referrer_policy = self.request.policy_container_referrer_policy;
        }
        // 9. The referrer.
        let rule = self.referrer_rule();
        if let (Some(referrer), Some(url)) = (&mut self.request.referrer, self.request.url_list.last()) {
            let schemes = &self.shared.config.schemes;
            if rule != CrossSiteReferrer::OriginAtMostApart {
                referrer.determine(self.request.referrer_policy, url, schemes);
            }
            if rule != CrossSiteReferrer::ByPolicy {
                referrer.trim(url, schemes);
            }
        }
        // 10. Upgrades after it.
        if upgrade == Upgrade::AfterReferrer && is_upgradable_host(self.request.current_url()) {
            self.upgrade_current_url();
        }
        // 12. The switch. (11. is about threads.)
        self.main_fetch_switch(now);
    }

    /// What rules the referrer of this hop: the switch counts where a policy lets another site have more than the
    /// default one does.
    fn referrer_rule(&self) -> CrossSiteReferrer {
        let relaxed = matches!(
            self.request.referrer_policy,
            ReferrerPolicy::UnsafeUrl | ReferrerPolicy::NoReferrerWhenDowngrade | ReferrerPolicy::OriginWhenCrossOrigin
        );
        let rule = self.shared.config.profile.switches.cross_site_referrer;
        if relaxed && rule != CrossSiteReferrer::ByPolicy && self.is_other_site() {
            rule
        } else {
            CrossSiteReferrer::ByPolicy
        }
    }

    /// Whether the current URL is of another site, whatever the schemes.
    fn is_other_site(&self) -> bool {
        !with_url_origin(self.request.current_url(), &self.shared.config.schemes, |url| {
            self.shared.schemelessly_same_site(self.request.origin.as_url_origin(), url)
        })
    }

    /// The referrer that a preflight has.
    pub(super) fn preflight_referrer(&self) -> Option<&str> {
        let Config { profile, schemes, .. } = &self.shared.config;
        let referrer = self.request.referrer.as_ref()?;
        match profile.switches.preflight_referrer {
            PreflightReferrer::LastHop => referrer.serialize(),
            PreflightReferrer::FirstHop => {
                let is_cut =
                    profile.switches.cross_site_referrer != CrossSiteReferrer::ByPolicy && self.is_other_site();
                referrer.serialize_as_at_first(is_cut, self.request.current_url(), schemes)
            }
        }
    }

    pub(super) fn upgrade_current_url(&mut self) {
        if let Some(url) = Arc::make_mut(&mut self.request.url_list).last_mut()
            && url.scheme() == "http"
        {
            // http and https are both special schemes, between which a URL may change.
            let _ = url.set_scheme("https");
        }
        self.walk_url_list();
    }

    pub(crate) fn block_at_gate(&mut self, why: std::borrow::Cow<'static, str>) {
        // 7. Blocked.
        self.fail(Stage::BeforeRequest, Reason::GateBlocked { why });
    }

    /// Main fetch, step 12: the first matching statement.
    pub(super) fn main_fetch_switch(&mut self, now: Timestamp) {
        let request = &self.request;
        let schemes = &self.shared.config.schemes;
        let url = request.current_url();
        // HOST: a preloaded response candidate.
        // DEVIATION: the text does not ask for redirect-taint here, as a tainted request with tainting basic
        // is a navigation or the like and answered below. A grant of the access list can make another.
        let is_untainted = self.walk.taint == RedirectTaint::SameOrigin;
        let basic = if self.walk.is_same_origin && is_untainted && request.response_tainting == ResponseTainting::Basic
        {
            Some("same origin")
        } else if self.is_granted_by_access_list() {
            self.was_granted = true;
            self.recorder.record(request.redirect_count, "concept-main-fetch", "12", || Decision::AccessListGrant);
            Some("granted by the access list")
        } else if url.scheme() == "data" {
            Some("a data: URL")
        } else if matches!(request.mode, RequestMode::Navigate | RequestMode::WebSocket | RequestMode::WebTransport) {
            Some("mode navigate, websocket or webtransport")
        } else {
            None
        };
        if let Some(why) = basic {
            // basic 1. and 2.
            self.set_response_tainting(ResponseTainting::Basic, why);
            return self.scheme_fetch(now);
        }
        // Mode same-origin.
        if request.mode == RequestMode::SameOrigin {
            let url_origin =
                Origin::of_url(url, schemes).map_or_else(|| "null".to_owned(), |origin| origin.to_string());
            let origin = request.origin.to_string();
            return self.fail(Stage::BeforeRequest, Reason::SameOriginModeBlocked { origin, url_origin });
        }
        // Mode no-cors.
        if request.mode == RequestMode::NoCors {
            // no-cors 1. Only with redirect mode follow.
            if request.redirect_mode != RedirectMode::Follow {
                let redirect_mode = request.redirect_mode.as_str();
                return self.fail(Stage::BeforeRequest, Reason::NoCorsNeedsFollow { redirect_mode });
            }
            // no-cors 2. and 3.
            self.set_response_tainting(ResponseTainting::Opaque, "another origin, mode no-cors");
            return self.scheme_fetch(now);
        }
        // A scheme that is not HTTP(S), nor CORS-enabled by the host.
        if !schemes.is_cors_enabled(url.scheme()) {
            let scheme = Excerpt::new(url.scheme().as_bytes());
            return self.fail(Stage::BeforeRequest, Reason::SchemeNotHttp { scheme });
        }
        // A preflight, by flag, method or headers; or otherwise none.
        let switches = &self.shared.config.profile.switches;
        let needs_one = is_preflight_needed(request, switches);
        let make_cors_preflight = needs_one
            || self.began_with.as_deref().is_some_and(|first| first.has_unsafe_name)
            || (switches.redirected_preflight != RedirectedPreflight::Sent && self.makes_cors_preflight);
        self.recorder.record(request.redirect_count, "concept-main-fetch", "12", || {
            if make_cors_preflight {
                Decision::PreflightNeeded(preflight_causes(request, switches))
            } else {
                Decision::NoPreflightNeeded
            }
        });
        // preflight 1. and otherwise 1.
        self.set_response_tainting(ResponseTainting::Cors, "another origin, mode cors");
        // preflight 3. A network error from here on clears cache entries: see `fail`.
        self.makes_cors_preflight |= make_cors_preflight;
        // preflight 2. and otherwise 2. Override fetch is HOST: through the gate.
        self.http_fetch(make_cors_preflight, now);
    }

    /// Asked at each hop with the untainted origin; an opaque origin is never granted anything.
    pub(super) fn is_granted_by_access_list(&self) -> bool {
        let config = &self.shared.config;
        self.walk.taint == RedirectTaint::SameOrigin
            && config.access_list.grants(&self.request.origin, self.request.current_url(), &config.schemes)
    }

    pub(super) fn set_response_tainting(&mut self, tainting: ResponseTainting, why: &'static str) {
        self.request.response_tainting = tainting;
        self.recorder.record(self.request.redirect_count, "concept-main-fetch", "12", || Decision::Tainting {
            why,
            tainting: tainting.as_str(),
        });
    }

    /// [Scheme fetch](https://fetch.spec.whatwg.org/#concept-scheme-fetch).
    pub(super) fn scheme_fetch(&mut self, now: Timestamp) {
        // 3. HTTP(S). A scheme that the host CORS-enabled comes here for its own origin's requests, which
        // are the host's to answer; across origins it goes the way of HTTP fetch.
        let scheme = self.request.current_url().scheme();
        if is_http_scheme(scheme) {
            return self.http_fetch(false, now);
        }
        // 3. about, blob, data, file. HOST: their bytes. 4. Another scheme, which the host may know.
        self.begin_exchange(State::Scheme);
    }

    /// Main fetch, step 14: filters what is not filtered, and goes on.
    pub(super) fn finish_response<H: ResponseHead>(
        &mut self,
        head: H,
        filtered: Filtered,
        facts: Facts,
        next: Option<Box<Redirect>>,
    ) -> Option<Delivery<'_, H>> {
        let request = &self.request;
        let filter = match filtered {
            Filtered::Yes(filter) => filter,
            Filtered::No(proof) => {
                if request.response_tainting == ResponseTainting::Cors {
                    note_exposed_headers(&mut self.recorder, request, &head);
                }
                {
                    let switches = &self.shared.config.profile.switches;
                    filter_for(request.response_tainting, proof, switches, &head, request.credentials_mode)
                }
            }
        };
        self.main_fetch_tail(head, filter, facts, next)
    }

    /// Main fetch, steps 15 to 22, for a response that is filtered.
    pub(super) fn main_fetch_tail<H: ResponseHead>(
        &mut self,
        head: H,
        filter: Filter,
        facts: Facts,
        manual_redirect: Option<Box<Redirect>>,
    ) -> Option<Delivery<'_, H>> {
        let request = &self.request;
        let destination = request.destination;
        let essence = || Excerpt::new(extract_mime_type(&head).unwrap_or_default().as_bytes());
        // 20. MIME type and nosniff. HOST: mixed content and Content Security Policy, on the delivery.
        if should_be_blocked_due_to_mime_type(&head, destination) {
            let reason = Reason::MimeType { essence: essence(), destination: destination.as_str() };
            self.fail_after_the_switch(reason);
            return None;
        }
        if should_be_blocked_due_to_nosniff(&head, destination) {
            let reason = Reason::Nosniff { essence: essence(), destination: destination.as_str() };
            self.fail_after_the_switch(reason);
            return None;
        }
        // 21. A partial opaque response that was not asked for.
        let status = head.status();
        if matches!(filter, Filter::Opaque)
            && is_range_status(status)
            && facts.range_requested
            && !request.header_list.contains("Range")
        {
            self.fail_after_the_switch(Reason::OpaqueRange { status });
            return None;
        }
        // 22. A null body. Opaque responses hide theirs.
        let body = if matches!(&*request.method, "HEAD" | "CONNECT") || is_null_body_status(status) {
            ResponseBody::Null
        } else if matches!(filter, Filter::Opaque | Filter::OpaqueRedirect) {
            ResponseBody::Ignore
        } else {
            ResponseBody::Read
        };
        let response = Response {
            head,
            filter,
            // 15. and 16. The URL list of internalResponse.
            url_list: match facts.url_list {
                ResponseUrlList::Own(list) => list,
                ResponseUrlList::OfRequest | ResponseUrlList::Empty => Arc::clone(&request.url_list),
            },
            body,
            // 17. Redirect taint.
            redirect_taint: self.walk.taint,
            // 18. Values for navigations.
            navigation_timing_allow_values: request.navigation_timing_allow_values.clone(),
            // 19. The timing allow passed flag.
            timing_allow_passed: !request.timing_allow_failed,
            range_requested: facts.range_requested,
            request_includes_credentials: facts.request_includes_credentials,
        };
        // 23. HOST: integrity. 24. Handover.
        self.state = State::Judged;
        Some(Delivery { fetch: self, response, manual_redirect })
    }

    pub(crate) fn deliver<H: ResponseHead>(&mut self, response: &Response<H>, redirect: Option<Box<Redirect>>) {
        self.recorder.record(self.request.redirect_count, "fetch-finale", "5", || Decision::Delivered {
            response_type: response.response_type().as_str(),
        });
        self.state = State::Delivered { next_manual_redirect: redirect };
    }

    pub(crate) fn block_delivery(&mut self, why: std::borrow::Cow<'static, str>) {
        // Main fetch, 20. Blocked.
        self.fail_after_the_switch(Reason::GateBlocked { why });
    }
}

/// What a gate says to http.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upgrade {
    None,
    BeforeReferrer,
    AfterReferrer,
}

/// Main fetch, step 10, second and third condition: a domain that is not `localhost`.
pub(super) fn is_upgradable_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => {
            let domain = domain.strip_suffix('.').unwrap_or(domain);
            domain != "localhost" && !domain.ends_with(".localhost")
        }
        _ => false,
    }
}
