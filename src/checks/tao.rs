//! [TAO check](https://fetch.spec.whatwg.org/#tao-check): may timing be shown?

use crate::head::ResponseHead;
use crate::header_value::get_decode_and_split_header;
use crate::origin::Origin;
use crate::request::{RequestMode, ResponseTainting};

/// What a [`tao_check`] must know of the request.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "an argument list with names")]
pub struct TaoInput<'a> {
    /// The timing allow failed flag.
    pub timing_allow_failed: bool,
    /// The serialized request origin.
    pub serialized_origin: &'a str,
    /// The mode.
    pub mode: RequestMode,
    /// Whether the current URL's origin is same origin with the request's origin.
    pub current_url_is_same_origin: bool,
    /// The response tainting.
    pub response_tainting: ResponseTainting,
}

/// The [TAO check](https://fetch.spec.whatwg.org/#concept-tao-check): true is success.
pub fn tao_check(request: TaoInput<'_>, response: &(impl ResponseHead + ?Sized)) -> bool {
    // 2. Failed before.
    if request.timing_allow_failed {
        return false;
    }
    // 3. values; null is as the empty list.
    let listed = get_decode_and_split_header(response, "timing-allow-origin", |values| {
        // 4. and 5. The wildcard, or the origin.
        values.into_iter().flatten().any(|value| value == b"*" || value == request.serialized_origin.as_bytes())
    });
    if listed {
        return true;
    }
    // 6. A navigation across origins.
    if request.mode == RequestMode::Navigate && !request.current_url_is_same_origin {
        return false;
    }
    // 7. and 8.
    request.response_tainting == ResponseTainting::Basic
}

/// The [navigation TAO check](https://fetch.spec.whatwg.org/#navigation-tao-check) of a response's
/// navigation timing allow values list and a destination's origin: true is success.
pub fn navigation_tao_check<'a, V>(list: impl IntoIterator<Item = V>, destination_origin: &Origin) -> bool
where
    V: IntoIterator<Item = &'a [u8]>,
{
    let serialized = destination_origin.serialize().as_bytes();
    // 1. and 2. Every redirect allows it.
    list.into_iter().all(|tao_values| tao_values.into_iter().any(|value| value == b"*" || value == serialized))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_has_its_answer() {
        let input = TaoInput {
            timing_allow_failed: false,
            serialized_origin: "https://a.example",
            mode: RequestMode::Cors,
            current_url_is_same_origin: false,
            response_tainting: ResponseTainting::Cors,
        };
        let check = |input, value: Option<&str>| {
            tao_check(input, &(200, value.map(|value| ("Timing-Allow-Origin", value)).into_iter().collect::<Vec<_>>()))
        };
        assert!(!check(TaoInput { timing_allow_failed: true, ..input }, Some("*")));
        assert!(check(input, Some("x, *")) && check(input, Some("https://b.example,https://a.example")));
        assert!(!check(input, None) && !check(input, Some("https://A.example")) && !check(input, Some("null")));
        let basic = TaoInput { response_tainting: ResponseTainting::Basic, ..input };
        assert!(check(basic, None));
        let navigate = TaoInput { mode: RequestMode::Navigate, ..basic };
        assert!(!check(navigate, None));
        assert!(check(TaoInput { current_url_is_same_origin: true, ..navigate }, None));
    }

    #[test]
    fn every_redirect_of_a_navigation_must_allow() {
        let origin = Origin::parse("https://a.example").expect("an origin");
        let check = |list: &[&[&str]]| {
            navigation_tao_check(list.iter().map(|values| values.iter().map(|value| value.as_bytes())), &origin)
        };
        assert!(check(&[]) && check(&[&["*"], &["x", "https://a.example"]]));
        assert!(!check(&[&["*"], &[]]) && !check(&[&["https://b.example"]]));
    }
}
