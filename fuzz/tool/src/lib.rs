//! The checks of the fuzz targets of `trace-inspect`.

pub mod found;
pub mod inspect_headers;
pub mod inspect_values;
