//! [CORS check](https://fetch.spec.whatwg.org/#cors-check).

use std::borrow::Cow;

use crate::head::{ResponseHead, get_each, values};
use crate::profile::{EmptyResponseLines, Switches};
use crate::reason::{Excerpt, Reason};
use crate::request::CredentialsMode;

/// Proof that a CORS check returned success. Nothing but [`cors_check`] makes one, it cannot be
/// copied, and a response with response tainting cors is not delivered without it.
#[derive(Debug)]
pub struct CorsCheckPassed {
    _made_by_the_check: (),
}

const PASSED: CorsCheckPassed = CorsCheckPassed { _made_by_the_check: () };

/// The [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check), given the byte-serialized
/// origin and the credentials mode of the request.
///
/// # Errors
/// The standard's failure, with what was compared.
pub fn cors_check(
    request_origin: &str,
    credentials_mode: CredentialsMode,
    response: &(impl ResponseHead + ?Sized),
) -> Result<CorsCheckPassed, Reason> {
    cors_check_by(&Switches::STANDARD, request_origin, credentials_mode, response)
}

/// [CORS check](https://fetch.spec.whatwg.org/#concept-cors-check), where engines may have it otherwise.
pub(crate) fn cors_check_by(
    switches: &Switches,
    request_origin: &str,
    credentials_mode: CredentialsMode,
    response: &(impl ResponseHead + ?Sized),
) -> Result<CorsCheckPassed, Reason> {
    let drops_empty = switches.empty_response_lines == EmptyResponseLines::Dropped;
    let wanted = || request_origin.to_owned();
    // 1. origin, and 6. credentials
    let [origin, credentials] =
        get_each(response, ["access-control-allow-origin", "access-control-allow-credentials"], |value| {
            !(drops_empty && value.is_empty())
        });
    // What is left if all are empty is empty.
    let is_empty = origin.is_none() && drops_empty && values(response, "access-control-allow-origin").next().is_some();
    let origin = if is_empty { Some(Cow::Borrowed(&b""[..])) } else { origin };
    if drops_empty && has_several_lines_in_usual_case(response) {
        let received = Excerpt::new(&origin.unwrap_or_default());
        let lines = values(response, "access-control-allow-origin").count();
        return Err(Reason::AllowOriginMultiple { wanted: wanted(), received, lines });
    }
    // 2. Null is failure.
    let Some(origin) = origin else {
        return Err(Reason::AllowOriginMissing { wanted: wanted() });
    };
    // 3. The wildcard is success without credentials.
    if credentials_mode != CredentialsMode::Include && *origin == *b"*" {
        return Ok(PASSED);
    }
    // 4. Byte for byte.
    if *origin != *request_origin.as_bytes() {
        if *origin == *b"*" {
            return Err(Reason::AllowOriginWildcardWithCredentials { wanted: wanted() });
        }
        let lines = values(response, "access-control-allow-origin").count();
        let received = Excerpt::new(&origin);
        return Err(if lines > 1 || origin.contains(&b',') {
            Reason::AllowOriginMultiple { wanted: wanted(), received, lines }
        } else {
            Reason::AllowOriginMismatch { wanted: wanted(), received }
        });
    }
    // 5. Without credentials that is enough.
    if credentials_mode != CredentialsMode::Include {
        return Ok(PASSED);
    }
    // 7. Exactly `true`.
    if credentials.as_deref() == Some(b"true") {
        return Ok(PASSED);
    }
    // 8. Failure.
    Err(Reason::AllowCredentialsNotTrue { received: credentials.as_deref().map(Excerpt::new) })
}

/// Whether an engine that drops empty lines has counted several before.
fn has_several_lines_in_usual_case(response: &(impl ResponseHead + ?Sized)) -> bool {
    response.lines().filter(|(name, _)| *name == b"Access-Control-Allow-Origin").nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use CredentialsMode::{Include, Omit, SameOrigin};

    fn check(mode: CredentialsMode, lines: &[(&str, &str)]) -> Result<(), &'static str> {
        let lines: Vec<(&str, &str)> = lines
            .iter()
            .map(|(name, value)| {
                let name =
                    if *name == "o" { "Access-Control-Allow-Origin" } else { "Access-Control-Allow-Credentials" };
                (name, *value)
            })
            .collect();
        cors_check("https://a.example", mode, &(200, lines)).map(drop).map_err(|reason| reason.code())
    }

    #[test]
    fn every_step_has_its_answer() {
        let a = "https://a.example";
        assert_eq!(check(SameOrigin, &[]), Err("allow-origin-missing"));
        assert_eq!(check(SameOrigin, &[("o", " *\t")]), Ok(()));
        assert_eq!(check(Omit, &[("o", "*"), ("c", "false")]), Ok(()));
        assert_eq!(check(Include, &[("o", "*"), ("c", "true")]), Err("allow-origin-wildcard-with-credentials"));
        assert_eq!(check(SameOrigin, &[("o", a)]), Ok(()));
        for bad in ["https://a.example/", "https://A.example", "https://a.example:443", "null", "", "https://a"] {
            assert_eq!(check(SameOrigin, &[("o", bad)]), Err("allow-origin-mismatch"), "{bad}");
        }
        assert_eq!(check(SameOrigin, &[("o", a), ("o", a)]), Err("allow-origin-multiple"));
        assert_eq!(check(SameOrigin, &[("o", "*, *")]), Err("allow-origin-multiple"));
        assert_eq!(check(Include, &[("o", a), ("c", "true")]), Ok(()));
        for bad in ["True", "true, true", "1", ""] {
            assert_eq!(check(Include, &[("o", a), ("c", bad)]), Err("allow-credentials-not-true"), "{bad}");
        }
        assert_eq!(check(Include, &[("o", a)]), Err("allow-credentials-not-true"));
        assert_eq!(check(Include, &[("o", a), ("c", "true"), ("c", "true")]), Err("allow-credentials-not-true"));
    }

    #[test]
    fn null_matches_an_opaque_origin() {
        let null = (200, vec![("access-control-allow-origin", "null")]);
        assert!(cors_check("null", SameOrigin, &null).is_ok());
    }
}
