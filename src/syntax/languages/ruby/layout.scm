; What is not executed; see syntax/layout.h.
((comment) @layout
 (#not-match? @layout "^#!|frozen_string_literal|coding[:=]|warn_indent|shareable|nocov|typed:"))

(string) @verbatim
(subshell) @verbatim
(regex) @verbatim
(symbol_array) @verbatim
(string_array) @verbatim
(heredoc_body) @verbatim
(delimited_symbol) @verbatim

; What sees lines.
((identifier) @opaque
 (#any-of? @opaque "caller" "caller_locations" "source_location" "lineno"
  "backtrace" "__LINE__"))
((line) @opaque)
