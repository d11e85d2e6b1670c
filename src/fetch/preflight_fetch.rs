//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch).

use super::{Fetch, FirstRequest, State};
use crate::cache::{GrantedNames, GroupKey, OriginKey, Terms};
use crate::config::Config;
use crate::fetch_metadata::{FetchMetadata, SecFetchSite};
use crate::head::ResponseHead;
use crate::header_list::HeaderList;
use crate::network::{HopLines, HttpRequest, cache_mode_of};
use crate::origin::{Origin, with_url_origin};
use crate::preflight::{Items, MaxAge, is_of_lists, judge_preflight_response, preflight_header_list, unjudged_items};
use crate::profile::{
    CacheBypass, CacheMethods, CacheNullOrigins, CacheOriginKey, PreflightAcceptLanguage, PreflightCacheMode,
    PreflightMetadata, PreflightOrigin, PreflightSite, PreflightStoring, RedirectedPreflight, Switches,
    UntrustworthyPreflightMode, WildcardOfCredentialedPreflight,
};
use crate::reason::{Reason, Stage};
use crate::recorder::{note_cors_check_failure, note_preflight};
use crate::request::{Body, CacheMode, CredentialsMode, RedirectTaint, Request, RequestMode};
use crate::scheme::is_potentially_trustworthy;
use crate::time::Timestamp;
use crate::trace::{Decision, Note};

/// The list whose unsafe names preflight and cache are asked for.
pub(super) fn named_list<'a>(
    request: &'a Request,
    first: Option<&'a FirstRequest>,
    switches: &Switches,
) -> &'a HeaderList {
    first
        .filter(|first| {
            first.has_unsafe_name && switches.redirected_preflight == RedirectedPreflight::FirstRequestAndNames
        })
        .map_or(&request.header_list, |first| &first.header_list)
}

