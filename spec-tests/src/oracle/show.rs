//! How plans and findings are shown when the two sides differ: only what is not as it mostly is.

use std::fmt::{Debug, Formatter, Result};

use url::Url;

use super::infra::decode;
use super::request::{Client, Referrer, Request};

impl Debug for Referrer {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::NoReferrer => f.write_str("no-referrer"),
            Self::Client => f.write_str("client"),
            Self::Url(url) => f.write_str(url.as_str()),
        }
    }
}

/// Shows these fields, if they are not as in `usual`.
macro_rules! show {
    ($fields:ident, $shown:ident, $usual:ident: $($name:ident),+ $(,)?) => {
        $(if $shown.$name != $usual.$name {
            $fields.field(stringify!($name), &$shown.$name);
        })+
    };
}

impl Debug for Client {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let usual = Self::new(self.origin.clone());
        let mut fields = f.debug_struct("Client");
        fields.field("origin", &self.origin).field("creation_url", &self.creation_url.as_ref().map(Url::as_str));
        fields.field("network_partition_key", &self.network_partition_key.as_deref().map(decode));
        show! {
            fields, self, usual: is_window, has_navigable, referrer_policy, embedder_policy,
            embedder_policy_report_only, cross_site_ancestor, emulated_language, emulated_user_agent,
        }
        fields.finish()
    }
}

impl Debug for Request {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let usual = Self::new(self.url_list[0].clone());
        let urls: Vec<&str> = self.url_list.iter().map(Url::as_str).collect();
        let mut fields = f.debug_struct("Request");
        fields.field("url_list", &urls).field("method", &decode(&self.method));
        show! {
            fields, self, usual: local_urls_only, header_list, unsafe_request, body, client, traversable, keepalive,
            in_flight_keepalive_bytes, service_workers_mode, initiator, destination, origin,
            top_level_navigation_initiator_origin, policy_container_referrer_policy, referrer, referrer_policy, mode,
            use_cors_preflight, credentials_mode, use_url_credentials, cache_mode, redirect_mode, user_activation,
            prevent_no_cache_cache_control, user_initiated, redirect_count, response_tainting, was_granted, timing_allow_failed,
            navigation_timing_allow_values,
        }
        fields.finish()
    }
}
