; What is not executed; see syntax/layout.h.
((comment) @layout
 (#not-match? @layout "^//(go:|line |export |extern |nolint)|^// ?[+]build|^/[/*] ?(Unordered output|Output|output):|^/[*]line "))

(interpreted_string_literal) @verbatim
(raw_string_literal) @verbatim
(rune_literal) @verbatim

; The comment in front of it is a program in C.
((interpreted_string_literal) @opaque
 (#eq? @opaque "\"C\""))

; What sees lines.
((field_identifier) @opaque
 (#any-of? @opaque "Caller" "Callers" "CallersFrames" "Stack" "PrintStack"
  "Lshortfile" "Llongfile" "AddSource"))