impl Fetch {
    pub(super) fn cache_key(&self) -> GroupKey<'_> {
        let switches = &self.shared.config.profile.switches;
        let tainted =
            self.walk.taint != RedirectTaint::SameOrigin && switches.preflight_origin == PreflightOrigin::Serialized;
        let origin = match (switches.cache_origin_key, &self.request.origin) {
            (CacheOriginKey::Serialization, _) => OriginKey::Serialization(self.serialized_origin()),
            (CacheOriginKey::Identity, Origin::Tuple(_)) => {
                OriginKey::Tuple { serialization: self.request.origin.serialize(), tainted }
            }
            (CacheOriginKey::Identity, Origin::Opaque(opaque)) => {
                OriginKey::Opaque { identity: opaque.identity(), tainted }
            }
        };
        GroupKey { partition: self.request.network_partition_key(), origin, url: self.request.current_url().as_str() }
    }

    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0), steps 1 to 6.
    pub(super) fn cors_preflight_fetch(&mut self) {
        let user_agent =
            self.shared.config.user_agent.as_deref().map_or(0, |value| HeaderList::line_bytes(10, value.len()));
        let room = HopLines::max_bytes(&self.request).saturating_add(user_agent);
        // 1. A request of its own: GET's body, client, cache mode and credentials are not copied.
        // 2. to 5. Its headers.
        let switches = &self.shared.config.profile.switches;
        let named = named_list(&self.request, self.began_with.as_deref(), switches);
        let Ok(mut list) = preflight_header_list(&self.request, named, switches, room) else {
            return self.fail(Stage::Preflight, Reason::HeaderListTooLarge);
        };
        if switches.preflight_accept_language == PreflightAcceptLanguage::Present
            && let Some(value) = self.shared.config.accept_language.as_deref()
            && list.append("Accept-Language", value).is_err()
        {
            return self.fail(Stage::Preflight, Reason::HeaderListTooLarge);
        }
        // 6. HTTP-network-or-cache fetch.
        let as_sent = self.http_request(RequestMode::Cors);
        let http_request = HttpRequest {
            method: "OPTIONS",
            body: Body::Null,
            // A new request has no user-activation.
            metadata: self
                .metadata(RequestMode::Cors)
                .filter(|_| self.has_preflight_metadata())
                .map(|metadata| FetchMetadata { user_activation: false, site: self.preflight_site(), ..metadata }),
            serialized_origin: self.preflight_origin(),
            last_origin: None,
            referrer: self.preflight_referrer(),
            keepalive_in_flight: None,
            mode: RequestMode::Cors,
            client: None,
            cache_mode: match switches.preflight_cache_mode {
                PreflightCacheMode::Default => CacheMode::Default,
                PreflightCacheMode::OfRequest => {
                    cache_mode_of(self.request.cache_mode, &self.request.header_list, switches)
                }
            },
            prevent_no_cache_cache_control: false,
            ..as_sent
        };
        if http_request.metadata.is_none()
            && switches.untrustworthy_preflight_mode == UntrustworthyPreflightMode::Present
            && list.append("Sec-Fetch-Mode", "cors").is_err()
        {
            return self.fail(Stage::Preflight, Reason::HeaderListTooLarge);
        }
        if let Err(reason) = HopLines::behind(&mut list).append_all(&http_request) {
            return self.fail(Stage::Preflight, reason);
        }
        self.preflight = Some(list);
        self.begin_exchange(State::Preflight);
    }

    /// The origin that a preflight is sent, checked and stored for.
    fn preflight_origin(&self) -> &str {
        match self.shared.config.profile.switches.preflight_origin {
            PreflightOrigin::Serialized => self.serialized_origin(),
            PreflightOrigin::Own => self.request.origin.serialize(),
        }
    }

    fn has_preflight_metadata(&self) -> bool {
        let config = &self.shared.config;
        match config.profile.switches.preflight_metadata {
            PreflightMetadata::LastUrl => true,
            PreflightMetadata::FirstAndLastUrl => {
                self.request.url_list.first().is_some_and(|url| is_potentially_trustworthy(url, &config.schemes))
            }
        }
    }

    fn preflight_site(&self) -> SecFetchSite {
        let config = &self.shared.config;
        match config.profile.switches.preflight_site {
            PreflightSite::AllUrls => self.walk.site,
            PreflightSite::LastUrlOrTainted if self.walk.taint != RedirectTaint::SameOrigin => SecFetchSite::CrossSite,
            PreflightSite::LastUrl | PreflightSite::LastUrlOrTainted => {
                with_url_origin(self.request.current_url(), &config.schemes, |url| {
                    let origin = self.request.origin.as_url_origin();
                    let same_site = || self.shared.same_site(origin, url);
                    SecFetchSite::SameOrigin.walk(origin.same_origin(url), same_site)
                })
            }
        }
    }

    /// CORS-preflight fetch, steps 7 and 8.
    pub(super) fn respond_to_preflight(&mut self, head: &impl ResponseHead, now: Timestamp) {
        if head.status() == 407 {
            return self.fail(Stage::Preflight, Reason::ProxyAuthenticationRequired);
        }
        let Config { profile, cache_limits, .. } = &self.shared.config;
        // 7.1. to 7.10. and 8.
        let kept_items = cache_limits.entries_per_answer;
        // An engine that takes the page's own origin asks for nothing where the URL is of it.
        let is_own = profile.switches.preflight_origin == PreflightOrigin::Own && self.walk.is_same_origin;
        let checked_origin = (!is_own).then(|| self.preflight_origin());
        let named = named_list(&self.request, self.began_with.as_deref(), &profile.switches);
        let judged = judge_preflight_response(&self.request, named, checked_origin, head, profile, kept_items);
        let passed = match judged {
            Ok(passed) => passed,
            Err(reason) => {
                note_cors_check_failure(&mut self.recorder, &self.request, &reason);
                if is_of_lists(&reason) && profile.switches.preflight_storing == PreflightStoring::BeforeJudging {
                    let answer = unjudged_items(&self.request, head, profile, kept_items);
                    if answer.is_some_and(|(items, max_age)| !self.store_preflight(&items, max_age, now)) {
                        self.note(Note::AnswerNotStored);
                    }
                }
                return self.fail(Stage::Preflight, reason);
            }
        };
        note_preflight(&mut self.recorder, &self.request, &passed, head);
        if !self.store_preflight(&passed.items, passed.max_age, now) {
            self.note(Note::AnswerNotStored);
        }
        // 7.16. Back in HTTP fetch, 4.1.2. and on.
        self.http_network_fetch();
    }

    /// CORS-preflight fetch, steps 7.11 to 7.15. An answer with too many items is not stored, which the result
    /// tells.
    fn store_preflight(&self, items: &Items<'_>, max_age: MaxAge, now: Timestamp) -> bool {
        let Config { profile, cache_limits, .. } = &self.shared.config;
        let Switches { wildcard_of_credentialed_preflight, cache_methods, cache_null_origins, cache_bypass, .. } =
            profile.switches;
        let is_kept = profile.is_cached_url_length(self.request.current_url().as_str().len())
            && match cache_null_origins {
                CacheNullOrigins::Kept => true,
                CacheNullOrigins::OpaqueKept => self.walk.taint == RedirectTaint::SameOrigin,
                CacheNullOrigins::NotKept => self.preflight_origin() != "null",
            }
            && (cache_bypass != CacheBypass::NoStoreReloadAndNoCache || self.request.cache_mode != CacheMode::NoStore);
        if !max_age.is_stored || !is_kept {
            return true;
        }
        let include_credentials = self.request.credentials_mode == CredentialsMode::Include;
        let store_wildcard =
            !include_credentials || wildcard_of_credentialed_preflight != WildcardOfCredentialedPreflight::NotStored;
        let (mut methods, header_names) = (items.methods(), items.header_names());
        let is_kept = |name: &&[u8]| store_wildcard || *name != b"*";
        if cache_methods != CacheMethods::UnsafeOrForced
            && !methods.iter().chain(header_names).any(is_kept)
            && cache_limits.entries_per_answer > 0
        {
            methods = &[b"GET"];
        }
        // 7.11. to 7.15. Refresh and create cache entries.
        let terms = Terms { include_credentials, max_age: max_age.seconds, store_wildcard };
        let names = GrantedNames { methods, header_names };
        self.shared.cache().store(&self.cache_key(), terms, now, items.is_complete().then_some(names))
    }

    pub(super) fn note(&mut self, note: Note) {
        self.recorder.record(self.request.redirect_count, "cors-preflight-fetch-0", "7.11", || Decision::Note(note));
    }
}
