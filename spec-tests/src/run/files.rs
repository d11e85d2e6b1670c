//! The fixtures inside the program, so that it runs without a checkout.

/// Lists the files.
macro_rules! embed {
    ($($path:literal),+ $(,)?) => {
        /// Path under `fixtures/`, and the file's text.
        pub(super) const FILES: &[(&str, &str)] = &[$(($path, include_str!(concat!("../../../fixtures/", $path)))),+];
    };
}

embed! {
    "scenarios/apis-and-cookies.json",
    "scenarios/common-mistakes.json",
    "scenarios/corp.json",
    "scenarios/cors-check.json",
    "scenarios/default-headers.json",
    "scenarios/elements.json",
    "scenarios/engines-answers.json",
    "scenarios/engines-cache.json",
    "scenarios/engines-max-age.json",
    "scenarios/engines-redirects.json",
    "scenarios/engines-safelist.json",
    "scenarios/exposed-headers.json",
    "scenarios/fetch-metadata.json",
    "scenarios/gates.json",
    "scenarios/host-policies.json",
    "scenarios/nosniff-and-mime.json",
    "scenarios/odd-answers.json",
    "scenarios/origin-header.json",
    "scenarios/preflight-allow-lists.json",
    "scenarios/preflight-cache.json",
    "scenarios/preflight-decision.json",
    "scenarios/preflight-request.json",
    "scenarios/preflight-status.json",
    "scenarios/redirect-authorization.json",
    "scenarios/redirect-chains.json",
    "scenarios/redirect-limit.json",
    "scenarios/redirect-location.json",
    "scenarios/redirect-method.json",
    "scenarios/redirect-mode.json",
    "scenarios/redirect-origin.json",
    "scenarios/redirect-preflight.json",
    "scenarios/redirect-to-cross-origin.json",
    "scenarios/redirect-userinfo.json",
    "scenarios/referrer.json",
    "scenarios/response-status.json",
    "scenarios/response-types.json",
    "scenarios/same-site-mode.json",
    "scenarios/schemes-and-ports.json",
    "scenarios/service-worker.json",
    "scenarios/tao.json",
    "scenarios/tracks.json",
    "tables/access-control-lists.json",
    "tables/api-guards.json",
    "tables/corp-check.json",
    "tables/cors-check.json",
    "tables/forbidden-request-headers.json",
    "tables/header-name-classes.json",
    "tables/header-syntax.json",
    "tables/headers-guard.json",
    "tables/location-url.json",
    "tables/methods.json",
    "tables/mime-and-nosniff.json",
    "tables/origins.json",
    "tables/ports.json",
    "tables/potential-cors.json",
    "tables/range.json",
    "tables/referrer-policy.json",
    "tables/safelisted-request-headers.json",
    "tables/statuses.json",
    "tables/tao-check.json",
    "tables/trustworthy.json",
    "tables/unsafe-request-header-names.json",
    "tables/why-unsafe.json",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_file_is_embedded() {
        let root = fixture::root();
        let mut there = Vec::new();
        for folder in ["scenarios", "tables"] {
            there.extend(fixture::json_files(&root.join(folder)).unwrap_or_else(|error| panic!("{error}")));
        }
        let embedded: Vec<_> = FILES.iter().map(|(path, _)| root.join(path)).collect();
        assert_eq!(embedded, there);
    }
}
