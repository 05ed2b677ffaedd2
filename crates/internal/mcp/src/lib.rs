//! Tests of the guide to the Model Context Protocol, with `rmcp`. See tests/rmcp.rs.
