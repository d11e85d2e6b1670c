//! [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch).

use super::Oracle;
use super::cache::Subject;
use super::checks::cors_check;
use super::fetch::network_error;
use super::header_list::Extracted;
use super::host::{Host, Kind};
use super::infra::Bytes;
use super::request::Request;
use super::request_headers::{
    cors_unsafe_request_header_names, is_cors_non_wildcard_request_header_name, is_cors_safelisted_method,
};
use super::response::{NetworkError, Response, is_ok_status, is_redirect_status};
use super::rules::Fault;

impl Oracle {
    /// [CORS-preflight fetch](https://fetch.spec.whatwg.org/#cors-preflight-fetch-0).
    pub(super) fn cors_preflight_fetch(&mut self, request: &Request, host: &mut dyn Host) -> Result<(), NetworkError> {
        let hop = request.redirect_count;
        let failure = |reason| Err(network_error("preflight", hop, reason));
        // 1. A request of its own, that takes these from the other one:
        let mut preflight = Request::new(request.current_url().clone());
        preflight.method = b"OPTIONS".to_vec();
        preflight.url_list.clone_from(&request.url_list);
        preflight.initiator = request.initiator;
        preflight.destination = request.destination;
        preflight.origin.clone_from(&request.origin);
        preflight.referrer.clone_from(&request.referrer);
        preflight.referrer_policy = request.referrer_policy;
        preflight.mode = "cors";
        preflight.response_tainting = "cors";
        // Whether the user caused it is no field, and holds for the preflight too.
        preflight.user_initiated = request.user_initiated;
        // The host is told which hop it belongs to.
        preflight.redirect_count = request.redirect_count;
        // 2.
        preflight.header_list.append("Accept", "*/*");
        // 3.
        preflight.header_list.append("Access-Control-Request-Method", &request.method);
        // 4.
        let headers = cors_unsafe_request_header_names(&request.header_list, &self.rules);
        // 5.
        if !headers.is_empty() {
            // 5.1. and 5.2.
            preflight.header_list.append("Access-Control-Request-Headers", headers.join(&b","[..]));
        }
        // 6.
        let response = self.network_or_cache(Kind::Preflight, &preflight, host)?;
        // A redirect is no ok status; the project gives it a reason of its own, and looks first.
        if is_redirect_status(response.status) {
            return failure("preflight-redirected");
        }
        // 7. The CORS check, with the request's own credentials mode, and an ok status; or 8.
        if let Err(reason) = cors_check(request, &response, &self.rules) {
            return failure(reason);
        }
        if !is_ok_status(response.status) {
            return failure("preflight-status-not-ok");
        }
        let (methods, header_names) = match self.allowed(request, &response) {
            Ok(allowed) => allowed,
            Err(reason) => return failure(reason),
        };
        self.store(request, &response, methods, header_names, host);
        // 7.16.
        Ok(())
    }

    /// Steps 7.1. to 7.7.: which methods and header names the response allows, if it allows the
    /// request.
    fn allowed(&self, request: &Request, response: &Response) -> Result<(Extracted, Extracted), &'static str> {
        let is_include = request.credentials_mode == "include";
        // 7.1.
        let mut methods = response.header_list.extract_tokens("Access-Control-Allow-Methods");
        // 7.2.
        let mut header_names = response.header_list.extract_tokens("Access-Control-Allow-Headers");
        if self.rules.has(Fault::UnparsableAllowHeadersIsEmpty) && header_names == Extracted::Failure {
            header_names = Extracted::Values(Vec::new());
        }
        // 7.3.
        if methods == Extracted::Failure {
            return Err("allow-methods-unparsable");
        }
        if header_names == Extracted::Failure {
            return Err("allow-headers-unparsable");
        }
        // 7.4. Nothing said, and the preflight was wanted anyway.
        if methods == Extracted::Null && request.use_cors_preflight {
            methods = Extracted::Values(vec![request.method.clone()]);
        }
        // 7.5. The method.
        if !methods.contain(&request.method)
            && !is_cors_safelisted_method(&request.method)
            && (is_include || !methods.contain(b"*"))
        {
            return Err("method-not-allowed");
        }
        let has_wildcard = header_names.contain(b"*");
        // 7.6. Authorization must be named, unless the switch is turned.
        let covers =
            self.rules.switches.wildcard_covers_authorization || self.rules.has(Fault::WildcardCoversAuthorization);
        for (name, _) in &request.header_list.0 {
            if is_cors_non_wildcard_request_header_name(name)
                && !header_names.contain_in_any_case(name)
                && !(covers && has_wildcard && !is_include)
            {
                return Err("authorization-not-named");
            }
        }
        // 7.7. The other headers.
        let counts_wildcard = !is_include || self.rules.has(Fault::WildcardHeadersUnderCredentials);
        for unsafe_name in cors_unsafe_request_header_names(&request.header_list, &self.rules) {
            if !header_names.contain_in_any_case(&unsafe_name) && (!counts_wildcard || !has_wildcard) {
                return Err("header-not-allowed");
            }
        }
        Ok((methods, header_names))
    }

    /// Steps 7.8. to 7.15.
    fn store(
        &mut self,
        request: &Request,
        response: &Response,
        methods: Extracted,
        header_names: Extracted,
        host: &dyn Host,
    ) {
        // 7.8. and 7.9.
        let default = if self.rules.has(Fault::DefaultMaxAgeOfSix) { 6 } else { 5 };
        let mut max_age = response.header_list.extract_max_age().unwrap_or(default);
        // 7.10.
        if let Some(limit) = self.rules.switches.max_age_limit
            && max_age > limit
        {
            max_age = limit;
        }
        // 7.11.
        if !self.rules.has_cache {
            return;
        }
        // 7.12. and 7.13.
        self.refresh_and_create(request, max_age, &methods.list(), Subject::Method, host);
        // 7.14. and 7.15.
        self.refresh_and_create(request, max_age, &header_names.list(), Subject::HeaderName, host);
    }

    /// Steps 7.12. and 7.13., and the same steps for header names.
    fn refresh_and_create(
        &mut self,
        request: &Request,
        max_age: u64,
        items: &[Bytes],
        subject: impl Fn(Bytes) -> Subject,
        host: &dyn Host,
    ) {
        let now = self.cache.tell(host.now(), &self.rules);
        // What is there gets the new max-age; its clock runs on. Several entries may match: all of
        // them, by a choice of the project.
        for item in items {
            self.cache.tell(now, &self.rules);
            for place in self.cache.matches(&subject(item.clone()), request, &self.rules) {
                self.cache.entries[place].max_age = max_age;
                if self.rules.has(Fault::RefreshRestartsTheClock) {
                    self.cache.entries[place].stored_at = now;
                }
            }
        }
        // What is not there is stored.
        for item in items {
            self.cache.tell(now, &self.rules);
            let is_credentialed_wildcard = item == b"*" && request.credentials_mode == "include";
            if is_credentialed_wildcard && !self.rules.switches.stores_credentialed_wildcard {
                continue;
            }
            let subject = subject(item.clone());
            if self.cache.matches(&subject, request, &self.rules).is_empty() {
                self.cache.create(request, max_age, subject, now, &self.rules);
            }
        }
        self.cache.tell(now, &self.rules);
    }
}
