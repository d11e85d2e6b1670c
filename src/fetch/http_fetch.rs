//! [HTTP fetch](https://fetch.spec.whatwg.org/#http-fetch).

use std::sync::Arc;

use url::Url;

use super::preflight_fetch::named_list;
use super::{Fetch, State};
use crate::action::Delivery;
use crate::cache::{CacheEntryKind, Lookup};
use crate::checks::{
    CorpInput, CorpVerdict, CorsCheckPassed, TaoInput, cors_check_by, cross_origin_resource_policy_check, tao_check,
};
use crate::head::{ResponseHead, get};
use crate::preflight::{bypassing_cache_mode, is_method_looked_up};
use crate::profile::{
    RedirectCheckCredentials, RedirectCheckOrder, RedirectWithoutLocation, RefusedRedirects, TimingAllowOrigin,
};
use crate::reason::{Reason, Stage};
use crate::recorder::note_cors_check_failure;
use crate::redirect::{LocationUrl, Redirect, counts_as_redirect, has_location};
use crate::request::{
    Body, CredentialsMode, EmbedderPolicy, RedirectMode, RedirectTaint, RequestMode, ResponseTainting,
    ServiceWorkersMode,
};
use crate::response::{CorsProof, Filter};
use crate::safelist::first_unsafe_line;
use crate::time::Timestamp;
use crate::trace::{Decision, Note};

impl Fetch {
    /// [HTTP fetch](https://fetch.spec.whatwg.org/#concept-http-fetch).
    pub(super) fn http_fetch(&mut self, make_cors_preflight: bool, now: Timestamp) {
        // 3. A service worker may answer. HOST: which, and how.
        if self.request.service_workers == ServiceWorkersMode::All && self.shared.config.service_workers {
            self.state = State::ServiceWorker { make_cors_preflight };
            return;
        }
        self.http_fetch_without_service_worker(make_cors_preflight, now);
    }

    pub(crate) fn pass_service_worker(&mut self, now: Timestamp) {
        if let State::ServiceWorker { make_cors_preflight } = self.state {
            self.http_fetch_without_service_worker(make_cors_preflight, now);
        }
    }

    /// HTTP fetch, step 4: no service worker answered.
    pub(super) fn http_fetch_without_service_worker(&mut self, make_cors_preflight: bool, now: Timestamp) {
        // 4.1. A preflight, unless the cache grants everything.
        if make_cors_preflight && !self.is_granted_by_cache(now) {
            return self.cors_preflight_fetch();
        }
        self.http_network_fetch();
    }

    /// HTTP fetch, step 4.1: whether neither condition is true.
    pub(super) fn is_granted_by_cache(&mut self, now: Timestamp) -> bool {
        let request = &self.request;
        let switches = &self.shared.config.profile.switches;
        if let Some(cache_mode) = bypassing_cache_mode(request, switches) {
            self.recorder.record(request.redirect_count, "concept-http-fetch", "4.1", || {
                Decision::CacheMiss(format!("cache mode {} goes past it", cache_mode.as_str()))
            });
            return false;
        }
        // 4.1. first condition: safelisted methods need no entry unless the flag is set.
        let method = is_method_looked_up(request, switches).then_some(request.method.as_bytes());
        let include = request.credentials_mode == CredentialsMode::Include;
        let named = named_list(request, self.began_with.as_deref(), switches);
        let mut cache = self.shared.cache();
        let lookup = cache.look_up(&self.cache_key(), include, now, method, |granted| {
            first_unsafe_line(named, switches, |name| !granted.has(CacheEntryKind::HeaderName, name))
        });
        drop(cache);
        self.recorder.record(request.redirect_count, "concept-http-fetch", "4.1", || match lookup {
            Lookup::Hit => Decision::CacheHit,
            Lookup::NothingStored => Decision::CacheMiss("nothing is stored for this origin and URL".to_owned()),
            Lookup::MethodNotGranted => {
                Decision::CacheMiss(format!("method {} is not granted, or no longer", request.method))
            }
            Lookup::HeaderNameNotGranted(name) => {
                Decision::CacheMiss(format!("header {} is not granted, or no longer", name.escape_ascii()))
            }
        });
        lookup == Lookup::Hit
    }

