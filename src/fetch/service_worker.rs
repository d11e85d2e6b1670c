//! [HTTP fetch](https://fetch.spec.whatwg.org/#http-fetch), step 3: a service worker answers.

use std::sync::Arc;

use super::Fetch;
use super::http_fetch::{Facts, Filtered, ResponseUrlList};
use super::network_fetch::malformed;
use crate::action::Delivery;
use crate::head::ResponseHead;
use crate::reason::{Reason, Stage};
use crate::request::{RedirectMode, RequestMode, ResponseTainting, ResponseType};
use crate::response::{CorsExposed, CorsProof, Filter, ServiceWorkerResponse};
use crate::status::is_redirect_status;
use crate::time::Timestamp;
use crate::trace::Decision;

impl Fetch {
    /// HTTP fetch, steps 3.5 and 5 on, for a service worker's response.
    pub(crate) fn respond_from_service_worker<H: ResponseHead>(
        &mut self,
        response: ServiceWorkerResponse<H>,
        now: Timestamp,
    ) -> Option<Delivery<'_, H>> {
        let ServiceWorkerResponse { response_type, url_list, head, .. } = &response;
        let request = &self.request;
        self.recorder.record(request.redirect_count, "concept-http-fetch", "3.5", || Decision::ServiceWorkerAnswered {
            response_type: response_type.as_str(),
        });
        // 3.5.7. What this request may not get.
        let refused = match response_type {
            ResponseType::Error => true,
            ResponseType::Cors => request.mode == RequestMode::SameOrigin,
            ResponseType::Opaque => request.mode != RequestMode::NoCors,
            ResponseType::OpaqueRedirect => request.redirect_mode != RedirectMode::Manual,
            ResponseType::Basic | ResponseType::Default => false,
        } || (*response_type != ResponseType::Opaque
            && request.redirect_mode != RedirectMode::Follow
            && url_list.len() > 1);
        if refused {
            let reason = Reason::ServiceWorkerResponse {
                response_type: response_type.as_str(),
                mode: request.mode.as_str(),
                redirect_mode: request.redirect_mode.as_str(),
                urls: url_list.len(),
            };
            self.fail(Stage::Response, reason);
            return None;
        }
        if let Some(what) = malformed(head) {
            self.fail(Stage::Response, Reason::ResponseMalformed { what });
            return None;
        }
        // 5. The cross-origin resource policy check.
        let is_opaque = request.response_tainting == ResponseTainting::Opaque || *response_type == ResponseType::Opaque;
        if is_opaque {
            let url = url_list.last().unwrap_or_else(|| request.current_url()).clone();
            if let Err(reason) = self.corp_check(head, Some((&url, response.request_includes_credentials))) {
                let stage = if is_redirect_status(head.status()) { Stage::Redirect } else { Stage::Response };
                self.fail(stage, reason);
                return None;
            }
        }
        let facts = Facts {
            url_list: if response.url_list.is_empty() {
                ResponseUrlList::Empty
            } else {
                ResponseUrlList::Own(Arc::new(response.url_list))
            },
            range_requested: response.range_requested,
            request_includes_credentials: response.request_includes_credentials,
        };
        let filtered = match response.response_type {
            ResponseType::Basic => Filtered::Yes(Filter::Basic),
            ResponseType::Cors => Filtered::Yes(Filter::Cors(CorsExposed::sorted(
                response.cors_exposed_header_names.iter().map(Vec::as_slice),
            ))),
            ResponseType::Opaque | ResponseType::Error => Filtered::Yes(Filter::Opaque),
            ResponseType::OpaqueRedirect => Filtered::Yes(Filter::OpaqueRedirect),
            ResponseType::Default => Filtered::No(Some(CorsProof::ServiceWorker)),
        };
        let head = response.head;
        // 6. A redirect status of the internal response.
        if is_redirect_status(head.status()) {
            return self.respond_with_redirect(head, filtered, facts, now);
        }
        // 7. Return response.
        self.finish_response(head, filtered, facts, None)
    }
}
