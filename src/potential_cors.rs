//! HTML's [CORS settings attributes](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attributes).

use url::Url;

use crate::request::{CredentialsMode, Destination, Request, RequestBuilder, RequestMode};

/// The state of a [CORS settings attribute](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#cors-settings-attribute),
/// `crossorigin` on most elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "HTML has these three")]
pub enum CorsSettingsAttribute {
    /// No attribute.
    NoCors,
    /// `anonymous`, the empty string, or anything else that is not the third.
    Anonymous,
    /// `use-credentials`.
    UseCredentials,
}

impl CorsSettingsAttribute {
    /// The state for an attribute's value; `None` if there is no attribute.
    pub fn from_attribute(value: Option<&str>) -> Self {
        match value {
            None => Self::NoCors,
            Some(value) if value.eq_ignore_ascii_case("use-credentials") => Self::UseCredentials,
            Some(_) => Self::Anonymous,
        }
    }
}

/// The same-origin fallback flag of [`create_a_potential_cors_request`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "set or not")]
pub enum SameOriginFallback {
    /// Not set: without the attribute the mode is no-cors.
    No,
    /// Set: without the attribute the mode is same-origin.
    Yes,
}

/// [Create a potential-CORS request](https://html.spec.whatwg.org/multipage/urls-and-fetching.html#create-a-potential-cors-request).
pub fn create_a_potential_cors_request(
    url: Url,
    destination: Destination,
    state: CorsSettingsAttribute,
    same_origin_fallback: SameOriginFallback,
) -> RequestBuilder {
    // 1. and 2. mode
    let mode = match (state, same_origin_fallback) {
        (CorsSettingsAttribute::NoCors, SameOriginFallback::No) => RequestMode::NoCors,
        (CorsSettingsAttribute::NoCors, SameOriginFallback::Yes) => RequestMode::SameOrigin,
        _ => RequestMode::Cors,
    };
    // 3. and 4. credentialsMode
    let credentials_mode = match state {
        CorsSettingsAttribute::Anonymous => CredentialsMode::SameOrigin,
        _ => CredentialsMode::Include,
    };
    // 5. The request.
    Request::builder(url)
        .destination(destination)
        .mode(mode)
        .credentials_mode(credentials_mode)
        .use_url_credentials(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;

    #[test]
    fn attributes_make_mode_and_credentials() {
        for (attribute, fallback, mode, credentials) in [
            (None, SameOriginFallback::No, "no-cors", "include"),
            (None, SameOriginFallback::Yes, "same-origin", "include"),
            (Some(""), SameOriginFallback::Yes, "cors", "same-origin"),
            (Some("gibberish"), SameOriginFallback::No, "cors", "same-origin"),
            (Some("Use-Credentials"), SameOriginFallback::No, "cors", "include"),
        ] {
            let url = Url::parse("https://a.example/").expect("a URL");
            let state = CorsSettingsAttribute::from_attribute(attribute);
            let request = create_a_potential_cors_request(url, Destination::Image, state, fallback)
                .origin(Origin::opaque(1))
                .build()
                .expect("it has an origin");
            assert_eq!((request.mode().as_str(), request.credentials_mode().as_str()), (mode, credentials));
            assert!(request.use_url_credentials);
        }
    }
}