    /// HTTP-network-or-cache fetch, steps 15 on, and HTTP fetch, steps 4.4 to 7.
    pub(super) fn respond_to_request<H: ResponseHead>(&mut self, head: H, now: Timestamp) -> Option<Delivery<'_, H>> {
        let status = head.status();
        // HTTP-network-or-cache fetch, 15.2.1. A 401 for which the user would be asked, and a body that cannot
        // be sent again.
        if status == 401 && self.request_head().may_prompt() && self.request.body == Body::Stream {
            self.fail(Stage::Response, Reason::AuthenticationBodyNotReplayable);
            return None;
        }
        // HTTP-network-or-cache fetch, 16.1. HOST: 15. (401), 16.2. to 16.5. and 17. (421).
        if status == 407 {
            self.fail(Stage::Response, Reason::ProxyAuthenticationRequired);
            return None;
        }
        let is_redirect = self.is_redirect(&head);
        let stage = if is_redirect { Stage::Redirect } else { Stage::Response };
        if is_redirect && self.judges_mode_last() {
            let redirect = self.redirect_of(&head, &Facts::of(self));
            if let Some(reason) = self.early_refusal(&redirect) {
                self.fail(stage, reason);
                return None;
            }
        }
        // HTTP fetch, 4.4. The CORS check.
        let mut proof = None;
        if self.request.response_tainting == ResponseTainting::Cors {
            match self.cors_check(self.request.credentials_mode, &head) {
                Ok(passed) => proof = Some(CorsProof::Checked(passed)),
                Err(reason) => {
                    note_cors_check_failure(&mut self.recorder, &self.request, &reason);
                    self.fail(stage, reason);
                    return None;
                }
            }
            self.record_cors_check(&head);
        }
        // 4.5. The TAO check.
        if !self.tao_check(&head) {
            self.request.timing_allow_failed = true;
        }
        // 5. The cross-origin resource policy check.
        if self.request.response_tainting == ResponseTainting::Opaque
            && let Err(reason) = self.corp_check(&head, None)
        {
            self.fail(stage, reason);
            return None;
        }
        // 6. A redirect status.
        if is_redirect {
            return self.respond_with_redirect(head, Filtered::No(proof), Facts::of(self), now);
        }
        // 7. Return response.
        self.finish_response(head, Filtered::No(proof), Facts::of(self), None)
    }

    /// HTTP fetch, step 6.
    pub(super) fn respond_with_redirect<H: ResponseHead>(
        &mut self,
        head: H,
        filtered: Filtered,
        facts: Facts,
        now: Timestamp,
    ) -> Option<Delivery<'_, H>> {
        // 6.1. A navigation keeps the values of Timing-Allow-Origin.
        if self.request.destination.is_navigation() {
            self.append_navigation_timing_allow_values(&head);
        }
        // 6.2. HOST: RST_STREAM.
        // 6.3. Switch on redirect mode.
        match self.request.redirect_mode {
            RedirectMode::Error => {
                if self.judges_mode_last() {
                    let redirect = self.redirect_of(&head, &facts);
                    if let Some(reason) = self.redirect_refusal(&redirect) {
                        self.fail(Stage::Redirect, reason);
                        return None;
                    }
                }
                self.fail(Stage::Redirect, Reason::RedirectModeError { status: head.status() });
                None
            }
            RedirectMode::Manual if self.request.mode == RequestMode::Navigate => {
                // manual 1. The response goes to the navigation, which may follow it.
                let redirect = Box::new(self.redirect_of(&head, &facts));
                let next = (redirect.location != LocationUrl::Null).then_some(redirect);
                self.finish_response(head, filtered, facts, next)
            }
            RedirectMode::Manual => {
                // manual 2. An opaque-redirect filtered response.
                self.finish_response(head, Filtered::Yes(Filter::OpaqueRedirect), facts, None)
            }
            RedirectMode::Follow => {
                // follow 2. HTTP-redirect fetch; 4. a null location URL returns the response.
                let redirect = self.redirect_of(&head, &facts);
                if redirect.location == LocationUrl::Null {
                    return self.finish_response(head, filtered, facts, None);
                }
                if self.is_redirect_checked_with_credentials()
                    && let Err(reason) = self.cors_check(CredentialsMode::Include, &head)
                {
                    if self.shared.config.profile.switches.refused_redirects == RefusedRedirects::Refused {
                        note_cors_check_failure(&mut self.recorder, &self.request, &reason);
                        self.fail(Stage::Redirect, reason);
                        return None;
                    }
                    self.late_refusal = Some(Box::new(reason));
                }
                self.http_redirect_fetch(redirect, now);
                None
            }
        }
    }

    /// Whether a response is a redirect, as far as redirect modes see it.
    fn is_redirect(&self, head: &impl ResponseHead) -> bool {
        let switches = &self.shared.config.profile.switches;
        counts_as_redirect(head.status(), switches)
            && (switches.redirect_without_location == RedirectWithoutLocation::Redirect
                || self.request.redirect_mode != RedirectMode::Error
                || has_location(head, switches))
    }

    /// Whether the redirect mode is asked last. A navigation's is, and one that is not followed at all.
    pub(super) fn judges_mode_last(&self) -> bool {
        self.shared.config.profile.switches.redirect_check_order == RedirectCheckOrder::ModeLast
            && self.request.redirect_mode != RedirectMode::Manual
    }

    /// [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check) for the request and this head, with this
    /// credentials mode.
    fn cors_check(
        &self,
        credentials_mode: CredentialsMode,
        head: &impl ResponseHead,
    ) -> Result<CorsCheckPassed, Reason> {
        cors_check_by(&self.shared.config.profile.switches, self.serialized_origin(), credentials_mode, head)
    }

    /// Whether the CORS check of a redirect that is followed is made with credentials too.
    fn is_redirect_checked_with_credentials(&self) -> bool {
        self.request.response_tainting == ResponseTainting::Cors
            && self.began_with_credentials
            && self.shared.config.profile.switches.redirect_check_credentials == RedirectCheckCredentials::FirstHop
    }

    /// What a redirect says; the location is resolved against the response's own URL.
    fn redirect_of(&self, head: &impl ResponseHead, facts: &Facts) -> Redirect {
        let current_url = self.request.current_url();
        let url = match &facts.url_list {
            ResponseUrlList::OfRequest => Some(current_url),
            ResponseUrlList::Own(list) => list.last(),
            ResponseUrlList::Empty => None,
        };
        Redirect::new(&self.shared.config.profile.switches, head, url, current_url)
    }

    /// [TAO check](https://fetch.spec.whatwg.org/#concept-tao-check) for the request and this head.
    pub(super) fn tao_check(&mut self, head: &impl ResponseHead) -> bool {
        let request = &self.request;
        let is_own = self.shared.config.profile.switches.timing_allow_origin == TimingAllowOrigin::Own;
        let passed = tao_check(
            TaoInput {
                timing_allow_failed: request.timing_allow_failed,
                serialized_origin: if is_own { request.origin.serialize() } else { self.serialized_origin() },
                mode: request.mode,
                current_url_is_same_origin: self.walk.is_same_origin,
                response_tainting: request.response_tainting,
            },
            head,
        );
        self.recorder.record(request.redirect_count, "concept-tao-check", "2 to 8", || Decision::TaoCheck { passed });
        passed
    }

    /// The check for the request and this head, whose URL is the current one or that of a service
    /// worker's response.
    pub(super) fn corp_check(
        &mut self,
        head: &impl ResponseHead,
        of_service_worker: Option<(&Url, bool)>,
    ) -> Result<(), Reason> {
        let request = &self.request;
        let (url, request_includes_credentials) =
            of_service_worker.unwrap_or((request.current_url(), self.include_credentials));
        let client = request.client.as_deref();
        let verdict = cross_origin_resource_policy_check(
            CorpInput {
                origin: &request.origin,
                embedder_policy: client.map_or(EmbedderPolicy::UnsafeNone, |client| self.policy_of(client)),
                embedder_policy_report_only: client
                    .map_or(EmbedderPolicy::UnsafeNone, |client| client.embedder_policy_report_only),
                url,
                request_includes_credentials,
                for_navigation: false,
                schemes: &self.shared.config.schemes,
                public_suffix: self.shared.config.public_suffix.as_deref(),
            },
            head,
        )?;
        self.recorder.record(request.redirect_count, "concept-http-fetch", "5", || match verdict {
            CorpVerdict::Allowed => Decision::CorpCheckPassed,
            CorpVerdict::AllowedButReported => Decision::Note(Note::ResourcePolicyReportOnly),
        });
        Ok(())
    }

    /// [Append to a request's navigation timing allow values list](https://fetch.spec.whatwg.org/#append-to-a-requests-navigation-timing-allow-values-list).
    pub(super) fn append_navigation_timing_allow_values(&mut self, head: &impl ResponseHead) {
        // 2. and 3. taoValues, null as the empty list.
        // OPTIMIZATION: they are kept joined, and split when a navigation TAO check looks at them; one empty
        // value allows as little as none.
        let values = get(head, "timing-allow-origin").unwrap_or_default();
        // 4. Append them.
        let list = self.request.navigation_timing_allow_values.get_or_insert_default();
        Arc::make_mut(list).push(values.into());
    }

    pub(super) fn record_cors_check(&mut self, head: &impl ResponseHead) {
        let wanted =
            if self.walk.taint == RedirectTaint::SameOrigin { self.request.origin.serialize() } else { "null" };
        let include = self.request.credentials_mode == CredentialsMode::Include;
        let step = if include { "7" } else { "3, 5" };
        self.recorder.record(self.request.redirect_count, "concept-cors-check", step, || Decision::CorsCheckPassed {
            wanted: wanted.to_owned(),
            received: crate::reason::Excerpt::new(&get(head, "access-control-allow-origin").unwrap_or_default()),
        });
    }
}

/// Whether a response is filtered already, or what its filter needs.
pub(super) enum Filtered {
    Yes(Filter),
    No(Option<CorsProof>),
}

/// A response's [URL list](https://fetch.spec.whatwg.org/#concept-response-url-list).
pub(super) enum ResponseUrlList {
    /// From the network: a clone of the request's.
    OfRequest,
    /// A service worker's.
    Own(Arc<Vec<Url>>),
    /// That of a response that script made.
    Empty,
}

/// Fields of a response that depend on where it came from.
pub(super) struct Facts {
    pub(super) url_list: ResponseUrlList,
    pub(super) range_requested: bool,
    pub(super) request_includes_credentials: bool,
}

impl Facts {
    /// HTTP-network-or-cache fetch, steps 12 to 14.
    pub(super) fn of(fetch: &Fetch) -> Self {
        Self {
            url_list: ResponseUrlList::OfRequest,
            range_requested: fetch.request.header_list.contains("Range"),
            request_includes_credentials: fetch.include_credentials,
        }
    }
}
