; What is not executed; see syntax/layout.h.
(line_comment) @layout
(block_comment) @layout

(string_literal) @verbatim
(character_literal) @verbatim

; What sees lines.
((identifier) @opaque
 (#any-of? @opaque "getStackTrace" "getLineNumber" "StackWalker"
  "StackTraceElement" "printStackTrace"))
((type_identifier) @opaque
 (#any-of? @opaque "StackWalker" "StackTraceElement"))
