; What is not executed; see syntax/layout.h.  Documentation may be run.
((line_comment) @layout
 (#not-match? @layout "^//[/!]"))
((block_comment) @layout
 (#not-match? @layout "^/[*][*!]"))

(string_literal) @verbatim
(raw_string_literal) @verbatim
(char_literal) @verbatim

((macro_invocation
   macro: (identifier) @place)
 (#any-of? @place "line" "column"))
; A macro may see the blanks between its arguments.
((macro_invocation
   macro: (identifier) @_macro
   (token_tree) @verbatim)
 (#any-of? @_macro "stringify" "assert" "dbg"))

((identifier) @opaque
 (#any-of? @opaque "track_caller" "Location" "Backtrace" "include_str"))
((type_identifier) @opaque
 (#any-of? @opaque "Location" "Backtrace"))
