//! [Statuses](https://fetch.spec.whatwg.org/#statuses).

/// [Null body status](https://fetch.spec.whatwg.org/#null-body-status).
pub fn is_null_body_status(status: u16) -> bool {
    matches!(status, 101 | 103 | 204 | 205 | 304)
}

/// [Ok status](https://fetch.spec.whatwg.org/#ok-status).
pub fn is_ok_status(status: u16) -> bool {
    matches!(status, 200..=299)
}

/// [Range status](https://fetch.spec.whatwg.org/#range-status).
pub fn is_range_status(status: u16) -> bool {
    matches!(status, 206 | 416)
}

/// [Redirect status](https://fetch.spec.whatwg.org/#redirect-status).
pub fn is_redirect_status(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}
