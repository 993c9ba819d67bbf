(raw_string_literal) @verbatim

((identifier) @opaque
 (#any-of? @opaque "source_location" "stacktrace"))
((namespace_identifier) @opaque
 (#any-of? @opaque "source_location" "stacktrace"))
((type_identifier) @opaque
 (#any-of? @opaque "source_location" "stacktrace"))
