; What is not executed; see syntax/layout.h.
((comment) @layout
 (#not-match? @layout "^#!"))

(string) @verbatim
(raw_string) @verbatim
(heredoc_body) @verbatim

; What sees lines.
((variable_name) @opaque
 (#any-of? @opaque "LINENO" "BASH_LINENO"))
((command_name) @opaque
 (#eq? @opaque "caller"))
